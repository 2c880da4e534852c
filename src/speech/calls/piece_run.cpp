#include "speech/calls/piece_run.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace oidor::speech::calls {

std::string name_piece(int channel, const Piece& piece) {
    auto name = fmt::format("{}|", channel);
    for (const auto& stretch : piece.stretches) {
        name += fmt::format("{}-{},", stretch.start.count(), stretch.end.count());
    }
    return name + "|";
}

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
        const auto ask = [&] {
            return hear_({.file = file,
                          .language = language_,
                          .key = name_piece(channel, piece) + language_});
        };
        TRY_ASSIGN(auto form, ask());
        const auto& told = form.transcript.language;
        if (language_.empty() && told && !form.transcript.segments.empty()) {
            const bool fits = candidates_.empty() || std::ranges::count(candidates_, *told) > 0;
            language_ = fits ? *told : candidates_.front();
            if (!fits) {
                TRY_ASSIGN(form, ask());
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

MayBeBilled tell_sent(const SpeechRequest& request, Milliseconds audio) {
    return [&request, audio] {
        if (request.on_sent) {
            request.on_sent(audio);
        }
    };
}

std::optional<std::string> find_part(const SpeechRequest& request, const std::string& key) {
    return request.parts.find ? request.parts.find(key) : std::nullopt;
}

void keep_part(const SpeechRequest& request, const std::string& key, std::string_view body) {
    if (request.parts.keep) {
        request.parts.keep(key, body);
    }
}

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
