#include "net/client.hpp"

#include <algorithm>
#include <charconv>
#include <mutex>

#include <curl/curl.h>

#include "base/assert.hpp"
#include "net/client/transfer.hpp"
#include "net/http_parse.hpp"

namespace oidor::net {
namespace {

using client::TransferRequest;
using client::Transferrer;

constexpr std::chrono::seconds kRetryAfterMax = std::chrono::hours(24);
constexpr std::size_t kIdleMax = 16;

ErrorCode code_of_status(int status) {
    switch (status) {
        case 401: return ErrorCode::Unauthenticated;
        case 403: return ErrorCode::Forbidden;
        case 404:
        case 410: return ErrorCode::NotFound;
        case 408:
        case 504: return ErrorCode::Timeout;
        case 409: return ErrorCode::Conflict;
        case 413: return ErrorCode::TooLarge;
        case 415: return ErrorCode::Unsupported;
        case 425: return ErrorCode::Unavailable;
        case 429: return ErrorCode::RateLimited;
        default: return status >= 500 ? ErrorCode::Unavailable : ErrorCode::Invalid;
    }
}

std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text, Timestamp now) {
    std::int64_t wait_s = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, wait_s);
    if (error != std::errc() || end != last) {
        const std::time_t at = curl_getdate(std::string(text).c_str(), nullptr);
        if (at < 0) {
            return std::nullopt;
        }
        wait_s = at - std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    }
    return std::clamp(std::chrono::seconds(wait_s), 0s, kRetryAfterMax);
}

/// Where a redirect leads, as text to be judged anew.
Result<std::string> resolve_redirect(const JudgedUrl& from, std::string_view location) {
    const auto scheme_end = location.find_first_of(":/?#");
    if (scheme_end != std::string_view::npos && location[scheme_end] == ':') {
        return std::string(location);
    }
    if (location.starts_with("//")) {
        return from.scheme + ":" + std::string(location);
    }
    CURLU* const parts = curl_url();
    ASSERT(parts != nullptr, "memory for a URL is there");
    char* text = nullptr;
    const bool resolved = curl_url_set(parts, CURLUPART_URL, from.url.c_str(), 0) == CURLUE_OK &&
                          curl_url_set(parts, CURLUPART_URL, std::string(location).c_str(),
                                       CURLU_URLENCODE) == CURLUE_OK &&
                          curl_url_get(parts, CURLUPART_URL, &text, 0) == CURLUE_OK;
    std::string result = resolved ? text : "";
    curl_free(text);
    curl_url_cleanup(parts);
    if (!resolved) {
        return fail(ErrorCode::Invalid, "fetch {}: redirected to no usable URL", from.origin());
    }
    return result;
}

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

Error error_of_status(std::string_view what, int status, const Headers& headers, Timestamp now) {
    Error error{.code = code_of_status(status),
                .message = fmt::format("{}: status {}", what, status),
                .retry_after = {}};
    if (const auto wait = headers.find("retry-after")) {
        error.retry_after = parse_retry_after(*wait, now);
    }
    return error;
}

struct GuardedClient::Shared {
    ClientOptions options = {};
    client::SharedCaches caches = {};
};

GuardedClient::GuardedClient(std::unique_ptr<Shared> shared) : shared_(std::move(shared)) {}
GuardedClient::~GuardedClient() = default;

Result<std::unique_ptr<GuardedClient>> GuardedClient::open(ClientOptions options) {
    auto shared = std::make_unique<Shared>();
    shared->options = std::move(options);
    return std::unique_ptr<GuardedClient>(new GuardedClient(std::move(shared)));
}

Result<FetchResponse> GuardedClient::fetch(const FetchRequest& request, const FetchPolicy& policy,
                                           const BodySink& sink, const std::stop_token& stop,
                                           const Progress& progress) const {
    TRY_ASSIGN(auto lines, client::make_header_lines(request.headers, request.secret_headers));
    TRY_ASSIGN(auto target, judge_url(request.url, policy));
    const auto first_origin = target.origin();
    // A connection kept from another account's fetch would not be judged: none is kept.
    Transferrer transferrer(shared_->options, shared_->caches);
    for (unsigned redirects = 0;; ++redirects) {
        using Addresses = TransferRequest::Addresses;
        const TransferRequest transfer{
            .what = "fetch " + target.origin(),
            .url = target.url,
            .header_lines = lines,
            .deadline = request.deadline,
            .connect_timeout = policy.connect_timeout,
            .size_bytes_max = policy.size_bytes_max,
            .bytes_per_second_min = policy.bytes_per_second_min,
            .slow_max = policy.slow_max,
            .ca_file = policy.ca_file,
            .addresses = target.is_private_host ? Addresses::Any : Addresses::Public,
            .plain_http = target.is_private_host};
        TRY_ASSIGN(auto result, transferrer.run(transfer, sink, stop, progress));
        if (result.status >= 200 && result.status <= 299) {
            return FetchResponse{.status = result.status,
                                 .headers = std::move(result.headers),
                                 .size_bytes = result.size_bytes,
                                 .redirects = redirects};
        }
        const auto location = result.headers.find("location");
        if (!is_redirect(result.status) || !location) {
            return fail(
                error_of_status(transfer.what, result.status, result.headers, SystemClock().now()));
        }
        if (redirects >= policy.redirects_max) {
            return fail(ErrorCode::Forbidden, "{}: more than {} redirects", transfer.what,
                        policy.redirects_max);
        }
        TRY_ASSIGN(const auto next, resolve_redirect(target, *location));
        auto judged = judge_url(next, policy);
        if (!judged) {
            return fail(judged.error().within(transfer.what + ": redirect"));
        }
        target = std::move(judged).value();
        if (target.origin() != first_origin) {
            lines.clear();  // For good: a way back may be the other side's trick.
        }
    }
}

struct OperatorClient::Shared {
    ClientOptions options = {};
    client::SharedCaches caches = {};
    std::mutex mutex = {};
    std::vector<std::unique_ptr<Transferrer>> idle = {};  // With their open connections.
};

OperatorClient::OperatorClient(std::unique_ptr<Shared> shared) : shared_(std::move(shared)) {}
OperatorClient::~OperatorClient() = default;

Result<std::unique_ptr<OperatorClient>> OperatorClient::open(ClientOptions options) {
    auto shared = std::make_unique<Shared>();
    shared->options = std::move(options);
    return std::unique_ptr<OperatorClient>(new OperatorClient(std::move(shared)));
}

Result<ClientResponse> OperatorClient::send(const ClientRequest& request,
                                            const std::stop_token& stop) const {
    TRY_ASSIGN(auto lines, client::make_header_lines(request.headers, request.secret_headers));
    // An operator's endpoint is where the operator says; only its form is judged.
    const auto authority_at = request.url.find("://");
    const auto host_end = authority_at == std::string::npos
                              ? std::string::npos
                              : request.url.find_first_of("/?#", authority_at + 3);
    const auto origin = request.url.substr(0, host_end);
    const auto scheme =
        std::string_view(request.url).substr(0, std::min(authority_at, origin.size()));
    if ((!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https")) ||
        authority_at == std::string::npos || origin.find('@') != std::string::npos) {
        return fail(ErrorCode::Invalid, "call: no http or https URL without credentials in it");
    }
    const bool sends_form = !request.form.empty();
    const bool sends_body = !sends_form && (!request.body.empty() || request.method == "POST" ||
                                            request.method == "PUT" || request.method == "PATCH");
    const auto has_type = std::ranges::any_of(request.headers, [](const auto& header) {
        return equal_ignoring_case(header.first, "content-type");
    });
    if (sends_body && !has_type) {
        lines.emplace_back("Content-Type:");  // Else the library claims that it is a form.
    }
    const TransferRequest transfer{.what = fmt::format("{} {}", request.method, origin),
                                   .method = request.method,
                                   .url = request.url,
                                   .header_lines = std::move(lines),
                                   .body = sends_body ? &request.body : nullptr,
                                   .form = sends_form ? &request.form : nullptr,
                                   .deadline = request.deadline,
                                   .connect_timeout = request.connect_timeout,
                                   .size_bytes_max = request.size_bytes_max,
                                   .ca_file = request.ca_file,
                                   .addresses = TransferRequest::Addresses::Any,
                                   .plain_http = true,
                                   .bodies = TransferRequest::Bodies::All};
    std::unique_ptr<Transferrer> transferrer;
    {
        const std::lock_guard lock(shared_->mutex);
        if (!shared_->idle.empty()) {
            transferrer = std::move(shared_->idle.back());
            shared_->idle.pop_back();
        }
    }
    if (!transferrer) {
        transferrer = std::make_unique<Transferrer>(shared_->options, shared_->caches);
    }
    ClientResponse response;
    const auto keep = [&response](std::string_view bytes) -> Result<void> {
        response.body.append(bytes);
        return {};
    };
    auto result = transferrer->run(transfer, keep, stop, request.progress);
    {
        const std::lock_guard lock(shared_->mutex);
        if (shared_->idle.size() < kIdleMax) {
            shared_->idle.push_back(std::move(transferrer));
        }
    }
    if (!result) {
        return fail(std::move(result).error());
    }
    response.status = result->status;
    response.headers = std::move(result->headers);
    return response;
}

}  // namespace oidor::net
