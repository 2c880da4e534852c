// What can go wrong, as data: one closed list of codes, and one table with all faces of each code.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace oidor {

/// The class of a failure. It decides the HTTP status, the exit code and the fate of a job.
enum class ErrorCode {
    Invalid,
    Unauthenticated,
    Forbidden,
    NotFound,
    Conflict,
    TooLarge,
    Unsupported,
    RateLimited,
    Unavailable,
    Timeout,
    Cancelled,
    Corrupt,
    Internal,
};

/// What the queue does with a job that ended with an error of some code.
enum class JobFate {
    Stop,        ///< Dead letter; an operator may retry it.
    RetryOnce,   ///< Read again, try once more.
    Skip,        ///< Recorded as skipped: not our kind, or over a limit.
    Wait,        ///< Wait as long as the other side asked; the attempt is not counted.
    BackOff,     ///< Try again later, with growing pauses and jitter.
    Return,      ///< Back to the queue at once; the attempt is not counted.
    Quarantine,  ///< Set aside; an operator is told.
};

/// All faces of one code.
struct ErrorFaces {
    ErrorCode code;
    std::string_view name;  ///< As stored, shown and printed: `NotFound`.
    int http_status;
    int exit_code;
    JobFate fate;
};

/// The whole table, in the order of the enumeration.
std::span<const ErrorFaces> error_table();

/// The row of one code.
const ErrorFaces& faces_of(ErrorCode code);

/// The code of a stored name; nothing for an unknown one.
std::optional<ErrorCode> find_error_code(std::string_view name);

/// A failure on its way up: a code, a message for the operator, and how long the other side asked
/// us to wait. The message is lower case, without full stop, secrets or customer text.
struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string message = {};
    std::optional<std::chrono::milliseconds> retry_after = {};

    /// The same error with `prefix: ` before its message.
    [[nodiscard]] Error within(std::string_view prefix) const {
        return {.code = code,
                .message = fmt::format("{}: {}", prefix, message),
                .retry_after = retry_after};
    }
};

/// What `fail` returns; every Result<T> is made from it.
struct [[nodiscard]] Failure {
    Error error;
};

/// Makes a failure: `return fail(ErrorCode::Invalid, "line {}: no colon", line);`.
template <typename... Args>
Failure fail(ErrorCode code, fmt::format_string<Args...> text, Args&&... args) {
    return {{.code = code,
             .message = fmt::format(text, std::forward<Args>(args)...),
             .retry_after = {}}};
}

/// Passes an error on as it is.
inline Failure fail(Error error) { return {std::move(error)}; }

}  // namespace oidor
