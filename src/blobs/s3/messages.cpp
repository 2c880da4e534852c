#include "blobs/s3/messages.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include <curl/curl.h>

namespace oidor::blobs::s3 {
namespace {

constexpr std::size_t kCodeMax = 64;
constexpr std::size_t kUploadsMax = 1000;  ///< A page of S3's list.

std::string unescape(std::string_view text) {
    static constexpr std::array<std::pair<std::string_view, char>, 6> kEntities = {
        {{"&amp;", '&'},
         {"&lt;", '<'},
         {"&gt;", '>'},
         {"&quot;", '"'},
         {"&#34;", '"'},
         {"&apos;", '\''}}};
    std::string plain;
    while (!text.empty()) {
        const auto* const entity = std::ranges::find_if(
            kEntities, [text](const auto& known) { return text.starts_with(known.first); });
        if (entity != kEntities.end()) {
            plain += entity->second;
            text.remove_prefix(entity->first.size());
        } else {
            plain += text.front();
            text.remove_prefix(1);
        }
    }
    return plain;
}

std::string escape(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        switch (c) {
            case '&': safe += "&amp;"; break;
            case '<': safe += "&lt;"; break;
            case '>': safe += "&gt;"; break;
            case '"': safe += "&quot;"; break;
            default: safe += c;
        }
    }
    return safe;
}

std::optional<std::int64_t> parse_number(std::string_view text) {
    std::int64_t number = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    return error == std::errc() && end == last && number >= 0 ? std::optional(number)
                                                              : std::nullopt;
}

bool is_wrong_region(const net::ClientResponse& response, std::string_view code) {
    return response.status == 301 || response.status == 307 || code == "PermanentRedirect" ||
           code == "AuthorizationHeaderMalformed" || code == "IllegalLocationConstraintException";
}

/// The region that the answer names, when it does so in plain characters.
std::string region_named_by(const net::ClientResponse& response) {
    const auto header = response.headers.find("x-amz-bucket-region");
    const auto region =
        header ? std::string(*header) : find_text(response.body, "Region").value_or("");
    const bool plain = region.size() <= kCodeMax && std::ranges::all_of(region, [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                       });
    return plain ? region : "";
}

std::string clock_words(const net::ClientResponse& response, Timestamp now) {
    const auto header = response.headers.find("date");
    const std::time_t at = header ? curl_getdate(std::string(*header).c_str(), nullptr) : -1;
    if (at < 0) {
        return "this computer's clock differs from the server's: keep it by NTP";
    }
    const auto seconds =
        std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count() - at;
    return fmt::format("this computer's clock is {} s {} the server's: keep it by NTP",
                       std::abs(seconds), seconds < 0 ? "behind" : "ahead of");
}

std::string cure_of(const net::ClientResponse& response, std::string_view code, const Where& where,
                    Timestamp now) {
    if (is_wrong_region(response, code)) {
        const auto region = region_named_by(response);
        return region.empty() || region == where.region
                   ? "the bucket lies elsewhere: correct blobs.s3.region or blobs.s3.endpoint"
                   : fmt::format("the bucket lies in {}: set blobs.s3.region to that", region);
    }
    if (code == "NoSuchBucket") {
        return fmt::format("there is no bucket {}: create it, or correct blobs.url", where.bucket);
    }
    if (code == "InvalidAccessKeyId" || code == "SignatureDoesNotMatch" || code == "InvalidToken" ||
        code == "ExpiredToken") {
        return "the server does not take the key: correct blobs.s3.access_key and "
               "blobs.s3.secret_key";
    }
    if (code == "RequestTimeTooSkewed") {
        return clock_words(response, now);
    }
    if (code == "AccessDenied" || response.status == 401 || response.status == 403) {
        return fmt::format(
            "the key may not do this: allow it s3:ListBucket on the bucket {} and s3:GetObject, "
            "s3:PutObject, s3:DeleteObject, s3:AbortMultipartUpload on what is in it",
            where.bucket);
    }
    if (is_passing(response)) {
        return "the server is busy or ill; it is tried again";
    }
    return "see the server's own log";
}

}  // namespace

std::optional<std::string> find_text(std::string_view xml, std::string_view element) {
    const auto opening = fmt::format("<{}>", element);
    const auto begin = xml.find(opening);
    if (begin == xml.npos) {
        return std::nullopt;
    }
    const auto text = xml.substr(begin + opening.size());
    const auto end = text.find(fmt::format("</{}>", element));
    return end == text.npos ? std::nullopt : std::optional(unescape(text.substr(0, end)));
}

std::string error_code_of(std::string_view body) {
    if (!body.contains("<Error")) {
        return {};
    }
    const auto code = find_text(body, "Code").value_or("");
    const bool plain = code.size() <= kCodeMax && std::ranges::all_of(code, [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                  (c >= '0' && c <= '9') || c == '.';
                       });
    return plain ? code : "";
}

std::vector<Upload> parse_uploads(std::string_view xml) {
    constexpr std::string_view kOpening = "<Upload>";
    constexpr std::string_view kClosing = "</Upload>";
    std::vector<Upload> uploads;
    for (auto at = xml.find(kOpening); at != xml.npos && uploads.size() < kUploadsMax;
         at = xml.find(kOpening)) {
        const auto end = xml.find(kClosing, at);
        const auto entry = xml.substr(at, end == xml.npos ? xml.npos : end - at);
        xml.remove_prefix(at + entry.size());
        auto key = find_text(entry, "Key");
        auto id = find_text(entry, "UploadId");
        const auto begun_at = parse_rfc3339(find_text(entry, "Initiated").value_or(""));
        if (key && id && begun_at) {
            uploads.push_back(
                {.key = *std::move(key), .id = *std::move(id), .begun_at = *begun_at});
        }
    }
    return uploads;
}

std::string format_complete(const std::vector<std::string>& etags) {
    std::string xml = "<CompleteMultipartUpload>";
    for (std::size_t i = 0; i < etags.size(); ++i) {
        xml += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", i + 1,
                           escape(etags[i]));
    }
    return xml + "</CompleteMultipartUpload>";
}

std::optional<ContentRange> parse_content_range(std::string_view text) {
    if (!text.starts_with("bytes ")) {
        return std::nullopt;
    }
    text.remove_prefix(6);
    const auto slash = text.find('/');
    if (slash == text.npos) {
        return std::nullopt;
    }
    const auto total = parse_number(text.substr(slash + 1));
    const auto range = text.substr(0, slash);
    if (total && range == "*") {
        return ContentRange{.offset = 0, .length = 0, .total = *total};
    }
    const auto dash = range.find('-');
    if (!total || dash == range.npos) {
        return std::nullopt;
    }
    const auto first = parse_number(range.substr(0, dash));
    const auto last = parse_number(range.substr(dash + 1));
    if (!first || !last || *first > *last || *last >= *total) {
        return std::nullopt;
    }
    return ContentRange{.offset = *first, .length = *last - *first + 1, .total = *total};
}

std::optional<std::int64_t> content_length_of(const net::ClientResponse& response) {
    const auto header = response.headers.find("content-length");
    return header ? parse_number(*header) : std::nullopt;
}

bool is_passing(const net::ClientResponse& response) {
    const int status = response.status;
    if ((status >= 500 && status != 501) || status == 408 || status == 429) {
        return true;
    }
    const auto code = status == 409 ? error_code_of(response.body) : "";
    return code == "ConditionalRequestConflict" || code == "OperationAborted";
}

Error error_of(std::string_view what, const net::ClientResponse& response, const Where& where,
               Timestamp now) {
    const auto code = error_code_of(response.body);
    auto error = net::error_of_status(what, response.status, response.headers, now);
    if (error.code != ErrorCode::TooLarge && error.code != ErrorCode::Timeout) {
        error.code = code == "EntityTooLarge" ? ErrorCode::TooLarge : ErrorCode::Unavailable;
    }
    error.message = fmt::format("{}: status {}{}: {}", what, response.status,
                                code.empty() ? "" : fmt::format(" ({})", code),
                                cure_of(response, code, where, now));
    return error;
}

}  // namespace oidor::blobs::s3
