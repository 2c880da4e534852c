// One line on a terminal that says how far a long command is.
#pragma once

#include <chrono>
#include <string_view>

namespace oidor::cli {

/// Nothing is shown when stderr is no terminal. One caller at a time.
class ProgressLine {
  public:
    ProgressLine();
    ~ProgressLine() { clear(); }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    /// True when a text would be shown now: some times a second.
    [[nodiscard]] bool is_due() const;
    void show(std::string_view text);
    /// Takes the line away, before other words.
    void clear();

  private:
    bool terminal_;
    bool shown_ = false;
    std::chrono::steady_clock::time_point last_ = {};
};

}  // namespace oidor::cli
