// Times: microseconds since the epoch in UTC, RFC 3339 text, and clocks that a test can hold still.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace oidor {

/// A moment, UTC. Microseconds at rest, RFC 3339 with `Z` in JSON.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// Reads RFC 3339: `2026-02-10T10:30:00Z`, with a fraction of any length (cut to microseconds) and
/// any offset; a space or lower-case letters instead of `T` and `Z` are read too. Nothing when the
/// text is anything else.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

/// `2026-02-10T13:30:00Z`; with a fraction of 3 or 6 digits when there is one.
std::string format_rfc3339(Timestamp time);

/// Where a room gets the time from. Safe to call from many threads.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Timestamp now() const = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const override;
};

/// A clock that stands still until a test moves it. Safe to call from many threads.
class ManualClock final : public Clock {
  public:
    explicit ManualClock(Timestamp start) : now_(start.time_since_epoch().count()) {}
    [[nodiscard]] Timestamp now() const override {
        return Timestamp(std::chrono::microseconds(now_.load()));
    }
    void advance(std::chrono::microseconds duration) { now_ += duration.count(); }

  private:
    std::atomic<std::int64_t> now_;
};

/// A point in time after which a call gives up. Counted on the steady clock.
class Deadline {
  public:
    using SteadyTime = std::chrono::steady_clock::time_point;

    static Deadline after(std::chrono::milliseconds duration) {
        return Deadline(std::chrono::steady_clock::now() + duration);
    }
    static Deadline never() { return Deadline(SteadyTime::max()); }

    [[nodiscard]] bool expired() const { return std::chrono::steady_clock::now() >= at_; }
    [[nodiscard]] SteadyTime at() const { return at_; }
    /// What is left, zero when expired, an hour at most, so that it always fits a library's
    /// integer.
    [[nodiscard]] std::chrono::milliseconds remaining() const;

  private:
    explicit Deadline(SteadyTime at) : at_(at) {}
    SteadyTime at_;
};

}  // namespace oidor
