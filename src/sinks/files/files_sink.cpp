#include "sinks/files/files_sink.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "sinks/files/lines.hpp"
#include "sinks/files/replacement.hpp"

namespace oidor::sinks::files {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kReadBytes = std::size_t{256} << 10U;
constexpr std::chrono::milliseconds kLockPause{20};
constexpr const char* kLockName = ".oidor.lock";

/// What is to change in one file.
struct Change {
    Table table = Table::Recordings;
    std::vector<const Row*> puts = {};
    std::set<std::string_view> removes = {};
};

/// By path: files that get rows come first, so that a row that moves is never nowhere.
struct Changes {
    std::map<fs::path, Change> files = {};

    Change& of(const fs::path& path, Table table) {
        auto& change = files[path];
        change.table = table;
        return change;
    }
};

/// A row's place in `Change::puts` by its key.
std::map<std::string_view, const Row*> by_key(const Change& change) {
    std::map<std::string_view, const Row*> rows;
    for (const auto* row : change.puts) {
        rows[row->key.key] = row;
    }
    return rows;
}

/// Reads a file to its end; false when there is none.
Result<bool> read_file(const fs::path& path, RecordReader& reader, const Turn& turn,
                       const RecordReader::Take& take) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) {
        if (errno == ENOENT) {
            return false;
        }
        return system_failure(errno, fmt::format("read {}", path.string()));
    }
    std::string buffer(kReadBytes, '\0');
    for (;;) {
        if (turn.stop.stop_requested()) {
            return fail(ErrorCode::Cancelled, "write {}: we are stopping", path.string());
        }
        const auto got = ::read(file.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return system_failure(errno, fmt::format("read {}", path.string()));
        }
        if (got == 0) {
            break;
        }
        TRY(reader.read(std::string_view(buffer).substr(0, static_cast<std::size_t>(got)), take));
    }
    TRY(reader.finish());
    return true;
}

class FilesSink final : public Sink {
  public:
    explicit FilesSink(const FilesConfig& config)
        : folder_(config.folder),
          format_(config.format == "jsonl" ? Format::JsonLines : Format::Csv) {}

    [[nodiscard]] const Capabilities& capabilities() const override { return files_capabilities(); }

    Sent put(std::span<const Row> rows, const Turn& turn) override {
        Changes changes;
        for (const auto& row : rows) {
            const auto path = path_of(row.key.table, row.day);
            if (!path) {
                return {.outcome = fail(path.error())};
            }
            changes.of(*path, row.key.table).puts.push_back(&row);
            for (const auto& day : row.key.days) {
                if (day == row.day) {
                    continue;
                }
                const auto left = path_of(row.key.table, day);
                if (!left) {
                    return {.outcome = fail(left.error())};
                }
                changes.of(*left, row.key.table).removes.insert(row.key.key);
            }
        }
        return {.outcome = apply(changes, turn)};
    }

    Result<void> remove(std::span<const RowKey> keys, const Turn& turn) override {
        Changes changes;
        for (const auto& key : keys) {
            for (const auto& day : key.days) {
                TRY_ASSIGN(const auto path, path_of(key.table, day));
                changes.of(path, key.table).removes.insert(key.key);
            }
        }
        return apply(changes, turn);
    }

    [[nodiscard]] Result<std::string> probe() override {
        TRY_ASSIGN(const auto lock, lock_folder({.deadline = Deadline::after(kProbeWithin)}));
        TRY_ASSIGN(const auto trial, Replacement::open(folder_ / "probe"));
        TRY(trial->write("probe"));
        TRY(trial->sync());
        return fmt::format("{} can be written", folder_.string());
    }

  private:
    static constexpr std::chrono::seconds kProbeWithin{5};

    /// A day is a part of a path: nothing but digits and hyphens, or kUndated.
    [[nodiscard]] Result<fs::path> path_of(Table table, const std::string& day) const {
        const bool dated = !day.empty() && day.size() <= 10 &&
                           day.find_first_not_of("0123456789-") == std::string::npos;
        if (!dated && day != kUndated) {
            return fail(ErrorCode::Invalid, "files: a row's day is no day");
        }
        return folder_ / sinks::format(table) /
               fmt::format("{}.{}", day, format_ == Format::Csv ? "csv" : "jsonl");
    }

    /// Held until it is dropped; other processes that have the folder open wait for it.
    [[nodiscard]] Result<std::unique_ptr<Descriptor>> lock_folder(const Turn& turn) const {
        TRY(make_folders(folder_));
        const auto path = folder_ / kLockName;
        auto lock =
            std::make_unique<Descriptor>(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
        if (!lock->is_open()) {
            return system_failure(errno, fmt::format("lock {}", folder_.string()));
        }
        while (::flock(lock->get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK && errno != EINTR) {
                return system_failure(errno, fmt::format("lock {}", folder_.string()));
            }
            if (turn.stop.stop_requested()) {
                return fail(ErrorCode::Cancelled, "lock {}: we are stopping", folder_.string());
            }
            if (turn.deadline.expired()) {
                return fail(ErrorCode::Timeout, "lock {}: another process keeps writing there",
                            folder_.string());
            }
            std::this_thread::sleep_for(kLockPause);
        }
        return lock;
    }

    Result<void> apply(const Changes& changes, const Turn& turn) {
        if (changes.files.empty()) {
            return {};
        }
        TRY_ASSIGN(const auto lock, lock_folder(turn));
        // Whoever had the turn before us may have written while we waited.
        TRY(turn.still_ours());
        std::set<fs::path> folders;
        for (const auto& [path, change] : changes.files) {
            folders.insert(path.parent_path());
        }
        for (const auto& folder : folders) {
            TRY(make_folders(folder));
            TRY(remove_left_overs(folder));
        }
        for (const bool with_puts : {true, false}) {
            for (const auto& [path, change] : changes.files) {
                if (change.puts.empty() != with_puts) {
                    TRY(apply(path, change, turn));
                }
            }
        }
        return {};
    }

    Result<void> apply(const fs::path& path, const Change& change, const Turn& turn) {
        if (turn.deadline.expired()) {
            return fail(ErrorCode::Timeout, "write {}: no time is left", path.string());
        }
        TRY_ASSIGN(const auto next, Replacement::open(path));
        const auto rewritten = rewrite(path, change, turn, *next);
        if (!rewritten) {
            return fail(rewritten.error().within(path.string()));
        }
        if (!rewritten->there && rewritten->records == 0) {
            return {};
        }
        if (rewritten->records > 0) {
            TRY(next->sync());
        }
        TRY(turn.still_ours());
        return rewritten->records > 0 ? next->commit() : remove_file(path);
    }

    struct Rewritten {
        bool there = false;  ///< There was a file.
        std::size_t records = 0;
    };

    /// The file as it is with the change applied: rows keep their places, new ones go to the end.
    Result<Rewritten> rewrite(const fs::path& path, const Change& change, const Turn& turn,
                              Replacement& next) {
        auto puts = by_key(change);
        Rewritten result;
        TRY(next.write(format_head(format_, change.table)));
        const auto reader = make_reader(format_, change.table);
        TRY_ASSIGN(result.there,
                   read_file(path, *reader, turn, [&](const Record& record) -> Result<void> {
                       const auto put = puts.find(record.key);
                       if (put == puts.end() && change.removes.contains(record.key)) {
                           return {};
                       }
                       if (put == puts.end()) {
                           ++result.records;
                           return next.write(record.bytes);
                       }
                       if (put->second == nullptr) {
                           // A second copy, of whoever edited the file.
                           return {};
                       }
                       ++result.records;
                       const auto* row = std::exchange(put->second, nullptr);
                       return next.write(format_record(format_, change.table, row->values));
                   }));
        for (const auto* row : change.puts) {
            if (puts[row->key.key] != nullptr) {
                puts[row->key.key] = nullptr;
                ++result.records;
                TRY(next.write(format_record(format_, change.table, row->values)));
            }
        }
        return result;
    }

    fs::path folder_;
    Format format_;
};

}  // namespace

const config::Spec<FilesConfig>& files_spec() {
    static const auto spec =
        config::Spec<FilesConfig>("files", "Files of a folder, one for each table and day.")
            .field(&FilesConfig::folder,
                   {.key = "folder",
                    .text = "Where the files lie: <folder>/<table>/<day>.<format>. Each is "
                            "replaced whole.",
                    .example = "/srv/calidad",
                    .need = config::Need::Required,
                    .format = config::Format::Path})
            .field(&FilesConfig::format,
                   {.key = "format",
                    .text = "csv (RFC 4180, safe to open in a spreadsheet) or jsonl (one JSON "
                            "object a line).",
                    .choices = {"csv", "jsonl"}});
    return spec;
}

const Capabilities& files_capabilities() {
    static constexpr Capabilities kCapabilities = {.kind = "files", .repeat = Repeat::Lookup};
    return kCapabilities;
}

std::unique_ptr<Sink> make_files_sink(const FilesConfig& config) {
    return std::make_unique<FilesSink>(config);
}

}  // namespace oidor::sinks::files
