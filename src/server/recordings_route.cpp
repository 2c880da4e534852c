#include "server/recordings_route.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace oidor::server {
namespace {

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

/// `disposition`: `inline` or `attachment`.
Result<net::Response> answer_stored(const blobs::BlobStore& blobs, const Call& call,
                                    const Recording& recording, std::string_view disposition,
                                    std::string_view name) {
    TRY_ASSIGN(const auto path, blobs.open_local(*recording.sha256));
    // The descriptor is open before the path goes out of scope: a copy may be removed then.
    TRY_ASSIGN(auto file, net::FileBody::open(*path));
    const auto media_type = recording.media_type.value_or("application/octet-stream");
    auto response = net::make_file_response(call.request, std::move(file), media_type);
    response.headers.set("Cache-Control", "private, no-store");
    response.headers.set("Content-Disposition", fmt::format("{}; filename=\"{}.{}\"", disposition,
                                                            name, extension_of(media_type)));
    response.headers.set("X-Content-Type-Options", "nosniff");
    return response;
}

}  // namespace

Result<net::Response> answer_recording(store::Store& store, const blobs::BlobStore& blobs,
                                       const Call& call) {
    const auto id = RecordingId::parse(call.path_values.at("id"));
    if (!id) {
        return fail(ErrorCode::NotFound, "no such recording");
    }
    TRY_ASSIGN(const auto row, store.conversations().find_conversation_of(*id));
    if (!row || !call.principal.allows_campaign(row->conversation.campaign.id)) {
        return fail(ErrorCode::NotFound, "no such recording");
    }
    const auto recording = std::ranges::find(row->recordings, *id, &Recording::id);
    if (recording == row->recordings.end() || !recording->sha256) {
        return fail(ErrorCode::NotFound, "the recording is not stored");
    }
    return answer_stored(blobs, call, *recording, "inline", id->text());
}

Result<net::Response> answer_recording_file(const blobs::BlobStore& blobs, const Call& call,
                                            const store::ConversationRow& row) {
    const auto stored = std::ranges::find_if(
        row.recordings, [](const Recording& recording) { return recording.sha256.has_value(); });
    if (stored == row.recordings.end()) {
        return fail(ErrorCode::NotFound, "the recording is not stored");
    }
    return answer_stored(blobs, call, *stored, "attachment", row.conversation.id.text());
}

}  // namespace oidor::server
