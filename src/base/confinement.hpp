// How a child program locks itself up before it reads hostile bytes. This is the child's side;
// its code is in base/child/ and linked into children alone, with libseccomp.
#pragma once

#include <cstddef>
#include <string_view>

namespace oidor {

/// The limits of one child.
struct ConfinementRules {
    std::size_t address_space_bytes_max = std::size_t{1} << 30U;
    unsigned cpu_seconds_max = 300;
};

/// Gives up, for good: new files and sockets, new programs and threads, new privileges, core
/// dumps, memory and processor time beyond the rules, and life after the parent. What is open
/// stays open.
///
/// Returns what held: `seccomp`, or `rlimits` where the kernel refuses a filter (then opening files
/// is refused by the limit on descriptors, and sockets likewise).
std::string_view confine(const ConfinementRules& rules);

/// Tries what `confine` gave up. Returns the first thing that still works (`files`, `sockets`,
/// `programs`); empty when nothing does.
std::string_view find_leak();

}  // namespace oidor
