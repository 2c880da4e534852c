#include "store/conversations.hpp"
#include "store/sql/compression.hpp"

namespace oidor::store {

Result<std::string> unpack(const PackedTranscript& transcript, std::size_t size_bytes_max) {
    if (transcript.size_bytes < 0 ||
        static_cast<std::uint64_t>(transcript.size_bytes) > size_bytes_max) {
        return fail(ErrorCode::TooLarge, "transcript {}: {} bytes: at most {} are read",
                    transcript.sha256_hex, transcript.size_bytes, size_bytes_max);
    }
    auto json = sql::decompress(transcript.body, static_cast<std::size_t>(transcript.size_bytes));
    if (!json) {
        return fail(json.error().within("transcript " + transcript.sha256_hex));
    }
    return json;
}

}  // namespace oidor::store
