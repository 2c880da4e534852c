#include "pipeline/verification.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json.hpp>

#include "base/json.hpp"
#include "base/sha256.hpp"
#include "pipeline/audit_step.hpp"
#include "pipeline/questions.hpp"

namespace oidor::pipeline {
namespace {

constexpr std::array<std::pair<Verdict, std::string_view>, 12> kNames = {
    {{Verdict::Same, "same"},
     {Verdict::TranscriptChanged, "transcript_changed"},
     {Verdict::TranscriptMissing, "transcript_missing"},
     {Verdict::ScorecardMissing, "scorecard_missing"},
     {Verdict::ScorecardChanged, "scorecard_changed"},
     {Verdict::AnswersMissing, "answers_missing"},
     {Verdict::FactsChanged, "facts_changed"},
     {Verdict::ScoringChanged, "scoring_changed"},
     {Verdict::PacksChanged, "packs_changed"},
     {Verdict::Unreadable, "unreadable"},
     {Verdict::BodyChanged, "body_changed"},
     {Verdict::Differs, "differs"}}};
static_assert(kNames.size() == static_cast<std::size_t>(kLastVerdict) + 1);

/// What the receipt of a stored audit names.
struct StoredReceipt {
    std::string scoring = {};
    std::string transcript = {};
    std::string facts = {};
    std::string scorecard = {};
    std::string packs = {};
    std::string audit = {};
    std::optional<std::string> answers = {};
};

std::optional<StoredReceipt> read_receipt(const json::value& audit) {
    const auto* const object = audit.if_object();
    const auto* const receipt = object != nullptr ? find_object(*object, "receipt") : nullptr;
    if (receipt == nullptr) {
        return std::nullopt;
    }
    const auto text = [receipt](std::string_view key) {
        return find_string(*receipt, key).value_or("");
    };
    StoredReceipt read;
    read.scoring = text("scoring");
    read.transcript = text("transcript_sha256");
    read.facts = text("facts_sha256");
    read.scorecard = text("scorecard_sha256");
    read.packs = text("packs_sha256");
    read.audit = text("audit_sha256");
    read.answers = find_string(*receipt, "answers_sha256");
    return read;
}

/// What the receipt's hash is over: all but labels and the receipt itself.
std::string covered_part(json::value audit) {
    if (auto* const object = audit.if_object()) {
        for (const auto* const label :
             {"input", "conversation_id", "agent", "engine", "quality_note", "receipt"}) {
            object->erase(label);
        }
    }
    return canonical_json(audit);
}

/// Everything of one conversation that its audits are recomputed from.
struct Source {
    store::ConversationRow row = {};
    std::optional<Transcript> transcript = {};
    std::string transcript_sha256 = {};
    std::vector<store::ModelAnswersRow> answers = {};
};

Result<Source> read_source(store::Store& store, ConversationId id) {
    Source source;
    TRY_ASSIGN(auto row, store.conversations().find_conversation(id));
    if (!row) {
        return fail(ErrorCode::NotFound, "no conversation {}", id.text());
    }
    source.row = std::move(*row);
    TRY_ASSIGN(const auto stored, store.conversations().find_transcript(id));
    if (stored) {
        TRY_ASSIGN(source.transcript, parse_transcript(stored->json));
        source.transcript_sha256 = stored->sha256_hex;
    }
    TRY_ASSIGN(source.answers, store.model_records().list_answers(id));
    return source;
}

/// The answers of one hash; nothing where they are not stored.
Result<std::optional<audit::ModelAnswers>> find_answers(const Source& source,
                                                        const std::string& sha256) {
    for (const auto& row : source.answers) {
        if (sha256_hex(row.json) == sha256) {
            TRY_ASSIGN(auto answers, to_audit_answers(row.json));
            return std::optional(std::move(answers));
        }
    }
    return std::optional<audit::ModelAnswers>();
}

/// Which part of what went in is not what it was; the one that explains the others comes first.
Verdict compare(const StoredReceipt& stored, const audit::Receipt& again) {
    if (stored.transcript != again.transcript_sha256) {
        return Verdict::TranscriptChanged;
    }
    if (stored.scorecard != again.scorecard_sha256) {
        return Verdict::ScorecardChanged;
    }
    if (stored.scoring != again.scoring) {
        return Verdict::ScoringChanged;
    }
    if (stored.packs != again.packs_sha256) {
        return Verdict::PacksChanged;
    }
    if (stored.facts != again.facts_sha256) {
        return Verdict::FactsChanged;
    }
    return Verdict::Differs;
}

/// Judges once more and compares.
Verdict judge_again(const Source& source, const Participation& part, const audit::Auditor& auditor,
                    const StoredReceipt& receipt, const audit::ModelAnswers* answers,
                    const json::value& stored, std::optional<std::string>& sha256_again) {
    const auto transcript = source.transcript.value_or(Transcript{});
    const auto judged =
        auditor.judge(transcript, facts_of(source.row, part, transcript), {}, answers);
    sha256_again = audit::audit_sha256(judged);
    if (*sha256_again != receipt.audit) {
        return compare(receipt, judged.receipt);
    }
    const auto whole = parse_json(audit::format_audit(judged, {}));
    return whole && covered_part(*whole) == covered_part(stored) ? Verdict::Same
                                                                 : Verdict::BodyChanged;
}

Result<Verdict> verify(const Source& source, Judges& judges, const store::AuditRow& audit,
                       VerifiedAudit& verified) {
    const auto stored = parse_json(audit.json);
    const auto receipt = stored ? read_receipt(*stored) : std::nullopt;
    const auto part =
        std::ranges::find(source.row.participations, audit.participation, &Participation::id);
    if (!receipt || part == source.row.participations.end()) {
        return Verdict::Unreadable;
    }
    verified.stored_sha256 = receipt->audit;
    if (source.transcript && receipt->transcript != source.transcript_sha256) {
        return Verdict::TranscriptChanged;
    }
    if (!source.transcript && receipt->transcript != sha256_hex(format_transcript(Transcript{}))) {
        return Verdict::TranscriptMissing;
    }
    auto auditor = judges.get(audit.scorecard_id, audit.scorecard_version);
    if (!auditor && auditor.error().code == ErrorCode::NotFound) {
        return Verdict::ScorecardMissing;
    }
    if (!auditor) {
        return fail(auditor.error());
    }
    std::optional<audit::ModelAnswers> answers;
    if (receipt->answers) {
        TRY_ASSIGN(answers, find_answers(source, *receipt->answers));
        if (!answers) {
            return Verdict::AnswersMissing;
        }
    }
    return judge_again(source, *part, **auditor, *receipt, answers ? &*answers : nullptr, *stored,
                       verified.sha256_again);
}

}  // namespace

std::string_view format(Verdict verdict) {
    const auto* const found =
        std::ranges::find(kNames, verdict, &std::pair<Verdict, std::string_view>::first);
    return found->second;
}

Result<std::vector<VerifiedAudit>> verify_audits(store::Store& store, Judges& judges,
                                                 ConversationId id) {
    TRY_ASSIGN(const auto source, read_source(store, id));
    auto audits = store.conversations().list_audits(id);
    const bool damaged = !audits && audits.error().code == ErrorCode::Corrupt;
    if (damaged) {
        // Without the texts: each of them is told, none is compared.
        audits = store.conversations().list_audit_summaries(std::vector{id});
    }
    if (!audits) {
        return fail(audits.error());
    }
    std::vector<VerifiedAudit> all;
    for (const auto& audit : *audits) {
        auto& verified = all.emplace_back();
        verified.conversation = id;
        verified.participation = audit.participation;
        verified.scorecard_id = audit.scorecard_id;
        verified.scorecard_version = audit.scorecard_version;
        if (damaged) {
            verified.verdict = Verdict::Unreadable;
            continue;
        }
        TRY_ASSIGN(verified.verdict, verify(source, judges, audit, verified));
    }
    return all;
}

}  // namespace oidor::pipeline
