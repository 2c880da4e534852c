// For tests: blobs as files on a disk that loses what was not synced.
#pragma once

#include <map>
#include <mutex>

#include "base/lossy_disk.hpp"
#include "blobs/file_operations.hpp"

namespace oidor::blobs {

/// What a test leaves out, to see that the loss is found.
struct LossyFilesOptions {
    bool forget_syncs = false;
    bool forget_folder_syncs = false;
};

/// Below the disk's root; the disk outlives it.
class LossyFiles final : public FileOperations {
  public:
    explicit LossyFiles(LossyDisk& disk, LossyFilesOptions options = {})
        : disk_(disk), options_(options) {}

    int create(const std::filesystem::path& path) override;
    ssize_t write(int descriptor, const char* bytes, std::size_t count) override;
    int sync(int descriptor) override;
    int close(int descriptor) override;
    int rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
    int remove(const std::filesystem::path& path) override;
    int make_folder(const std::filesystem::path& folder) override;
    int sync_folder(const std::filesystem::path& folder) override;

  private:
    struct Open {
        LossyDisk::Node node = 0;
        std::int64_t offset = 0;
    };
    Open& at(int descriptor);

    LossyDisk& disk_;
    LossyFilesOptions options_;
    std::mutex mutex_ = {};
    std::map<int, Open> open_ = {};
};

}  // namespace oidor::blobs
