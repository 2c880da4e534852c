// Stored audits recomputed from what their receipts name: the stored transcript, the published
// version of the scorecard, the stored answers of a model.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "pipeline/judges.hpp"
#include "store/store.hpp"

namespace oidor::pipeline {

/// How a recomputation ended.
enum class Verdict {
    Same,               ///< Every byte that the receipt covers.
    TranscriptChanged,  ///< Another transcript is current; that one judges anew.
    TranscriptMissing,
    ScorecardMissing,
    ScorecardChanged,  ///< The stored text of the version has another hash.
    AnswersMissing,    ///< The model's answers that it rests on are not stored.
    FactsChanged,      ///< What is known of the call beside its words: duration, parts, measures.
    ScoringChanged,    ///< Judged by a version of the program that reckons otherwise.
    PacksChanged,      ///< Its words of feeling and phrase packs are others.
    Unreadable,        ///< The stored audit is damaged.
    BodyChanged,       ///< The stored text is not the one that its own receipt was made over.
    Differs,           ///< The same input gives another audit: a fault of the program.
};
inline constexpr Verdict kLastVerdict = Verdict::Differs;
/// `same`, `transcript_changed`, …
std::string_view format(Verdict verdict);

/// One current audit and what came of it.
struct VerifiedAudit {
    ConversationId conversation = {};
    ParticipationId participation = {};
    std::string scorecard_id = {};
    int scorecard_version = 1;
    Verdict verdict = Verdict::Same;
    std::string stored_sha256 = {};                ///< As the receipt says.
    std::optional<std::string> sha256_again = {};  ///< Of the audit made anew, where one was.
};

/// Recomputes the current audits of a conversation; nothing is written. Errors: NotFound (no such
/// conversation), the store's.
Result<std::vector<VerifiedAudit>> verify_audits(store::Store& store, Judges& judges,
                                                 ConversationId id);

}  // namespace oidor::pipeline
