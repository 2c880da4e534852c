// All phrases of a scorecard in one pass, and what each criterion makes of what was found.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "audit/nearest.hpp"
#include "audit/phrase_automaton.hpp"
#include "audit/reading.hpp"
#include "audit/scorecard.hpp"

namespace oidor::audit {

/// What one phrase criterion came to.
struct PhraseFinding {
    CriterionResult result = {};
    std::vector<std::size_t> phrases =
        {};  ///< Found in `none`, missing in `all`: what an issue names.
};

/// The compiled phrases of a scorecard, which must outlive it. Safe to use from many threads.
class PhraseSearch {
  public:
    static constexpr std::size_t kEvidenceMax = 50;
    /// Bytes of all phrases together: bounds the automaton's memory.
    static constexpr std::size_t kPatternBytesMax = 200'000;

    explicit PhraseSearch(const Scorecard& scorecard);

    /// By criterion of the scorecard; empty for those of other kinds.
    [[nodiscard]] std::vector<PhraseFinding> search(Reading& reading) const;

  private:
    struct Use {
        std::uint32_t criterion = 0;
        std::uint32_t phrase = 0;
        std::string accented = {};  ///< What the words must be with their accents; empty: any.
    };
    struct Tally;

    void count_hit(Reading& reading, std::size_t pattern, std::size_t end,
                   std::vector<Tally>& tallies) const;
    [[nodiscard]] PhraseFinding conclude(Reading& reading, std::size_t index, Tally& tally) const;
    [[nodiscard]] bool is_doubtful(const Reading& reading, const Criterion& criterion,
                                   const Tally& tally) const;
    [[nodiscard]] std::optional<Candidate> nearest(Reading& reading, std::size_t index,
                                                   const Tally& tally) const;

    const Scorecard& scorecard_;
    std::vector<std::uint32_t> pattern_bytes_;
    std::vector<std::vector<Use>> uses_;  ///< By pattern.
    std::unique_ptr<PhraseAutomaton> automaton_;
    std::vector<std::unique_ptr<NearIndex>> near_;  ///< By criterion.
};

}  // namespace oidor::audit
