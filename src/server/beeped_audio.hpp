// A recording with a tone over the personal identifiers that its transcript has.
#pragma once

#include <optional>
#include <vector>

#include "base/result.hpp"
#include "blobs/blob_store.hpp"
#include "domain/audio_analysis.hpp"
#include "domain/conversation.hpp"
#include "domain/transcript.hpp"
#include "net/http.hpp"
#include "redact/redact.hpp"
#include "store/store.hpp"

namespace oidor::server {

/// Where a recording begins on its transcript's timeline, on which the stored ones lie one after
/// another. Nothing where nobody can tell: it was stored after the transcript was made, one before
/// it has lost its length, or the lengths do not add up to what was heard. `provided`: the
/// transcript was handed in; of one recording it begins where that does.
std::optional<Milliseconds> find_offset(const std::vector<Recording>& recordings,
                                        const RecordingId& recording, const Transcript& transcript,
                                        bool provided);

/// The stretches of one recording in which identifiers are said, from its own start. None without a
/// transcript; all of it where its place on the timeline is not known. Corrupt when the transcript
/// cannot be read.
Result<std::vector<SpeechInterval>> find_stretches(store::Store& store,
                                                   const store::ConversationRow& row,
                                                   const Recording& recording,
                                                   const redact::Options& options);

/// A WAV file of the audio with a tone over the stretches, in a file that nobody else can open and
/// that ends with the answer. Errors: those of audio::Decoder; TooLarge, Unavailable.
Result<net::FileBody> make_beeped_file(const blobs::BlobStore& blobs, const std::string& sha256_hex,
                                       std::vector<SpeechInterval> stretches);

}  // namespace oidor::server
