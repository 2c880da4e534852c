#include "store/copying.hpp"

#include <map>
#include <optional>

namespace oidor::store {
namespace {

/// Rows that wait for their transaction, in one piece of memory.
class Batch {
  public:
    Batch(const Table& table, TablePosition start)
        : table_(table), reached_(std::move(start)), row_(table.columns.size()) {}

    void add(TableRow row) {
        append_row(bytes_, row);
        ++rows_;
        reached_.after.clear();
        for (const auto column : table_.key) {
            append_row(reached_.after, row.subspan(column, 1));
        }
    }
    [[nodiscard]] bool is_full(const CopyOptions& options) const {
        return rows_ >= options.rows_max || bytes_.size() >= options.bytes_max;
    }
    [[nodiscard]] std::int64_t rows() const { return reached_.rows; }

    Result<void> put_into(TableTarget& to, bool done) {
        std::vector<Value> values;
        values.reserve(rows_ * row_.size());
        std::string_view left = bytes_;
        for (std::size_t i = 0; i < rows_; ++i) {
            TRY(take_row(left, row_));
            values.insert(values.end(), row_.begin(), row_.end());
        }
        reached_.rows += static_cast<std::int64_t>(rows_);
        reached_.done = done;
        TRY(to.put_rows(table_, values, reached_));
        bytes_.clear();
        rows_ = 0;
        return {};
    }

  private:
    const Table& table_;
    TablePosition reached_;
    std::vector<Value> row_;
    std::string bytes_ = {};
    std::size_t rows_ = 0;
};

class Copy {
  public:
    Copy(TableSource& from, TableTarget& to, const CopyOptions& options)
        : from_(from), to_(to), options_(options) {}

    /// Copies what is missing and compares all. The name of the first table whose rows differ;
    /// nothing when all are the same.
    Result<std::optional<std::string>> run(CopyReport& report_into) {
        for (const auto& table : from_.tables()) {
            if (auto copied = copy_table(table); !copied) {
                return fail(copied.error().within(fmt::format("copy the table {}", table.name)));
            }
        }
        return find_difference(report_into);
    }

    void forget() { read_.clear(); }

  private:
    Result<void> copy_table(const Table& table) {
        TRY_ASSIGN(auto position, to_.position(table));
        if (position.done) {
            return {};
        }
        if (table.key.empty() && position.rows > 0) {
            return fail(ErrorCode::Internal, "copy {}: it has no key to go on behind", table.name);
        }
        // Only a table that was read from its start is known without reading it once more.
        const bool from_start = position.rows == 0;
        TableDigest digest;
        Batch batch(table, position);
        TRY_ASSIGN(const auto total, from_.count_rows(table));
        TRY(from_.each_row(table, position, [&](TableRow row) -> Result<void> {
            digest.add(row);
            batch.add(row);
            // Without a key nobody could go on behind a part of the table.
            if (!table.key.empty() && batch.is_full(options_)) {
                TRY(batch.put_into(to_, false));
                report(CopyProgress::Phase::Copying, table, batch.rows(), total);
            }
            return {};
        }));
        TRY(batch.put_into(to_, true));
        report(CopyProgress::Phase::Copying, table, batch.rows(), total);
        if (from_start) {
            read_.emplace(table.name, digest);
        }
        return {};
    }

    Result<std::optional<std::string>> find_difference(CopyReport& report_into) {
        report_into.tables.clear();
        report_into.rows = 0;
        for (const auto& table : from_.tables()) {
            const auto known = read_.find(table.name);
            TableDigest here;
            if (known != read_.end()) {
                here = known->second;
            } else {
                TRY_ASSIGN(here, digest_of(from_, table));
            }
            TRY_ASSIGN(const auto there, digest_of(to_, table));
            report(CopyProgress::Phase::Comparing, table, there.rows(), here.rows());
            if (!(here == there)) {
                return std::optional(table.name);
            }
            report_into.tables.push_back({.table = table.name, .rows = there.rows()});
            report_into.rows += there.rows();
        }
        return std::optional<std::string>();
    }

    static Result<TableDigest> digest_of(TableSource& source, const Table& table) {
        TableDigest digest;
        TRY(source.each_row(table, {}, [&](TableRow row) -> Result<void> {
            digest.add(row);
            return {};
        }));
        return digest;
    }

    void report(CopyProgress::Phase phase, const Table& table, std::int64_t rows,
                std::int64_t total) const {
        if (options_.on_progress) {
            options_.on_progress(
                {.phase = phase, .table = table.name, .rows = rows, .rows_total = total});
        }
    }

    TableSource& from_;
    TableTarget& to_;
    const CopyOptions& options_;
    std::map<std::string, TableDigest> read_ = {};
};

}  // namespace

Result<CopyReport> copy_tables(TableSource& from, TableTarget& to, const CopyOptions& options) {
    CopyReport report;
    TRY_ASSIGN(report.resumed,
               to.begin(from.schema_version(), from.name(), options.shipped, options.now));
    report.was_complete = to.is_complete();
    if (report.was_complete) {
        return report;
    }
    Copy copy(from, to, options);
    for (bool again = report.resumed;; again = false) {
        const auto different = copy.run(report);
        if (different && !*different) {
            break;
        }
        // What an earlier run copied was changed since: rows differ, or refer to others that were
        // added behind our back.
        const bool changed = different ? true : different.error().code == ErrorCode::Conflict;
        if (!again || !changed) {
            TRY(different);
            return fail(ErrorCode::Corrupt,
                        "copy the table {}: its rows differ from those of {} after they were "
                        "written; check the disk and memory of both sides, empty the target and "
                        "run this again",
                        **different, from.name());
        }
        TRY(to.start_over());
        copy.forget();
        report.began_anew = true;
    }
    TRY(to.set_complete());
    return report;
}

}  // namespace oidor::store
