#include "pipeline/upload.hpp"

#include <boost/json.hpp>

#include "base/json.hpp"

namespace oidor::pipeline {
namespace {

void put(json::object& object, std::string_view name, const std::optional<std::string>& text) {
    if (text) {
        object[name] = *text;
    }
}

template <typename T>
void take_newer(std::optional<T>& known, std::optional<T>&& said) {
    if (said) {
        known = std::move(said);
    }
}

}  // namespace

std::string format_upload(const Upload& upload) {
    json::object object;
    if (upload.audio) {
        object["sha256"] = upload.audio->sha256_hex;
        object["media_type"] = upload.audio->media_type;
        object["size_bytes"] = upload.audio->size_bytes;
    }
    put(object, "url", upload.url);
    put(object, "campaign_id", upload.campaign_id);
    put(object, "operator_id", upload.agent_id);
    put(object, "username", upload.uploaded_by);
    put(object, "file_name", upload.file_name);
    return canonical_json(object);
}

Result<Upload> parse_upload(std::string_view text) {
    TRY_ASSIGN(const auto value, parse_json(text));
    const auto* object = value.if_object();
    if (object == nullptr) {
        return fail(ErrorCode::Invalid, "upload: expected an object");
    }
    Upload upload{.audio = {},
                  .url = find_string(*object, "url"),
                  .campaign_id = find_string(*object, "campaign_id"),
                  .agent_id = find_string(*object, "operator_id"),
                  .uploaded_by = find_string(*object, "username"),
                  .file_name = find_string(*object, "file_name")};
    if (auto hash = find_string(*object, "sha256")) {
        upload.audio = UploadedAudio{.sha256_hex = *std::move(hash),
                                     .media_type = find_string(*object, "media_type").value_or(""),
                                     .size_bytes = find_int64(*object, "size_bytes").value_or(0)};
    }
    if (!upload.audio && !upload.url) {
        return fail(ErrorCode::Invalid, "upload: neither audio nor an address");
    }
    return upload;
}

Result<UploadedCall> merge_uploads(std::span<const connectors::KeptEvent> events) {
    std::optional<Upload> merged;
    Timestamp first{};
    for (const auto& event : events) {
        auto upload = parse_upload(event.normalised);
        if (!upload) {
            continue;
        }
        if (!merged) {
            merged = *std::move(upload);
            first = event.received_at;
            continue;
        }
        take_newer(merged->audio, std::move(upload->audio));
        take_newer(merged->url, std::move(upload->url));
        take_newer(merged->campaign_id, std::move(upload->campaign_id));
        take_newer(merged->agent_id, std::move(upload->agent_id));
        take_newer(merged->uploaded_by, std::move(upload->uploaded_by));
        take_newer(merged->file_name, std::move(upload->file_name));
    }
    if (!merged) {
        return fail(ErrorCode::Invalid, "merge: none of {} uploads can be read", events.size());
    }
    UploadedCall call;
    call.audio = std::move(merged->audio);
    auto& draft = call.draft;
    draft.ended = true;
    draft.recorded = true;
    draft.started_at = first;
    draft.campaign_wanted = merged->campaign_id;
    draft.participations.push_back({.leg = merged->agent_id.value_or(""),
                                    .wanted = merged->agent_id,
                                    .lookups = {},
                                    .name = {},
                                    .from = {},
                                    .to = {}});
    connectors::RecordingDraft recording;
    if (merged->url) {
        recording.candidate_urls.push_back(*merged->url);
    }
    draft.recordings.push_back(std::move(recording));
    json::object details;
    put(details, "file_name", merged->file_name);
    put(details, "username", merged->uploaded_by);
    draft.details_json = canonical_json(details);
    return call;
}

}  // namespace oidor::pipeline
