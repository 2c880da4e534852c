#include "cli/progress.hpp"

#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace oidor::cli {
namespace {

constexpr std::chrono::milliseconds kEvery{200};

}  // namespace

ProgressLine::ProgressLine() : terminal_(isatty(STDERR_FILENO) == 1) {}

bool ProgressLine::is_due() const {
    return terminal_ && std::chrono::steady_clock::now() - last_ >= kEvery;
}

void ProgressLine::show(std::string_view text) {
    last_ = std::chrono::steady_clock::now();
    shown_ = true;
    // Back to the start, and away with what was longer.
    fmt::print(stderr, "\r{}\x1b[K", text);
    std::fflush(stderr);
}

void ProgressLine::clear() {
    if (shown_) {
        fmt::print(stderr, "\r\x1b[K");
        std::fflush(stderr);
        shown_ = false;
    }
}

}  // namespace oidor::cli
