#include "store/sqlite/checkpointer.hpp"

#include <utility>

#include <pthread.h>
#include <sqlite3.h>

#include "base/failpoint.hpp"

namespace oidor::store::sqlite {

Checkpointer::Checkpointer(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)) {
    thread_ = std::jthread([this] {
        pthread_setname_np(pthread_self(), "store-checkpt");
        loop();
    });
}

Checkpointer::~Checkpointer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    ready_.notify_all();
    thread_.join();
}

void Checkpointer::want() {
    {
        const std::lock_guard lock(mutex_);
        wanted_ = true;
    }
    ready_.notify_one();
}

void Checkpointer::loop() {
    while (true) {
        {
            std::unique_lock lock(mutex_);
            ready_.wait(lock, [&] { return wanted_ || stopping_; });
            if (stopping_) {
                return;
            }
            wanted_ = false;
        }
        pass<Failpoint::store_checkpoint_before>();
        // A failure loses nothing: the log stays, and the writer tries again at its bound.
        sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                  nullptr, nullptr);
        pass<Failpoint::store_checkpoint_after>();
    }
}

}  // namespace oidor::store::sqlite
