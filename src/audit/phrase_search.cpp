#include "audit/phrase_search.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace oidor::audit {

/// A hit that did not count, kept as what comes nearest.
struct Aside {
    Stretch stretch = {};
    std::size_t phrase = 0;
};

struct PhraseSearch::Tally {
    Range range = {};
    std::vector<char> found = {};  ///< By phrase.
    std::size_t distinct = 0;
    std::vector<Stretch> hits = {};
    std::optional<Aside> unsure = {};   ///< A forbidden phrase that was not surely heard.
    std::optional<Aside> other = {};    ///< In the window, by another speaker.
    std::optional<Aside> outside = {};  ///< By the right speaker, beyond the window.
};

PhraseSearch::PhraseSearch(const Scorecard& scorecard) : scorecard_(scorecard) {
    const bool folded = scorecard.matching == Matching::Folded;
    std::map<std::string, std::size_t> known;
    std::vector<std::string> patterns;
    for (std::uint32_t c = 0; c < scorecard.criteria.size(); ++c) {
        const auto& criterion = scorecard.criteria[c];
        near_.push_back(criterion.kind == CriterionKind::Phrases
                            ? std::make_unique<NearIndex>(criterion.phrases)
                            : nullptr);
        for (std::uint32_t p = 0; p < criterion.phrases.size(); ++p) {
            // Folded words lie between single spaces, so the spaces are the word borders.
            auto pattern =
                folded ? " " + fold(criterion.phrases[p]) + " " : lower(criterion.phrases[p]);
            const auto [at, added] = known.try_emplace(std::move(pattern), patterns.size());
            if (added) {
                patterns.push_back(at->first);
                pattern_bytes_.push_back(static_cast<std::uint32_t>(at->first.size()));
                uses_.emplace_back();
            }
            const auto& phrase = criterion.phrases[p];
            const bool accented =
                std::ranges::find(criterion.accented, phrase) != criterion.accented.end();
            uses_[at->second].push_back({.criterion = c,
                                         .phrase = p,
                                         .accented = accented ? accented_letters(phrase) : ""});
        }
    }
    automaton_ = std::make_unique<PhraseAutomaton>(patterns);
}

std::vector<PhraseFinding> PhraseSearch::search(Reading& reading) const {
    const auto& criteria = scorecard_.criteria;
    std::vector<Tally> tallies(criteria.size());
    for (std::size_t c = 0; c < criteria.size(); ++c) {
        if (criteria[c].kind == CriterionKind::Phrases) {
            tallies[c].range = reading.range_of(criteria[c].window);
            tallies[c].found.resize(criteria[c].phrases.size());
        }
    }
    automaton_->scan(reading.searched().bytes(), [&](std::size_t pattern, std::size_t end) {
        count_hit(reading, pattern, end, tallies);
    });
    std::vector<PhraseFinding> findings(criteria.size());
    for (std::size_t c = 0; c < criteria.size(); ++c) {
        if (criteria[c].kind == CriterionKind::Phrases) {
            findings[c] = conclude(reading, c, tallies[c]);
        }
    }
    return findings;
}

void PhraseSearch::count_hit(Reading& reading, std::size_t pattern, std::size_t end,
                             std::vector<Tally>& tallies) const {
    const bool folded = scorecard_.matching == Matching::Folded;
    const auto& text = reading.searched();
    const std::size_t border = folded ? 1 : 0;
    const auto begin = end - pattern_bytes_[pattern] + border;
    const auto stretch = reading.origin_of(text, begin, end - border);
    const auto& part = reading.parts()[stretch.begin.part];
    std::optional<bool> crosses_clause;
    for (const auto& use : uses_[pattern]) {
        const auto& criterion = scorecard_.criteria[use.criterion];
        auto& tally = tallies[use.criterion];
        if (folded && criterion.need == Need::None) {
            // "No, puedo ayudarle" is not "no puedo": what counts against someone must lie in one
            // clause. What counts for someone may run over a comma.
            if (!crosses_clause) {
                crosses_clause = false;
                const auto& words = text.words();
                for (auto w = text.word_at(begin) + 1; w < words.size() && words[w].begin < end;
                     ++w) {
                    crosses_clause = *crosses_clause || words[w].clause_start;
                }
            }
            if (*crosses_clause) {
                continue;
            }
        }
        if (!use.accented.empty() && reading.accented_letters_of(stretch) != use.accented) {
            continue;
        }
        const bool bound = is_bound(criterion.speaker, part.segment->speaker);
        const bool inside = tally.range.takes(stretch);
        const Aside aside = {.stretch = stretch, .phrase = use.phrase};
        if (!inside || !bound) {
            auto& kept = inside ? tally.other : tally.outside;
            if ((inside || bound) && !kept) {
                kept = aside;
            }
        } else if (criterion.need == Need::None && !part.sure) {
            tally.unsure = tally.unsure.value_or(aside);
        } else {
            const bool is_new = tally.found[use.phrase] == 0;
            if (is_new) {
                tally.found[use.phrase] = 1;
                ++tally.distinct;
            }
            if ((is_new || criterion.need == Need::None) && tally.hits.size() < kEvidenceMax) {
                tally.hits.push_back(stretch);
            }
        }
    }
}

bool PhraseSearch::is_doubtful(const Reading& reading, const Criterion& criterion,
                               const Tally& tally) const {
    if (criterion.need == Need::None && tally.unsure) {
        return true;
    }
    if (!reading.hears(criterion.speaker)) {
        return true;
    }
    const auto& parts = reading.parts();
    for (std::size_t i = tally.range.stretch.begin.part; i < parts.size(); ++i) {
        if (!tally.range.takes_part(i)) {
            break;
        }
        if (!parts[i].has_words) {
            continue;
        }
        const auto speaker = parts[i].segment->speaker;
        if (criterion.speaker != BoundSpeaker::Any && speaker == Speaker::Unknown) {
            return true;
        }
        if (criterion.need != Need::None && !parts[i].sure &&
            is_bound(criterion.speaker, speaker)) {
            return true;
        }
    }
    return false;
}

PhraseFinding PhraseSearch::conclude(Reading& reading, std::size_t index, Tally& tally) const {
    const auto& criterion = scorecard_.criteria[index];
    const auto all = criterion.phrases.size();
    PhraseFinding finding;
    auto& result = finding.result;
    const bool forbidden = criterion.need == Need::None;
    const bool met = forbidden                     ? false
                     : criterion.need == Need::All ? tally.distinct == all
                                                   : tally.distinct > 0;
    if (met) {
        result.outcome = Outcome::Pass;
    } else if (forbidden && tally.distinct > 0) {
        result.outcome = Outcome::Fail;
    } else if (is_doubtful(reading, criterion, tally)) {
        result.outcome = Outcome::Unknown;
    } else {
        result.outcome = forbidden ? Outcome::Pass : Outcome::Fail;
    }
    if (result.outcome == Outcome::Pass) {
        result.points = criterion.points_max;
    } else if (result.outcome == Outcome::Fail) {
        auto lost = criterion.penalty * static_cast<std::int64_t>(forbidden ? tally.distinct : 0);
        result.points = -std::min(lost, criterion.penalty_max.value_or(lost));
    }
    for (std::size_t p = 0; p < all && criterion.need != Need::Any; ++p) {
        if ((tally.found[p] != 0) == forbidden) {
            finding.phrases.push_back(p);
        }
    }
    if (tally.hits.empty() && tally.unsure) {
        tally.hits.push_back(tally.unsure->stretch);
    }
    for (const auto& hit : tally.hits) {
        for (auto& quote : reading.quotes_of(hit)) {
            result.evidence.emplace_back(std::move(quote));
        }
    }
    result.searched = Searched{.speaker = criterion.speaker,
                               .unit = tally.range.unit,
                               .from = tally.range.from,
                               .to = tally.range.to,
                               .nearest = {}};
    if (!met && !forbidden) {
        result.searched->nearest = nearest(reading, index, tally);
    } else if (forbidden && tally.distinct == 0 && (tally.unsure || tally.other)) {
        const auto& aside = tally.unsure ? *tally.unsure : *tally.other;
        auto quotes = reading.quotes_of(aside.stretch);
        result.searched->nearest = Candidate{.quote = std::move(quotes.front()),
                                             .phrase = criterion.phrases[aside.phrase]};
    }
    return finding;
}

std::optional<Candidate> PhraseSearch::nearest(Reading& reading, std::size_t index,
                                               const Tally& tally) const {
    const auto& criterion = scorecard_.criteria[index];
    // A whole phrase by another speaker, or beyond the window, is nearer than part of one.
    for (const auto& aside : {tally.other, tally.outside}) {
        if (aside && tally.found[aside->phrase] == 0) {
            return Candidate{.quote = std::move(reading.quotes_of(aside->stretch).front()),
                             .phrase = criterion.phrases[aside->phrase]};
        }
    }
    const auto miss =
        near_[index]->find(reading, tally.range, criterion.speaker, criterion.window.edge);
    if (!miss) {
        return std::nullopt;
    }
    const auto& words = reading.folded().words();
    const auto& last = words[miss->last_word];
    const auto stretch = reading.origin_of(reading.folded(), words[miss->first_word].begin,
                                           last.begin + last.size_bytes);
    return Candidate{.quote = std::move(reading.quotes_of(stretch).front()),
                     .phrase = criterion.phrases[miss->phrase]};
}

}  // namespace oidor::audit
