#include "blobs/s3/signer.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/format.h>

#include "base/hmac.hpp"
#include "base/sha256.hpp"

namespace oidor::blobs::s3 {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string hmac(std::string_view key, std::string_view text) {
    const auto digest = hmac_sha256(key, text);
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string to_lower(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return lower;
}

/// Without spaces at the ends, and with one for each run of them.
std::string squeeze(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c != ' ' || (!result.empty() && result.back() != ' ')) {
            result += c;
        }
    }
    if (result.ends_with(' ')) {
        result.pop_back();
    }
    return result;
}

Fields canonical_headers(const Fields& headers) {
    Fields sorted;
    for (const auto& [name, value] : headers) {
        sorted.emplace_back(to_lower(name), squeeze(value));
    }
    std::ranges::stable_sort(sorted, {}, [](const auto& header) { return header.first; });
    return sorted;
}

std::string signed_names(const Fields& headers) {
    std::string names;
    for (const auto& [name, value] : canonical_headers(headers)) {
        names += (names.empty() ? "" : ";") + name;
    }
    return names;
}

std::string scope_of(std::string_view region, Timestamp time) {
    return fmt::format("{}/{}/s3/aws4_request", format_amz_date(time).substr(0, 8), region);
}

}  // namespace

std::string encode(std::string_view text, Encode kind) {
    std::string encoded;
    for (const char c : text) {
        const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain || (c == '/' && kind == Encode::Path)) {
            encoded += c;
        } else {
            encoded += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<std::uint8_t>(c)));
        }
    }
    return encoded;
}

std::string format_query(const Fields& query) {
    Fields sorted;
    for (const auto& [name, value] : query) {
        sorted.emplace_back(encode(name, Encode::Query), encode(value, Encode::Query));
    }
    std::ranges::sort(sorted);
    std::string text;
    for (const auto& [name, value] : sorted) {
        text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, value);
    }
    return text;
}

std::string format_amz_date(Timestamp time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
    return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string canonical_request(const Signable& request) {
    std::string headers;
    for (const auto& [name, value] : canonical_headers(request.headers)) {
        headers += fmt::format("{}:{}\n", name, value);
    }
    return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, request.path,
                       format_query(request.query), headers, signed_names(request.headers),
                       request.payload_hash);
}

std::string string_to_sign(const Signable& request, std::string_view region, Timestamp time) {
    return fmt::format("{}\n{}\n{}\n{}", kAlgorithm, format_amz_date(time), scope_of(region, time),
                       sha256_hex(canonical_request(request)));
}

std::string signature_of(const Signable& request, const Credentials& credentials, Timestamp time) {
    std::string key = fmt::format("AWS4{}", credentials.secret_key.reveal());
    const auto day = format_amz_date(time).substr(0, 8);
    for (const std::string_view step : {std::string_view(day), std::string_view(credentials.region),
                                        std::string_view("s3"), std::string_view("aws4_request")}) {
        key = hmac(key, step);
    }
    const auto digest = hmac(key, string_to_sign(request, credentials.region, time));
    return to_hex({reinterpret_cast<const std::uint8_t*>(digest.data()), digest.size()});
}

Secret authorization_of(const Signable& request, const Credentials& credentials, Timestamp time) {
    return Secret(fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                              credentials.access_key.reveal(), scope_of(credentials.region, time),
                              signed_names(request.headers),
                              signature_of(request, credentials, time)));
}

Secret presigned_query(Signable request, const Credentials& credentials, Timestamp time,
                       std::chrono::seconds lifetime) {
    request.payload_hash = kUnsignedPayload;
    auto& query = request.query;
    query.emplace_back("X-Amz-Algorithm", kAlgorithm);
    query.emplace_back("X-Amz-Credential", fmt::format("{}/{}", credentials.access_key.reveal(),
                                                       scope_of(credentials.region, time)));
    query.emplace_back("X-Amz-Date", format_amz_date(time));
    query.emplace_back("X-Amz-Expires", std::to_string(lifetime.count()));
    query.emplace_back("X-Amz-SignedHeaders", signed_names(request.headers));
    return Secret(fmt::format("{}&X-Amz-Signature={}", format_query(query),
                              signature_of(request, credentials, time)));
}

}  // namespace oidor::blobs::s3
