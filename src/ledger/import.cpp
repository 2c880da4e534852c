#include "ledger/import.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "base/sha256.hpp"
#include "base/time_zone.hpp"

namespace oidor::ledger {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPieceBytes = std::size_t{256} << 10U;
constexpr std::size_t kBatch = 1'000;

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

Error file_error(const std::filesystem::path& path, int error) {
    const auto code = error == ENOENT   ? ErrorCode::NotFound
                      : error == EACCES ? ErrorCode::Forbidden
                      : error == EISDIR ? ErrorCode::Invalid
                                        : ErrorCode::Unavailable;
    return {.code = code,
            .message = fmt::format("read {}: {}", path.string(), std::strerror(error)),
            .retry_after = {}};
}

/// Calls `take(bytes)`, which gives a Result, with the file's bytes in order.
template <typename Take>
Result<void> each_piece(const std::filesystem::path& path, Take&& take) {
    const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rbe"));
    if (!file) {
        return fail(file_error(path, errno));
    }
    std::vector<char> buffer(kPieceBytes);
    while (true) {
        const auto size = std::fread(buffer.data(), 1, buffer.size(), file.get());
        if (size == 0) {
            return std::ferror(file.get()) != 0 ? Result<void>(fail(file_error(path, errno)))
                                                : Result<void>();
        }
        TRY(take(std::string_view(buffer.data(), size)));
    }
}

/// The list's identity: the bytes, and how they are read.
Sha256 identity_of(const Sha256& bytes, const ListOptions& list) {
    std::string text =
        fmt::format("{}\n{}\n{}", to_hex(bytes), list.time_zone, static_cast<int>(list.encoding));
    for (const auto& names : list.columns.names) {
        text += "\n";
        for (const auto& name : names) {
            text += name + "+";
        }
    }
    return sha256(text);
}

/// Keeps calls in batches and notes what it saw.
class Keeper {
  public:
    Keeper(store::Coverage& store, const ImportOptions& options, ImportOutcome& outcome)
        : store_(store), options_(options), outcome_(outcome) {}

    void take(store::Announcement call) {
        ++outcome_.rows;
        first_ = std::min(first_.value_or(call.started_at), call.started_at);
        last_ = std::max(last_.value_or(call.started_at), call.started_at);
        const bool inside = (!options_.from || call.started_at >= *options_.from) &&
                            (!options_.to || call.started_at < *options_.to);
        outcome_.outside += inside ? 0 : 1;
        waiting_.push_back(std::move(call));
    }
    void refuse(std::int64_t line, std::string_view what) {
        ++outcome_.rows;
        ++outcome_.refused;
        if (outcome_.faults.size() < options_.faults_max) {
            outcome_.faults.push_back({.line = line, .what = std::string(what)});
        }
    }
    Result<void> keep_full() { return waiting_.size() >= kBatch ? keep() : Result<void>(); }
    Result<void> keep() {
        const store::AnnouncedList list{.source = options_.account.source,
                                        .account = options_.account.account,
                                        .sha256 = outcome_.list_sha256};
        for (std::size_t at = 0; at < waiting_.size(); at += kBatch) {
            const auto end = std::min(at + kBatch, waiting_.size());
            const std::vector<store::Announcement> batch(
                waiting_.begin() + static_cast<std::ptrdiff_t>(at),
                waiting_.begin() + static_cast<std::ptrdiff_t>(end));
            TRY_ASSIGN(const auto counts, options_.dry_run
                                              ? store_.compare_announcements(list, batch)
                                              : store_.put_announcements(list, batch));
            outcome_.counts.added += counts.added;
            outcome_.counts.changed += counts.changed;
            outcome_.counts.same += counts.same;
            outcome_.counts.erased += counts.erased;
        }
        waiting_.clear();
        return {};
    }
    [[nodiscard]] std::optional<Timestamp> first() const { return first_; }
    [[nodiscard]] std::optional<Timestamp> last() const { return last_; }

  private:
    store::Coverage& store_;
    const ImportOptions& options_;
    ImportOutcome& outcome_;
    std::vector<store::Announcement> waiting_ = {};
    std::optional<Timestamp> first_ = {};
    std::optional<Timestamp> last_ = {};
};

/// What the list claims to name whole: as stated, else by its first and last row.
void find_claim(const ImportOptions& options, const Keeper& keeper, Timestamp now,
                ImportOutcome& outcome) {
    const auto& zone = options.list.time_zone;
    outcome.from = options.from;
    outcome.to = options.to;
    if (!outcome.from && keeper.first()) {
        outcome.from = local_hour_start(zone, *keeper.first());
    }
    if (!outcome.to && keeper.last()) {
        // What began after the list was made is not in it.
        outcome.to = std::min(local_hour_start(zone, *keeper.last()) + 1h, now);
    }
    if (!outcome.from || !outcome.to || *outcome.from >= *outcome.to) {
        outcome.from = {};
        outcome.to = {};
    }
}

Result<void> keep_claim(store::Coverage& store, const ImportOptions& options,
                        ImportOutcome& outcome) {
    if (!outcome.from) {
        return {};
    }
    const store::AnnouncedSpan span{.source = options.account.source,
                                    .account = options.account.account,
                                    .from = *outcome.from,
                                    .to = *outcome.to,
                                    .list_sha256 = outcome.list_sha256,
                                    .list_name = options.path.filename().string(),
                                    .rows_refused = outcome.refused};
    // A list with rows that could not be read must not take back what another one could.
    if (options.replace && outcome.refused == 0) {
        TRY_ASSIGN(outcome.withdrawn, store.withdraw_others(span));
    }
    return store.put_span(span);
}

}  // namespace

Result<ImportOutcome> import_calls(store::Coverage& store, const ImportOptions& options,
                                   Timestamp now) {
    if (options.from && options.to && *options.from >= *options.to) {
        return fail(ErrorCode::Invalid, "the stated time ends before it begins");
    }
    ImportOutcome outcome;
    std::uint64_t size = 0;
    Sha256Stream before;
    TRY(each_piece(options.path, [&](std::string_view bytes) -> Result<void> {
        before.update(bytes);
        size += bytes.size();
        return {};
    }));
    const auto hash = before.finish();
    outcome.list_sha256 = identity_of(hash, options.list);
    Keeper keeper(store, options, outcome);
    CallList list(
        options.list,
        {.call = [&](std::int64_t, store::Announcement call) { keeper.take(std::move(call)); },
         .fault = [&](std::int64_t line, std::string_view what) { keeper.refuse(line, what); }});
    std::uint64_t done = 0;
    Sha256Stream again;
    const auto read = each_piece(options.path, [&](std::string_view bytes) -> Result<void> {
        again.update(bytes);
        TRY(list.feed(bytes));
        TRY(keeper.keep_full());
        done += bytes.size();
        if (options.on_progress) {
            options.on_progress(done, size);
        }
        return {};
    });
    TRY(read);
    TRY(list.finish());
    TRY(keeper.keep());
    if (again.finish() != hash) {
        return fail(ErrorCode::Conflict, "{} changed while it was read: import it again",
                    options.path.string());
    }
    find_claim(options, keeper, now, outcome);
    if (!options.dry_run) {
        TRY(keep_claim(store, options, outcome));
    }
    return outcome;
}

}  // namespace oidor::ledger
