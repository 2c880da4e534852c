// PocketSphinx, the offline engine for English, in a confined child program (child/main.cpp).
#pragma once

#include <memory>

#include "speech/engine.hpp"

namespace oidor::speech::pocketsphinx {

/// Never fails: a missing program or model is told by `transcribe` (Internal, Unsupported).
///
/// Confidence: the mean posterior of the segment's words in the decoder's word lattice. It tells
/// clear speech (about 0.7 to 0.95) from speech that the model does not fit (0.3 to 0.5: telephone
/// sound, other languages). It says little about a single word, as a word's pronunciations share
/// its posterior; and the posterior of a whole utterance (`ps_get_prob`) is the product of all, so
/// it measures length. Those two are not passed on.
std::unique_ptr<Engine> open_engine(const EngineOptions& options);

}  // namespace oidor::speech::pocketsphinx
