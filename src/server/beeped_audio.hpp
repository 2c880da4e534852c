// A recording with a tone over the personal identifiers that its transcript has.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "blobs/blob_store.hpp"
#include "domain/audio_analysis.hpp"
#include "net/http.hpp"
#include "redact/redact.hpp"
#include "store/store.hpp"

namespace oidor::server {

/// The stretches of one recording in which identifiers are said, from its own start: the recordings
/// of a conversation lie on one timeline, one after another. None without a transcript. Corrupt
/// when the transcript cannot be read.
Result<std::vector<SpeechInterval>> find_stretches(store::Store& store,
                                                   const store::ConversationRow& row,
                                                   const Recording& recording,
                                                   const redact::Options& options);

/// A WAV file of the audio with a tone over the stretches, in a file that nobody else can open and
/// that ends with the answer. Errors: those of audio::Decoder; TooLarge, Unavailable.
Result<net::FileBody> make_beeped_file(const blobs::BlobStore& blobs, const std::string& sha256_hex,
                                       std::vector<SpeechInterval> stretches);

}  // namespace oidor::server
