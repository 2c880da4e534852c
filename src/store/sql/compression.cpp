#include "store/sql/compression.hpp"

#include <memory>

#include <zstd.h>

namespace oidor::store::sql {
namespace {

constexpr char kFormatZstd = 1;
constexpr int kLevel = 3;

struct FreeContext {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

}  // namespace

Result<std::string> compress(std::string_view json) {
    const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
    if (!context) {
        return fail(ErrorCode::Unavailable, "compress: out of memory");
    }
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    std::string body(1 + ZSTD_compressBound(json.size()), kFormatZstd);
    const auto size =
        ZSTD_compress2(context.get(), body.data() + 1, body.size() - 1, json.data(), json.size());
    if (ZSTD_isError(size) != 0) {
        return fail(ErrorCode::Internal, "compress: {}", ZSTD_getErrorName(size));
    }
    body.resize(1 + size);
    return body;
}

Result<std::string> decompress(std::string_view body, std::size_t size_bytes) {
    if (body.empty()) {
        return fail(ErrorCode::Corrupt, "decompress: no bytes");
    }
    if (body.front() != kFormatZstd) {
        return fail(ErrorCode::Unsupported, "decompress: format {} is of a newer version",
                    static_cast<int>(body.front()));
    }
    body.remove_prefix(1);
    if (ZSTD_getFrameContentSize(body.data(), body.size()) != size_bytes) {
        return fail(ErrorCode::Corrupt, "decompress: the frame does not hold {} bytes", size_bytes);
    }
    std::string json(size_bytes, '\0');
    const auto size = ZSTD_decompress(json.data(), json.size(), body.data(), body.size());
    if (ZSTD_isError(size) != 0 || size != size_bytes) {
        return fail(ErrorCode::Corrupt, "decompress: {}", ZSTD_getErrorName(size));
    }
    return json;
}

}  // namespace oidor::store::sql
