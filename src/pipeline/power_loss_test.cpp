// P1 when the power fails: whatever was acknowledged is found again, once, in every state that a
// disk may be in. The bounded part runs here; `./dev faults` asks for more seeds
// (OIDOR_TEST_POWER_LOSS_SEEDS) or for one (OIDOR_TEST_POWER_LOSS_SEED).
#include <gtest/gtest.h>

#include "pipeline/testing/power_history.hpp"

namespace oidor::pipeline {
namespace {

using testing::History;
using testing::Mutation;
namespace fs = std::filesystem;

constexpr int kSeeds = 200;
constexpr int kSeedsOfFailedSyncs = 40;

std::optional<int> number_from(const char* name) {
    const char* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
    return text != nullptr ? std::optional(std::atoi(text)) : std::nullopt;
}

class PowerLoss : public ::testing::Test {
  protected:
    PowerLoss() {
        fs::create_directories(empty());
        fs::create_directories(used());
        operations_from_nothing_ = History(0).run_uncut(empty(), folder_ / "first");
        // Rows and blobs of a first life do not count: only the schema and the folders are kept.
        const SystemClock clock;
        (void)store::open_sqlite_store({.path = used() / "oidor.db"}, clock);
        (void)blobs::open_filesystem_blobs(used() / "blobs");
        operations_ = History(1).run_uncut(used(), folder_ / "second");
    }
    ~PowerLoss() override { fs::remove_all(folder_); }

    /// Every fifth history begins with an empty folder, and may be cut within the migrations.
    std::vector<std::string> run(int seed, const Mutation& mutation = {}, bool sync_fails = false) {
        const bool from_nothing = seed % 5 == 0;
        return History(seed, mutation)
            .run(from_nothing ? empty() : used(),
                 from_nothing ? operations_from_nothing_ : operations_, sync_fails);
    }
    /// The first seed by which a mutation is found.
    std::optional<int> find_by(const Mutation& mutation) {
        for (int seed = 1; seed <= kSeeds; ++seed) {
            if (!run(seed, mutation).empty()) {
                return seed;
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] fs::path empty() const { return folder_ / "empty"; }
    [[nodiscard]] fs::path used() const { return folder_ / "used"; }

    fs::path folder_ = testing::test_folder();
    std::int64_t operations_from_nothing_ = 0;
    std::int64_t operations_ = 0;
};

TEST_F(PowerLoss, keeps_every_acknowledged_event_and_every_named_blob) {
    const auto only = number_from("OIDOR_TEST_POWER_LOSS_SEED");
    const int first = only.value_or(1);
    const int last = only.value_or(number_from("OIDOR_TEST_POWER_LOSS_SEEDS").value_or(kSeeds));
    int passed = 0;
    for (int seed = first; seed <= last; ++seed) {
        const auto faults = run(seed);
        passed += faults.empty() ? 1 : 0;
        for (const auto& fault : faults) {
            ADD_FAILURE() << fault << "\n  again: ./dev faults --seed " << seed;
        }
    }
    fmt::print("power loss: seeds {} to {}, {} passed, {} failed; {} operations a round\n", first,
               last, passed, last - first + 1 - passed, operations_);
}

TEST_F(PowerLoss, a_sync_that_fails_and_is_not_believed_costs_nothing_acknowledged) {
    for (int seed = 1; seed <= kSeedsOfFailedSyncs; ++seed) {
        for (const auto& fault : run(seed, {}, true)) {
            ADD_FAILURE() << fault;
        }
    }
}

TEST_F(PowerLoss, is_found_where_the_database_is_not_synced) {
    EXPECT_TRUE(find_by({.database = {.forget_syncs = true}}));
}

TEST_F(PowerLoss, is_found_where_a_blob_is_not_synced) {
    EXPECT_TRUE(find_by({.files = {.forget_syncs = true}}));
}

TEST_F(PowerLoss, is_found_where_a_folder_is_not_synced) {
    EXPECT_TRUE(find_by({.files = {.forget_folder_syncs = true}}));
}

}  // namespace
}  // namespace oidor::pipeline
