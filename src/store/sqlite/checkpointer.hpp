// The side thread that moves the write-ahead log into the file, so that no commit pays for it.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "store/sqlite/connection.hpp"

namespace oidor::store::sqlite {

/// Safe to call from many threads.
class Checkpointer {
  public:
    explicit Checkpointer(std::unique_ptr<Connection> connection);
    ~Checkpointer();
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;

    /// Asks for a PASSIVE checkpoint: it moves what no reader needs, and makes nobody wait.
    void want();

  private:
    void loop();

    std::unique_ptr<Connection> connection_;
    std::mutex mutex_ = {};
    std::condition_variable ready_ = {};
    bool wanted_ = false;
    bool stopping_ = false;
    std::jthread thread_ = {};
};

}  // namespace oidor::store::sqlite
