// ASSERT: a broken invariant is our bug and ends the process. It never judges input.
#pragma once

namespace oidor {

/// Writes the broken invariant to stderr and ends the process. Jobs are durable, so a restart
/// resumes.
[[noreturn]] void assertion_failed(const char* condition, const char* why, const char* file,
                                   int line);

}  // namespace oidor

#define ASSERT(condition, why)                                              \
    do {                                                                    \
        if (!(condition)) {                                                 \
            ::oidor::assertion_failed(#condition, why, __FILE__, __LINE__); \
        }                                                                   \
    } while (false)
