// Blobs as files: written aside, fsynced, then named by their hash; folders are fsynced too.
#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.hpp"
#include "base/sha256.hpp"
#include "blobs/blob_store.hpp"

namespace oidor::blobs {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kReadMax = std::int64_t{64} << 20U;
constexpr std::size_t kVerifyChunkBytes = std::size_t{1} << 20U;
constexpr const char* kTemporaryFolder = "tmp";

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

/// A file descriptor with one owner.
class File {
  public:
    explicit File(int descriptor) : descriptor_(descriptor) {}
    ~File() { close(); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
    [[nodiscard]] int get() const { return descriptor_; }
    /// The error number of the last close, for those that report a failed write late.
    int close() {
        const int result = descriptor_ >= 0 ? ::close(descriptor_) : 0;
        descriptor_ = -1;
        return result == 0 ? 0 : errno;
    }

  private:
    int descriptor_;
};

Result<void> sync_folder(const fs::path& folder) {
    const File file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!file.is_open() || ::fsync(file.get()) != 0) {
        return system_failure(errno, fmt::format("sync the folder {}", folder.string()));
    }
    return {};
}

/// Makes a folder below a durable parent; the new name is durable when this returns.
Result<void> make_folder(const fs::path& folder) {
    if (::mkdir(folder.c_str(), 0700) != 0) {
        if (errno == EEXIST) {
            return {};
        }
        return system_failure(errno, fmt::format("make the folder {}", folder.string()));
    }
    return sync_folder(folder.parent_path());
}

/// Where things lie below the folder.
struct Layout {
    fs::path root;

    [[nodiscard]] fs::path temporary() const { return root / kTemporaryFolder; }
    [[nodiscard]] fs::path path_of(const std::string& hex) const {
        return root / hex.substr(0, 2) / hex.substr(2, 2) / hex;
    }
};

/// Only lower-case hashes are names: nothing else ever reaches the file system.
Result<fs::path> path_of(const Layout& layout, const std::string& hex) {
    const auto lower_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (hex.size() != 64 || !std::ranges::all_of(hex, lower_hex)) {
        return fail(ErrorCode::Invalid, "blob: the name is no SHA-256 in lower-case hexadecimal");
    }
    return layout.path_of(hex);
}

class FileWriter final : public BlobWriter {
  public:
    FileWriter(Layout layout, fs::path temporary, int descriptor)
        : layout_(std::move(layout)), temporary_(std::move(temporary)), file_(descriptor) {}
    ~FileWriter() override { drop(); }

    Result<void> write(std::string_view bytes) override {
        if (!file_.is_open()) {
            return fail(ErrorCode::Invalid, "blob: it is committed or failed already");
        }
        hash_.update(bytes);
        size_bytes_ += static_cast<std::int64_t>(bytes.size());
        while (!bytes.empty()) {
            const auto written = ::write(file_.get(), bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) {
                continue;
            }
            if (written < 0) {
                const int error = errno;
                drop();
                return system_failure(error, "write a blob");
            }
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        return {};
    }

    Result<BlobInfo> commit() override {
        if (!file_.is_open()) {
            return fail(ErrorCode::Invalid, "blob: it is committed or failed already");
        }
        if (::fsync(file_.get()) != 0) {
            const int error = errno;
            drop();
            return system_failure(error, "sync a blob");
        }
        if (const int error = file_.close(); error != 0) {
            drop();
            return system_failure(error, "close a blob");
        }
        auto named = put_name();
        drop();
        return named;
    }

  private:
    Result<BlobInfo> put_name() {
        const BlobInfo info = {.sha256_hex = to_hex(hash_.finish()), .size_bytes = size_bytes_};
        const auto path = layout_.path_of(info.sha256_hex);
        TRY(make_folder(path.parent_path().parent_path()));
        TRY(make_folder(path.parent_path()));
        // The same content may lie there: replacing it by itself also heals a damaged copy.
        if (::rename(temporary_.c_str(), path.c_str()) != 0) {
            return system_failure(errno, "name a blob");
        }
        temporary_.clear();
        TRY(sync_folder(path.parent_path()));
        return info;
    }

    void drop() {
        file_.close();
        if (!temporary_.empty()) {
            ::unlink(temporary_.c_str());
            temporary_.clear();
        }
    }

    Layout layout_;
    fs::path temporary_;  ///< Empty once it has its name.
    File file_;
    Sha256Stream hash_ = {};
    std::int64_t size_bytes_ = 0;
};

class FilesystemBlobs final : public BlobStore {
  public:
    explicit FilesystemBlobs(Layout layout) : layout_(std::move(layout)) {}

    Result<std::unique_ptr<BlobWriter>> open_writer() override {
        while (true) {
            auto temporary = layout_.temporary() / format_uuid(make_uuid7());
            const int descriptor =
                ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
            if (descriptor < 0) {
                return system_failure(errno, "open a blob");
            }
            auto writer = std::make_unique<FileWriter>(layout_, std::move(temporary), descriptor);
            // Another program that opens the folder just now may have taken the file for a
            // left-over one before it was locked.
            struct stat status = {};
            if (::flock(descriptor, LOCK_EX) == 0 && ::fstat(descriptor, &status) == 0 &&
                status.st_nlink > 0) {
                return std::unique_ptr<BlobWriter>(std::move(writer));
            }
        }
    }

    [[nodiscard]] Result<std::optional<BlobInfo>> find_blob(
        const std::string& sha256_hex) const override {
        TRY_ASSIGN(const auto path, path_of(layout_, sha256_hex));
        struct stat status = {};
        if (::stat(path.c_str(), &status) != 0) {
            if (errno == ENOENT) {
                return std::optional<BlobInfo>();
            }
            return system_failure(errno, fmt::format("find the blob {}", sha256_hex));
        }
        return std::optional(
            BlobInfo{.sha256_hex = sha256_hex, .size_bytes = std::int64_t{status.st_size}});
    }

    [[nodiscard]] Result<std::string> read(const std::string& sha256_hex, std::int64_t offset,
                                           std::int64_t length) const override {
        TRY_ASSIGN(const auto path, path_of(layout_, sha256_hex));
        const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        struct stat status = {};
        if (!file.is_open() || ::fstat(file.get(), &status) != 0) {
            return system_failure(errno, fmt::format("read the blob {}", sha256_hex));
        }
        if (offset < 0 || length < 0 || offset > status.st_size) {
            return fail(ErrorCode::Invalid, "read the blob {}: {} bytes from {}, it has {}",
                        sha256_hex, length, offset, std::int64_t{status.st_size});
        }
        const auto wanted = std::min({length, std::int64_t{status.st_size} - offset, kReadMax});
        std::string bytes(static_cast<std::size_t>(wanted), '\0');
        std::size_t done = 0;
        while (done < bytes.size()) {
            const auto got = ::pread(file.get(), bytes.data() + done, bytes.size() - done,
                                     offset + static_cast<std::int64_t>(done));
            if (got < 0 && errno == EINTR) {
                continue;
            }
            if (got < 0) {
                return system_failure(errno, fmt::format("read the blob {}", sha256_hex));
            }
            if (got == 0) {
                break;
            }
            done += static_cast<std::size_t>(got);
        }
        bytes.resize(done);
        return bytes;
    }

    [[nodiscard]] Result<std::shared_ptr<const fs::path>> open_local(
        const std::string& sha256_hex) const override {
        TRY_ASSIGN(const auto found, find_blob(sha256_hex));
        if (!found) {
            return fail(ErrorCode::NotFound, "open the blob {}: there is none", sha256_hex);
        }
        return std::make_shared<const fs::path>(layout_.path_of(sha256_hex));
    }

    Result<void> remove(const std::string& sha256_hex) override {
        TRY_ASSIGN(const auto path, path_of(layout_, sha256_hex));
        if (::unlink(path.c_str()) != 0) {
            if (errno == ENOENT) {
                return {};
            }
            return system_failure(errno, fmt::format("remove the blob {}", sha256_hex));
        }
        return sync_folder(path.parent_path());
    }

    [[nodiscard]] Result<void> verify(const std::string& sha256_hex) const override {
        TRY_ASSIGN(const auto path, path_of(layout_, sha256_hex));
        const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!file.is_open()) {
            return system_failure(errno, fmt::format("verify the blob {}", sha256_hex));
        }
        Sha256Stream hash;
        std::string chunk(kVerifyChunkBytes, '\0');
        while (true) {
            const auto got = ::read(file.get(), chunk.data(), chunk.size());
            if (got < 0 && errno == EINTR) {
                continue;
            }
            if (got < 0) {
                return system_failure(errno, fmt::format("verify the blob {}", sha256_hex));
            }
            if (got == 0) {
                break;
            }
            hash.update(std::string_view(chunk).substr(0, static_cast<std::size_t>(got)));
        }
        if (to_hex(hash.finish()) != sha256_hex) {
            return fail(ErrorCode::Corrupt,
                        "verify the blob {}: its bytes have another hash; restore it from a backup "
                        "or fetch it again",
                        sha256_hex);
        }
        return {};
    }

  private:
    Layout layout_;
};

/// True for a temporary file that no program writes any more: writers hold a lock on theirs.
bool is_left_over(const fs::path& path) {
    const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    return file.is_open() && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

Result<std::unique_ptr<BlobStore>> open_filesystem_blobs(const fs::path& folder) {
    std::error_code error;
    const auto root = fs::absolute(folder, error);
    fs::create_directories(root, error);
    if (error) {
        return system_failure(error.value(), fmt::format("make the folder {}", root.string()));
    }
    const Layout layout{.root = root};
    TRY(make_folder(layout.temporary()));
    for (auto entry = fs::directory_iterator(layout.temporary(), error);
         !error && entry != fs::directory_iterator(); entry.increment(error)) {
        if (is_left_over(entry->path())) {
            std::error_code ignored;
            fs::remove(entry->path(), ignored);
        }
    }
    if (error) {
        return system_failure(error.value(), fmt::format("open the blobs {}", root.string()));
    }
    return std::unique_ptr<BlobStore>(std::make_unique<FilesystemBlobs>(layout));
}

}  // namespace oidor::blobs
