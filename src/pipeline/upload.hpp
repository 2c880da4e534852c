// What is handed in through `/upload…`: a conversation of the source `file`, told by one event of
// our own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "connectors/connector.hpp"

namespace oidor::pipeline {

inline constexpr std::string_view kFileSource = "file";
inline constexpr std::string_view kUploadKind = "UPLOAD";

/// Audio that is a blob already.
struct UploadedAudio {
    std::string sha256_hex = {};
    std::string media_type = {};
    std::int64_t size_bytes = 0;
    bool operator==(const UploadedAudio&) const = default;
};

/// Either `audio`, or `url` to fetch it from through the account's guard.
struct Upload {
    std::optional<UploadedAudio> audio = {};
    std::optional<std::string> url = {};
    std::optional<std::string> campaign_id = {};
    std::optional<std::string> agent_id = {};
    std::optional<std::string> uploaded_by = {};
    std::optional<std::string> file_name = {};
    bool operator==(const Upload&) const = default;
};

/// The event's normalised body: canonical JSON.
std::string format_upload(const Upload& upload);
/// Invalid for what format_upload did not write.
Result<Upload> parse_upload(std::string_view text);

/// The conversation that uploads tell of, and its audio where it is in the house already: the
/// latest word on each counts. `events` in inbox order; Invalid when none can be read.
struct UploadedCall {
    connectors::ConversationDraft draft = {};
    std::optional<UploadedAudio> audio = {};
};
Result<UploadedCall> merge_uploads(std::span<const connectors::KeptEvent> events);

}  // namespace oidor::pipeline
