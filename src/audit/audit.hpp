// What an audit says: outcomes, evidence, score, receipt; and its JSON, which others rely on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "audit/facts.hpp"
#include "audit/outcome.hpp"
#include "audit/scorecard.hpp"
#include "base/decimal.hpp"
#include "domain/transcript.hpp"

namespace oidor::audit {

/// Words of the transcript. `quote` is a byte-exact part of the segment's text; times are those of
/// the words where the segment has them, else the segment's.
struct Quote {
    std::size_t segment = 0;
    std::optional<Milliseconds> start = {};
    std::optional<Milliseconds> end = {};
    Speaker speaker = Speaker::Unknown;
    std::string quote = {};
    /// Of words that were heard otherwise than the phrase is written: how far, and the phrase.
    int distance = 0;
    std::string phrase = {};
    std::string pack = {};  ///< The pack that the phrase is of; empty for the scorecard's own.
    bool operator==(const Quote&) const = default;
};

/// A number that decided.
struct Measured {
    std::string measure = {};
    Decimal value = {};
    std::string unit = {};
    bool operator==(const Measured&) const = default;
};

using Evidence = std::variant<Quote, Measured>;

/// What comes nearest to a phrase that was not found: the words, and the phrase meant.
struct Candidate {
    Quote quote = {};
    std::string phrase = {};
    bool operator==(const Candidate&) const = default;
};

/// Where was looked, as the window was stated.
struct Searched {
    enum class Unit { Milliseconds, Turns, Characters };
    BoundSpeaker speaker = BoundSpeaker::Any;
    Unit unit = Unit::Milliseconds;
    std::int64_t from = 0;
    std::int64_t to = 0;  ///< Turns and characters: one past the last.
    std::optional<Candidate> nearest = {};
    bool operator==(const Searched&) const = default;
};

/// Why a criterion applies or does not, on what that rests.
struct ConditionResult {
    Outcome outcome = Outcome::Unknown;  ///< `Fail`: surely not met.
    std::string criterion = {};          ///< The one whose outcome decided; empty otherwise.
    std::vector<Evidence> evidence = {};
    std::optional<Searched> searched = {};
    bool operator==(const ConditionResult&) const = default;
};

/// How one criterion came out, and on what that rests.
struct CriterionResult {
    std::string id = {};
    Outcome outcome = Outcome::Unknown;
    std::optional<Decimal> points = {};  ///< Null when unknown or not applicable.
    Decimal points_max = {};
    std::vector<Evidence> evidence = {};
    std::optional<Searched> searched = {};
    std::optional<ConditionResult> condition = {};  ///< Of `only_if`.
    bool bonus = false;  ///< Its points come on top and are not among the possible ones.
    bool operator==(const CriterionResult&) const = default;
};

/// What one section came to.
struct SectionResult {
    std::string id = {};
    std::string title = {};
    std::optional<Decimal> weight = {};
    /// 0 to 100: points earned of those that apply; null when nothing of it was judged.
    std::optional<Decimal> score = {};
    std::vector<std::string> zeroed_by = {};  ///< Critical criteria of it that failed.
    bool operator==(const SectionResult&) const = default;
};

/// The hashes from which an audit can be recomputed. `audit_sha256` follows from the audit itself.
struct Receipt {
    std::string scoring = {};
    std::optional<std::string> audio_sha256 = {};
    std::string transcript_sha256 = {};
    std::string facts_sha256 = {};
    std::optional<std::string> answers_sha256 = {};
    std::string scorecard_sha256 = {};
    std::string packs_sha256 = {};
    bool operator==(const Receipt&) const = default;
};

/// How well the conversation was heard.
struct Heard {
    std::optional<Decimal> confidence = {};  ///< Mean of the segments that state one.
    bool speakers_known = true;
    std::optional<Milliseconds> speech = {};
    bool operator==(const Heard&) const = default;
};

/// One participation judged by one scorecard. A value.
struct Audit {
    std::string language = {};
    std::optional<Milliseconds> duration = {};
    std::string scorecard_id = {};
    std::int64_t scorecard_version = 0;
    bool auditable = true;
    std::optional<NotAuditable> reason = {};
    std::optional<Decimal> score = {};  ///< 0 to 100, exact; null when nothing could be judged.
    std::optional<std::string> category = {};
    std::vector<ReviewReason> review_reasons = {};
    std::optional<Decimal> sentiment = {};  ///< -1 to 1, three places.
    Heard heard = {};
    std::vector<std::string> zeroed_by = {};   ///< Fatal criteria that failed: the score is 0.
    std::vector<SectionResult> sections = {};  ///< Of a scorecard with sections.
    std::vector<CriterionResult> criteria = {};
    std::optional<bool> greeted = {};       ///< `saludo_correcto`
    std::optional<bool> offered_help = {};  ///< `ofrece_ayuda`
    std::optional<bool> said_goodbye = {};  ///< `despedida_correcta`
    std::vector<std::string> forbidden_phrases = {};
    std::vector<std::string> issues = {};
    Receipt receipt = {};

    [[nodiscard]] bool needs_review() const { return !review_reasons.empty(); }
    bool operator==(const Audit&) const = default;
};

/// What an audit's JSON carries beside the audit; not part of its hash.
struct AuditLabels {
    std::optional<std::string> input = {};
    std::optional<std::string> conversation_id = {};
    std::optional<std::string> agent = {};
    /// Where a machine wrote the transcript: the engine, and what it says of its own quality.
    /// Members of their own, after the contract's, and only when they are set.
    std::optional<std::string> engine = {};
    std::optional<std::string> quality_note = {};
};

/// The JSON object of DESIGN §4.2, members in its order, on one line without a newline.
std::string format_audit(const Audit& audit, const AuditLabels& labels);
/// SHA-256 of the RFC 8785 JSON of the audit without labels and receipt.
std::string audit_sha256(const Audit& audit);

}  // namespace oidor::audit
