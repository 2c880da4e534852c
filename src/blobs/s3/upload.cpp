#include "blobs/s3/upload.hpp"

#include <algorithm>
#include <utility>

#include "base/failpoint.hpp"
#include "base/id.hpp"
#include "base/sha256.hpp"

namespace oidor::blobs::s3 {
namespace {

constexpr std::chrono::seconds kProbesWithin{20};
constexpr std::chrono::seconds kAbortsWithin{20};
constexpr std::chrono::hours kLeftOverAfter{24};
/// Slower than this an upload is given up; the job that wanted it comes again.
constexpr std::int64_t kUploadBytesPerSecondMin = std::int64_t{64} << 10U;
constexpr std::string_view kCondition = "If-None-Match";
constexpr std::int64_t kUploadsListBytesMax = std::int64_t{4} << 20U;

bool is_success(const net::ClientResponse& response) {
    return response.status >= 200 && response.status <= 299;
}

/// Some servers say 304 where Amazon says 412. 409 remains after a conflict that was tried again.
bool says_it_exists(const net::ClientResponse& response) {
    return response.status == 412 || response.status == 304 || response.status == 409;
}

std::string with_prefix(const Bucket& bucket, std::string_view rest) {
    const auto& prefix = bucket.options().prefix;
    return prefix.empty() ? std::string(rest) : fmt::format("{}/{}", prefix, rest);
}

/// Whether an object is overwritten that lies there already.
enum class Existing { Keep, Replace };

/// Headers of what makes an object appear.
Fields creating(Existing existing) {
    Fields headers = {{"Content-Type", "application/octet-stream"}};
    if (existing == Existing::Keep) {
        headers.emplace_back(kCondition, "*");
    }
    return headers;
}

/// The size by HEAD, whose failures have no body that could tell why.
Result<net::ClientResponse> send_head(const Bucket& bucket, const std::string& key,
                                      const std::string& what, Deadline deadline) {
    return bucket.send({.what = what, .method = "HEAD", .key = key}, deadline);
}

/// An upload of one file.
struct Uploading {
    const Bucket& bucket;
    const BlobInfo& info;
    const File& file;
    std::string key;
    std::string what;
    Existing existing;
    Deadline deadline;

    [[nodiscard]] Result<std::string> read(std::int64_t offset, std::int64_t length) const {
        TRY_ASSIGN(auto bytes, file.read(offset, length, what));
        if (static_cast<std::int64_t>(bytes.size()) != length) {
            return fail(ErrorCode::Internal, "{}: its temporary file became shorter", what);
        }
        return bytes;
    }
};

/// Sends what makes the object appear. To a server that does not know the condition it is sent
/// without: that nothing lies there was looked up before.
Result<net::ClientResponse> send_creating(const Uploading& upload, Exchange& exchange) {
    TRY_ASSIGN(auto response, upload.bucket.send(exchange, upload.deadline));
    if (response.status != 501 || upload.existing == Existing::Replace) {
        return response;
    }
    std::erase_if(exchange.headers, [](const auto& header) { return header.first == kCondition; });
    return upload.bucket.send(exchange, upload.deadline);
}

/// True when the object was made, false when one was there.
Result<bool> put_whole(const Uploading& upload) {
    TRY_ASSIGN(auto bytes, upload.read(0, upload.info.size_bytes));
    Exchange exchange{.what = upload.what,
                      .method = "PUT",
                      .key = upload.key,
                      .headers = creating(upload.existing),
                      .body = std::move(bytes)};
    TRY_ASSIGN(const auto response, send_creating(upload, exchange));
    if (is_success(response)) {
        return true;
    }
    if (says_it_exists(response)) {
        return false;
    }
    return upload.bucket.failure(exchange, response);
}

Result<std::string> begin_parts(const Uploading& upload) {
    const Exchange exchange{.what = upload.what,
                            .method = "POST",
                            .key = upload.key,
                            .query = {{"uploads", ""}},
                            .headers = {{"Content-Type", "application/octet-stream"}}};
    TRY_ASSIGN(const auto response, upload.bucket.send(exchange, upload.deadline));
    if (!is_success(response)) {
        return upload.bucket.failure(exchange, response);
    }
    auto id = find_text(response.body, "UploadId");
    if (!id || id->empty()) {
        return fail(ErrorCode::Unavailable, "{}: the server named no upload", upload.what);
    }
    return *std::move(id);
}

/// The part's ETag.
Result<std::string> put_part(const Uploading& upload, const std::string& id, std::size_t number,
                             std::string bytes) {
    const Exchange exchange{.what = upload.what,
                            .method = "PUT",
                            .key = upload.key,
                            .query = {{"partNumber", std::to_string(number)}, {"uploadId", id}},
                            .body = std::move(bytes)};
    TRY_ASSIGN(const auto response, upload.bucket.send(exchange, upload.deadline));
    if (!is_success(response)) {
        return upload.bucket.failure(exchange, response);
    }
    const auto etag = response.headers.find("etag");
    if (!etag) {
        return fail(ErrorCode::Unavailable, "{}: the server acknowledged no part", upload.what);
    }
    return std::string(*etag);
}

/// True when the object was made, false when one was there.
Result<bool> complete(const Uploading& upload, const std::string& id,
                      const std::vector<std::string>& etags) {
    Fields headers = creating(upload.existing);
    headers.front().second = "application/xml";
    Exchange exchange{.what = upload.what,
                      .method = "POST",
                      .key = upload.key,
                      .query = {{"uploadId", id}},
                      .headers = std::move(headers),
                      .body = format_complete(etags)};
    TRY_ASSIGN(auto response, send_creating(upload, exchange));
    if (is_success(response)) {
        // The server may answer before it is done, and then fail: the status cannot tell.
        if (!response.body.contains("<Error")) {
            return true;
        }
        response.status = 500;
    }
    if (says_it_exists(response)) {
        return false;
    }
    return upload.bucket.failure(exchange, response);
}

Result<void> abort(const Bucket& bucket, const std::string& key, const std::string& id) {
    const Exchange exchange{
        .what = "abort an upload", .method = "DELETE", .key = key, .query = {{"uploadId", id}}};
    TRY_ASSIGN(const auto response, bucket.send(exchange, Deadline::after(kAbortsWithin)));
    if (!is_success(response) && response.status != 404) {
        return bucket.failure(exchange, response);
    }
    return {};
}

Result<bool> put_parts(const Uploading& upload, const std::string& id) {
    std::vector<std::string> etags;
    const auto part_bytes = upload.bucket.options().part_bytes;
    for (std::int64_t offset = 0; offset < upload.info.size_bytes; offset += part_bytes) {
        TRY_ASSIGN(auto bytes,
                   upload.read(offset, std::min(part_bytes, upload.info.size_bytes - offset)));
        TRY_ASSIGN(auto etag, put_part(upload, id, etags.size() + 1, std::move(bytes)));
        etags.push_back(std::move(etag));
        TRY(fail_at<Failpoint::blobs_part_after>());
    }
    TRY(fail_at<Failpoint::blobs_complete_before>());
    return complete(upload, id, etags);
}

Result<bool> put_in_parts(const Uploading& upload) {
    TRY_ASSIGN(const auto id, begin_parts(upload));
    auto made = put_parts(upload, id);
    if (!made || !*made) {
        // When this fails too, the left-over is found a day later.
        (void)abort(upload.bucket, upload.key, id).has_value();
    }
    return made;
}

/// The size of what lies under a key by HEAD alone; nothing for none.
Result<std::optional<std::int64_t>> size_of(const Bucket& bucket, const std::string& key,
                                            const std::string& what, Deadline deadline) {
    TRY_ASSIGN(const auto response, send_head(bucket, key, what, deadline));
    return is_success(response) ? content_length_of(response) : std::nullopt;
}

}  // namespace

std::string key_of(const Bucket& bucket, const std::string& sha256_hex) {
    return with_prefix(bucket, fmt::format("{}/{}/{}", sha256_hex.substr(0, 2),
                                           sha256_hex.substr(2, 2), sha256_hex));
}

Result<std::optional<std::int64_t>> find_object(const Bucket& bucket, const std::string& sha256_hex,
                                                Deadline deadline) {
    const auto key = key_of(bucket, sha256_hex);
    const auto what = fmt::format("find the blob {}", sha256_hex);
    TRY_ASSIGN(const auto head, send_head(bucket, key, what, deadline));
    if (is_success(head)) {
        const auto size = content_length_of(head);
        if (!size) {
            return fail(ErrorCode::Unavailable, "{}: the server states no size", what);
        }
        return size;
    }
    // HEAD has no words for why; a GET of one byte does: no such object, or no such bucket.
    const Exchange why{
        .what = what, .key = key, .headers = {{"Range", "bytes=0-0"}}, .size_bytes_max = 1};
    TRY_ASSIGN(const auto response, bucket.send(why, deadline));
    if (response.status == 404 && error_code_of(response.body) == "NoSuchKey") {
        return std::optional<std::int64_t>();
    }
    if (is_success(response)) {
        return fail(ErrorCode::Unavailable, "{}: the server answers GET, but not HEAD", what);
    }
    return bucket.failure(why, response);
}

Result<std::optional<std::string>> get_range(const Bucket& bucket, const std::string& sha256_hex,
                                             std::int64_t offset, std::int64_t length,
                                             Deadline deadline) {
    const auto is_whole = [offset, length](const net::ClientResponse& response) {
        const auto size = static_cast<std::int64_t>(response.body.size());
        const auto range = parse_content_range(response.headers.find("content-range").value_or(""));
        if (response.status == 200) {  // All of it fits, and the server leaves the range out.
            return offset == 0 && size <= length && size == content_length_of(response);
        }
        return range && range->offset == offset && range->length == size && size <= length &&
               (size == length || range->offset + size == range->total);
    };
    const Exchange exchange{
        .what = fmt::format("read the blob {}", sha256_hex),
        .key = key_of(bucket, sha256_hex),
        .headers = {{"Range", fmt::format("bytes={}-{}", offset, offset + length - 1)}},
        .size_bytes_max = length,
        .is_whole = is_whole};
    TRY_ASSIGN(auto response, bucket.send(exchange, deadline));
    if (is_success(response)) {
        return std::optional(std::move(response.body));
    }
    if (response.status == 416 ||
        (response.status == 404 && error_code_of(response.body) == "NoSuchKey")) {
        return std::optional<std::string>();
    }
    return bucket.failure(exchange, response);
}

Result<void> put_object(const Bucket& bucket, const BlobInfo& info, const File& file) {
    const auto time = bucket.options().request_timeout * 3 +
                      std::chrono::seconds(info.size_bytes / kUploadBytesPerSecondMin);
    Uploading upload{.bucket = bucket,
                     .info = info,
                     .file = file,
                     .key = key_of(bucket, info.sha256_hex),
                     .what = fmt::format("store the blob {}", info.sha256_hex),
                     .existing = Existing::Keep,
                     .deadline = Deadline::after(time)};
    const auto size = [&upload] {
        return size_of(upload.bucket, upload.key, upload.what, upload.deadline);
    };
    TRY(fail_at<Failpoint::blobs_put_before>());
    TRY_ASSIGN(const auto before, size());
    if (before == info.size_bytes) {
        return {};
    }
    const auto put = [&upload, &bucket] {
        return upload.info.size_bytes <= bucket.options().part_bytes ? put_whole(upload)
                                                                     : put_in_parts(upload);
    };
    // What lies there under another size is no blob of ours: it is replaced.
    upload.existing = before ? Existing::Replace : Existing::Keep;
    auto made = put();
    auto after = size();
    if (made && !*made && after && *after != info.size_bytes) {
        upload.existing = Existing::Replace;
        made = put();
        after = size();
    }
    // An answer that was lost leaves a failure or a conflict, and the object: its size decides. The
    // server has held its bytes against the hash that every request is signed with.
    if (after && *after == info.size_bytes) {
        return fail_at<Failpoint::blobs_put_after>();
    }
    TRY(made);
    TRY(after);
    return fail(ErrorCode::Unavailable, "{}: it was acknowledged, but is not there whole",
                upload.what);
}

Result<void> remove_object(const Bucket& bucket, const std::string& sha256_hex, Deadline deadline) {
    const Exchange exchange{.what = fmt::format("remove the blob {}", sha256_hex),
                            .method = "DELETE",
                            .key = key_of(bucket, sha256_hex)};
    TRY_ASSIGN(const auto response, bucket.send(exchange, deadline));
    if (is_success(response) ||
        (response.status == 404 && error_code_of(response.body) == "NoSuchKey")) {
        return {};
    }
    return bucket.failure(exchange, response);
}

Result<std::vector<Upload>> list_left_overs(const Bucket& bucket, Deadline deadline) {
    const Exchange exchange{.what = "list unfinished uploads",
                            .query = {{"uploads", ""}, {"prefix", with_prefix(bucket, "")}},
                            .size_bytes_max = kUploadsListBytesMax};
    TRY_ASSIGN(const auto response, bucket.send(exchange, deadline));
    if (!is_success(response)) {
        return bucket.failure(exchange, response);
    }
    auto uploads = parse_uploads(response.body);
    // Others may use the bucket: an upload is ours when its key is one of a blob.
    std::erase_if(uploads, [&bucket](const Upload& upload) {
        const auto name = upload.key.substr(upload.key.rfind('/') + 1);
        return !check_blob_name(name) || upload.key != key_of(bucket, name) ||
               bucket.now() - upload.begun_at < kLeftOverAfter;
    });
    return uploads;
}

Result<std::string> probe_bucket(const Bucket& bucket) {
    const auto deadline = Deadline::after(kProbesWithin);
    const auto key = with_prefix(bucket, "probe-" + format_uuid(make_uuid7()));
    const std::string content = "oidor doctor";
    const Exchange put{.what = "store a probe",
                       .method = "PUT",
                       .key = key,
                       .headers = creating(Existing::Replace),
                       .body = content};
    auto put_again = put;
    put_again.headers = creating(Existing::Keep);
    const Exchange get{.what = "read a probe",
                       .key = key,
                       .size_bytes_max = static_cast<std::int64_t>(content.size())};
    const Exchange remove{.what = "remove a probe", .method = "DELETE", .key = key};

    TRY_ASSIGN(const auto stored, bucket.send(put, deadline));
    if (!is_success(stored)) {
        return bucket.failure(put, stored);
    }
    TRY_ASSIGN(const auto again, bucket.send(put_again, deadline));
    TRY_ASSIGN(const auto read, bucket.send(get, deadline));
    TRY_ASSIGN(const auto removed, bucket.send(remove, deadline));
    if (!is_success(read)) {
        return bucket.failure(get, read);
    }
    if (read.body != content) {
        return fail(ErrorCode::Corrupt, "read a probe: other bytes came back than were stored");
    }
    if (!is_success(removed)) {
        return bucket.failure(remove, removed);
    }
    auto words = fmt::format(
        "stored, read and removed a probe; an object that is there is {}",
        says_it_exists(again) ? "never overwritten" : "looked for before one is stored");
    // Not every server has the list, nor every key the right to it.
    const auto left_overs = list_left_overs(bucket, deadline);
    if (!left_overs) {
        return words + "; unfinished uploads could not be listed";
    }
    std::size_t aborted = 0;
    for (const auto& upload : *left_overs) {
        aborted += abort(bucket, upload.key, upload.id) ? 1U : 0U;
    }
    if (!left_overs->empty()) {
        words += fmt::format("; unfinished uploads over a day old: {}, aborted: {}",
                             left_overs->size(), aborted);
    }
    return words;
}

}  // namespace oidor::blobs::s3
