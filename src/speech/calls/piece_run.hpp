// A recording heard channel by channel and piece by piece: for engines that hear one voice at a
// time and tell no channels apart.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "speech/calls/assembly.hpp"
#include "speech/calls/caller.hpp"
#include "speech/calls/wave_file.hpp"
#include "speech/forms/readers.hpp"
#include "speech/pieces.hpp"

namespace oidor::speech::calls {

/// One piece on its way out.
struct PieceOut {
    const WaveFile& file;
    std::string language = {};  ///< `es`: the primary subtag; empty: to be detected.
    std::string key = {};       ///< Of everything that tells this piece's request apart, so far.
};
/// Which piece of which channel it is.
std::string name_piece(int channel, const Piece& piece);
/// Tells the request's owner that this piece left, as often as it does.
MayBeBilled tell_sent(const SpeechRequest& request, Milliseconds audio);
/// What was answered about a piece before, if that was kept.
std::optional<std::string> find_part(const SpeechRequest& request, const std::string& key);
void keep_part(const SpeechRequest& request, const std::string& key, std::string_view body);
/// Hears one piece. Errors end the run.
using HearPiece = std::function<Result<forms::FormTranscript>(const PieceOut&)>;

/// Hears every piece of every channel. What the first piece with words is spoken in is what the
/// others are asked for; where it is none of the candidates, that piece is asked for once more in
/// the first candidate. Errors: those of `hear`, of the request's `pcm`, and of `Assembly::add`.
Result<void> hear_in_pieces(const SpeechRequest& request, const PieceRules& rules,
                            const std::string& folder, const HearPiece& hear, Assembly& assembly);

}  // namespace oidor::speech::calls
