#include "speech/calls/piece_run.hpp"

#include <algorithm>
#include <utility>

namespace oidor::speech::calls {
namespace {

class PieceRun {
  public:
    PieceRun(const SpeechRequest& request, const HearPiece& hear, Assembly& assembly)
        : hear_(hear), assembly_(assembly) {
        const auto wish = language_wish(request);
        for (const auto& tag : wish.among) {
            candidates_.push_back(primary_language(tag).value_or(""));
        }
        if (!wish.detect || candidates_.size() == 1) {
            language_ = candidates_.front();
        }
    }

    Result<void> run(int channel, const Piece& piece, const WaveFile& file) {
        TRY_ASSIGN(auto form, hear_({.file = file, .language = language_}));
        const auto& told = form.transcript.language;
        if (language_.empty() && told && !form.transcript.segments.empty()) {
            const bool fits = candidates_.empty() || std::ranges::count(candidates_, *told) > 0;
            language_ = fits ? *told : candidates_.front();
            if (!fits) {
                TRY_ASSIGN(form, hear_({.file = file, .language = language_}));
                form.transcript.language = language_;
            }
        }
        if (!form.transcript.language && !language_.empty()) {
            form.transcript.language = language_;
        }
        return assembly_.add(channel, piece, file.length(), std::move(form));
    }

  private:
    const HearPiece& hear_;
    Assembly& assembly_;
    std::vector<std::string> candidates_ = {};
    std::string language_ = {};
};

}  // namespace

Result<void> hear_in_pieces(const SpeechRequest& request, const PieceRules& rules,
                            const std::string& folder, const HearPiece& hear, Assembly& assembly) {
    PieceRun run(request, hear, assembly);
    for (std::size_t i = 0; i < request.analysis.channels.size(); ++i) {
        const auto channel = static_cast<int>(i);
        const auto pieces =
            plan_pieces(request.analysis.channels[i].speech, request.analysis.duration, rules);
        if (pieces.empty()) {
            continue;
        }
        TRY_ASSIGN(auto files, write_pieces(request, channel, pieces, folder));
        for (std::size_t at = 0; at < pieces.size(); ++at) {
            TRY(run.run(channel, pieces[at], *files[at]));
            files[at].reset();  // Room on the disk for what comes.
        }
    }
    return {};
}

}  // namespace oidor::speech::calls
