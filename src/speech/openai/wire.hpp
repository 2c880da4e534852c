// OpenAI's audio transcription on the wire, as compatible servers take it and answer it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "net/client.hpp"
#include "speech/calls/caller.hpp"
#include "speech/forms/readers.hpp"

namespace oidor::speech::openai {

/// What one server takes. Begins with what its model is known for; each refusal takes something
/// away, for good.
struct Dialect {
    enum class Form { Verbose, Diarized, Plain };
    Form form = Form::Verbose;
    bool word_times = true;
    bool segment_times = true;  ///< `timestamp_granularities[]` at all.
    bool temperature = true;
    bool prompt = true;
    bool operator==(const Dialect&) const = default;
};

/// Source: OpenAI's specification 2.3.0: which model answers in which form.
Dialect dialect_of(std::string_view model);

/// `https://host/v1/audio/transcriptions` of a configured address with or without `/v1`.
std::string transcriptions_url(std::string_view configured);

/// The fields of a request beside its file. `language`: empty: not stated.
struct Asked {
    std::string_view model = {};
    std::string_view language = {};
    std::vector<std::string> phrases = {};
    bool again = false;  ///< Without words to expect, and less sure of the likeliest.
};
std::vector<net::UploadPart> make_fields(const Asked& asked, const Dialect& dialect);

/// The dialect without what a refused request (400, 422) was refused for; nothing when it is not
/// that.
std::optional<Dialect> step_down(const Dialect& dialect, const calls::Refusal& refusal);

/// Errors: Unavailable for what is no transcription.
Result<forms::FormTranscript> read_reply(std::string_view body);

/// Phrases as a prompt, as many whole ones as fit.
std::string make_prompt(const std::vector<std::string>& phrases);

}  // namespace oidor::speech::openai
