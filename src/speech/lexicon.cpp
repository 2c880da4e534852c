#include "speech/lexicon.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "domain/transcript.hpp"
#include "speech/plain_words.hpp"

namespace oidor::speech {
namespace {

constexpr std::array<std::pair<std::string_view, Cue>, 8> kSections = {{
    {"agent", Cue::Agent},
    {"customer", Cue::Customer},
    {"person", Cue::Person},
    {"voicemail", Cue::Voicemail},
    {"ivr", Cue::Ivr},
    {"hold", Cue::Hold},
    {"invented", Cue::Invented},
    {"invented_alone", Cue::InventedAlone},
}};
constexpr std::size_t kGapWordsMax = 4;
constexpr int kWeightMax = 3;

std::string_view trim_line(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// The parts between separators, empty ones left out.
std::vector<std::string_view> split_line(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const auto end = std::min(text.find(separator), text.size());
        if (end > 0) {
            parts.push_back(text.substr(0, end));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

bool is_all_digits(std::string_view word) {
    return !word.empty() &&
           std::ranges::all_of(word, [](char letter) { return letter >= '0' && letter <= '9'; });
}

}  // namespace

Result<Lexicon::Phrase> Lexicon::parse_phrase(std::string_view line, const std::string& where) {
    const auto parts = split_line(line, ' ');
    const bool weighted = parts.size() >= 2 && parts[0].size() == 1 && parts[0][0] >= '1' &&
                          parts[0][0] <= '0' + kWeightMax;
    if (!weighted) {
        return fail(ErrorCode::Invalid, "{}: expected a weight from 1 to {}, and a phrase", where,
                    kWeightMax);
    }
    Phrase phrase = {.weight = parts[0][0] - '0', .tokens = {}};
    for (auto part : std::span(parts).subspan(1)) {
        Token token;
        token.gap = part == "*";
        token.number = part == "#";
        if (part.ends_with('?')) {
            token.optional = true;
            part.remove_suffix(1);
        }
        for (const auto choice : split_line(token.gap || token.number ? "" : part, '/')) {
            auto words = plain_words(choice);
            if (words.size() != 1) {
                return fail(ErrorCode::Invalid, "{}: `{}` is not one word", where, choice);
            }
            token.words.push_back(std::move(words.front()));
        }
        if (token.words.empty() && !token.gap && !token.number) {
            return fail(ErrorCode::Invalid, "{}: a part without a word", where);
        }
        phrase.tokens.push_back(std::move(token));
    }
    const auto is_open = [](const Token& token) { return token.gap || token.optional; };
    if (is_open(phrase.tokens.front()) || is_open(phrase.tokens.back())) {
        return fail(ErrorCode::Invalid, "{}: a phrase begins and ends with a word", where);
    }
    return phrase;
}

Result<Lexicon> Lexicon::parse(std::string_view text, std::string_view name) {
    Lexicon lexicon;
    std::optional<Cue> cue;
    bool numbers = false;
    int number = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = trim_line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto where = fmt::format("{}:{}", name, ++number);
        if (line.empty() || line.starts_with('#')) {
            continue;
        }
        if (line.starts_with('[') && line.ends_with(']')) {
            const auto section = line.substr(1, line.size() - 2);
            numbers = section == "numbers";
            const auto* found =
                std::ranges::find(kSections, section, &std::pair<std::string_view, Cue>::first);
            if (found == kSections.end() && !numbers) {
                return fail(ErrorCode::Invalid, "{}: no section `{}`", where, section);
            }
            cue = numbers ? std::nullopt : std::optional(found->second);
        } else if (numbers) {
            for (auto& word : plain_words(line)) {
                lexicon.numbers_.insert(std::move(word));
            }
        } else if (cue) {
            TRY_ASSIGN(auto phrase, parse_phrase(line, where));
            lexicon.phrases_[*cue].push_back(std::move(phrase));
        } else {
            return fail(ErrorCode::Invalid, "{}: a phrase before the first section", where);
        }
    }
    return lexicon;
}

const std::map<std::string, Lexicon, std::less<>>& Lexicon::all() {
    static const auto known = [] {
        std::map<std::string, Lexicon, std::less<>> made;
        for (const auto& file : lexicons()) {
            // What ships is read by a test; a fault in it would leave out a language, not stop us.
            if (auto lexicon = parse(file.bytes, file.name)) {
                made.emplace(file.name, *std::move(lexicon));
            }
        }
        return made;
    }();
    return known;
}

const Lexicon* Lexicon::find(std::string_view language) {
    const auto primary = primary_language(language);
    const auto found = primary ? all().find(*primary) : all().end();
    return found != all().end() ? &found->second : nullptr;
}

bool Lexicon::is_number(std::string_view word) const {
    return is_all_digits(word) || numbers_.contains(word);
}

std::size_t Lexicon::phrase_count(Cue cue) const {
    const auto found = phrases_.find(cue);
    return found != phrases_.end() ? found->second.size() : 0;
}

bool Lexicon::fits(const Token& token, const std::string& word) const {
    return token.number ? is_number(word) : std::ranges::count(token.words, word) > 0;
}

std::size_t Lexicon::match(const std::vector<Token>& tokens, std::size_t token,
                           std::span<const std::string> words, std::size_t at) const {
    if (token == tokens.size()) {
        return at;
    }
    const auto& wanted = tokens[token];
    if (wanted.gap) {
        for (std::size_t skipped = 0; skipped <= kGapWordsMax && at + skipped <= words.size();
             ++skipped) {
            const auto end = match(tokens, token + 1, words, at + skipped);
            if (end != std::string::npos) {
                return end;
            }
        }
        return std::string::npos;
    }
    if (at < words.size() && fits(wanted, words[at])) {
        const auto end = match(tokens, token + 1, words, at + 1);
        if (end != std::string::npos) {
            return end;
        }
    }
    return wanted.optional ? match(tokens, token + 1, words, at) : std::string::npos;
}

void Lexicon::add_hits(Cue cue, std::span<const std::string> words,
                       std::vector<CueHit>& hits) const {
    const auto found = phrases_.find(cue);
    if (found == phrases_.end()) {
        return;
    }
    for (std::size_t at = 0; at < words.size(); ++at) {
        for (std::size_t i = 0; i < found->second.size(); ++i) {
            const auto& phrase = found->second[i];
            const auto end = match(phrase.tokens, 0, words, at);
            if (end != std::string::npos) {
                hits.push_back(
                    {.cue = cue, .phrase = i, .first = at, .beyond = end, .weight = phrase.weight});
            }
        }
    }
}

std::vector<CueHit> Lexicon::find_cues(std::span<const Cue> cues,
                                       std::span<const std::string> words) const {
    std::vector<CueHit> hits;
    for (const auto cue : cues) {
        add_hits(cue, words, hits);
    }
    std::ranges::stable_sort(hits, [](const CueHit& a, const CueHit& b) {
        return std::pair(a.beyond - a.first, a.weight) > std::pair(b.beyond - b.first, b.weight);
    });
    std::vector<CueHit> kept;
    for (const auto& hit : hits) {
        const bool covered = std::ranges::any_of(kept, [&hit](const CueHit& other) {
            return hit.first < other.beyond && other.first < hit.beyond;
        });
        if (!covered) {
            kept.push_back(hit);
        }
    }
    std::ranges::sort(kept, {}, &CueHit::first);
    return kept;
}

}  // namespace oidor::speech
