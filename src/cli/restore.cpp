// `oidor restore`: a backup into an empty data folder or database. Until everything is right,
// erasures included, nobody can open what is filled.
#include <algorithm>
#include <fstream>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "backup/backup.hpp"
#include "base/json.hpp"
#include "cli/commands.hpp"
#include "cli/opening.hpp"
#include "cli/progress.hpp"
#include "cli/store_url.hpp"
#include "pipeline/erasure.hpp"
#include "store/copying.hpp"

namespace oidor::cli {
namespace {

using Tombstone = store::RestoredOptions::Tombstone;

Result<std::string> read_hex(std::string_view hex) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string bytes;
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
        const auto high = kDigits.find(hex[at]);
        const auto low = kDigits.find(hex[at + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) {
            return fail(ErrorCode::Invalid, "identity_hash is no lower-case hexadecimal");
        }
        bytes += static_cast<char>(high * 16 + low);
    }
    if (bytes.empty() || hex.size() % 2 != 0) {
        return fail(ErrorCode::Invalid, "identity_hash is no lower-case hexadecimal");
    }
    return bytes;
}

Result<Tombstone> read_tombstone(const std::string& line) {
    TRY_ASSIGN(const auto value, parse_json(line));
    if (!value.is_object()) {
        return fail(ErrorCode::Invalid, "no JSON object");
    }
    const auto& object = value.as_object();
    const auto kind = find_string(object, "kind");
    const auto hash = find_string(object, "identity_hash");
    const auto at = parse_rfc3339(find_string(object, "erased_at").value_or(""));
    if (!kind || !hash || !at) {
        return fail(ErrorCode::Invalid, "kind, identity_hash and erased_at are needed");
    }
    TRY_ASSIGN(auto bytes, read_hex(*hash));
    return Tombstone{.kind = *kind, .identity_hash = std::move(bytes), .erased_at = *at};
}

/// The list that an operator has of what was erased since.
Result<void> add_tombstones_of(const std::string& path, std::vector<Tombstone>& tombstones) {
    std::ifstream file(path);
    if (!file) {
        return fail(ErrorCode::NotFound, "--tombstones {}: it cannot be read", path);
    }
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
        if (line.empty()) {
            continue;
        }
        auto tombstone = read_tombstone(line);
        if (!tombstone) {
            return fail(
                tombstone.error().within(fmt::format("--tombstones {}: line {}", path, number)));
        }
        tombstones.push_back(*std::move(tombstone));
    }
    return {};
}

void show_copy(ProgressLine& line, UiLanguage language, const store::CopyProgress& progress) {
    if (line.is_due()) {
        line.show(progress.phase == store::CopyProgress::Phase::Copying
                      ? say<Message::progress_rows>(language, progress.table, progress.rows,
                                                    progress.rows_total)
                      : say<Message::progress_compare>(language, progress.table, progress.rows));
    }
}

/// What another store knows of erasures: the one that was in use until now.
Result<void> add_tombstones_in(store::TableSource& source, std::vector<Tombstone>& tombstones) {
    const auto table = std::ranges::find(source.tables(), "tombstones", &store::Table::name);
    if (table == source.tables().end()) {
        return {};
    }
    const auto place_of = [&](std::string_view name) {
        const auto& columns = table->columns;
        return static_cast<std::size_t>(std::ranges::find(columns, name, &store::Column::name) -
                                        columns.begin());
    };
    const auto kind = place_of("kind");
    const auto hash = place_of("identity_hash");
    const auto at = place_of("erased_at");
    return source.each_row(*table, {}, [&](store::TableRow row) -> Result<void> {
        tombstones.push_back(
            {.kind = std::string(std::get<std::string_view>(row[kind])),
             .identity_hash = std::string(std::get<store::Bytes>(row[hash]).bytes),
             .erased_at = Timestamp(std::chrono::microseconds(std::get<std::int64_t>(row[at])))});
        return {};
    });
}

/// One restore: its steps in order, each harmless when it is run again.
class Restore {
  public:
    Restore(const Invocation& invocation, const config::Settings& settings, backup::Backup& saved)
        : invocation_(invocation), settings_(settings), saved_(saved) {}

    Result<int> run() {
        // Before anything is written: a list that cannot be read stops here.
        TRY_ASSIGN(auto tombstones, saved_.newer_tombstones());
        if (const auto from = invocation_.find("tombstones")) {
            TRY(add_given_tombstones(*from, tombstones));
        }
        TRY_ASSIGN(const auto blobs, open_blobs(settings_, clock_));
        TRY(fill());
        TRY_ASSIGN(const auto stored, restore_blobs(*blobs));
        TRY_ASSIGN(const auto count, put_right(std::move(tombstones)));
        if (count > 0) {
            TRY_ASSIGN(const auto store, open_unfinished_store(settings_, clock_));
            TRY(pipeline::apply_tombstones(*store));
            TRY(pipeline::Eraser(*store, *blobs).remove_blobs({}));
        }
        TRY(finish());
        print(stored, count);
        return 0;
    }

  private:
    Result<void> add_given_tombstones(const std::string& from,
                                      std::vector<Tombstone>& tombstones) const {
        if (!is_store_url(from)) {
            return add_tombstones_of(from, tombstones);
        }
        TRY_ASSIGN(const auto url, read_store_url(from, settings_));
        TRY_ASSIGN(const auto source, open_tables(url, store::Hold::Snapshot));
        return add_tombstones_in(*source, tombstones);
    }

    Result<void> fill() {
        TRY_ASSIGN(target_, open_target(settings_.installation.store_url));
        TRY_ASSIGN(options_.shipped, shipped_scorecard_hashes());
        options_.now = clock_.now();
        options_.on_progress = [this](const store::CopyProgress& progress) {
            show_copy(line_, invocation_.language, progress);
        };
        const auto report = store::copy_tables(saved_.tables(), *target_, options_);
        line_.clear();
        TRY(report);
        report_ = *report;
        if (report_.resumed) {
            fmt::print(stderr, "{}\n", text(Message::restore_resumed, invocation_.language));
        }
        return {};
    }

    Result<std::int64_t> restore_blobs(blobs::BlobStore& blobs) {
        auto stored = saved_.restore_blobs(blobs, [this](const backup::Progress& progress) {
            if (line_.is_due()) {
                line_.show(say<Message::progress_audio>(invocation_.language, progress.done,
                                                        progress.total));
            }
        });
        line_.clear();
        return stored;
    }

    Result<std::int64_t> put_right(std::vector<Tombstone> tombstones) {
        TRY(target_->migrate_up(clock_.now()));
        const auto count = target_->put_right({.tombstones = std::move(tombstones)});
        // Nobody else can open it while we have it alone, not even we.
        target_.reset();
        return count;
    }

    Result<void> finish() {
        TRY_ASSIGN(target_, open_target(settings_.installation.store_url));
        TRY(target_->begin(saved_.tables().schema_version(), saved_.tables().name(), {}, {}));
        return target_->finish();
    }

    void print(std::int64_t stored, std::int64_t tombstones) const {
        if (invocation_.json) {
            fmt::print("{}\n", format_json(json::object{{"snapshot", saved_.snapshot()},
                                                        {"made_at", saved_.made_at()},
                                                        {"rows", report_.rows},
                                                        {"blobs", stored},
                                                        {"tombstones", tombstones},
                                                        {"resumed", report_.resumed}}));
            return;
        }
        fmt::print("{}\n{}\n",
                   say<Message::restore_done>(invocation_.language, saved_.snapshot(),
                                              saved_.made_at(), report_.rows, stored, tombstones),
                   text(Message::restore_next, invocation_.language));
    }

    const Invocation& invocation_;
    const config::Settings& settings_;
    backup::Backup& saved_;
    SystemClock clock_ = {};
    ProgressLine line_ = {};
    store::CopyOptions options_ = {};
    store::CopyReport report_ = {};
    std::unique_ptr<store::TableTarget> target_ = {};
};

Result<int> run_restore(const Invocation& invocation) {
    TRY_ASSIGN(const auto place, invocation.word(0, "the backup: a folder or a .tar file"));
    TRY(invocation.no_more_than(1));
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    TRY_ASSIGN(const auto saved,
               backup::open_backup(place, invocation.find("snapshot").value_or("")));
    return Restore(invocation, settings, *saved).run();
}

}  // namespace

Command restore_command() {
    return {
        .name = "restore",
        .summary = Message::restore_summary,
        .usage = {"restore FOLDER|FILE.tar [--snapshot NAME] [--tombstones FILE|STORE]"},
        .examples = {"oidor restore /backup/oidor --data /var/lib/oidor",
                     "oidor restore /backup/oidor --tombstones sqlite:/var/lib/oidor.old/oidor.db"},
        .options = {{"snapshot", "NAME", Message::backup_option_snapshot},
                    {"tombstones", "FILE|STORE", Message::restore_option_tombstones}},
        .run = run_restore};
}

}  // namespace oidor::cli
