// The names of the steps, as the queue stores them. Each job's key is the conversation's id.
#pragma once

#include <string_view>

namespace oidor::pipeline {

inline constexpr std::string_view kMap = "map";
inline constexpr std::string_view kFetch = "fetch";
inline constexpr std::string_view kTranscribe = "transcribe";
inline constexpr std::string_view kAsk = "ask";
inline constexpr std::string_view kAudit = "audit";

}  // namespace oidor::pipeline
