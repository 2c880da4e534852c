#include "base/error.hpp"

#include <array>

#include "base/assert.hpp"

namespace oidor {
namespace {

constexpr std::array kTable = {
    ErrorFaces{ErrorCode::Invalid, "Invalid", 400, 2, JobFate::Stop},
    ErrorFaces{ErrorCode::Unauthenticated, "Unauthenticated", 401, 3, JobFate::Stop},
    ErrorFaces{ErrorCode::Forbidden, "Forbidden", 403, 3, JobFate::Stop},
    ErrorFaces{ErrorCode::NotFound, "NotFound", 404, 4, JobFate::Stop},
    ErrorFaces{ErrorCode::Conflict, "Conflict", 409, 5, JobFate::RetryOnce},
    ErrorFaces{ErrorCode::TooLarge, "TooLarge", 413, 6, JobFate::Skip},
    ErrorFaces{ErrorCode::Unsupported, "Unsupported", 415, 6, JobFate::Skip},
    ErrorFaces{ErrorCode::RateLimited, "RateLimited", 429, 7, JobFate::Wait},
    ErrorFaces{ErrorCode::Unavailable, "Unavailable", 503, 7, JobFate::BackOff},
    ErrorFaces{ErrorCode::Timeout, "Timeout", 504, 7, JobFate::BackOff},
    ErrorFaces{ErrorCode::Cancelled, "Cancelled", 503, 8, JobFate::Return},
    ErrorFaces{ErrorCode::Corrupt, "Corrupt", 500, 9, JobFate::Quarantine},
    ErrorFaces{ErrorCode::Internal, "Internal", 500, 1, JobFate::BackOff},
};

}  // namespace

std::span<const ErrorFaces> error_table() { return kTable; }

const ErrorFaces& faces_of(ErrorCode code) {
    const auto index = static_cast<std::size_t>(code);
    ASSERT(index < kTable.size(), "the table has a row for each code");
    return kTable[index];
}

std::optional<ErrorCode> find_error_code(std::string_view name) {
    for (const auto& row : kTable) {
        if (row.name == name) {
            return row.code;
        }
    }
    return std::nullopt;
}

}  // namespace oidor
