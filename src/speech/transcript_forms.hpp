// Reading a transcript in any of the forms that people have: ours, OpenAI's, Azure's, plain text.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "domain/transcript.hpp"

namespace oidor::speech {

/// What the caller knows that a form may not say.
struct TranscriptFormOptions {
    /// Which of two channels is the agent's, for forms that tell channels but not speakers.
    std::optional<int> agent_channel = {};
    TranscriptLimits limits = {};
};

/// Recognises the form by its content and reads it. `file_name` helps with what could be two
/// things; it may be empty.
///
/// Forms: our transcript JSON; OpenAI's `json`, `verbose_json` and `diarized_json`, as compatible
/// servers write them too; the results of Azure's fast and batch transcription; and text with lines
/// `Agente: …` / `Cliente: …` (also `Agent:`, `Customer:`, `Atendente:`, either case), where a line
/// without a label goes on with the turn before it. Segments of the foreign forms are put in order
/// of start; segments without words are left out; an empty transcript is no error, an empty file
/// is.
///
/// Errors: Invalid (ill-formed UTF-8 with its byte, broken JSON, a member of a wrong kind with its
/// path, no form that we know), TooLarge (bytes, segments, depth of the JSON).
/// Source: providers' references named beside each reader in speech/forms/.
Result<Transcript> read_transcript_form(std::string_view bytes, std::string_view file_name = {},
                                        const TranscriptFormOptions& options = {});

}  // namespace oidor::speech
