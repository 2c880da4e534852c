// A bounded pool of connections: made when they are needed, thrown away when they break.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.hpp"
#include "store/postgres/connection.hpp"

namespace oidor::store::postgres {

/// Connects again and again, with growing pauses, while the server is away; until the deadline.
/// What a wait does not cure (a wrong password) is given back at once.
Result<std::unique_ptr<Connection>> connect(const Target& target, const Deadline& deadline);

/// Safe to call from many threads.
class Pool {
  public:
    Pool(Target target, int connections_max, std::chrono::milliseconds wait_max)
        : target_(std::move(target)), left_(connections_max), wait_max_(wait_max) {}

    /// A connection for as long as this lives.
    class Lent {
      public:
        Lent(Pool& owner, std::unique_ptr<Connection> connection)
            : owner_(&owner), connection_(std::move(connection)) {}
        Lent(Lent&& other) noexcept = default;
        Lent(const Lent&) = delete;
        Lent& operator=(const Lent&) = delete;
        ~Lent() {
            if (connection_) {
                owner_->give_back(std::move(connection_));
            }
        }
        Connection& operator*() const { return *connection_; }
        Connection* operator->() const { return connection_.get(); }

      private:
        Pool* owner_;
        std::unique_ptr<Connection> connection_;
    };

    /// Unavailable when all stay busy, or the server stays away.
    Result<Lent> take(const Deadline& deadline);
    [[nodiscard]] Deadline deadline() const { return Deadline::after(wait_max_); }
    [[nodiscard]] const Target& target() const { return target_; }

  private:
    void give_back(std::unique_ptr<Connection> connection);

    Target target_;
    std::mutex mutex_ = {};
    std::condition_variable ready_ = {};
    std::vector<std::unique_ptr<Connection>> free_ = {};
    int left_;  ///< How many more may be made.
    std::chrono::milliseconds wait_max_;
};

}  // namespace oidor::store::postgres
