#include "server/executor.hpp"

#include <pthread.h>

namespace oidor::server {

Executor::Executor(int threads, std::size_t waiting_max) : waiting_max_(waiting_max) {
    for (int i = 0; i < threads; ++i) {
        threads_.emplace_back([this](const std::stop_token& stop) {
            pthread_setname_np(pthread_self(), "oidor-api");
            work(stop);
        });
    }
}

Executor::~Executor() {
    for (auto& thread : threads_) {
        thread.request_stop();
    }
}

bool Executor::submit(std::move_only_function<void()>& task) {
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.size() >= waiting_max_) {
            return false;
        }
        waiting_.push_back(std::move(task));
    }
    arrived_.notify_one();
    return true;
}

void Executor::work(const std::stop_token& stop) {
    for (;;) {
        std::move_only_function<void()> task;
        {
            std::unique_lock lock(mutex_);
            arrived_.wait(lock, stop, [this] { return !waiting_.empty(); });
            if (waiting_.empty()) {
                return;
            }
            task = std::move(waiting_.front());
            waiting_.pop_front();
        }
        task();
    }
}

}  // namespace oidor::server
