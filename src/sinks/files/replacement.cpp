#include "sinks/files/replacement.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/failpoint.hpp"
#include "base/id.hpp"

namespace oidor::sinks::files {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTemporaryPrefix = ".oidor-";
constexpr std::size_t kBufferBytes = std::size_t{256} << 10U;

}  // namespace

Failure system_failure(int error, std::string_view what) {
    auto code = ErrorCode::Unavailable;
    std::string_view cure = "check the folder's disk and the system's log";
    if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
        cure = "the disk is full; free space for the sink's folder";
    } else if (error == EACCES || error == EPERM || error == EROFS) {
        code = ErrorCode::Forbidden;
        cure = "let this user write the sink's folder and its files";
    } else if (error == ENOTDIR || error == EEXIST) {
        code = ErrorCode::Forbidden;
        cure = "something that is no folder is in the way";
    } else if (error == EMFILE || error == ENFILE) {
        cure = "raise the limit of open files";
    }
    return fail(code, "{}: {}: {}", what, std::generic_category().message(error), cure);
}

int Descriptor::close() {
    const int result = descriptor_ >= 0 ? ::close(descriptor_) : 0;
    descriptor_ = -1;
    return result == 0 ? 0 : errno;
}

Result<void> sync_folder(const fs::path& folder) {
    const Descriptor file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!file.is_open() || ::fsync(file.get()) != 0) {
        return system_failure(errno, fmt::format("sync the folder {}", folder.string()));
    }
    return {};
}

Result<void> make_folders(const fs::path& folder) {
    struct stat status = {};
    if (::stat(folder.c_str(), &status) == 0) {
        if (!S_ISDIR(status.st_mode)) {
            return system_failure(ENOTDIR, fmt::format("make the folder {}", folder.string()));
        }
        return {};
    }
    const auto parent = folder.parent_path();
    if (!parent.empty() && parent != folder) {
        TRY(make_folders(parent));  // NOLINT(misc-no-recursion): a path's length bounds it
    }
    if (::mkdir(folder.c_str(), 0750) != 0 && errno != EEXIST) {
        return system_failure(errno, fmt::format("make the folder {}", folder.string()));
    }
    return sync_folder(parent.empty() ? fs::path(".") : parent);
}

Result<void> remove_file(const fs::path& path) {
    if (::unlink(path.c_str()) != 0) {
        if (errno == ENOENT) {
            return {};
        }
        return system_failure(errno, fmt::format("remove {}", path.string()));
    }
    return sync_folder(path.parent_path());
}

Result<void> remove_left_overs(const fs::path& folder) {
    std::error_code error;
    for (auto entry = fs::directory_iterator(folder, error);
         !error && entry != fs::directory_iterator(); entry.increment(error)) {
        if (entry->path().filename().string().starts_with(kTemporaryPrefix)) {
            std::error_code ignored;
            fs::remove(entry->path(), ignored);
        }
    }
    if (error) {
        return system_failure(error.value(), fmt::format("list the folder {}", folder.string()));
    }
    return {};
}

Result<std::unique_ptr<Replacement>> Replacement::open(const fs::path& path) {
    const auto temporary =
        path.parent_path() / fmt::format("{}{}", kTemporaryPrefix, format_uuid(make_uuid7()));
    // Whoever reads the folder by its group reads the files; nobody else does.
    const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (descriptor < 0) {
        return system_failure(errno, fmt::format("write {}", path.string()));
    }
    return std::unique_ptr<Replacement>(new Replacement(path, temporary, descriptor));
}

Replacement::~Replacement() {
    file_.close();
    if (!temporary_.empty()) {
        ::unlink(temporary_.c_str());
    }
}

Result<void> Replacement::write(std::string_view bytes) {
    buffer_ += bytes;
    return buffer_.size() < kBufferBytes ? Result<void>() : flush();
}

Result<void> Replacement::flush() {
    std::string_view left = buffer_;
    while (!left.empty()) {
        const auto written = ::write(file_.get(), left.data(), left.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return system_failure(errno, fmt::format("write {}", path_.string()));
        }
        left.remove_prefix(static_cast<std::size_t>(written));
    }
    buffer_.clear();
    return {};
}

Result<void> Replacement::sync() {
    TRY(flush());
    if (::fsync(file_.get()) != 0) {
        return system_failure(errno, fmt::format("sync {}", path_.string()));
    }
    if (const int error = file_.close(); error != 0) {
        return system_failure(error, fmt::format("close {}", path_.string()));
    }
    return {};
}

Result<void> Replacement::commit() {
    TRY(fail_at<Failpoint::sinks_rename_before>());
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
        return system_failure(errno, fmt::format("name {}", path_.string()));
    }
    temporary_.clear();
    TRY(fail_at<Failpoint::sinks_rename_after>());
    return sync_folder(path_.parent_path());
}

}  // namespace oidor::sinks::files
