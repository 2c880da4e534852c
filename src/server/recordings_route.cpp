#include "server/recordings_route.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/assert.hpp"
#include "base/json.hpp"
#include "net/http_parse.hpp"
#include "server/beeped_audio.hpp"
#include "server/redaction.hpp"
#include "server/responses.hpp"

namespace oidor::server {
namespace {

/// What one answer carries of a blob that lies elsewhere: players ask for all that is left and take
/// less; the next range is theirs to ask for (RFC 9110, 15.3.7).
constexpr std::uint64_t kPartMax = std::uint64_t{4} << 20U;

std::string_view extension_of(std::string_view media_type) {
    if (media_type == "audio/mpeg") {
        return "mp3";
    }
    if (media_type == "audio/ogg") {
        return "ogg";
    }
    if (media_type == "audio/flac") {
        return "flac";
    }
    return media_type == "audio/mp4" ? "m4a" : "wav";
}

/// A part of a blob that lies elsewhere, without fetching the rest; nothing when the whole is asked
/// for or the range is none, which a file answers best.
Result<std::optional<net::Response>> answer_part(const blobs::BlobStore& blobs,
                                                 const std::string& sha256_hex,
                                                 const net::Request& request,
                                                 std::string_view media_type) {
    const auto header = request.headers.find("range");
    if (blobs.is_local() || !header || request.method == "HEAD") {
        return std::optional<net::Response>();
    }
    TRY_ASSIGN(const auto found, blobs.find_blob(sha256_hex));
    if (!found) {
        return fail(ErrorCode::NotFound, "the recording is not stored");
    }
    const auto size = static_cast<std::uint64_t>(found->size_bytes);
    const auto range = net::parse_range(*header, size);
    if (range.kind != net::RangeKind::Part) {
        return std::optional<net::Response>();
    }
    const auto offset = range.range.offset;
    TRY_ASSIGN(auto bytes,
               blobs.read(sha256_hex, static_cast<std::int64_t>(offset),
                          static_cast<std::int64_t>(std::min(range.range.length, kPartMax))));
    if (bytes.empty()) {
        return fail(ErrorCode::Unavailable, "the recording changed while it was read");
    }
    const auto last = offset + bytes.size() - 1;
    auto response = net::make_response(206, media_type, std::move(bytes));
    response.headers.add("Accept-Ranges", "bytes");
    response.headers.add("Content-Range", fmt::format("bytes {}-{}/{}", offset, last, size));
    return std::optional(std::move(response));
}

Result<net::Response> answer_file(const blobs::BlobStore& blobs, const std::string& sha256_hex,
                                  const net::Request& request, std::string_view media_type) {
    TRY_ASSIGN(const auto path, blobs.open_local(sha256_hex));
    // The descriptor is open before the path goes out of scope: a copy may be removed then.
    TRY_ASSIGN(auto file, net::FileBody::open(*path));
    return net::make_file_response(request, std::move(file), media_type);
}

/// `disposition`: `inline` or `attachment`.
void set_file_headers(net::Response& response, std::string_view disposition, std::string_view name,
                      std::string_view media_type) {
    response.headers.set("Cache-Control", "private, no-store");
    response.headers.set("Content-Disposition", fmt::format("{}; filename=\"{}.{}\"", disposition,
                                                            name, extension_of(media_type)));
    response.headers.set("X-Content-Type-Options", "nosniff");
}

/// The audio as it came.
Result<net::Response> answer_original(const blobs::BlobStore& blobs, const Call& call,
                                      const Recording& recording, std::string_view disposition,
                                      std::string_view name) {
    const auto media_type = recording.media_type.value_or("application/octet-stream");
    TRY_ASSIGN(auto answer, answer_part(blobs, *recording.sha256, call.request, media_type));
    if (!answer) {
        TRY_ASSIGN(answer, answer_file(blobs, *recording.sha256, call.request, media_type));
    }
    auto response = *std::move(answer);
    set_file_headers(response, disposition, name, media_type);
    return response;
}

/// With a tone over identifiers, unless there are none or the caller may hear them and asks to.
Result<net::Response> answer_stored(const ApiParts& parts, const Call& call,
                                    const store::ConversationRow& row, const Recording& recording,
                                    std::string_view disposition, std::string_view name) {
    static constexpr std::string_view kWave = "audio/wav";
    TRY_ASSIGN(const bool unmasked, is_unmasked(call));
    if (unmasked) {
        return answer_original(parts.blobs, call, recording, disposition, name);
    }
    TRY_ASSIGN(auto stretches, find_stretches(parts.store, row, recording,
                                              redaction_options(parts, row.conversation.key)));
    if (stretches.empty()) {
        return answer_original(parts.blobs, call, recording, disposition, name);
    }
    TRY_ASSIGN(auto file, make_beeped_file(parts.blobs, *recording.sha256, std::move(stretches)));
    auto response = net::make_file_response(call.request, std::move(file), kWave);
    set_file_headers(response, disposition, name, kWave);
    return response;
}

/// A recording, and the conversation that it is of.
struct Found {
    store::ConversationRow row = {};
    Recording recording = {};
};

/// The recording `{id}`. NotFound when there is none, or none for this caller.
Result<Found> find_recording(const ApiParts& parts, const Call& call) {
    const auto id = RecordingId::parse(call.path_values.at("id"));
    if (!id) {
        return fail(ErrorCode::NotFound, "no such recording");
    }
    TRY_ASSIGN(auto row, parts.store.conversations().find_conversation_of(*id));
    if (!row || !call.principal.allows_campaign(row->conversation.campaign.id)) {
        return fail(ErrorCode::NotFound, "no such recording");
    }
    Found found;
    found.row = std::move(*row);
    const auto recording = std::ranges::find(found.row.recordings, *id, &Recording::id);
    if (recording == found.row.recordings.end()) {
        return fail(ErrorCode::NotFound, "no such recording");
    }
    found.recording = *recording;
    return found;
}

constexpr std::string_view kAnalysisSchema = R"json({
"RecordingAnalysis": {"type": "object",
    "required": ["container", "codec", "sample_rate_hz", "duration_ms", "overtalk_ms", "silence_ms", "channels",
        "truncated", "warnings"], "properties": {
    "version": {"type": "integer"}, "container": {"type": "string"}, "codec": {"type": "string"},
    "sample_rate_hz": {"type": "integer"}, "duration_ms": {"type": "integer"}, "overtalk_ms": {"type": "integer"},
    "silence_ms": {"type": "integer"}, "longest_silence_ms": {"type": "integer"},
    "identical_channels": {"type": "boolean"}, "truncated": {"type": "boolean"},
    "channels": {"type": "array", "items": {"type": "object"}},
    "dead_air_ms": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
    "unrecorded_ms": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
    "interruptions": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
    "warnings": {"type": "array", "items": {"type": "string"}}, "peaks": {"type": "object"}}}
})json";

}  // namespace

Result<net::Response> answer_recording(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto found, find_recording(parts, call));
    if (!found.recording.sha256) {
        return fail(ErrorCode::NotFound, "the recording is not stored");
    }
    return answer_stored(parts, call, found.row, found.recording, "inline",
                         found.recording.id.text());
}

Result<net::Response> answer_analysis(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto found, find_recording(parts, call));
    if (!found.recording.analysis_json) {
        return fail(ErrorCode::NotFound, "the recording is not measured");
    }
    auto analysis = parse_json(*found.recording.analysis_json);
    if (!analysis || !analysis->is_object()) {
        return fail(ErrorCode::Corrupt, "the stored analysis cannot be read");
    }
    if (call.query("peaks") != "true") {
        analysis->as_object().erase("peaks");
    }
    return private_json(*analysis);
}

json::object analysis_schemas() {
    auto value = parse_json(kAnalysisSchema);
    ASSERT(value && value->is_object(), "the schema is well-formed");
    return std::move(value->as_object());
}

Result<net::Response> answer_recording_file(const ApiParts& parts, const Call& call,
                                            const store::ConversationRow& row) {
    const auto stored = std::ranges::find_if(
        row.recordings, [](const Recording& recording) { return recording.sha256.has_value(); });
    if (stored == row.recordings.end()) {
        return fail(ErrorCode::NotFound, "the recording is not stored");
    }
    return answer_stored(parts, call, row, *stored, "attachment", row.conversation.id.text());
}

}  // namespace oidor::server
