#include "store/postgres/pool.hpp"

#include <thread>

#include "store/postgres/back_off.hpp"

namespace oidor::store::postgres {

using namespace std::chrono_literals;

Result<std::unique_ptr<Connection>> connect(const Target& target, const Deadline& deadline) {
    BackOff back_off(50ms, 2s);
    while (true) {
        auto connection = Connection::open(target);
        if (connection || connection.error().code != ErrorCode::Unavailable || deadline.expired()) {
            return connection;
        }
        std::this_thread::sleep_for(back_off.pause(deadline));
    }
}

Result<Pool::Lent> Pool::take(const Deadline& deadline) {
    {
        std::unique_lock lock(mutex_);
        if (!ready_.wait_until(lock, deadline.at(), [&] { return !free_.empty() || left_ > 0; })) {
            return fail(ErrorCode::Unavailable,
                        "all connections to the store are busy; try again in a moment");
        }
        if (!free_.empty()) {
            auto connection = std::move(free_.back());
            free_.pop_back();
            return Lent(*this, std::move(connection));
        }
        --left_;
    }
    auto connection = connect(target_, deadline);
    if (!connection) {
        give_back(nullptr);
        return fail(std::move(connection).error());
    }
    return Lent(*this, std::move(*connection));
}

void Pool::give_back(std::unique_ptr<Connection> connection) {
    const bool useful = connection && !connection->broken() && !connection->in_transaction();
    // When one broke, the server was away: the idle ones broke with it.
    std::vector<std::unique_ptr<Connection>> dropped;
    {
        const std::lock_guard lock(mutex_);
        if (useful) {
            free_.push_back(std::move(connection));
        } else {
            ++left_;
            if (connection && connection->broken()) {
                left_ += static_cast<int>(free_.size());
                dropped.swap(free_);
            }
        }
    }
    ready_.notify_one();
}

}  // namespace oidor::store::postgres
