// One reader per foreign form of a transcript; speech/transcript_forms.cpp chooses.
#pragma once

#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "domain/transcript.hpp"
#include "speech/engine_reply.hpp"

namespace oidor::speech::forms {

/// A transcript and how many channels its form speaks of, silent ones included.
struct FormTranscript {
    Transcript transcript = {};
    int channels = 0;
    std::vector<SegmentSigns> signs = {};  ///< One a segment where the form has any, else none.
};

/// Azure fast transcription: `phrases`. The older names `offset` and `duration` (milliseconds) are
/// read too. Source: speechtotext.json 2024-11-15, TranscribeResult.
Result<FormTranscript> read_azure_fast(const json::object& object, const TranscriptLimits& limits);

/// Azure batch transcription: `recognizedPhrases`. Times in milliseconds, else in ticks of 100 ns;
/// phrases that were not recognised are left out. Source: transcriptionresult_v3 to v2024-11-15.
Result<FormTranscript> read_azure_batch(const json::object& object, const TranscriptLimits& limits);

/// OpenAI's `json`, `verbose_json`, `diarized_json`, and whisper.cpp's, speaches' and vLLM's forms
/// of them. Voices that are told apart are numbered as they begin. Source: OpenAI's
/// specification 2.3.0; whisper.cpp server.cpp; all but `text` optional.
Result<FormTranscript> read_openai(const json::object& object, const TranscriptLimits& limits);

/// Whether lines begin with the time of their turn, `[0:01] Agente: …`: text, no list of JSON's.
bool starts_with_clock(std::string_view text);

/// Lines `Agente: …`. `text` is well-formed UTF-8 without a byte order mark.
Result<FormTranscript> read_labelled_text(std::string_view text, const TranscriptLimits& limits);

}  // namespace oidor::speech::forms
