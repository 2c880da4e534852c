// For tests: SQLite on a disk that loses what was not synced.
#pragma once

#include <memory>

#include "base/lossy_disk.hpp"

namespace oidor::store {

/// What a test has SQLite do wrong, to see that the loss is found.
struct LossySqliteOptions {
    bool forget_syncs = false;  ///< As with `synchronous = OFF`.
};

/// While it lives, every database that this process opens lies on the disk, below its root. One at
/// a time, made and dropped while none is open.
class LossySqlite {
  public:
    explicit LossySqlite(LossyDisk& disk, LossySqliteOptions options = {});
    ~LossySqlite();
    LossySqlite(const LossySqlite&) = delete;
    LossySqlite& operator=(const LossySqlite&) = delete;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace oidor::store
