#include "blobs/lossy_files.hpp"

#include <cerrno>

#include <unistd.h>

namespace oidor::blobs {
namespace {

int power_is_gone() {
    errno = EIO;
    return -1;
}

}  // namespace

LossyFiles::Open& LossyFiles::at(int descriptor) {
    const std::lock_guard lock(mutex_);
    return open_.at(descriptor);
}

int LossyFiles::create(const std::filesystem::path& path) {
    const auto node = disk_.create(path);
    if (!node) {
        return power_is_gone();
    }
    const int descriptor = system_files().create(path);
    if (descriptor >= 0) {
        const std::lock_guard lock(mutex_);
        open_[descriptor] = {.node = *node};
    }
    return descriptor;
}

ssize_t LossyFiles::write(int descriptor, const char* bytes, std::size_t count) {
    auto& open = at(descriptor);
    if (!disk_.write(open.node, open.offset, std::string_view(bytes, count))) {
        return power_is_gone();
    }
    const auto written = system_files().write(descriptor, bytes, count);
    open.offset += written > 0 ? written : 0;
    return written;
}

int LossyFiles::sync(int descriptor) {
    if (options_.forget_syncs) {
        return 0;
    }
    const auto begun = disk_.begin_sync(at(descriptor).node);
    return begun && disk_.end_sync(*begun) ? 0 : power_is_gone();
}

int LossyFiles::close(int descriptor) {
    {
        const std::lock_guard lock(mutex_);
        open_.erase(descriptor);
    }
    return system_files().close(descriptor);
}

int LossyFiles::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
    return disk_.rename(from, to) ? system_files().rename(from, to) : power_is_gone();
}

int LossyFiles::remove(const std::filesystem::path& path) {
    return disk_.remove(path) ? system_files().remove(path) : power_is_gone();
}

int LossyFiles::make_folder(const std::filesystem::path& folder) {
    if (disk_.find(folder)) {
        errno = EEXIST;
        return -1;
    }
    return disk_.make_folder(folder) ? system_files().make_folder(folder) : power_is_gone();
}

int LossyFiles::sync_folder(const std::filesystem::path& folder) {
    if (options_.forget_folder_syncs) {
        return 0;
    }
    return disk_.sync_folder(folder) ? 0 : power_is_gone();
}

}  // namespace oidor::blobs
