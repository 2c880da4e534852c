// Named points between two steps, where a test has the program die, fail or wait. They are in every
// build and off: one relaxed load of an atomic. Switched on by a text (`arm`), for tests.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace oidor {

/// Whether a point can hand an error to whoever called.
enum class FailpointKind { CanFail, Passes };

/// The points, in the order of the story.
enum class Failpoint {
#define OIDOR_FAILPOINT(name, dotted, kind, text) name,
#include "base/failpoints.inc"
#undef OIDOR_FAILPOINT
};

/// What the table says of a point.
struct FailpointFaces {
    Failpoint point;
    std::string_view
        name;  ///< As in the environment and the reference: `pipeline.fetch.after_blob`.
    FailpointKind kind;
    std::string_view text;  ///< When it is reached.
};

namespace failpoints {

inline constexpr FailpointFaces kTable[] = {
#define OIDOR_FAILPOINT(name, dotted, kind, text) \
    {Failpoint::name, dotted, FailpointKind::kind, text},
#include "base/failpoints.inc"
#undef OIDOR_FAILPOINT
};

extern std::atomic<bool> any_armed;

/// What the table asks of the point that was reached; counts the hit.
Result<void> reach(Failpoint point);

}  // namespace failpoints

/// Every point, in the order of the story.
std::span<const FailpointFaces> failpoint_table();

/// A point whose error goes up: `TRY(fail_at<Failpoint::pipeline_fetch_after_blob>());`.
template <Failpoint Point>
Result<void> fail_at() {
    static_assert(
        failpoints::kTable[static_cast<std::size_t>(Point)].kind == FailpointKind::CanFail,
        "a point that passes has no error to give");
    if (failpoints::any_armed.load(std::memory_order_relaxed)) [[unlikely]] {
        return failpoints::reach(Point);
    }
    return {};
}

/// A point that can be told nothing.
template <Failpoint Point>
void pass() {
    static_assert(failpoints::kTable[static_cast<std::size_t>(Point)].kind == FailpointKind::Passes,
                  "an error of this point must go up: fail_at");
    if (failpoints::any_armed.load(std::memory_order_relaxed)) [[unlikely]] {
        (void)failpoints::reach(Point);
    }
}

/// Switches points on: `NAME=ACTION[@N]` parted by `;`, where ACTION is `kill` (this process, at
/// once, as SIGKILL does), `error:CODE` or `delay:MILLISECONDS`, and N is the hit that counts (all
/// without). Replaces what was on; an empty text switches all off. Before threads start, or while
/// none passes a point. Invalid, with the nearest name.
Result<void> arm_failpoints(std::string_view text);

/// Who is told that a point that is on was reached, before it acts; null: nobody. It may be called
/// from many threads.
void observe_failpoints(std::function<void(const FailpointFaces&)> observer);

/// The points that are on, as `NAME=ACTION[@N]`.
std::vector<std::string> list_armed_failpoints();

}  // namespace oidor
