#include "blobs/s3/bucket.hpp"

#include <algorithm>
#include <random>
#include <thread>

#include "base/sha256.hpp"

namespace oidor::blobs::s3 {
namespace {

/// What an error's document may take.
constexpr std::int64_t kErrorBytesMax = std::int64_t{64} << 10U;
constexpr std::chrono::seconds kPauseMax{20};
/// A body slower than this is given up and asked for again.
constexpr std::int64_t kBytesPerSecondMin = std::int64_t{64} << 10U;

bool is_success(const net::ClientResponse& response) {
    return response.status >= 200 && response.status <= 299;
}

/// `host:port` without the port that the scheme has anyway: as the client sends it.
std::string host_header_of(std::string_view scheme, std::string_view authority) {
    const std::string_view standard = scheme == "https" ? ":443" : ":80";
    if (authority.ends_with(standard)) {
        authority.remove_suffix(standard.size());
    }
    return std::string(authority);
}

std::string amazon_endpoint_of(std::string_view region) {
    return fmt::format("https://s3.{}.amazonaws.com{}", region,
                       region.starts_with("cn-") ? ".cn" : "");
}

bool is_plain_word(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

Bucket::Bucket(S3Options options, Place place, const Clock& clock,
               std::unique_ptr<net::OperatorClient> client)
    : options_(std::move(options)),
      place_(std::move(place)),
      credentials_{.access_key = options_.access_key,
                   .secret_key = options_.secret_key,
                   .region = options_.region},
      clock_(clock),
      client_(std::move(client)) {}

Bucket::Place Bucket::place_of(const S3Options& options) {
    std::string endpoint =
        options.endpoint.empty() ? amazon_endpoint_of(options.region) : options.endpoint;
    while (endpoint.ends_with('/')) {
        endpoint.pop_back();
    }
    const auto scheme_end = endpoint.find("://");
    const auto scheme = endpoint.substr(0, scheme_end);
    const auto rest = endpoint.substr(scheme_end + 3);
    const auto authority = host_header_of(scheme, rest.substr(0, rest.find('/')));
    const auto folder = rest.find('/') == rest.npos ? "" : rest.substr(rest.find('/'));
    // A bucket with dots fits no wildcard certificate.
    const bool in_path =
        options.path_style.value_or(!options.endpoint.empty() || options.bucket.contains('.'));
    Place place;
    place.host = in_path ? authority : fmt::format("{}.{}", options.bucket, authority);
    place.origin = fmt::format("{}://{}", scheme, place.host);
    place.base = encode(folder, Encode::Path) + (in_path ? "/" + options.bucket : "");
    return place;
}

Result<std::unique_ptr<Bucket>> Bucket::open(const S3Options& options, const Clock& clock) {
    if (options.access_key.empty() || options.secret_key.empty()) {
        return fail(ErrorCode::Invalid,
                    "blobs.s3: a bucket needs blobs.s3.access_key and blobs.s3.secret_key");
    }
    if (!is_plain_word(options.access_key.reveal()) || !is_plain_word(options.region) ||
        options.region.empty() || options.bucket.empty() || !is_plain_word(options.bucket)) {
        return fail(ErrorCode::Invalid,
                    "blobs.s3: bucket, region and access_key are words without spaces");
    }
    if (!options.endpoint.empty() && !options.endpoint.starts_with("http://") &&
        !options.endpoint.starts_with("https://")) {
        return fail(ErrorCode::Invalid, "blobs.s3.endpoint: is no http or https URL");
    }
    TRY_ASSIGN(auto client, net::OperatorClient::open());
    return std::unique_ptr<Bucket>(
        new Bucket(options, place_of(options), clock, std::move(client)));
}

Signable Bucket::signable_of(const Exchange& exchange, Timestamp time) const {
    Signable request{.method = exchange.method,
                     .path = place_of_key(exchange.key),
                     .query = exchange.query,
                     .headers = exchange.headers,
                     .payload_hash = sha256_hex(exchange.body)};
    request.headers.emplace_back("host", place_.host);
    request.headers.emplace_back("x-amz-content-sha256", request.payload_hash);
    request.headers.emplace_back("x-amz-date", format_amz_date(time));
    return request;
}

Result<net::ClientResponse> Bucket::send_once(const Exchange& exchange, Deadline deadline) const {
    const auto time = clock_.now();
    const auto signable = signable_of(exchange, time);
    const auto query = format_query(exchange.query);
    const auto bytes = exchange.size_bytes_max + static_cast<std::int64_t>(exchange.body.size());
    const auto patience =
        options_.request_timeout + std::chrono::seconds(bytes / kBytesPerSecondMin);
    net::ClientRequest request{
        .method = exchange.method,
        .url =
            fmt::format("{}{}{}{}", place_.origin, signable.path, query.empty() ? "" : "?", query),
        .body = exchange.body,
        .deadline = Deadline::after(std::min(patience, deadline.remaining())),
        .connect_timeout = options_.connect_timeout,
        .size_bytes_max = static_cast<std::size_t>(exchange.size_bytes_max + kErrorBytesMax),
        .ca_file = options_.ca_file};
    for (const auto& [name, value] : signable.headers) {
        if (name != "host") {
            request.headers.emplace_back(name, value);
        }
    }
    request.secret_headers.emplace_back("Authorization",
                                        authorization_of(signable, credentials_, time));
    auto response = client_->send(request);
    if (!response) {
        return fail(response.error().within(exchange.what));
    }
    if (is_success(*response) && exchange.is_whole && !exchange.is_whole(*response)) {
        return fail(ErrorCode::Unavailable, "{}: {}: the answer is not what was asked for",
                    exchange.what, place_.origin);
    }
    return response;
}

bool Bucket::pause(int attempt, const std::optional<std::chrono::milliseconds>& asked,
                   Deadline deadline) const {
    auto longest = options_.retry_delay;
    for (int i = 1; i < attempt && longest < kPauseMax; ++i) {
        longest *= 2;
    }
    longest = std::min<std::chrono::milliseconds>(longest, kPauseMax);
    std::random_device random;
    auto wait = std::chrono::milliseconds(
        std::uniform_int_distribution<std::int64_t>(0, longest.count())(random));
    if (asked) {
        wait = std::max(wait, std::min<std::chrono::milliseconds>(*asked, kPauseMax));
    }
    if (wait >= deadline.remaining()) {
        return false;
    }
    if (options_.wait) {
        options_.wait(wait);
    } else {
        std::this_thread::sleep_for(wait);
    }
    return true;
}

Result<net::ClientResponse> Bucket::send(const Exchange& exchange, Deadline deadline) const {
    for (int attempt = 1;; ++attempt) {
        auto response = send_once(exchange, deadline);
        const bool again = response ? is_passing(*response)
                                    : response.error().code == ErrorCode::Unavailable ||
                                          response.error().code == ErrorCode::Timeout;
        if (!again || attempt >= options_.attempts_max) {
            return response;
        }
        const auto asked = response ? failure(exchange, *response).error.retry_after : std::nullopt;
        if (!pause(attempt, asked, deadline)) {
            return response;
        }
    }
}

Failure Bucket::failure(const Exchange& exchange, const net::ClientResponse& response) const {
    return fail(error_of(fmt::format("{}: {}", exchange.what, place_.origin), response,
                         {.bucket = options_.bucket, .region = options_.region}, clock_.now()));
}

std::string Bucket::place_of_key(const std::string& key) const {
    return key.empty() && !place_.base.empty()
               ? place_.base
               : fmt::format("{}/{}", place_.base, encode(key, Encode::Path));
}

Secret Bucket::presign(const std::string& key, std::chrono::seconds lifetime) const {
    const Signable request{.path = place_of_key(key), .headers = {{"host", place_.host}}};
    return Secret(
        fmt::format("{}{}?{}", place_.origin, request.path,
                    presigned_query(request, credentials_, clock_.now(), lifetime).reveal()));
}

}  // namespace oidor::blobs::s3
