// Blobs as files: written aside, fsynced, then named by their hash; folders are fsynced too.
#include <algorithm>
#include <bitset>
#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/failpoint.hpp"
#include "base/sha256.hpp"
#include "base/synchronized.hpp"
#include "blobs/blob_store.hpp"
#include "blobs/filesystem/file.hpp"

namespace oidor::blobs {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kReadMax = std::int64_t{64} << 20U;
constexpr std::int64_t kVerifyChunkBytes = std::int64_t{1} << 20U;
constexpr const char* kTemporaryFolder = "tmp";

Result<void> sync_folder(FileOperations& files, const fs::path& folder) {
    if (files.sync_folder(folder) != 0) {
        return system_failure(errno, fmt::format("sync the folder {}", folder.string()));
    }
    return {};
}

/// Makes a folder below a durable parent; its name is durable when this returns. One that is there
/// may be another's, whose name is not durable yet: its parent is synced all the same.
Result<void> make_folder(FileOperations& files, const fs::path& folder) {
    if (files.make_folder(folder) != 0 && errno != EEXIST) {
        return system_failure(errno, fmt::format("make the folder {}", folder.string()));
    }
    return sync_folder(files, folder.parent_path());
}

/// Makes a folder and those above it that are missing.
Result<void> make_folders(FileOperations& files, const fs::path& folder) {
    std::error_code error;
    if (fs::is_directory(folder, error)) {
        return {};
    }
    if (folder.has_parent_path() && folder.parent_path() != folder) {
        TRY(make_folders(files, folder.parent_path()));
    }
    return make_folder(files, folder);
}

/// The folders whose names this process knows to be durable.
class DurableFolders {
  public:
    explicit DurableFolders(FileOperations& files) : files_(files) {}

    /// Makes the two folders that a blob lies in.
    Result<void> make(const fs::path& inner, const Sha256& hash) {
        const std::size_t outer_index = hash[0];
        const std::size_t inner_index = kOuter + outer_index * kOuter + hash[1];
        TRY(make_one(inner.parent_path(), outer_index));
        return make_one(inner, inner_index);
    }

  private:
    static constexpr std::size_t kOuter = 256;
    using Known = std::bitset<kOuter + kOuter * kOuter>;

    Result<void> make_one(const fs::path& folder, std::size_t index) {
        if (known_.with([index](const Known& known) { return known.test(index); })) {
            return {};
        }
        TRY(make_folder(files_, folder));
        known_.with([index](Known& known) { known.set(index); });
        return {};
    }

    FileOperations& files_;
    Synchronized<Known> known_ = {};
};

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
    FileWriter(Layout layout, FileOperations& files, DurableFolders& folders, fs::path temporary,
               int descriptor)
        : layout_(std::move(layout)),
          files_(files),
          folders_(folders),
          temporary_(std::move(temporary)),
          file_(descriptor, files) {}
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
        auto named = put_name();
        drop();
        return named;
    }

  private:
    Result<BlobInfo> put_name() {
        TRY(fail_at<Failpoint::blobs_sync_before>());
        TRY(file_.sync("sync a blob"));
        if (const int error = file_.close(); error != 0) {
            return system_failure(error, "close a blob");
        }
        const auto hash = hash_.finish();
        const BlobInfo info = {.sha256_hex = to_hex(hash), .size_bytes = size_bytes_};
        TRY(ask_before_name(info));
        const auto path = layout_.path_of(info.sha256_hex);
        TRY(folders_.make(path.parent_path(), hash));
        TRY(fail_at<Failpoint::blobs_rename_before>());
        // The same content may lie there: replacing it by itself also heals a damaged copy.
        if (files_.rename(temporary_, path) != 0) {
            return system_failure(errno, "name a blob");
        }
        temporary_.clear();
        TRY(fail_at<Failpoint::blobs_rename_after>());
        TRY(sync_folder(files_, path.parent_path()));
        return info;
    }

    void drop() {
        file_.close();
        if (!temporary_.empty()) {
            files_.remove(temporary_);
            temporary_.clear();
        }
    }

    Layout layout_;
    FileOperations& files_;
    DurableFolders& folders_;
    fs::path temporary_;  ///< Empty once it has its name.
    File file_;
    Sha256Stream hash_ = {};
    std::int64_t size_bytes_ = 0;
};

class FilesystemBlobs final : public BlobStore {
  public:
    FilesystemBlobs(Layout layout, FileOperations& files)
        : layout_(std::move(layout)), files_(files), folders_(files) {}

    Result<std::unique_ptr<BlobWriter>> open_writer() override {
        fs::path temporary;
        const int descriptor = open_temporary(layout_.temporary(), temporary, files_);
        if (descriptor < 0) {
            return system_failure(errno, "open a blob");
        }
        return std::unique_ptr<BlobWriter>(std::make_unique<FileWriter>(
            layout_, files_, folders_, std::move(temporary), descriptor));
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
        if (files_.remove(path) != 0) {
            if (errno == ENOENT) {
                return {};
            }
            return system_failure(errno, fmt::format("remove the blob {}", sha256_hex));
        }
        return sync_folder(files_, path.parent_path());
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
    FileOperations& files_;
    DurableFolders folders_;
};

}  // namespace

Result<std::unique_ptr<BlobStore>> open_filesystem_blobs_on(const fs::path& folder,
                                                            FileOperations& files) {
    std::error_code error;
    auto root = fs::absolute(folder, error).lexically_normal();
    if (!root.has_filename()) {
        root = root.parent_path();  // It ended with a slash.
    }
    TRY(make_folders(files, root));
    const Layout layout{.root = root};
    TRY(make_folder(files, layout.temporary()));
    TRY(remove_left_overs(layout.temporary()));
    return std::unique_ptr<BlobStore>(std::make_unique<FilesystemBlobs>(layout, files));
}

Result<std::unique_ptr<BlobStore>> open_filesystem_blobs(const fs::path& folder) {
    return open_filesystem_blobs_on(folder, system_files());
}

}  // namespace oidor::blobs
