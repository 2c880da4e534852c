// Starting and watching a confined child program: our own small programs that read hostile bytes
// (audio) away from the store. This is the parent's side; the child locks itself up with
// base/confinement.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace oidor {

/// When a long call gives up, and whom it tells that it still works.
struct Watch {
    Deadline deadline = Deadline::never();
    std::stop_token stop = {};
    /// Called again and again while the call lasts, from the calling thread; may be empty.
    std::function<void()> heartbeat = {};
    std::chrono::milliseconds heartbeat_every{1000};
};

/// What to start.
struct ChildProgram {
    std::string path = {};
    std::vector<std::string> arguments = {};
    /// Becomes the child's standard input; stays the caller's. -1: what is given to `write`.
    int input_fd = -1;
    /// Standard output as it comes. An error from here kills the child and is returned.
    std::function<Result<void>(std::string_view)> on_output = {};
    /// More output than this kills the child: TooLarge.
    std::size_t output_bytes_max = std::size_t{1} << 30U;
};

/// Where our own child programs are: the folder of the running executable, with its last slash.
std::string own_program_folder();

/// A running child. One caller at a time; destroying it kills the child and waits for its end.
///
/// It inherits no descriptor but its three, no environment, and no signal mask. Its standard error
/// is kept to 4 KiB, for error messages.
class ConfinedProcess {
  public:
    /// Errors: Internal when the program cannot be started.
    static Result<std::unique_ptr<ConfinedProcess>> start(ChildProgram program, Watch watch);
    ~ConfinedProcess();
    ConfinedProcess(const ConfinedProcess&) = delete;
    ConfinedProcess& operator=(const ConfinedProcess&) = delete;

    /// Writes to the child's standard input, reading its output meanwhile. A child that has stopped
    /// reading is no error here; `finish` tells why it ended.
    /// Errors: Timeout, Cancelled (the child is killed), what `on_output` returned.
    Result<void> write(std::string_view bytes);

    /// Closes the input, reads the output to its end and waits for the child.
    ///
    /// Errors: those of `write`; Timeout when it used up its processor time; Internal when a signal
    /// ended it or its status is not 0.
    Result<void> finish();

    /// Which signal ended it, once `finish` has returned; 0: none, or it was killed from here.
    [[nodiscard]] int end_signal() const { return end_signal_; }

  private:
    ConfinedProcess(ChildProgram program, Watch watch);
    Result<void> spawn();
    Result<void> wait_for_events(bool wants_write, bool& can_write);
    Result<void> read_output();
    void read_errors();
    Result<void> check_watch();
    Result<void> reap();
    void kill_and_reap();

    ChildProgram program_;
    Watch watch_;
    int pid_ = -1;
    int end_signal_ = 0;
    int input_ = -1;
    int output_ = -1;
    int errors_ = -1;
    std::size_t output_bytes_ = 0;
    std::string error_text_ = {};
    std::chrono::steady_clock::time_point next_heartbeat_ = {};
};

}  // namespace oidor
