// What changes when one scorecard takes another's place: counted audit by audit, in any order.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "domain/conversation.hpp"

namespace oidor::proving {

/// Why an audit is in no comparison.
enum class NotComparable {
    FaultyTranscript,  ///< Its bytes fail their check, or cannot be read.
    OtherLanguage,     ///< It is not in the newer scorecard's language.
    NotJudgedYet,      ///< Against `current`: it has no current audit.
    NoScorecard,       ///< Against `current`: its scorecard is gone or cannot be opened.
    NotAuditable,      ///< For both, or for one of the two.
    NoScore,           ///< One of the two gives none; its criteria are compared.
    NoParticipation,   ///< Nobody's part is known.
};
inline constexpr std::size_t kNotComparableCount = 7;

/// `faulty_transcript`, …
std::string_view format(NotComparable reason);

/// One conversation to look at. The smallest `sequence` first: the oldest.
struct Sample {
    std::uint64_t sequence = 0;
    ConversationId conversation = {};
    ParticipationId participation = {};
    std::optional<std::string> agent = {};
    std::optional<Decimal> before = {};  ///< Scores.
    std::optional<Decimal> after = {};
    bool operator==(const Sample&) const = default;
};

/// Keeps the first `kMax`.
struct Samples {
    static constexpr std::size_t kMax = 5;
    std::vector<Sample> kept = {};
    void add(const Sample& sample);
    void merge(const Samples& others);
    bool operator==(const Samples&) const = default;
};

/// One criterion of the newer scorecard, matched by its id.
struct CriterionShift {
    std::string criterion = {};
    /// From, to: in the order of audit::Outcome.
    std::array<std::array<std::int64_t, 4>, 4> outcomes = {};
    std::int64_t added = 0;  ///< Audits whose older scorecard does not have it.
    Samples pass_to_fail = {};
    Samples fail_to_pass = {};

    [[nodiscard]] std::int64_t count(audit::Outcome from, audit::Outcome to) const {
        return outcomes[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)];
    }
};

/// All audits of one agent, or of one campaign, that were compared.
struct GroupShift {
    std::int64_t audits = 0;
    Decimal before_sum = {};
    Decimal after_sum = {};
    std::int64_t pass_to_fail = 0;  ///< From the pass mark or above to below it.
    std::int64_t fail_to_pass = 0;
    std::map<std::string, std::array<std::int64_t, 2>> criteria = {};  ///< Pass to fail, back.
    Samples samples = {};  ///< Of those that fall below the mark.
};

/// How scores lie: ten bins of ten points, 100 in the last.
struct Distribution {
    std::array<std::int64_t, 10> bins = {};
    std::map<std::string, std::int64_t> categories = {};
    std::int64_t passing = 0;
    Decimal sum = {};
    bool operator==(const Distribution&) const = default;
};

/// Whose part was judged.
struct Subject {
    std::uint64_t sequence = 0;
    const Conversation& conversation;
    const Participation& participation;
};

/// The figures of a back-test. They grow with agents, campaigns and criteria, not with
/// conversations.
struct Figures {
    std::int64_t conversations = 0;
    std::int64_t compared = 0;  ///< Audits with a score on both sides.
    std::int64_t pass_to_fail = 0;
    std::int64_t fail_to_pass = 0;
    std::int64_t higher = 0;
    std::int64_t lower = 0;
    std::int64_t agents_left_out = 0;     ///< Compared, but the agent is not mapped.
    std::int64_t campaigns_left_out = 0;  ///< The same.
    /// Questions to a model of the audits that were judged by both: nobody is asked again, so they
    /// are unknown and cost nothing, whatever the stored audits say.
    std::int64_t questions_unknown_before = 0;
    std::int64_t questions_unknown_after = 0;
    std::array<std::int64_t, kNotComparableCount> not_comparable = {};
    Distribution before = {};
    Distribution after = {};
    std::vector<CriterionShift> criteria = {};      ///< The newer scorecard's, in its order.
    std::map<std::string, std::int64_t> gone = {};  ///< Criteria that only the older has.
    std::map<std::string, GroupShift> agents = {};
    std::map<std::string, GroupShift> campaigns = {};
};

/// Counts. One caller at a time.
class Tally {
  public:
    /// `pass_mark`: the rounded score from which on an audit passes.
    Tally(const audit::Scorecard& newer, std::int64_t pass_mark);

    void compare(const Subject& subject, const audit::Audit& older, const audit::Audit& newer);
    void leave_out(NotComparable reason) {
        ++figures_.not_comparable[static_cast<std::size_t>(reason)];
    }
    /// How many questions of one audit nobody answered, on each side.
    void count_questions(std::int64_t before, std::int64_t after) {
        figures_.questions_unknown_before += before;
        figures_.questions_unknown_after += after;
    }
    void count_conversation() { ++figures_.conversations; }
    /// Adds another's figures: in whatever order, the sum is the same.
    void merge(const Tally& other);

    [[nodiscard]] const Figures& figures() const { return figures_; }

  private:
    struct Crossing;
    void compare_criteria(const Sample& sample, const audit::Audit& older,
                          const audit::Audit& newer, Crossing& crossing);
    void compare_scores(const audit::Audit& older, const audit::Audit& newer, Crossing& crossing);
    [[nodiscard]] bool passes(Decimal score) const { return score.round_half_even() >= pass_mark_; }

    Figures figures_ = {};
    std::int64_t pass_mark_;
};

}  // namespace oidor::proving
