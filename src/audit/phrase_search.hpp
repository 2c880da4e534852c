// All phrases of a scorecard in one pass, and what each rule makes of what was found.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "audit/nearest.hpp"
#include "audit/phrase_automaton.hpp"
#include "audit/phrase_tally.hpp"
#include "audit/phrase_verdict.hpp"
#include "audit/reading.hpp"
#include "audit/scorecard.hpp"
#include "audit/tolerant_match.hpp"
#include "audit/word_pattern.hpp"

namespace oidor::audit {

/// What all rules came to, by criterion; empty for those without.
struct PhraseFindings {
    std::vector<PhraseFinding> criteria = {};
    std::vector<PhraseFinding> conditions = {};
};

/// The compiled phrases of a scorecard, which must outlive it. Safe to use from many threads.
class PhraseSearch {
  public:
    /// Bytes of all phrases together: bounds the automaton's memory.
    static constexpr std::size_t kPatternBytesMax = 200'000;

    /// A pattern that does not compile is left out: Auditor::open refuses it.
    explicit PhraseSearch(const Scorecard& scorecard);

    [[nodiscard]] PhraseFindings search(Reading& reading) const;

  private:
    enum class Purpose : std::uint8_t { Criterion, Condition };
    enum class Role : std::uint8_t { Main, Near, Before };
    /// One rule: a criterion's own words, or those of its `only_if`.
    struct Rule {
        const PhraseRule* words = nullptr;
        std::uint32_t criterion = 0;
        Purpose purpose = Purpose::Criterion;
        bool deferred = false;
        std::unique_ptr<NearIndex> near = {};
    };
    /// What a phrase is for.
    struct Use {
        std::uint32_t rule = 0;
        Role role = Role::Main;
        std::uint32_t phrase = 0;
        std::string accented = {};  ///< What the words must be with their accents; empty: any.
    };
    struct PatternUse {
        Use use = {};
        WordPattern pattern;
    };
    struct Found {
        std::size_t begin = 0;
        std::size_t end = 0;
        Stretch stretch = {};
        int distance = 0;
        std::optional<bool> crosses_clause = {};
    };

    struct Building;

    void add_rule(Building& building, const PhraseRule& words, std::uint32_t criterion,
                  Purpose purpose);
    void add_words(Building& building, const WordList& words, Role role);
    void count_hit(const Reading& reading, std::size_t pattern, std::size_t end,
                   std::vector<Tally>& tallies) const;
    void place_hit(const Reading& reading, const Use& use, Found& found,
                   std::vector<Tally>& tallies) const;
    void add_tolerant(const WordList& words, int tolerance, std::vector<TolerantPhrase>& phrases);
    void find_tolerant(const Reading& reading, std::vector<Tally>& tallies) const;
    void scan_patterns(const Reading& reading, std::vector<Tally>& tallies) const;
    static bool crosses_clause(const Reading& reading, Found& found);

    const Scorecard& scorecard_;
    std::vector<Rule> rules_;
    std::vector<std::uint32_t> pattern_bytes_;
    std::vector<std::vector<Use>> uses_;  ///< By pattern of the automaton.
    std::vector<PatternUse> expressions_;
    std::unique_ptr<PhraseAutomaton> automaton_;
    std::vector<Use> tolerant_uses_;             ///< By phrase of the matcher.
    std::unique_ptr<TolerantMatcher> tolerant_;  ///< Null when nothing is tolerant.
};

}  // namespace oidor::audit
