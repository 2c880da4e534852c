#include "store/contract/upgrade_contract.hpp"

#include <algorithm>
#include <set>

#include "store/contract/sample_rows.hpp"
#include "store/contract/store_contract.hpp"

namespace oidor::store {
namespace {

/// The columns that both have, by their places in each.
struct SharedColumns {
    std::vector<std::size_t> before = {};
    std::vector<std::size_t> after = {};
};

SharedColumns shared_columns(const Table& before, const Table& after) {
    SharedColumns shared;
    for (std::size_t i = 0; i < before.columns.size(); ++i) {
        const auto same = std::ranges::find(after.columns, before.columns[i]);
        if (same != after.columns.end()) {
            shared.before.push_back(i);
            shared.after.push_back(static_cast<std::size_t>(same - after.columns.begin()));
        }
    }
    return shared;
}

std::string pick(TableRow row, const std::vector<std::size_t>& places) {
    std::string bytes;
    for (const auto place : places) {
        append_row(bytes, row.subspan(place, 1));
    }
    return bytes;
}

}  // namespace

std::vector<ReleasedStore> released_stores() {
    std::vector<ReleasedStore> stores;
    const auto folder = std::filesystem::path(OIDOR_SOURCE_DIR) / "src/store/fixtures/released";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".db") {
            auto sql = entry.path();
            stores.push_back({.version = std::stoi(entry.path().stem().string()),
                              .sqlite = entry.path(),
                              .postgres = sql.replace_extension(".postgres.sql")});
        }
    }
    std::ranges::sort(stores, {}, &ReleasedStore::version);
    EXPECT_FALSE(stores.empty());
    return stores;
}

void expect_same_rows(TableSource& upgraded, int released_version) {
    const auto released = must(tables_of(released_version));
    auto samples = sample_rows(released, released_version);
    for (const auto& before : released) {
        const auto after = std::ranges::find(upgraded.tables(), before.name, &Table::name);
        if (after == upgraded.tables().end()) {
            continue;  // Dropped since: its migration's own test says where its rows went.
        }
        const auto shared = shared_columns(before, *after);
        std::multiset<std::string> wanted;
        for (std::string_view row : samples[before.name]) {
            std::vector<Value> values(before.columns.size());
            must(take_row(row, values));
            wanted.insert(pick(values, shared.before));
        }
        EXPECT_FALSE(wanted.empty()) << before.name;
        std::multiset<std::string> found;
        must(upgraded.each_row(*after, {}, [&](TableRow row) -> Result<void> {
            found.insert(pick(row, shared.after));
            return {};
        }));
        EXPECT_EQ(found, wanted) << before.name;
    }
}

void expect_readable(Store& store) {
    const ConversationKey key = {.source = "anura",
                                 .account = "default",
                                 .channel = Channel::Voice,
                                 .external_id = "fixture-1"};
    const auto id = must(store.conversations().identify(key));
    const auto events = must(store.inbox().list_events_of(id));
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events.front().normalised, R"({"cdrid":"fixture-1"})");
    EXPECT_EQ(must(store.directory().list_agents()).front().name, "Lucía");
    EXPECT_TRUE(must(store.directory().find_scorecard("house-es", 1)).has_value());
    EXPECT_EQ(must(store.queue().list_jobs(JobState::Dead, {}, {}, 10)).size(), 1U);
    // It goes on where it was.
    EXPECT_TRUE(store.conversations().identify(make_key(1)));
}

}  // namespace oidor::store
