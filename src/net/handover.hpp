// A listening socket that outlives the process that serves it, so that a restart refuses nobody:
// held by systemd and passed on at each start, or handed from the old process to the new one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "net/address.hpp"

namespace oidor::net {

/// What systemd's protocol leaves in the environment of the process it starts.
/// Source: sd_listen_fds(3).
struct Activation {
    std::optional<std::string> listen_pid = {};
    std::optional<std::string> listen_fds = {};
};

/// Reads LISTEN_PID and LISTEN_FDS and takes them out of the environment, so that no child believes
/// they were meant for it. One thread only.
Activation take_activation();

/// The descriptor of the one socket that was passed to the process `self`; null when nothing was,
/// or it was meant for another process. Whether it listens is checked by `Server::open`.
/// Errors: Invalid (one variable without the other, no plain numbers, more than one socket, nothing
/// open there, no socket).
Result<std::optional<int>> find_activated_socket(const Activation& activation, int self);

/// Hands the listening socket of this process to a successor that asks for it, once, over a Unix
/// socket in `folder` that only the same user (or root) may use.
class ListenerGiver {
  public:
    /// `listener` is duplicated. `on_taken` is called once, on the giver's thread, when the
    /// successor serves: this process can end. Errors: Unavailable (the folder takes no socket).
    static Result<std::unique_ptr<ListenerGiver>> open(const std::filesystem::path& folder,
                                                       std::uint16_t port, int listener,
                                                       std::function<void()> on_taken);
    virtual ~ListenerGiver() = default;  ///< Closes its duplicate; before the server stops.
};

/// A listening socket that a predecessor has handed over; it goes on serving until `confirm`.
class TakenListener {
  public:
    TakenListener(int descriptor, int connection)
        : descriptor_(descriptor), connection_(connection) {}
    TakenListener(const TakenListener&) = delete;
    TakenListener& operator=(const TakenListener&) = delete;
    /// Without `confirm` the predecessor goes on alone.
    ~TakenListener();

    /// Gives the descriptor to its new owner; once.
    int release();
    /// Tells the predecessor that this process serves: it ends. Errors: Unavailable (it has gone).
    Result<void> confirm();

  private:
    int descriptor_;
    int connection_;
};

/// Asks whoever serves from `folder` on this port for its listening socket; null when nobody does.
/// Errors: Forbidden (another user's process), Invalid (what came is no listening socket of that
/// port), Unavailable, Timeout.
Result<std::unique_ptr<TakenListener>> take_listener(const std::filesystem::path& folder,
                                                     std::uint16_t port, Deadline deadline);

}  // namespace oidor::net
