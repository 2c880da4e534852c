// `oidor store copy`: everything to another database, compared before anybody may use it.
#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "cli/commands.hpp"
#include "cli/opening.hpp"
#include "cli/progress.hpp"
#include "cli/store_url.hpp"
#include "store/copying.hpp"

namespace oidor::cli {
namespace {

void print(const Invocation& invocation, const store::CopyReport& report, const std::string& from,
           const std::string& to, bool snapshot) {
    if (invocation.json) {
        json::array tables;
        for (const auto& table : report.tables) {
            tables.emplace_back(json::object{{"table", table.table}, {"rows", table.rows}});
        }
        fmt::print("{}\n", format_json(json::object{{"from", from},
                                                    {"to", to},
                                                    {"rows", report.rows},
                                                    {"tables", std::move(tables)},
                                                    {"resumed", report.resumed},
                                                    {"began_anew", report.began_anew},
                                                    {"snapshot", snapshot}}));
        return;
    }
    for (const auto& table : report.tables) {
        fmt::print("{:<28} {:>12}\n", table.table, table.rows);
    }
    fmt::print("{}\n", say<Message::store_copied>(invocation.language, report.rows,
                                                  report.tables.size(), from, to));
    if (snapshot) {
        fmt::print("{}\n", text(Message::store_from_snapshot, invocation.language));
    }
    fmt::print("{}\n", text(Message::store_next, invocation.language));
}

Result<int> copy(const Invocation& invocation) {
    TRY_ASSIGN(const auto from_word, invocation.word(1, "FROM"));
    TRY_ASSIGN(const auto to_word, invocation.word(2, "TO"));
    TRY(invocation.no_more_than(3));
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    TRY_ASSIGN(const auto from_url, read_store_url(from_word, settings));
    TRY_ASSIGN(const auto to_url, read_store_url(to_word, settings));
    if (from_url.reveal() == to_url.reveal()) {
        return fail(ErrorCode::Invalid, "FROM and TO are the same store");
    }
    const bool snapshot = invocation.has("snapshot");
    auto from = open_tables(from_url, snapshot ? store::Hold::Snapshot : store::Hold::Alone);
    if (!from) {
        return fail(from.error().within("FROM"));
    }
    auto to = open_target(to_url);
    if (!to) {
        return fail(to.error().within("TO"));
    }
    const SystemClock clock;
    ProgressLine line;
    store::CopyOptions options;
    TRY_ASSIGN(options.shipped, shipped_scorecard_hashes());
    options.now = clock.now();
    options.on_progress = [&](const store::CopyProgress& progress) {
        if (line.is_due()) {
            line.show(progress.phase == store::CopyProgress::Phase::Copying
                          ? say<Message::progress_rows>(invocation.language, progress.table,
                                                        progress.rows, progress.rows_total)
                          : say<Message::progress_compare>(invocation.language, progress.table,
                                                           progress.rows));
        }
    };
    const auto report = store::copy_tables(**from, **to, options);
    line.clear();
    TRY(report);
    if (report->resumed) {
        fmt::print(stderr, "{}\n", text(Message::store_resumed, invocation.language));
    }
    if (report->began_anew) {
        fmt::print(stderr, "{}\n", text(Message::store_began_anew, invocation.language));
    }
    TRY((*to)->migrate_up(clock.now()));
    TRY((*to)->finish());
    print(invocation, *report, (*from)->name(), (*to)->name(), snapshot);
    return 0;
}

}  // namespace

Command store_command() {
    return {.name = "store",
            .summary = Message::store_summary,
            .usage = {"store copy FROM TO [--snapshot]"},
            .examples = {"oidor store copy sqlite:/var/lib/oidor/oidor.db @/etc/oidor/store.url",
                         "oidor store copy config postgres://oidor@db/oidor --snapshot"},
            .options = {{"snapshot", "", Message::store_option_snapshot}},
            .run = [](const Invocation& invocation) -> Result<int> {
                TRY_ASSIGN(const auto verb, invocation.word(0, "copy"));
                if (verb != "copy") {
                    return fail(ErrorCode::Invalid, "store {}: expected copy", verb);
                }
                return copy(invocation);
            }};
}

}  // namespace oidor::cli
