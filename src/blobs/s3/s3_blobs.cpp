// Blobs as objects of a bucket: gathered on this computer's disk until their hash is known, then
// stored whole or in parts under it; read by ranges.
#include <algorithm>
#include <atomic>
#include <cerrno>

#include <unistd.h>

#include "base/id.hpp"
#include "base/sha256.hpp"
#include "blobs/blob_store.hpp"
#include "blobs/filesystem/file.hpp"
#include "blobs/s3/bucket.hpp"
#include "blobs/s3/upload.hpp"

namespace oidor::blobs {
namespace {

namespace fs = std::filesystem;
using s3::Bucket;
using s3::Exchange;

constexpr std::int64_t kRangeMax = std::int64_t{64} << 20U;
/// For one call, its tries and pauses included: a page waits for it.
constexpr std::chrono::seconds kAnswersWithin{60};

Result<void> make_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (!error) {
        fs::permissions(folder, fs::perms::owner_all, error);
    }
    if (error) {
        return system_failure(error.value(), fmt::format("make the folder {}", folder.string()));
    }
    return {};
}

class S3Writer final : public BlobWriter {
  public:
    S3Writer(const Bucket& bucket, int descriptor) : bucket_(bucket), file_(descriptor) {}

    Result<void> write(std::string_view bytes) override {
        if (!file_.is_open()) {
            return fail(ErrorCode::Invalid, "blob: it is committed or failed already");
        }
        hash_.update(bytes);
        size_bytes_ += static_cast<std::int64_t>(bytes.size());
        auto written = file_.write(bytes, "write a blob");
        if (!written) {
            file_.close();
        }
        return written;
    }

    Result<BlobInfo> commit() override {
        if (!file_.is_open()) {
            return fail(ErrorCode::Invalid, "blob: it is committed or failed already");
        }
        const BlobInfo info = {.sha256_hex = to_hex(hash_.finish()), .size_bytes = size_bytes_};
        auto stored = ask_before_name(info);
        if (stored) {
            stored = s3::put_object(bucket_, info, file_);
        }
        file_.close();
        TRY(stored);
        return info;
    }

  private:
    const Bucket& bucket_;
    File file_;  ///< Without a name: it goes when it is closed.
    Sha256Stream hash_ = {};
    std::int64_t size_bytes_ = 0;
};

class S3Blobs final : public BlobStore {
  public:
    explicit S3Blobs(std::unique_ptr<Bucket> bucket) : bucket_(std::move(bucket)) {}

    Result<std::unique_ptr<BlobWriter>> open_writer() override {
        fs::path path;
        const int descriptor = open_temporary(bucket_->options().spool_folder, path);
        if (descriptor < 0) {
            return system_failure(errno, "open a blob");
        }
        ::unlink(path.c_str());
        return std::unique_ptr<BlobWriter>(std::make_unique<S3Writer>(*bucket_, descriptor));
    }

    [[nodiscard]] Result<std::optional<BlobInfo>> find_blob(
        const std::string& sha256_hex) const override {
        TRY(check_blob_name(sha256_hex));
        TRY_ASSIGN(const auto size,
                   s3::find_object(*bucket_, sha256_hex, Deadline::after(kAnswersWithin)));
        return size ? std::optional(BlobInfo{.sha256_hex = sha256_hex, .size_bytes = *size})
                    : std::optional<BlobInfo>();
    }

    [[nodiscard]] Result<std::string> read(const std::string& sha256_hex, std::int64_t offset,
                                           std::int64_t length) const override {
        TRY(check_blob_name(sha256_hex));
        if (offset >= 0 && length > 0) {
            TRY_ASSIGN(auto part,
                       s3::get_range(*bucket_, sha256_hex, offset, std::min(length, kRangeMax),
                                     Deadline::after(kAnswersWithin)));
            if (part) {
                return *std::move(part);
            }
        }
        // Nothing lies there: at the end that is an answer, behind it a mistake.
        TRY_ASSIGN(const auto found, find_blob(sha256_hex));
        if (!found) {
            return absent("read", sha256_hex);
        }
        if (offset < 0 || length < 0 || offset > found->size_bytes) {
            return fail(ErrorCode::Invalid, "read the blob {}: {} bytes from {}, it has {}",
                        sha256_hex, length, offset, found->size_bytes);
        }
        return std::string();
    }

    [[nodiscard]] Result<std::shared_ptr<const fs::path>> open_local(
        const std::string& sha256_hex) const override {
        TRY_ASSIGN(const auto found, find_blob(sha256_hex));
        if (!found) {
            return absent("open", sha256_hex);
        }
        fs::path path;
        // The lock lives as long as the copy, so that no other program removes it as a left-over.
        auto file = std::make_shared<File>(
            open_temporary(bucket_->options().spool_folder / "copies", path));
        if (!file->is_open()) {
            return system_failure(errno, fmt::format("open the blob {}", sha256_hex));
        }
        std::shared_ptr<const fs::path> copy(new fs::path(path), [file](const fs::path* name) {
            ::unlink(name->c_str());
            delete name;
        });
        TRY(fetch(*found, [&file](std::string_view bytes) {
            return file->write(bytes, "write a copy of a blob");
        }));
        return copy;
    }

    Result<void> remove(const std::string& sha256_hex) override {
        TRY(check_blob_name(sha256_hex));
        return s3::remove_object(*bucket_, sha256_hex, Deadline::after(kAnswersWithin));
    }

    [[nodiscard]] Result<void> verify(const std::string& sha256_hex) const override {
        TRY_ASSIGN(const auto found, find_blob(sha256_hex));
        if (!found) {
            return absent("verify", sha256_hex);
        }
        return fetch(*found, [](std::string_view) { return Result<void>(); });
    }

    [[nodiscard]] bool is_local() const override { return false; }

    [[nodiscard]] Result<Secret> sign_url(const std::string& sha256_hex,
                                          std::chrono::seconds lifetime) const override {
        TRY(check_blob_name(sha256_hex));
        if (lifetime < std::chrono::seconds(1) || lifetime > s3::kLifetimeMax) {
            return fail(ErrorCode::Invalid, "sign a URL: it lives from 1 s to 7 days");
        }
        return bucket_->presign(s3::key_of(*bucket_, sha256_hex), lifetime);
    }

    Result<std::string> probe() override { return s3::probe_bucket(*bucket_); }

  private:
    static Failure absent(std::string_view verb, const std::string& sha256_hex) {
        return fail(ErrorCode::NotFound, "{} the blob {}: there is none", verb, sha256_hex);
    }

    /// Gives the whole content to `sink`, piece by piece. Corrupt when its hash is another; the
    /// sink has been given it then.
    template <typename Sink>
    [[nodiscard]] Result<void> fetch(const BlobInfo& info, const Sink& sink) const {
        Sha256Stream hash;
        std::int64_t offset = 0;
        while (offset < info.size_bytes) {
            const auto wanted = std::min(bucket_->options().part_bytes, info.size_bytes - offset);
            TRY_ASSIGN(const auto piece, s3::get_range(*bucket_, info.sha256_hex, offset, wanted,
                                                       Deadline::after(kAnswersWithin)));
            if (!piece) {
                break;  // It became shorter meanwhile: the hash tells.
            }
            hash.update(*piece);
            offset += static_cast<std::int64_t>(piece->size());
            TRY(sink(*piece));
        }
        if (to_hex(hash.finish()) != info.sha256_hex) {
            return fail(ErrorCode::Corrupt,
                        "read the blob {}: its bytes have another hash; restore it from a backup, "
                        "or remove the object and fetch the recording again",
                        info.sha256_hex);
        }
        return {};
    }

    std::unique_ptr<Bucket> bucket_;
};

}  // namespace

Result<std::unique_ptr<BlobStore>> open_s3_blobs(const S3Options& options, const Clock& clock) {
    TRY_ASSIGN(auto bucket, Bucket::open(options, clock));
    TRY(make_folder(options.spool_folder));
    TRY(make_folder(options.spool_folder / "copies"));
    TRY(remove_left_overs(options.spool_folder));
    TRY(remove_left_overs(options.spool_folder / "copies"));
    return std::unique_ptr<BlobStore>(std::make_unique<S3Blobs>(std::move(bucket)));
}

}  // namespace oidor::blobs
