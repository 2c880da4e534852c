// What commands on files read: files, folders and standard input, as transcripts or as audio.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/command.hpp"
#include "domain/transcript.hpp"
#include "pipeline/hearing.hpp"

namespace oidor::cli {

/// One input with what there is to judge in it.
struct AuditInput {
    Transcript transcript = {};
    bool chat = false;                           ///< Our JSON says `"channel": "chat"`.
    std::optional<AudioAnalysis> analysis = {};  ///< Of audio.
    std::optional<std::string> audio_sha256 = {};
    std::optional<std::string> engine = {};
    std::optional<std::string> quality_note = {};
};

/// How to read inputs.
struct ReadOptions {
    std::string language = "es";  ///< Of audio; transcripts say theirs, or it is this.
    std::optional<std::string> engine = {};
    std::optional<int> agent_channel = {};
    std::vector<std::string> language_candidates = {};  ///< Of audio: it may be one of these.
    std::vector<std::string> phrases = {};              ///< Words to expect in audio.
};

/// The files that the arguments stand for: a folder gives its files, sorted, hidden ones left out.
/// `-` stays. NotFound for what is not there is kept for `read_input`, so that the rest of a batch
/// goes on.
std::vector<std::string> expand_inputs(const std::vector<std::string>& arguments);

/// Reads one. Errors: NotFound, Invalid, Unsupported, TooLarge; those of the decoder and the
/// engines.
Result<AuditInput> read_input(const std::string& path, const ReadOptions& options,
                              pipeline::Hearing& hearing);

/// Says which input could not be read, and why; with `--json` as a line of its own too.
void print_input_failure(const Invocation& invocation, const std::string& path, const Error& error);

}  // namespace oidor::cli
