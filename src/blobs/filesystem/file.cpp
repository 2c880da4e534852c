#include "blobs/filesystem/file.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.hpp"

namespace oidor::blobs {
namespace {

namespace fs = std::filesystem;

/// True for a temporary file that no program writes any more: writers hold a lock on theirs.
bool is_left_over(const fs::path& path) {
    const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    return file.is_open() && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

Failure system_failure(int error, std::string_view what) {
    auto code = ErrorCode::Unavailable;
    std::string_view cure = "check the system's log and the data folder's disk";
    if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
        cure = "the disk is full; free space in the data folder";
    } else if (error == EACCES || error == EPERM || error == EROFS) {
        code = ErrorCode::Forbidden;
        cure = "give this user the data folder and its files";
    } else if (error == ENOENT) {
        code = ErrorCode::NotFound;
        cure = "there is none";
    } else if (error == EMFILE || error == ENFILE) {
        cure = "raise the limit of open files";
    }
    return fail(code, "{}: {}: {}", what, std::generic_category().message(error), cure);
}

Result<void> check_blob_name(const std::string& sha256_hex) {
    const auto lower_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (sha256_hex.size() != 64 || !std::ranges::all_of(sha256_hex, lower_hex)) {
        return fail(ErrorCode::Invalid, "blob: the name is no SHA-256 in lower-case hexadecimal");
    }
    return {};
}

Result<void> File::write(std::string_view bytes, std::string_view what) {
    while (!bytes.empty()) {
        const auto written = files_.write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return system_failure(errno, what);
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<std::string> File::read(std::int64_t offset, std::int64_t length,
                               std::string_view what) const {
    std::string bytes(static_cast<std::size_t>(length), '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto got = ::pread(descriptor_, bytes.data() + done, bytes.size() - done,
                                 offset + static_cast<std::int64_t>(done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return system_failure(errno, what);
        }
        if (got == 0) {
            break;
        }
        done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
}

Result<void> File::sync(std::string_view what) {
    if (files_.sync(descriptor_) != 0) {
        return system_failure(errno, what);
    }
    return {};
}

int File::close() {
    const int result = descriptor_ >= 0 ? files_.close(descriptor_) : 0;
    descriptor_ = -1;
    return result == 0 ? 0 : errno;
}

int open_temporary(const fs::path& folder, fs::path& path, FileOperations& files) {
    while (true) {
        path = folder / format_uuid(make_uuid7());
        const int descriptor = files.create(path);
        // Another program that opens the folder just now may have taken the file for a left-over
        // one before it was locked.
        struct stat status = {};
        if (descriptor < 0 || (::flock(descriptor, LOCK_EX) == 0 &&
                               ::fstat(descriptor, &status) == 0 && status.st_nlink > 0)) {
            return descriptor;
        }
        files.remove(path);
        files.close(descriptor);
    }
}

Result<void> remove_left_overs(const fs::path& folder) {
    std::error_code error;
    for (auto entry = fs::directory_iterator(folder, error);
         !error && entry != fs::directory_iterator(); entry.increment(error)) {
        std::error_code ignored;
        if (!entry->is_directory(ignored) && is_left_over(entry->path())) {
            fs::remove(entry->path(), ignored);
        }
    }
    if (error) {
        return system_failure(error.value(), fmt::format("open the folder {}", folder.string()));
    }
    return {};
}

}  // namespace oidor::blobs
