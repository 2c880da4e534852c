// `oidor backup`: a state of the store and its audio, saved elsewhere while the server works.
#include "backup/backup.hpp"

#include <charconv>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "cli/commands.hpp"
#include "cli/opening.hpp"
#include "cli/progress.hpp"

namespace oidor::cli {
namespace {

/// The backup is there, but not all that it should hold: whoever runs it by a timer must hear.
int incomplete_exit_code() { return faces_of(ErrorCode::Corrupt).exit_code; }

backup::OnProgress show_on(ProgressLine& line, UiLanguage language) {
    return [&line, language](const backup::Progress& progress) {
        if (!line.is_due()) {
            return;
        }
        line.show(progress.phase == backup::Progress::Phase::Audio
                      ? say<Message::progress_audio>(language, progress.done, progress.total)
                      : say<Message::progress_rows>(language, progress.table, progress.done,
                                                    progress.total));
    };
}

json::array to_json(const std::vector<std::string>& texts) {
    json::array array;
    for (const auto& text : texts) {
        array.emplace_back(text);
    }
    return array;
}

Result<int> read_keep(const Invocation& invocation) {
    const auto text = invocation.find("keep");
    int keep = 0;
    if (text) {
        const auto* end = text->data() + text->size();
        const auto read = std::from_chars(text->data(), end, keep);
        if (read.ec != std::errc() || read.ptr != end || keep < 1) {
            return fail(ErrorCode::Invalid, "--keep {}: expected a number of states, 1 or more",
                        *text);
        }
    }
    return keep;
}

void print_report(const Invocation& invocation, const backup::BackupReport& report) {
    if (invocation.json) {
        fmt::print("{}\n", format_json(json::object{{"path", report.path.string()},
                                                    {"snapshot", report.snapshot},
                                                    {"schema_version", report.schema_version},
                                                    {"tables", report.tables},
                                                    {"rows", report.rows},
                                                    {"blobs",
                                                     {{"count", report.blobs},
                                                      {"size_bytes", report.blob_bytes},
                                                      {"copied", report.copied_blobs},
                                                      {"copied_bytes", report.copied_bytes},
                                                      {"absent", to_json(report.absent)},
                                                      {"damaged", to_json(report.damaged)}}},
                                                    {"removed", to_json(report.removed)},
                                                    {"removed_blobs", report.removed_blobs}}));
    } else {
        fmt::print("{}\n",
                   say<Message::backup_done>(invocation.language, report.path.string(), report.rows,
                                             report.tables, report.blobs, report.copied_blobs,
                                             report.copied_bytes >> 20U));
        if (!report.removed.empty()) {
            fmt::print("{}\n",
                       say<Message::backup_removed>(invocation.language, report.removed.size(),
                                                    report.removed_blobs));
        }
    }
    for (const auto& hash : report.absent) {
        fmt::print(stderr, "{}\n", say<Message::backup_absent>(invocation.language, hash));
    }
    for (const auto& hash : report.damaged) {
        fmt::print(stderr, "{}\n", say<Message::backup_damaged>(invocation.language, hash));
    }
}

Result<int> save(const Invocation& invocation, const std::string& place,
                 const std::string& version) {
    TRY_ASSIGN(const int keep, read_keep(invocation));
    if (invocation.has("snapshot")) {
        return fail(ErrorCode::Invalid, "--snapshot goes with --verify: a new state names itself");
    }
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    const SystemClock clock;
    TRY_ASSIGN(const auto blobs, open_blobs(settings, clock));
    ProgressLine line;
    backup::BackupOptions options;
    options.place = place;
    options.open_tables = [&settings] {
        return open_tables(settings.installation.store_url, store::Hold::Snapshot);
    };
    options.backend = backend_of(settings.installation.store_url);
    options.program = version;
    options.now = clock.now();
    options.keep = keep;
    options.on_progress = show_on(line, invocation.language);
    const auto report = backup::make_backup(options, *blobs);
    line.clear();
    TRY(report);
    print_report(invocation, *report);
    return report->absent.empty() && report->damaged.empty() ? 0 : incomplete_exit_code();
}

Result<int> verify(const Invocation& invocation, const std::string& place) {
    if (invocation.has("keep")) {
        return fail(ErrorCode::Invalid, "--keep removes old states: it does not go with --verify");
    }
    ProgressLine line;
    const auto report = backup::verify_backup(place, invocation.find("snapshot").value_or(""),
                                              show_on(line, invocation.language));
    line.clear();
    TRY(report);
    if (invocation.json) {
        fmt::print("{}\n", format_json(json::object{{"snapshot", report->snapshot},
                                                    {"made_at", report->made_at},
                                                    {"schema_version", report->schema_version},
                                                    {"parts", report->parts},
                                                    {"rows", report->rows},
                                                    {"blobs", report->blobs},
                                                    {"blob_bytes", report->blob_bytes},
                                                    {"faults", to_json(report->faults)}}));
    }
    for (const auto& fault : report->faults) {
        fmt::print(stderr, "{}\n", fault);
    }
    if (!report->faults.empty()) {
        fmt::print(stderr, "{}\n",
                   say<Message::backup_faulty>(invocation.language, report->snapshot,
                                               report->faults.size()));
        return incomplete_exit_code();
    }
    if (!invocation.json) {
        fmt::print("{}\n", say<Message::backup_verified>(invocation.language, report->snapshot,
                                                         report->made_at, report->parts,
                                                         report->rows, report->blobs));
    }
    return 0;
}

}  // namespace

Command backup_command(const CommandParts& parts) {
    return {
        .name = "backup",
        .summary = Message::backup_summary,
        .usage = {"backup FOLDER [--keep N]", "backup FILE.tar",
                  "backup --verify FOLDER|FILE.tar [--snapshot NAME]"},
        .examples = {"oidor backup /backup/oidor --keep 14", "oidor backup --verify /backup/oidor"},
        .options = {{"verify", "", Message::backup_option_verify},
                    {"snapshot", "NAME", Message::backup_option_snapshot},
                    {"keep", "N", Message::backup_option_keep}},
        .run = [version = parts.version](const Invocation& invocation) -> Result<int> {
            TRY_ASSIGN(const auto place, invocation.word(0, "a folder or a .tar file"));
            TRY(invocation.no_more_than(1));
            return invocation.has("verify") ? verify(invocation, place)
                                            : save(invocation, place, version);
        }};
}

}  // namespace oidor::cli
