#include "backup/files.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/failpoint.hpp"

namespace oidor::backup {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kReadPieceBytes = std::int64_t{1} << 20U;

}  // namespace

Failure disk_failure(int error, std::string_view what) {
    auto code = ErrorCode::Unavailable;
    std::string_view cure = "check the disk and the system's log";
    if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
        cure = "the disk is full; free space there, or choose another place";
    } else if (error == EACCES || error == EPERM || error == EROFS) {
        code = ErrorCode::Forbidden;
        cure = "give this user the right to it, or choose another place";
    } else if (error == ENOENT) {
        code = ErrorCode::NotFound;
        cure = "there is none";
    } else if (error == ENOTDIR || error == EEXIST || error == EISDIR) {
        code = ErrorCode::Invalid;
        cure = "another kind of file lies there; choose another place";
    }
    return fail(code, "{}: {}: {}", what, std::generic_category().message(error), cure);
}

File::~File() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

File::File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

File& File::operator=(File&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

Result<File> File::create(const fs::path& path) {
    File file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.get() < 0) {
        return disk_failure(errno, fmt::format("write {}", path.string()));
    }
    return file;
}

Result<File> File::open(const fs::path& path) {
    File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) {
        return disk_failure(errno, fmt::format("read {}", path.string()));
    }
    return file;
}

Result<void> File::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return disk_failure(errno, "write the backup");
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> File::write_at(std::int64_t offset, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::pwrite(descriptor_, bytes.data(), bytes.size(), offset);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return disk_failure(errno, "write the backup");
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
        offset += written;
    }
    return {};
}

Result<std::string> File::read_at(std::int64_t offset, std::int64_t length) const {
    std::string bytes(static_cast<std::size_t>(length), '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto got = ::pread(descriptor_, bytes.data() + done, bytes.size() - done,
                                 offset + static_cast<std::int64_t>(done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return disk_failure(errno, "read the backup");
        }
        if (got == 0) {
            break;
        }
        done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
}

Result<std::int64_t> File::size() const {
    struct stat status = {};
    if (::fstat(descriptor_, &status) != 0) {
        return disk_failure(errno, "read the backup");
    }
    return std::int64_t{status.st_size};
}

Result<void> File::finish() {
    if (::fsync(descriptor_) != 0) {
        return disk_failure(errno, "sync the backup");
    }
    if (::close(std::exchange(descriptor_, -1)) != 0) {
        return disk_failure(errno, "close the backup");
    }
    return {};
}

Result<void> write_file(const fs::path& path, std::string_view bytes) {
    TRY_ASSIGN(auto file, File::create(path));
    TRY(file.write(bytes));
    return file.finish();
}

Result<void> sync_folder(const fs::path& folder) {
    const File file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (file.get() < 0 || ::fsync(file.get()) != 0) {
        return disk_failure(errno, fmt::format("sync the folder {}", folder.string()));
    }
    return {};
}

Result<void> make_folder(const fs::path& folder) {
    if (folder.empty() || ::mkdir(folder.c_str(), 0700) == 0) {
        return folder.empty() ? Result<void>()
                              : sync_folder(folder.parent_path().empty() ? fs::path(".")
                                                                         : folder.parent_path());
    }
    struct stat status = {};
    if (errno == EEXIST && ::stat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
        return {};
    }
    if (errno == ENOENT && folder.has_parent_path()) {
        TRY(make_folder(folder.parent_path()));
        if (::mkdir(folder.c_str(), 0700) == 0) {
            return sync_folder(folder.parent_path());
        }
    }
    return disk_failure(errno, fmt::format("make the folder {}", folder.string()));
}

Result<void> rename_into_place(const fs::path& from, const fs::path& to) {
    TRY(fail_at<Failpoint::backup_rename_before>());
    if (::rename(from.c_str(), to.c_str()) != 0) {
        return disk_failure(errno, fmt::format("name the backup {}", to.string()));
    }
    TRY(fail_at<Failpoint::backup_rename_after>());
    const auto folder = to.parent_path();
    return sync_folder(folder.empty() ? fs::path(".") : folder);
}

Result<void> each_piece(const File& file, std::int64_t offset, std::int64_t length,
                        const PieceReader& read) {
    for (std::int64_t done = 0; done < length;) {
        TRY_ASSIGN(const auto piece,
                   file.read_at(offset + done, std::min(kReadPieceBytes, length - done)));
        if (piece.empty()) {
            return fail(ErrorCode::Corrupt, "the file ends too early");
        }
        TRY(read(piece));
        done += static_cast<std::int64_t>(piece.size());
    }
    return {};
}

}  // namespace oidor::backup
