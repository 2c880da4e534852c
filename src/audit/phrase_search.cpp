#include "audit/phrase_search.hpp"

#include <algorithm>
#include <map>

namespace oidor::audit {

/// Patterns of the automaton while it is built, each once.
struct PhraseSearch::Building {
    std::map<std::string, std::size_t> known;
    std::vector<std::string> patterns;
    std::vector<TolerantPhrase> tolerant;
};

PhraseSearch::PhraseSearch(const Scorecard& scorecard) : scorecard_(scorecard) {
    Building building;
    for (std::uint32_t c = 0; c < scorecard.criteria.size(); ++c) {
        const auto& criterion = scorecard.criteria[c];
        if (criterion.is_about_phrases()) {
            add_rule(building, criterion, c, Purpose::Criterion);
        }
        if (criterion.only_if && criterion.only_if->words.has_words()) {
            add_rule(building, criterion.only_if->words, c, Purpose::Condition);
        }
    }
    automaton_ = std::make_unique<PhraseAutomaton>(building.patterns);
    if (!building.tolerant.empty()) {
        tolerant_ = std::make_unique<TolerantMatcher>(building.tolerant, scorecard.language);
    }
}

void PhraseSearch::add_rule(Building& building, const PhraseRule& words, std::uint32_t criterion,
                            Purpose purpose) {
    rules_.push_back({.words = &words,
                      .criterion = criterion,
                      .purpose = purpose,
                      .deferred = is_deferred(words),
                      .near = std::make_unique<NearIndex>(words.phrases)});
    add_words(building, words, Role::Main);
    if (words.tolerance > 0 && scorecard_.matching == Matching::Folded) {
        add_tolerant(words, words.tolerance, building.tolerant);
    }
    if (words.near) {
        add_words(building, words.near->words, Role::Near);
    }
    if (words.before) {
        add_words(building, words.before->words, Role::Before);
    }
}

void PhraseSearch::add_words(Building& building, const WordList& words, Role role) {
    const bool folded = scorecard_.matching == Matching::Folded;
    const auto rule = static_cast<std::uint32_t>(rules_.size() - 1);
    for (std::uint32_t p = 0; p < words.phrases.size(); ++p) {
        const auto& phrase = words.phrases[p];
        // Folded words lie between single spaces, so the spaces are the word borders.
        auto pattern = folded ? " " + fold(phrase) + " " : lower(phrase);
        const auto [at, added] =
            building.known.try_emplace(std::move(pattern), building.patterns.size());
        if (added) {
            building.patterns.push_back(at->first);
            pattern_bytes_.push_back(static_cast<std::uint32_t>(at->first.size()));
            uses_.emplace_back();
        }
        const bool accented = std::ranges::find(words.accented, phrase) != words.accented.end();
        uses_[at->second].push_back({.rule = rule,
                                     .role = role,
                                     .phrase = p,
                                     .accented = accented ? accented_letters(phrase) : ""});
    }
    for (std::uint32_t p = 0; p < words.patterns.size(); ++p) {
        if (auto compiled = WordPattern::compile(words.patterns[p], scorecard_.matching)) {
            const auto index = static_cast<std::uint32_t>(words.phrases.size() + p);
            expressions_.push_back(
                {.use = {.rule = rule, .role = role, .phrase = index, .accented = ""},
                 .pattern = std::move(compiled).value()});
        }
    }
}

void PhraseSearch::add_tolerant(const WordList& words, int tolerance,
                                std::vector<TolerantPhrase>& phrases) {
    const auto rule = static_cast<std::uint32_t>(rules_.size() - 1);
    for (std::uint32_t p = 0; p < words.phrases.size(); ++p) {
        const auto& phrase = words.phrases[p];
        // Where an accent decides, nothing else may be off.
        if (std::ranges::find(words.accented, phrase) == words.accented.end()) {
            phrases.push_back({.text = phrase, .tolerance = static_cast<std::uint8_t>(tolerance)});
            tolerant_uses_.push_back(
                {.rule = rule, .role = Role::Main, .phrase = p, .accented = ""});
        }
    }
}

PhraseFindings PhraseSearch::search(Reading& reading) const {
    std::vector<Tally> tallies(rules_.size());
    for (std::size_t r = 0; r < rules_.size(); ++r) {
        const auto& words = *rules_[r].words;
        tallies[r].range = reading.range_of(words.window);
        tallies[r].found.resize(words.phrases.size() + words.patterns.size());
    }
    automaton_->scan(reading.searched().bytes(), [&](std::size_t pattern, std::size_t end) {
        count_hit(reading, pattern, end, tallies);
    });
    scan_patterns(reading, tallies);
    if (tolerant_) {
        find_tolerant(reading, tallies);
    }
    PhraseFindings findings;
    findings.criteria.resize(scorecard_.criteria.size());
    findings.conditions.resize(scorecard_.criteria.size());
    for (std::size_t r = 0; r < rules_.size(); ++r) {
        const auto& rule = rules_[r];
        if (rule.deferred) {
            settle_hits(*rule.words, reading, tallies[r]);
        }
        auto& kept = rule.purpose == Purpose::Condition ? findings.conditions : findings.criteria;
        kept[rule.criterion] = conclude_rule(*rule.words, scorecard_.criteria[rule.criterion],
                                             *rule.near, reading, tallies[r]);
    }
    return findings;
}

void PhraseSearch::scan_patterns(const Reading& reading, std::vector<Tally>& tallies) const {
    const auto& text = reading.searched();
    for (const auto& expression : expressions_) {
        const auto place = [&](std::size_t begin, std::size_t end) {
            Found found = {.begin = begin,
                           .end = end,
                           .stretch = reading.origin_of(text, begin, end),
                           .crosses_clause = {}};
            place_hit(reading, expression.use, found, tallies);
        };
        if (!expression.pattern.scan(text.bytes(), place)) {
            tallies[expression.use.rule].overflow = true;
        }
    }
}

void PhraseSearch::find_tolerant(const Reading& reading, std::vector<Tally>& tallies) const {
    // An exact hit makes those of misspelt words superfluous.
    std::vector<char> wants(rules_.size(), 0);
    bool any = false;
    for (std::size_t r = 0; r < rules_.size(); ++r) {
        const auto& words = *rules_[r].words;
        const auto enough = words.need == Need::All ? tallies[r].found.size() : std::size_t{1};
        wants[r] = words.tolerance > 0 && (rules_[r].deferred || tallies[r].distinct < enough);
        any = any || wants[r] != 0;
    }
    if (!any) {
        return;
    }
    const auto& text = reading.folded();
    const auto found_words = tolerant_->find(text);
    for (std::size_t r = 0; r < rules_.size(); ++r) {
        tallies[r].overflow = tallies[r].overflow || (wants[r] != 0 && found_words.cut);
    }
    for (const auto& hit : found_words.hits) {
        const auto& use = tolerant_uses_[hit.phrase];
        auto& tally = tallies[use.rule];
        if (wants[use.rule] == 0 || tally.found[use.phrase] != 0) {
            continue;
        }
        const auto& last = text.words()[hit.last_word];
        const std::size_t begin = text.words()[hit.first_word].begin;
        const std::size_t end = std::size_t{last.begin} + last.size_bytes;
        Found found = {.begin = begin,
                       .end = end,
                       .stretch = reading.origin_of(text, begin, end),
                       .distance = static_cast<int>(hit.distance),
                       .crosses_clause = {}};
        place_hit(reading, use, found, tallies);
    }
}

void PhraseSearch::count_hit(const Reading& reading, std::size_t pattern, std::size_t end,
                             std::vector<Tally>& tallies) const {
    const std::size_t border = scorecard_.matching == Matching::Folded ? 1 : 0;
    const auto begin = end - pattern_bytes_[pattern] + border;
    Found found = {.begin = begin,
                   .end = end - border,
                   .stretch = reading.origin_of(reading.searched(), begin, end - border),
                   .crosses_clause = {}};
    for (const auto& use : uses_[pattern]) {
        place_hit(reading, use, found, tallies);
    }
}

bool PhraseSearch::crosses_clause(const Reading& reading, Found& found) {
    if (!found.crosses_clause) {
        found.crosses_clause = false;
        const auto& text = reading.searched();
        const auto& words = text.words();
        for (auto w = text.word_at(found.begin) + 1; w < words.size() && words[w].begin < found.end;
             ++w) {
            found.crosses_clause = *found.crosses_clause || words[w].clause_start;
        }
    }
    return *found.crosses_clause;
}

void PhraseSearch::place_hit(const Reading& reading, const Use& use, Found& found,
                             std::vector<Tally>& tallies) const {
    const auto& words = *rules_[use.rule].words;
    auto& tally = tallies[use.rule];
    // "No, puedo ayudarle" is not "no puedo": what counts against someone must lie in one clause.
    // What counts for someone may run over a comma.
    if (words.need == Need::None && scorecard_.matching == Matching::Folded &&
        crosses_clause(reading, found)) {
        return;
    }
    if (!use.accented.empty() && reading.accented_letters_of(found.stretch) != use.accented) {
        return;
    }
    const auto& part = reading.parts()[found.stretch.begin.part];
    const bool bound = is_bound(words.speaker, part.segment->speaker);
    const Hit hit = {.begin = found.begin,
                     .end = found.end,
                     .stretch = found.stretch,
                     .phrase = use.phrase,
                     .distance = found.distance,
                     .sure = part.sure,
                     .mate = {}};
    if (use.role != Role::Main) {
        if (bound) {
            keep_hit(hit, use.role == Role::Near ? tally.near : tally.before, tally);
        }
        return;
    }
    const bool inside = tally.range.takes(found.stretch);
    if (!inside || !bound) {
        auto& kept = inside ? tally.other : tally.outside;
        if ((inside || bound) && !kept) {
            kept = hit;
        }
    } else if (rules_[use.rule].deferred) {
        keep_hit(hit, tally.waiting, tally);
    } else {
        take_hit(words, hit, tally);
    }
}

}  // namespace oidor::audit
