// The ledger's cells: calls counted by account and hour or day, reconciled.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "ledger/fate.hpp"
#include "store/coverage.hpp"

namespace oidor::ledger {

enum class By { Hour, Day };
std::string_view format(By by);
std::optional<By> parse_by(std::string_view text);

/// Whether the source's own lists name every call of a stretch of time.
enum class Listed {
    Unverifiable,  ///< No list says anything of it: what is missing cannot be known.
    Partly,        ///< Of some of it, or some rows of its list could not be read.
    Wholly,
};
std::string_view format(Listed listed);

/// The IANA name of an account's zone.
using ZoneLookup = std::function<std::string(const store::AccountName& account)>;

/// One account in one hour or on one day of its zone. Every call that was announced or received
/// is in exactly one cell, by its own start; where the source told none, by its arrival.
struct Cell {
    store::AccountName account = {};
    std::string time_zone = {};
    std::string label = {};  ///< Local, for people: `2026-02-10`, `2026-02-10 09:00`.
    Timestamp from = {};
    Timestamp to = {};
    bool open = false;  ///< It is not over yet.
    Listed listed = Listed::Unverifiable;
    std::int64_t calls = 0;  ///< Announced or received.
    std::int64_t announced = 0;
    std::int64_t received = 0;
    std::int64_t recorded = 0;
    std::int64_t fetched = 0;
    std::int64_t transcribed = 0;
    std::int64_t audited = 0;
    std::int64_t not_auditable = 0;
    std::optional<std::int64_t> delivered = {};
    std::int64_t complete = 0;    ///< Judged, and nothing is left to do.
    std::int64_t not_listed = 0;  ///< Received inside of what a list claims to name, and not named.
    std::int64_t unclaimed = 0;   ///< Received, and no list claims to name that time.
    std::int64_t campaign_unmapped = 0;
    std::array<std::int64_t, static_cast<std::size_t>(kLastGap) + 1> gaps = {};

    [[nodiscard]] std::int64_t gap(Gap which) const {
        return gaps[static_cast<std::size_t>(which)];
    }
    [[nodiscard]] std::int64_t gaps_total() const;
    [[nodiscard]] std::int64_t pending_total() const;
    /// What does not add up, as sentences for an operator; empty: it reconciles.
    [[nodiscard]] std::vector<std::string> contradictions() const;
};

/// A call that did not come to its end, or that its source's list does not name.
struct GapLine {
    store::AccountName account = {};
    std::string external_id = {};
    std::optional<ConversationId> conversation = {};
    Timestamp at = {};
    std::string label = {};  ///< Local time, for people.
    std::optional<Gap> gap = {};
    std::string detail = {};
    bool not_listed = false;
    std::optional<std::int64_t> duration_s = {};  ///< As the list tells.
};

/// `recording_missing: absent`, `not_listed`, or both.
std::string format_reasons(const GapLine& line);

/// Where cells are asked for; days (`2026-02-10`) count in each account's zone.
struct Range {
    std::string from = {};  ///< A day, or a moment in RFC 3339; the cells that begin at or after …
    std::string to = {};    ///< … and before this.
    By by = By::Day;
};

/// At most so many days of hours, and of days.
inline constexpr int kDaysByHourMax = 31;
inline constexpr int kDaysByDayMax = 92;

/// A range in one account's zone. Invalid: no day and no moment, ends before it begins, too long.
struct Bounds {
    Timestamp from = {};
    Timestamp to = {};
};
Result<Bounds> bounds_of(const Range& range, std::string_view time_zone);

/// Counts calls into cells. Pure; it takes the spans first, by account and start, then the calls.
class Cells {
  public:
    /// Every account gets its cells of the range, also those without a call, up to `now`.
    static Result<Cells> make(const Range& range, const std::vector<store::AccountName>& accounts,
                              const ZoneLookup& zones, Timestamp now);

    void add_span(const store::AnnouncedSpan& span);
    /// Counts a call; gives its line when it did not come to its end, nothing when it did or lies
    /// outside of the range.
    std::optional<GapLine> add(const store::CallFacts& call);
    /// Forgets the calls, keeps the spans.
    void clear_calls();

    /// By account, then time.
    [[nodiscard]] std::vector<Cell> list() const;
    /// The widest bounds of all accounts.
    [[nodiscard]] Bounds bounds() const { return widest_; }

  private:
    struct Account {
        store::AccountName name = {};
        std::string time_zone = {};
        Bounds bounds = {};
        std::map<Timestamp, Cell> cells = {};  ///< By their start.
        std::vector<store::AnnouncedSpan> spans = {};
    };
    [[nodiscard]] Cell make_cell(const Account& account, Timestamp from, Timestamp to) const;
    [[nodiscard]] Timestamp place(const Account& account, const store::CallFacts& call,
                                  Timestamp at) const;

    By by_ = By::Day;
    Timestamp now_ = {};
    Bounds widest_ = {};
    std::map<store::AccountName, Account> accounts_ = {};
};

}  // namespace oidor::ledger
