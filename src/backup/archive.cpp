#include "backup/archive.hpp"

#include <algorithm>

#include "base/sha256.hpp"

namespace oidor::backup {
namespace {

constexpr std::int64_t kPieceBytes = std::int64_t{4} << 20U;

}  // namespace

bool is_tar(const std::filesystem::path& place) { return place.extension() == ".tar"; }

std::string snapshot_name(Timestamp now) {
    // The fraction always, so that names sort by time.
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    auto name = format_rfc3339(seconds);
    name.pop_back();
    std::ranges::replace(name, ':', '-');
    return fmt::format("{}.{:06}Z", name, (now - seconds).count());
}

Result<void> copy_blob(const blobs::BlobInfo& blob, const blobs::BlobStore& from,
                       const PieceReader& write) {
    Sha256Stream hash;
    std::int64_t offset = 0;
    while (offset < blob.size_bytes) {
        TRY_ASSIGN(const auto piece, from.read(blob.sha256_hex, offset,
                                               std::min(kPieceBytes, blob.size_bytes - offset)));
        if (piece.empty()) {
            break;
        }
        hash.update(piece);
        TRY(write(piece));
        offset += static_cast<std::int64_t>(piece.size());
    }
    if (to_hex(hash.finish()) != blob.sha256_hex) {
        return fail(ErrorCode::Corrupt, "the blob {} has another hash", blob.sha256_hex);
    }
    return {};
}

}  // namespace oidor::backup
