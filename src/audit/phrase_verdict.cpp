#include "audit/phrase_verdict.hpp"

#include <algorithm>

namespace oidor::audit {
namespace {

/// The pack that brought a phrase or pattern; empty for one of the scorecard's own.
std::string pack_of(const PhraseRule& rule, std::size_t which) {
    const bool is_phrase = which < rule.phrases.size();
    const auto index = is_phrase ? which : which - rule.phrases.size();
    if (index < (is_phrase ? rule.own.phrases : rule.own.patterns)) {
        return {};
    }
    for (std::size_t p = 0; p < rule.pack_ends.size(); ++p) {
        const auto& end = rule.pack_ends[p];
        if (index < (is_phrase ? end.phrases : end.patterns)) {
            return rule.packs[p];
        }
    }
    return {};
}

void add_quotes(const PhraseRule& rule, const Hit& hit, Reading& reading,
                std::vector<Evidence>& evidence) {
    for (auto& quote : reading.quotes_of(hit.stretch)) {
        if (hit.distance > 0) {
            quote.distance = hit.distance;
            quote.phrase = phrase_text(rule, hit.phrase);
        }
        quote.pack = pack_of(rule, hit.phrase);
        evidence.emplace_back(std::move(quote));
    }
    if (hit.mate) {
        for (auto& quote : reading.quotes_of(*hit.mate)) {
            if (std::ranges::find(evidence, Evidence(quote)) == evidence.end()) {
                evidence.emplace_back(std::move(quote));
            }
        }
    }
}

Candidate candidate_of(const PhraseRule& rule, const Hit& hit, Reading& reading) {
    return {.quote = std::move(reading.quotes_of(hit.stretch).front()),
            .phrase = phrase_text(rule, hit.phrase)};
}

/// Needs that are met by what was found; what was found in `none` speaks against it.
bool is_met(const PhraseRule& rule, const Tally& tally) {
    switch (rule.need) {
        case Need::None: return false;
        case Need::All: return tally.distinct == rule.phrases.size() + rule.patterns.size();
        case Need::Sequence: return tally.steps == step_count(rule);
        case Need::Any: break;
    }
    if (!rule.at_least && !rule.at_most) {
        return tally.distinct > 0;
    }
    const auto count = static_cast<std::int64_t>(tally.count);
    const auto least = rule.at_least.value_or(0);
    return count >= least && (!rule.at_most || count <= *rule.at_most);
}

Outcome outcome_of(const PhraseRule& rule, const Reading& reading, const Tally& tally) {
    const auto doubtful = [&](Need need) {
        return is_doubtful(reading, tally.range, rule.speaker, need);
    };
    if (rule.need == Need::None) {
        if (tally.distinct > 0) {
            return Outcome::Fail;
        }
        return tally.unsure || tally.overflow || doubtful(Need::None) ? Outcome::Unknown
                                                                      : Outcome::Pass;
    }
    if (tally.preceded) {
        return tally.preceded->sure ? Outcome::Fail : Outcome::Unknown;
    }
    if (rule.at_most && static_cast<std::int64_t>(tally.count_sure) > *rule.at_most) {
        return Outcome::Fail;
    }
    if (rule.at_most && static_cast<std::int64_t>(tally.count) > *rule.at_most) {
        return Outcome::Unknown;
    }
    if (is_met(rule, tally)) {
        // Who was not known, or never heard, may have said it more often.
        return rule.at_most && (tally.overflow || doubtful(Need::None)) ? Outcome::Unknown
                                                                        : Outcome::Pass;
    }
    return tally.overflow || doubtful(rule.need) ? Outcome::Unknown : Outcome::Fail;
}

std::optional<Candidate> nearest(const PhraseRule& rule, const NearIndex& near, Reading& reading,
                                 const Tally& tally) {
    // A whole phrase with nothing near it, by another speaker, or beyond the window, is nearer than
    // part of one.
    for (const auto& aside : {tally.alone, tally.other, tally.outside}) {
        if (aside && tally.found[aside->phrase] == 0) {
            return candidate_of(rule, *aside, reading);
        }
    }
    const auto miss = near.find(reading, tally.range, rule.speaker, rule.window.edge);
    if (!miss) {
        return std::nullopt;
    }
    const auto& words = reading.folded().words();
    const auto& last = words[miss->last_word];
    const auto stretch = reading.origin_of(reading.folded(), words[miss->first_word].begin,
                                           last.begin + last.size_bytes);
    return Candidate{.quote = std::move(reading.quotes_of(stretch).front()),
                     .phrase = rule.phrases[miss->phrase]};
}

/// What an issue names: forbidden phrases that were said, required ones that were not.
std::vector<std::string> named_phrases(const PhraseRule& rule, const Tally& tally) {
    std::vector<std::string> named;
    if (rule.need == Need::Sequence) {
        const auto missing = std::ranges::find(rule.steps, tally.steps);
        if (missing != rule.steps.end()) {
            named.push_back(rule.phrases[static_cast<std::size_t>(missing - rule.steps.begin())]);
        }
        return named;
    }
    const bool said = rule.need == Need::None || rule.at_most;
    for (std::size_t p = 0; p < tally.found.size(); ++p) {
        if ((rule.need != Need::Any || rule.at_most) && (tally.found[p] != 0) == said) {
            named.push_back(phrase_text(rule, p));
        }
    }
    return named;
}

}  // namespace

bool is_doubtful(const Reading& reading, const Range& range, BoundSpeaker bound, Need need) {
    if (!reading.hears(bound) || (need != Need::None && reading.is_incomplete())) {
        return true;
    }
    const auto& parts = reading.parts();
    for (std::size_t i = range.stretch.begin.part; i < parts.size(); ++i) {
        if (!range.takes_part(i)) {
            break;
        }
        // A stretch that was not heard has no words, and may have had any.
        if (!parts[i].has_words && !parts[i].suspect) {
            continue;
        }
        // An engine may have written the bound speaker's words where somebody else speaks.
        if (need != Need::None && parts[i].suspect) {
            return true;
        }
        const auto speaker = parts[i].segment->speaker;
        if (bound != BoundSpeaker::Any && speaker == Speaker::Unknown) {
            return true;
        }
        if (need != Need::None && !parts[i].sure && is_bound(bound, speaker)) {
            return true;
        }
    }
    return false;
}

Searched whole_window(Reading& reading, BoundSpeaker bound) {
    const auto range = reading.range_of({});
    return {
        .speaker = bound, .unit = range.unit, .from = range.from, .to = range.to, .nearest = {}};
}

PhraseFinding conclude_rule(const PhraseRule& rule, const Criterion& criterion,
                            const NearIndex& near, Reading& reading, Tally& tally) {
    const bool forbidden = rule.need == Need::None;
    PhraseFinding finding;
    auto& result = finding.result;
    result.outcome = outcome_of(rule, reading, tally);
    if (result.outcome == Outcome::Pass) {
        result.points = criterion.points_max;
    } else if (result.outcome == Outcome::Fail) {
        const auto lost =
            criterion.penalty * static_cast<std::int64_t>(forbidden ? tally.distinct : 0);
        result.points = -std::min(lost, criterion.penalty_max.value_or(lost));
    }
    finding.named = named_phrases(rule, tally);
    if (tally.preceded) {
        // Its phrase is one of `before`, not of the rule's own list.
        for (auto& quote : reading.quotes_of(tally.preceded->stretch)) {
            result.evidence.emplace_back(std::move(quote));
        }
    }
    if (tally.hits.empty() && tally.unsure) {
        tally.hits.push_back(*tally.unsure);
    }
    for (const auto& hit : tally.hits) {
        add_quotes(rule, hit, reading, result.evidence);
    }
    result.searched = Searched{.speaker = rule.speaker,
                               .unit = tally.range.unit,
                               .from = tally.range.from,
                               .to = tally.range.to,
                               .nearest = {}};
    if (!forbidden && !tally.preceded && !is_met(rule, tally)) {
        result.searched->nearest = nearest(rule, near, reading, tally);
    } else if (forbidden && tally.distinct == 0 && (tally.unsure || tally.other)) {
        result.searched->nearest =
            candidate_of(rule, tally.unsure ? *tally.unsure : *tally.other, reading);
    }
    return finding;
}

}  // namespace oidor::audit
