// Transcripts as format_transcript writes them, read without a tree in between: for whoever reads
// them by the hundred thousand.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "domain/transcript.hpp"

namespace oidor {

/// What parse_transcript gives for the same bytes, several times as quickly where they are
/// canonical (format_transcript's own); anything else is left to parse_transcript.
Result<Transcript> parse_stored_transcript(std::string_view json_text,
                                           const TranscriptLimits& limits = {});

}  // namespace oidor
