// Blobs as files: written aside, fsynced, then named by their hash; folders are fsynced too.
#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sha256.hpp"
#include "blobs/blob_store.hpp"
#include "blobs/filesystem/file.hpp"

namespace oidor::blobs {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kReadMax = std::int64_t{64} << 20U;
constexpr std::int64_t kVerifyChunkBytes = std::int64_t{1} << 20U;
constexpr const char* kTemporaryFolder = "tmp";

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

Result<fs::path> path_of(const Layout& layout, const std::string& hex) {
    TRY(check_blob_name(hex));
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
        if (auto written = file_.write(bytes, "write a blob"); !written) {
            drop();
            return written;
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
        TRY(ask_before_name(info));
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
        fs::path temporary;
        const int descriptor = open_temporary(layout_.temporary(), temporary);
        if (descriptor < 0) {
            return system_failure(errno, "open a blob");
        }
        return std::unique_ptr<BlobWriter>(
            std::make_unique<FileWriter>(layout_, std::move(temporary), descriptor));
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
        return file.read(offset, wanted, fmt::format("read the blob {}", sha256_hex));
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
        for (std::int64_t offset = 0;;) {
            TRY_ASSIGN(const auto chunk, file.read(offset, kVerifyChunkBytes,
                                                   fmt::format("verify the blob {}", sha256_hex)));
            if (chunk.empty()) {
                break;
            }
            hash.update(chunk);
            offset += static_cast<std::int64_t>(chunk.size());
        }
        if (to_hex(hash.finish()) != sha256_hex) {
            return fail(ErrorCode::Corrupt,
                        "verify the blob {}: its bytes have another hash; restore it from a backup "
                        "or fetch it again",
                        sha256_hex);
        }
        return {};
    }

    [[nodiscard]] bool is_local() const override { return true; }

    [[nodiscard]] Result<Secret> sign_url(const std::string& sha256_hex,
                                          std::chrono::seconds /*lifetime*/) const override {
        TRY(check_blob_name(sha256_hex));
        return fail(ErrorCode::Unsupported, "blob: a file has no URL; blobs.url = s3://… has");
    }

    Result<std::string> probe() override {
        TRY_ASSIGN(const auto writer, open_writer());
        TRY(writer->write("probe"));  // Dropped: it never gets a name.
        return std::string("a folder of this computer");
    }

  private:
    Layout layout_;
};

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
    TRY(remove_left_overs(layout.temporary()));
    return std::unique_ptr<BlobStore>(std::make_unique<FilesystemBlobs>(layout));
}

}  // namespace oidor::blobs
