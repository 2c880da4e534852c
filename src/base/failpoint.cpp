#include "base/failpoint.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <optional>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "base/synchronized.hpp"

namespace oidor {
namespace {

enum class Action { Kill, Error, Delay };

constexpr std::int64_t kDelayMaxMs = 600'000;

/// One point that is on.
struct Armed {
    Failpoint point = {};
    Action action = Action::Kill;
    ErrorCode code = ErrorCode::Internal;
    std::chrono::milliseconds delay{0};
    std::optional<std::int64_t> hit = {};  ///< The one that counts; every one without.
    std::int64_t hits = 0;
    std::string words = {};  ///< As it was written.
};

struct State {
    std::vector<Armed> points = {};
    std::function<void(const FailpointFaces&)> observer = {};
};

Synchronized<State>& armed() {
    static Synchronized<State> state;
    return state;
}

const FailpointFaces& faces_of(Failpoint point) {
    return failpoints::kTable[static_cast<std::size_t>(point)];
}

/// How many letters of two names agree at their starts and ends: enough to find a slip of the pen.
std::size_t likeness(std::string_view left, std::string_view right) {
    const auto shorter = std::min(left.size(), right.size());
    std::size_t front = 0;
    while (front < shorter && left[front] == right[front]) {
        ++front;
    }
    std::size_t back = 0;
    while (back < shorter - front &&
           left[left.size() - 1 - back] == right[right.size() - 1 - back]) {
        ++back;
    }
    return front + back;
}

Result<const FailpointFaces*> find_point(std::string_view name) {
    const auto table = failpoint_table();
    const auto found = std::ranges::find(table, name, &FailpointFaces::name);
    if (found != table.end()) {
        return &*found;
    }
    const auto nearest = std::ranges::max_element(
        table, {}, [name](const FailpointFaces& row) { return likeness(row.name, name); });
    return fail(ErrorCode::Invalid,
                "there is no such point; the nearest is {} (oidor reference failpoints lists them)",
                nearest->name);
}

std::optional<std::int64_t> parse_count(std::string_view text, std::int64_t max) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.empty() || text.size() > 9 || !std::ranges::all_of(text, is_digit)) {
        return std::nullopt;
    }
    std::int64_t number = 0;
    for (const char digit : text) {
        number = number * 10 + (digit - '0');
    }
    return number >= 1 && number <= max ? std::optional(number) : std::nullopt;
}

Result<void> read_action(std::string_view text, const FailpointFaces& faces, Armed& armed) {
    if (const auto at = text.find('@'); at != std::string_view::npos) {
        armed.hit = parse_count(text.substr(at + 1), 999'999'999);
        if (!armed.hit) {
            return fail(ErrorCode::Invalid, "@ wants the number of a hit, from 1");
        }
        text = text.substr(0, at);
    }
    static constexpr std::string_view kError = "error:";
    static constexpr std::string_view kDelay = "delay:";
    if (text == "kill") {
        armed.action = Action::Kill;
    } else if (text.starts_with(kDelay)) {
        const auto milliseconds = parse_count(text.substr(kDelay.size()), kDelayMaxMs);
        if (!milliseconds) {
            return fail(ErrorCode::Invalid, "delay: wants 1 to {} milliseconds", kDelayMaxMs);
        }
        armed.action = Action::Delay;
        armed.delay = std::chrono::milliseconds(*milliseconds);
    } else if (text.starts_with(kError)) {
        const auto code = find_error_code(text.substr(kError.size()));
        if (!code) {
            return fail(ErrorCode::Invalid, "error: wants a code, as error:Unavailable");
        }
        if (faces.kind == FailpointKind::Passes) {
            return fail(ErrorCode::Invalid, "no error can be given there; it takes kill and delay");
        }
        armed.action = Action::Error;
        armed.code = *code;
    } else {
        return fail(ErrorCode::Invalid, "expected kill, error:CODE or delay:MILLISECONDS");
    }
    return {};
}

Result<Armed> read_one(std::string_view words) {
    const auto equals = std::min(words.find('='), words.size());
    TRY_ASSIGN(const auto* const faces, find_point(words.substr(0, equals)));
    Armed one{.point = faces->point, .words = std::string(words)};
    TRY(read_action(words.substr(std::min(equals + 1, words.size())), *faces, one));
    return one;
}

[[noreturn]] void die() {
    ::kill(::getpid(), SIGKILL);
    for (;;) {
        ::pause();
    }
}

}  // namespace

namespace failpoints {

std::atomic<bool> any_armed{false};

Result<void> reach(Failpoint point) {
    std::vector<Armed> due;
    std::function<void(const FailpointFaces&)> observer;
    armed().with([&](State& state) {
        observer = state.observer;
        for (auto& one : state.points) {
            if (one.point == point && (++one.hits == one.hit || !one.hit)) {
                due.push_back(one);
            }
        }
    });
    for (const auto& one : due) {
        if (observer) {
            observer(faces_of(point));
        }
        switch (one.action) {
            case Action::Kill: die();
            case Action::Delay: std::this_thread::sleep_for(one.delay); break;
            case Action::Error:
                return fail(one.code, "failpoint {}: this error was asked for by OIDOR_FAILPOINTS",
                            faces_of(point).name);
        }
    }
    return {};
}

}  // namespace failpoints

std::span<const FailpointFaces> failpoint_table() { return failpoints::kTable; }

Result<void> arm_failpoints(std::string_view text) {
    std::vector<Armed> next;
    while (!text.empty()) {
        const auto end = std::min(text.find(';'), text.size());
        const auto words = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (words.empty()) {
            continue;
        }
        auto one = read_one(words);
        if (!one) {
            return fail(one.error().within(fmt::format("OIDOR_FAILPOINTS: {}", words)));
        }
        next.push_back(std::move(*one));
    }
    const bool any = !next.empty();
    armed().with([&next](State& state) { state.points = std::move(next); });
    failpoints::any_armed.store(any, std::memory_order_relaxed);
    return {};
}

void observe_failpoints(std::function<void(const FailpointFaces&)> observer) {
    armed().with([&observer](State& state) { state.observer = std::move(observer); });
}

std::vector<std::string> list_armed_failpoints() {
    return armed().with([](const State& state) {
        std::vector<std::string> words;
        for (const auto& one : state.points) {
            words.push_back(one.words);
        }
        return words;
    });
}

}  // namespace oidor
