// What S3 says and hears beside bytes: its XML, its error codes, its ranges. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "net/client.hpp"

namespace oidor::blobs::s3 {

/// The text of the first element of that name, entities resolved; nothing when there is none. Reads
/// the flat documents of S3, not XML at large.
std::optional<std::string> find_text(std::string_view xml, std::string_view element);

/// The `Code` of an error document; empty when the body is none or the code is no plain word.
std::string error_code_of(std::string_view body);

/// An upload in parts that was begun and neither completed nor aborted.
struct Upload {
    std::string key = {};
    std::string id = {};
    Timestamp begun_at = {};
};
/// Of a ListMultipartUploadsResult; entries that lack a part are left out.
std::vector<Upload> parse_uploads(std::string_view xml);

/// The body of CompleteMultipartUpload; `etags` in the order of the parts.
std::string format_complete(const std::vector<std::string>& etags);

/// `bytes 0-9/100` (or `bytes */100`, with a length of 0).
struct ContentRange {
    std::int64_t offset = 0;
    std::int64_t length = 0;
    std::int64_t total = 0;
};
std::optional<ContentRange> parse_content_range(std::string_view text);

/// The size that a HEAD or GET answer states; nothing when it states none.
std::optional<std::int64_t> content_length_of(const net::ClientResponse& response);

/// Whether the same request may succeed in a moment: 5xx but 501, 408, 429, and the two conflicts
/// that S3 asks to be tried again. No other 4xx is.
bool is_passing(const net::ClientResponse& response);

/// Where a request went, for messages.
struct Where {
    std::string bucket = {};
    std::string region = {};
};

/// What an answer that is no success means and what to do about it. Shows the status and S3's code,
/// nothing else of the answer. What the operator can mend is Unavailable: work waits for it instead
/// of failing for good.
Error error_of(std::string_view what, const net::ClientResponse& response, const Where& where,
               Timestamp now);

}  // namespace oidor::blobs::s3
