// A folder of backups: `DIR/<time>/` for each state, `DIR/blobs/` for the audio that they share.
#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "backup/archive.hpp"

namespace oidor::backup {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBlobs = "blobs";
/// Folders of this name are on their way in or out, and belong to nobody once the lock is free.
constexpr std::string_view kUnfinished = ".unfinished-";

/// One backup at a time goes to a folder.
Result<File> lock_folder(const fs::path& folder) {
    const auto path = folder / ".lock";
    File file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (file.get() < 0) {
        return disk_failure(errno, fmt::format("write {}", path.string()));
    }
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        return fail(ErrorCode::Conflict,
                    "{}: another backup goes there now; wait until it has ended", folder.string());
    }
    return file;
}

Result<void> remove_left_overs(const fs::path& folder) {
    std::error_code error;
    for (auto entry = fs::directory_iterator(folder, error);
         !error && entry != fs::directory_iterator(); entry.increment(error)) {
        if (entry->path().filename().string().starts_with(kUnfinished)) {
            std::error_code ignored;
            fs::remove_all(entry->path(), ignored);
        }
    }
    return error ? Result<void>(disk_failure(error.value(), folder.string())) : Result<void>();
}

bool is_snapshot(const fs::path& folder) {
    std::error_code error;
    return !folder.filename().string().starts_with('.') &&
           fs::is_regular_file(folder / kManifestName, error);
}

fs::path blob_path(const fs::path& folder, const std::string& hex) {
    return folder / kBlobs / hex.substr(0, 2) / hex.substr(2, 2) / hex;
}

class FolderWriter final : public ArchiveWriter {
  public:
    FolderWriter(fs::path folder, std::string snapshot, File lock,
                 std::unique_ptr<blobs::BlobStore> blobs)
        : folder_(std::move(folder)),
          snapshot_(std::move(snapshot)),
          staging_(folder_ / (std::string(kUnfinished) + snapshot_)),
          lock_(std::move(lock)),
          blobs_(std::move(blobs)) {}
    ~FolderWriter() override {
        if (!committed_) {
            std::error_code ignored;
            fs::remove_all(staging_, ignored);
        }
    }

    Result<void> open() { return make_folder(staging_); }

    Result<void> put(const std::string& name, std::string_view bytes) override {
        return write_file(staging_ / name, bytes);
    }

    Result<bool> has_blob(const blobs::BlobInfo& blob) override {
        TRY_ASSIGN(const auto found, blobs_->find_blob(blob.sha256_hex));
        return found && found->size_bytes == blob.size_bytes;
    }

    Result<void> put_blob(const blobs::BlobInfo& blob, const blobs::BlobStore& from) override {
        TRY_ASSIGN(const auto writer, blobs_->open_writer());
        TRY(copy_blob(blob, from, [&](std::string_view piece) { return writer->write(piece); }));
        TRY(writer->commit());
        return {};
    }

    Result<void> commit() override {
        TRY(sync_folder(staging_));
        TRY(rename_into_place(staging_, path()));
        committed_ = true;
        return {};
    }

    [[nodiscard]] fs::path path() const override { return folder_ / snapshot_; }
    [[nodiscard]] std::string snapshot() const override { return snapshot_; }

  private:
    fs::path folder_;
    std::string snapshot_;
    fs::path staging_;
    File lock_;
    std::unique_ptr<blobs::BlobStore> blobs_;
    bool committed_ = false;
};

class FolderReader final : public ArchiveReader {
  public:
    FolderReader(fs::path folder, std::string snapshot)
        : folder_(std::move(folder)), snapshot_(std::move(snapshot)) {}

    [[nodiscard]] Result<std::string> read(const std::string& name,
                                           std::int64_t size_max) const override {
        TRY_ASSIGN(const auto file, File::open(folder_ / snapshot_ / name));
        TRY_ASSIGN(const auto size, file.size());
        if (size > size_max) {
            return fail(ErrorCode::TooLarge, "{} has {} bytes, {} were expected", name, size,
                        size_max);
        }
        return file.read_at(0, size);
    }

    [[nodiscard]] Result<void> read_blob(const std::string& sha256_hex,
                                         const PieceReader& read) const override {
        TRY_ASSIGN(const auto file, File::open(blob_path(folder_, sha256_hex)));
        TRY_ASSIGN(const auto size, file.size());
        return each_piece(file, 0, size, read);
    }

    [[nodiscard]] std::string snapshot() const override { return snapshot_; }

  private:
    fs::path folder_;
    std::string snapshot_;
};

}  // namespace

Result<std::unique_ptr<ArchiveWriter>> open_folder_writer(const fs::path& folder, Timestamp now) {
    std::error_code error;
    if (fs::exists(folder / "oidor.db", error)) {
        return fail(ErrorCode::Invalid,
                    "{} is a data folder: a backup that lies beside the data is lost with it; "
                    "choose another place",
                    folder.string());
    }
    TRY(make_folder(folder));
    TRY_ASSIGN(auto lock, lock_folder(folder));
    TRY(remove_left_overs(folder));
    TRY_ASSIGN(auto blobs, blobs::open_filesystem_blobs(folder / kBlobs));
    auto writer = std::make_unique<FolderWriter>(folder, snapshot_name(now), std::move(lock),
                                                 std::move(blobs));
    if (fs::exists(writer->path(), error)) {
        return fail(ErrorCode::Conflict, "{} is there already", writer->path().string());
    }
    TRY(writer->open());
    return std::unique_ptr<ArchiveWriter>(std::move(writer));
}

Result<std::vector<std::string>> list_snapshots(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (auto entry = fs::directory_iterator(folder, error);
         !error && entry != fs::directory_iterator(); entry.increment(error)) {
        if (is_snapshot(entry->path())) {
            names.push_back(entry->path().filename().string());
        }
    }
    if (error) {
        return disk_failure(error.value(), fmt::format("read the folder {}", folder.string()));
    }
    std::ranges::sort(names);
    return names;
}

Result<std::unique_ptr<ArchiveReader>> open_folder_reader(const fs::path& folder,
                                                          const std::string& snapshot) {
    std::error_code error;
    // A state may be named by its own folder.
    if (snapshot.empty() && is_snapshot(folder)) {
        const auto whole = fs::absolute(folder, error).lexically_normal();
        const auto state = whole.filename().empty() ? whole.parent_path() : whole;
        return std::unique_ptr<ArchiveReader>(
            std::make_unique<FolderReader>(state.parent_path(), state.filename().string()));
    }
    TRY_ASSIGN(const auto names, list_snapshots(folder));
    if (names.empty()) {
        return fail(ErrorCode::NotFound, "{} holds no backup: check the path", folder.string());
    }
    const auto name = snapshot.empty() ? names.back() : snapshot;
    if (!std::ranges::binary_search(names, name)) {
        return fail(ErrorCode::NotFound, "{} holds no state {}; the newest is {}", folder.string(),
                    name, names.back());
    }
    return std::unique_ptr<ArchiveReader>(std::make_unique<FolderReader>(folder, name));
}

Result<void> remove_snapshot(const fs::path& folder, const std::string& snapshot) {
    const auto out = folder / (std::string(kUnfinished) + snapshot);
    TRY(rename_into_place(folder / snapshot, out));
    std::error_code error;
    fs::remove_all(out, error);
    return error ? Result<void>(disk_failure(error.value(), "remove an old backup"))
                 : Result<void>();
}

Result<std::int64_t> remove_blobs_but(const fs::path& folder,
                                      const std::vector<std::string>& named) {
    std::int64_t removed = 0;
    std::error_code error;
    for (auto entry = fs::recursive_directory_iterator(folder / kBlobs, error);
         !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        const auto name = entry->path().filename().string();
        std::error_code failed;
        if (name.size() == 64 && entry->is_regular_file(failed) &&
            !std::ranges::binary_search(named, name)) {
            if (!fs::remove(entry->path(), failed)) {
                return disk_failure(failed.value(), "remove audio of old backups");
            }
            ++removed;
        }
    }
    if (error) {
        return disk_failure(error.value(), "remove audio of old backups");
    }
    return removed;
}

}  // namespace oidor::backup
