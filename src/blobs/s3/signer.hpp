// AWS Signature Version 4 for S3: pure functions from a request to its signature.
// Source: AWS "Authenticating Requests (AWS Signature Version 4)", S3 API reference, read 2026-11.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.hpp"
#include "base/time.hpp"

namespace oidor::blobs::s3 {

/// Names and values; of queries raw, not encoded.
using Fields = std::vector<std::pair<std::string, std::string>>;

/// Whose signature, and for where.
struct Credentials {
    Secret access_key = {};
    Secret secret_key = {};
    std::string region = {};
};

/// What is signed. `headers` must hold `host` and every `x-amz-*` that is sent.
struct Signable {
    std::string method = "GET";
    std::string path = "/";  ///< Percent-encoded, as it is sent.
    Fields query = {};
    Fields headers = {};  ///< Any order and case.
    std::string payload_hash = {};
};

/// The payload hash of a body that is not part of the signature.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

/// Longest life of a presigned URL.
inline constexpr std::chrono::seconds kLifetimeMax = std::chrono::days(7);

/// Percent-encodes every byte but `A-Z a-z 0-9 - . _ ~`; with `Path`, slashes stay too. S3 signs
/// exactly what is sent: nothing is encoded twice or normalised.
enum class Encode { Path, Query };
std::string encode(std::string_view text, Encode kind);

/// The query as it is signed and sent: encoded, sorted, `name=` for a name without a value.
std::string format_query(const Fields& query);

/// `20130524T000000Z`.
std::string format_amz_date(Timestamp time);

std::string canonical_request(const Signable& request);
std::string string_to_sign(const Signable& request, std::string_view region, Timestamp time);
/// 64 hexadecimal digits.
std::string signature_of(const Signable& request, const Credentials& credentials, Timestamp time);

/// The value of the Authorization header.
Secret authorization_of(const Signable& request, const Credentials& credentials, Timestamp time);

/// The query of a presigned URL: the request's own and the signature's, ready to be sent. The
/// request's headers are those that the fetcher must send: `host` alone, as a rule. Who has the URL
/// may fetch until the lifetime (1 s to kLifetimeMax) is over.
Secret presigned_query(Signable request, const Credentials& credentials, Timestamp time,
                       std::chrono::seconds lifetime);

}  // namespace oidor::blobs::s3
