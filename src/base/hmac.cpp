#include "base/hmac.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/assert.hpp"

namespace oidor {

Sha256 hmac_sha256(std::string_view key, std::string_view bytes) {
    Sha256 digest{};
    unsigned size = 0;
    const auto* const made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                                  reinterpret_cast<const unsigned char*>(bytes.data()),
                                  bytes.size(), digest.data(), &size);
    ASSERT(made != nullptr && size == digest.size(), "HMAC-SHA-256 gives 32 bytes");
    return digest;
}

}  // namespace oidor
