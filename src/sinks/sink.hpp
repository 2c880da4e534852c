// Where results leave the house to: the port that files, lakes, sheets, webhooks and mail
// implement.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "sinks/tables.hpp"

namespace oidor::sinks {

/// What a sink can be asked after an answer that did not come (DESIGN §4.6). `Lookup`: it finds the
/// row by its key, or writing it twice leaves it once. `DuplicateError`: it refuses a second one,
/// which the sink takes for success. `None`: nobody can say; such a row is not sent again by
/// itself.
enum class Repeat { Lookup, DuplicateError, None };

/// What a kind of sink is, as data.
struct Capabilities {
    std::string_view kind = {};  ///< As `sinks.<name>.kind` has it.
    Repeat repeat = Repeat::Lookup;
    /// Starts with all that is there already; a notice to people starts with the next change.
    bool wants_past = true;
};

/// What a row is known by, at the sink as here.
struct RowKey {
    Table table = Table::Recordings;
    std::string key = {};
    /// The days under which it may lie, for sinks that are laid out by day.
    std::vector<std::string> days = {};
};

/// One row that leaves. `days` of its key are earlier ones that it left.
struct Row {
    RowKey key = {};
    std::string day = {};            ///< `2026-02-10`, or kUndated.
    std::vector<Value> values = {};  ///< In the order of columns_of(key.table).
    bool maybe_there = false;        ///< An earlier attempt may have arrived.
};

/// What a call may use. Whatever takes long asks `still_ours` from time to time, and last just
/// before it does what cannot be undone: it prolongs our turn, and is Conflict when another process
/// has it now.
struct Turn {
    Deadline deadline = Deadline::never();
    std::stop_token stop = {};
    std::function<Result<void>()> still_ours = [] { return Result<void>(); };
};

/// What became of rows that were sent. `maybe_arrived` counts with an error alone, and only where
/// `Repeat::None` is declared: the other side may have them.
struct [[nodiscard]] Sent {
    Result<void> outcome = {};
    bool maybe_arrived = false;
};

/// One caller at a time in a process; other processes may have the same sink open, and the store
/// lets one of them deliver at a time. Errors decide what follows: Invalid, TooLarge, Unsupported
/// and Corrupt are about these rows, which are then tried one conversation at a time and set aside
/// alone; any other is about the sink, which then waits as a whole. Messages name no value of a
/// row.
class Sink {
  public:
    virtual ~Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    [[nodiscard]] virtual const Capabilities& capabilities() const = 0;
    /// Puts rows in place of those with their keys, and takes them off the days that they left.
    /// All of them are durable there when it succeeds; a part may be when it fails. Keys are
    /// distinct; with `Repeat::None` it is one row.
    virtual Sent put(std::span<const Row> rows, const Turn& turn) = 0;
    /// Removes rows; one that is not there is removed already.
    virtual Result<void> remove(std::span<const RowKey> keys, const Turn& turn) = 0;
    /// Whether it could be written now, in words for `oidor doctor`; writes nothing that stays.
    [[nodiscard]] virtual Result<std::string> probe() = 0;

  protected:
    Sink() = default;
};

}  // namespace oidor::sinks
