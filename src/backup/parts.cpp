#include "backup/parts.hpp"

#include <memory>

#include <zstd.h>

#include "backup/left_out.hpp"
#include "base/sha256.hpp"

namespace oidor::backup {
namespace {

constexpr std::size_t kPartBytes = std::size_t{8} << 20U;
constexpr int kLevel = 3;

struct FreeContext {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

Result<std::string> compress(std::string_view rows) {
    const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
    if (!context) {
        return fail(ErrorCode::Unavailable, "compress: out of memory");
    }
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    std::string bytes(ZSTD_compressBound(rows.size()), '\0');
    const auto size =
        ZSTD_compress2(context.get(), bytes.data(), bytes.size(), rows.data(), rows.size());
    if (ZSTD_isError(size) != 0) {
        return fail(ErrorCode::Internal, "compress: {}", ZSTD_getErrorName(size));
    }
    bytes.resize(size);
    return bytes;
}

Failure damaged(const Part& part, std::string_view why) {
    return fail(ErrorCode::Corrupt,
                "the part {} of the backup is damaged ({}): use another state or copy of it",
                part.file, why);
}

}  // namespace

PartWriter::PartWriter(ArchiveWriter& archive, std::string name, std::vector<store::Column> columns)
    : archive_(archive) {
    table_.name = std::move(name);
    table_.columns = std::move(columns);
}

Result<void> PartWriter::add(store::TableRow row) {
    append_row(rows_, row);
    ++count_;
    if (rows_.size() >= kPartBytes) {
        return put();
    }
    return {};
}

Result<void> PartWriter::put() {
    TRY_ASSIGN(const auto bytes, compress(rows_));
    Part part;
    part.file = fmt::format("{}-{:05}.rows.zst", table_.name, table_.parts.size() + 1);
    part.rows = count_;
    part.size_bytes = static_cast<std::int64_t>(bytes.size());
    part.raw_bytes = static_cast<std::int64_t>(rows_.size());
    part.sha256 = sha256_hex(bytes);
    TRY(archive_.put(part.file, bytes));
    table_.rows += count_;
    table_.parts.push_back(std::move(part));
    rows_.clear();
    count_ = 0;
    return {};
}

Result<SavedTable> PartWriter::finish() {
    if (count_ > 0) {
        TRY(put());
    }
    return table_;
}

Result<std::string> read_part(const ArchiveReader& archive, const Part& part) {
    const auto bytes = archive.read(part.file, part.size_bytes);
    if (!bytes && bytes.error().code == ErrorCode::TooLarge) {
        return damaged(part, "it is longer than it was");
    }
    if (!bytes && bytes.error().code == ErrorCode::NotFound) {
        return damaged(part, "it is missing");
    }
    TRY(bytes);
    if (sha256_hex(*bytes) != part.sha256) {
        return damaged(part, "its SHA-256 differs");
    }
    // The hash holds: from here on only a faulty writer is to blame.
    if (part.raw_bytes < 0 || ZSTD_getFrameContentSize(bytes->data(), bytes->size()) !=
                                  static_cast<std::uint64_t>(part.raw_bytes)) {
        return damaged(part, "its length differs");
    }
    std::string rows(static_cast<std::size_t>(part.raw_bytes), '\0');
    const auto size = ZSTD_decompress(rows.data(), rows.size(), bytes->data(), bytes->size());
    if (ZSTD_isError(size) != 0 || size != rows.size()) {
        return damaged(part, "it cannot be decompressed");
    }
    return rows;
}

Result<void> each_row_of(const std::string& rows, const Part& part, std::size_t width,
                         const store::RowReader& read) {
    std::vector<store::Value> values(width);
    std::string_view left = rows;
    for (std::int64_t i = 0; i < part.rows; ++i) {
        if (!store::take_row(left, values)) {
            return damaged(part, "a row is not whole");
        }
        TRY(read(values));
    }
    if (!left.empty()) {
        return damaged(part, "it holds more rows than it should");
    }
    return {};
}

Result<void> each_blob(const ArchiveReader& archive, const Manifest& manifest,
                       const std::function<Result<void>(const blobs::BlobInfo&)>& read) {
    for (const auto& part : manifest.blobs.parts) {
        TRY_ASSIGN(const auto rows, read_part(archive, part));
        TRY(each_row_of(rows, part, 2, [&](store::TableRow row) -> Result<void> {
            const auto* hash = std::get_if<store::Bytes>(&row[0]);
            const auto* size = std::get_if<std::int64_t>(&row[1]);
            if (hash == nullptr || size == nullptr || hash->bytes.size() != sizeof(Sha256)) {
                return damaged(part, "it does not list audio");
            }
            const auto* bytes = reinterpret_cast<const std::uint8_t*>(hash->bytes.data());
            return read({.sha256_hex = to_hex({bytes, hash->bytes.size()}), .size_bytes = *size});
        }));
    }
    return {};
}

Result<Manifest> read_manifest(const ArchiveReader& archive) {
    TRY_ASSIGN(const auto text, archive.read(kManifestName, kManifestBytesMax));
    auto manifest = parse_manifest(text);
    if (!manifest) {
        return fail(manifest.error().within(archive.snapshot()));
    }
    return manifest;
}

}  // namespace oidor::backup
