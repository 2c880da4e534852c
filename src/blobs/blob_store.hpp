// The door of the blobs: audio, addressed by its SHA-256, streamed in and out.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

namespace oidor::blobs {

/// A blob as it lies there.
struct BlobInfo {
    std::string sha256_hex = {};
    std::int64_t size_bytes = 0;
};

/// A blob on its way in. One caller at a time; dropped without `commit`, it leaves nothing behind.
class BlobWriter {
  public:
    /// Asked once, in `commit`: its failure is that of `commit`, and nothing is left.
    using BeforeName = std::function<Result<void>(const BlobInfo&)>;

    BlobWriter() = default;
    virtual ~BlobWriter() = default;
    BlobWriter(const BlobWriter&) = delete;
    BlobWriter& operator=(const BlobWriter&) = delete;
    /// Lets somebody note the hash before anything lies under it: what has a name is known to the
    /// store, whatever happens next.
    void before_name(BeforeName ask) { ask_ = std::move(ask); }
    /// Unavailable when the disk is full.
    virtual Result<void> write(std::string_view bytes) = 0;
    /// Makes it durable under its hash (file and folder fsynced; the server's word); the same
    /// content again is stored once.
    virtual Result<BlobInfo> commit() = 0;

  protected:
    [[nodiscard]] Result<void> ask_before_name(const BlobInfo& info) const {
        return ask_ ? ask_(info) : Result<void>();
    }

  private:
    BeforeName ask_ = {};
};

/// Safe to call from many threads.
class BlobStore {
  public:
    virtual ~BlobStore() = default;

    virtual Result<std::unique_ptr<BlobWriter>> open_writer() = 0;
    [[nodiscard]] virtual Result<std::optional<BlobInfo>> find_blob(
        const std::string& sha256_hex) const = 0;
    /// `length` bytes from `offset`, fewer at the end. NotFound; Invalid when the offset lies
    /// behind the end.
    [[nodiscard]] virtual Result<std::string> read(const std::string& sha256_hex,
                                                   std::int64_t offset,
                                                   std::int64_t length) const = 0;
    /// A local file with the content: the file itself, or a copy that lives as long as the pointer.
    /// NotFound.
    [[nodiscard]] virtual Result<std::shared_ptr<const std::filesystem::path>> open_local(
        const std::string& sha256_hex) const = 0;
    /// Removes it; absent is fine.
    virtual Result<void> remove(const std::string& sha256_hex) = 0;
    /// Reads it whole and compares the hash. Corrupt, NotFound.
    [[nodiscard]] virtual Result<void> verify(const std::string& sha256_hex) const = 0;

    /// True when the content lies on this computer: `open_local` then costs nothing. Otherwise it
    /// fetches the whole blob, and who wants a part calls `read`.
    [[nodiscard]] virtual bool is_local() const = 0;
    /// A URL by which whoever has it can GET the blob while `lifetime` (1 s to 7 days) lasts. It
    /// does not look whether there is such a blob. Unsupported where blobs are files; Invalid.
    [[nodiscard]] virtual Result<Secret> sign_url(const std::string& sha256_hex,
                                                  std::chrono::seconds lifetime) const = 0;
    /// Stores a probe, reads it and removes it; says in a few words what was found. A failure's
    /// message names the cure.
    virtual Result<std::string> probe() = 0;
};

/// Files below `folder` (made when missing): `ab/cd/<sha256>`. Left-over temporary files are
/// removed at opening.
Result<std::unique_ptr<BlobStore>> open_filesystem_blobs(const std::filesystem::path& folder);

/// Where and how to reach a bucket.
struct S3Options {
    std::string endpoint = {};  ///< `http://` or `https://`; empty: Amazon's for the region.
    std::string region = "us-east-1";
    std::string bucket = {};
    std::string prefix = {};  ///< Before every key, without slashes at its ends.
    /// The bucket in the path instead of the host; unset: with an endpoint, or for a bucket with
    /// dots in its name.
    std::optional<bool> path_style = {};
    Secret access_key = {};
    Secret secret_key = {};
    /// On this computer, made when missing: what is on its way in or out lies there.
    std::filesystem::path spool_folder = {};
    std::string ca_file = {};  ///< Instead of the system's certificates.

    /// Larger blobs go up in parts of this size, which is what one call holds in memory. Amazon
    /// wants 5 MiB at least.
    std::int64_t part_bytes = std::int64_t{8} << 20U;
    int attempts_max = 5;
    std::chrono::milliseconds retry_delay{100};  ///< Doubled for each try, and random below that.
    std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
    /// For one request, beside the time that its bytes take.
    std::chrono::milliseconds request_timeout = std::chrono::seconds(20);
    /// Instead of sleeping between tries: for tests.
    std::function<void(std::chrono::milliseconds)> wait = {};
};

/// Objects `PREFIX/ab/cd/<sha256>` in a bucket. Opening touches no network: the server may be away
/// for a while. `clock` outlives the store. Errors: Invalid, and the spool folder's.
Result<std::unique_ptr<BlobStore>> open_s3_blobs(const S3Options& options, const Clock& clock);

}  // namespace oidor::blobs
