#include "audit/audit.hpp"

#include <boost/json.hpp>

#include "base/json.hpp"
#include "base/sha256.hpp"

namespace oidor::audit {
namespace {

template <typename T>
json::value or_null(const std::optional<T>& value) {
    return value ? json::value(*value) : json::value(nullptr);
}

json::value or_null(const std::optional<Milliseconds>& time) {
    return time ? json::value(time->count()) : json::value(nullptr);
}

json::value or_null(const std::optional<Decimal>& value) {
    return value ? json::value(value->to_double()) : json::value(nullptr);
}

json::value seconds(const std::optional<Milliseconds>& time) {
    return time ? json::value(static_cast<double>(time->count()) / 1000) : json::value(nullptr);
}

json::object quote_object(const Quote& quote) {
    json::object object = {{"segment", quote.segment},
                           {"start_ms", or_null(quote.start)},
                           {"end_ms", or_null(quote.end)},
                           {"speaker", format_speaker(quote.speaker)},
                           {"quote", quote.quote}};
    if (quote.distance > 0) {
        object["distance"] = quote.distance;
        object["phrase"] = quote.phrase;
    }
    if (!quote.pack.empty()) {
        object["pack"] = quote.pack;
    }
    return object;
}

json::object evidence_object(const Evidence& evidence) {
    if (const auto* quote = std::get_if<Quote>(&evidence)) {
        return quote_object(*quote);
    }
    const auto& measured = std::get<Measured>(evidence);
    return {{"measure", measured.measure},
            {"value", measured.value.to_double()},
            {"unit", measured.unit}};
}

std::string_view unit_name(Searched::Unit unit) {
    switch (unit) {
        case Searched::Unit::Milliseconds: return "ms";
        case Searched::Unit::Turns: return "turn";
        case Searched::Unit::Characters: return "char";
    }
    return "ms";
}

json::object searched_object(const Searched& searched) {
    const std::string unit(unit_name(searched.unit));
    json::object object;
    object["speaker"] = format(searched.speaker);
    object["from_" + unit] = searched.from;
    object["to_" + unit] = searched.to;
    if (searched.nearest) {
        auto nearest = quote_object(searched.nearest->quote);
        nearest["phrase"] = searched.nearest->phrase;
        object["nearest"] = std::move(nearest);
    } else {
        object["nearest"] = nullptr;
    }
    return object;
}

json::array evidence_array(const std::vector<Evidence>& evidence) {
    json::array array;
    for (const auto& item : evidence) {
        array.push_back(evidence_object(item));
    }
    return array;
}

json::object condition_object(const ConditionResult& condition) {
    json::object object = {{"outcome", format(condition.outcome)}};
    if (!condition.criterion.empty()) {
        object["criterion"] = condition.criterion;
    }
    object["evidence"] = evidence_array(condition.evidence);
    if (condition.searched) {
        object["searched"] = searched_object(*condition.searched);
    }
    return object;
}

json::object criterion_object(const CriterionResult& result) {
    json::object object = {{"id", result.id},
                           {"outcome", format(result.outcome)},
                           {"points", or_null(result.points)},
                           {"points_max", result.points_max.to_double()}};
    object["evidence"] = evidence_array(result.evidence);
    if (result.searched) {
        object["searched"] = searched_object(*result.searched);
    }
    if (result.condition) {
        object["condition"] = condition_object(*result.condition);
    }
    if (result.bonus) {
        object["bonus"] = true;
    }
    return object;
}

json::array strings(const std::vector<std::string>& texts) {
    json::array array;
    for (const auto& text : texts) {
        array.emplace_back(text);
    }
    return array;
}

json::object section_object(const SectionResult& section) {
    json::object object = {{"id", section.id},
                           {"title", section.title},
                           {"weight", or_null(section.weight)},
                           {"score", or_null(section.score)}};
    object["zeroed_by"] = strings(section.zeroed_by);
    return object;
}

/// All of the audit but labels and receipt, put after what is in `object` already.
void put_audit(json::object& object, const Audit& audit) {
    object["language"] = audit.language;
    object["duration_s"] = seconds(audit.duration);
    object["scorecard"] =
        json::object{{"id", audit.scorecard_id}, {"version", audit.scorecard_version}};
    object["auditable"] = audit.auditable;
    object["reason"] = audit.reason ? json::value(format(*audit.reason)) : json::value(nullptr);
    object["quality_score"] =
        audit.score ? json::value(audit.score->round_half_even()) : json::value(nullptr);
    object["quality_score_exact"] =
        audit.score ? json::value(audit.score->text()) : json::value(nullptr);
    object["quality_category"] = or_null(audit.category);
    object["needs_review"] = audit.needs_review();
    json::array reasons;
    for (const auto reason : audit.review_reasons) {
        reasons.push_back(json::value(format(reason)));
    }
    object["review_reasons"] = std::move(reasons);
    object["sentiment_score"] = or_null(audit.sentiment);
    object["heard"] = json::object{{"confidence", or_null(audit.heard.confidence)},
                                   {"speakers_known", audit.heard.speakers_known},
                                   {"speech_s", seconds(audit.heard.speech)}};
    if (!audit.zeroed_by.empty()) {
        object["zeroed_by"] = strings(audit.zeroed_by);
    }
    if (!audit.sections.empty()) {
        json::array sections;
        for (const auto& section : audit.sections) {
            sections.push_back(section_object(section));
        }
        object["sections"] = std::move(sections);
    }
    json::array criteria;
    for (const auto& result : audit.criteria) {
        criteria.push_back(criterion_object(result));
    }
    object["criteria"] = std::move(criteria);
    object["saludo_correcto"] = or_null(audit.greeted);
    object["ofrece_ayuda"] = or_null(audit.offered_help);
    object["despedida_correcta"] = or_null(audit.said_goodbye);
    object["palabras_prohibidas"] = strings(audit.forbidden_phrases);
    object["issues"] = strings(audit.issues);
}

}  // namespace

std::string audit_sha256(const Audit& audit) {
    json::object object;
    put_audit(object, audit);
    return sha256_hex(canonical_json(object));
}

std::string format_audit(const Audit& audit, const AuditLabels& labels) {
    json::object object;
    object["input"] = or_null(labels.input);
    object["conversation_id"] = or_null(labels.conversation_id);
    object["agent"] = or_null(labels.agent);
    put_audit(object, audit);
    object["receipt"] = json::object{{"scoring", audit.receipt.scoring},
                                     {"audio_sha256", or_null(audit.receipt.audio_sha256)},
                                     {"transcript_sha256", audit.receipt.transcript_sha256},
                                     {"facts_sha256", audit.receipt.facts_sha256},
                                     {"answers_sha256", or_null(audit.receipt.answers_sha256)},
                                     {"scorecard_sha256", audit.receipt.scorecard_sha256},
                                     {"packs_sha256", audit.receipt.packs_sha256},
                                     {"audit_sha256", audit_sha256(audit)}};
    if (labels.engine) {
        object["engine"] = *labels.engine;
    }
    if (labels.quality_note) {
        object["quality_note"] = *labels.quality_note;
    }
    return format_json(object);
}

}  // namespace oidor::audit
