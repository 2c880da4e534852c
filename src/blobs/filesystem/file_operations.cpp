#include "blobs/file_operations.hpp"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace oidor::blobs {
namespace {

class SystemFiles final : public FileOperations {
  public:
    int create(const std::filesystem::path& path) override {
        return ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    }
    ssize_t write(int descriptor, const char* bytes, std::size_t count) override {
        return ::write(descriptor, bytes, count);
    }
    int sync(int descriptor) override { return ::fsync(descriptor); }
    int close(int descriptor) override { return ::close(descriptor); }
    int rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
        return std::rename(from.c_str(), to.c_str());
    }
    int remove(const std::filesystem::path& path) override { return ::unlink(path.c_str()); }
    int make_folder(const std::filesystem::path& folder) override {
        return ::mkdir(folder.c_str(), 0700);
    }
    int sync_folder(const std::filesystem::path& folder) override {
        const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (descriptor < 0) {
            return -1;
        }
        const int synced = ::fsync(descriptor);
        const int error = errno;
        ::close(descriptor);
        errno = error;
        return synced;
    }
};

}  // namespace

FileOperations& system_files() {
    static SystemFiles files;
    return files;
}

}  // namespace oidor::blobs
