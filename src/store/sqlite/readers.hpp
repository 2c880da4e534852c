// A bounded pool of reading connections: each read sees one committed state of the file.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "store/sql/work.hpp"
#include "store/sqlite/connection.hpp"

namespace oidor::store::sqlite {

/// Safe to call from many threads.
class Readers final : public sql::Readers {
  public:
    Readers(std::vector<std::unique_ptr<Connection>> connections,
            std::chrono::milliseconds wait_max)
        : free_(std::move(connections)), wait_max_(wait_max) {}

  protected:
    Result<void> read(sql::FunctionRef<Result<void>(sql::Connection&)> work) override {
        TRY_ASSIGN(auto lent, take());
        TRY_ASSIGN(const auto snapshot, Snapshot::open(*lent.connection));
        return work(*lent.connection);
    }

  private:
    struct Lent {
        Lent(Readers& from, std::unique_ptr<Connection> held)
            : owner(&from), connection(std::move(held)) {}
        Lent(Lent&&) = default;
        Lent(const Lent&) = delete;
        Lent& operator=(const Lent&) = delete;
        ~Lent() {
            if (connection) {
                owner->give_back(std::move(connection));
            }
        }
        Readers* owner;
        std::unique_ptr<Connection> connection;
    };

    Result<Lent> take() {
        std::unique_lock lock(mutex_);
        if (!ready_.wait_for(lock, wait_max_, [&] { return !free_.empty(); })) {
            return fail(ErrorCode::Unavailable,
                        "all readers of the store are busy; try again in a moment");
        }
        auto connection = std::move(free_.back());
        free_.pop_back();
        return Lent(*this, std::move(connection));
    }
    void give_back(std::unique_ptr<Connection> connection) {
        {
            const std::lock_guard lock(mutex_);
            free_.push_back(std::move(connection));
        }
        ready_.notify_one();
    }

    std::mutex mutex_ = {};
    std::condition_variable ready_ = {};
    std::vector<std::unique_ptr<Connection>> free_;
    std::chrono::milliseconds wait_max_;
};

}  // namespace oidor::store::sqlite
