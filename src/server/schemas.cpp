#include "server/schemas.hpp"

#include <initializer_list>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "audit/audit.hpp"
#include "domain/conversation.hpp"
#include "ledger/fate.hpp"
#include "reports/document.hpp"
#include "server/cost_schemas.hpp"
#include "server/recordings_route.hpp"
#include "server/scorecard_schemas.hpp"
#include "store/queue.hpp"

namespace oidor::server {
namespace {

using json::array;
using json::object;

/// All names of an enumeration that counts from nought up to `last`.
template <typename Enum, typename Format>
array names(Enum last, Format format) {
    array all;
    for (int i = 0; i <= static_cast<int>(last); ++i) {
        all.emplace_back(format(static_cast<Enum>(i)));
    }
    return all;
}

template <typename Enum>
object one_of(Enum last) {
    return {{"type", "string"}, {"enum", names(last, [](Enum each) { return format(each); })}};
}

object one_of_names(std::span<const std::string_view> names) {
    return {{"type", "string"}, {"enum", array(names.begin(), names.end())}};
}
object of_type(std::string_view type) { return {{"type", type}}; }
object text() { return of_type("string"); }
object integer() { return of_type("integer"); }
object number() { return of_type("number"); }
object boolean() { return of_type("boolean"); }
object formatted(std::string_view format) { return {{"type", "string"}, {"format", format}}; }
object sha256_text() { return {{"type", "string"}, {"pattern", "^[0-9a-f]{64}$"}}; }
object list_of(object item) { return {{"type", "array"}, {"items", std::move(item)}}; }

/// Null, too.
object or_null(object schema) {
    if (const auto* type = schema.if_contains("type")) {
        schema["type"] = array{*type, "null"};
        if (auto* all = schema.if_contains("enum")) {
            all->get_array().emplace_back(nullptr);
        }
        return schema;
    }
    return {{"anyOf", array{std::move(schema), object{{"type", "null"}}}}};
}

using Member = std::pair<std::string_view, object>;

/// An object with these members; a name that ends with `?` may be left out. More may come.
object object_with(std::initializer_list<Member> members) {
    array required;
    object properties;
    for (const auto& [name, schema] : members) {
        if (name.ends_with('?')) {
            properties[name.substr(0, name.size() - 1)] = schema;
        } else {
            required.emplace_back(name);
            properties[name] = schema;
        }
    }
    return {{"type", "object"},
            {"required", std::move(required)},
            {"properties", std::move(properties)}};
}

object page_of(std::string_view name) {
    return object_with({{"items", list_of(schema_reference(name))}, {"next", or_null(text())}});
}

object mapped() {
    return object_with({{"id", or_null(text())},
                        {"state", one_of(MappingState::Unmapped)},
                        {"wanted", or_null(text())}});
}

object agent() {
    auto schema = mapped();
    auto& properties = schema["properties"].get_object();
    auto& required = schema["required"].get_array();
    const std::initializer_list<Member> more = {{"name", or_null(text())},
                                                {"participation", formatted("uuid")},
                                                {"from", or_null(formatted("date-time"))},
                                                {"to", or_null(formatted("date-time"))}};
    for (const auto& [name, member] : more) {
        properties[name] = member;
        required.emplace_back(name);
    }
    return schema;
}

object recording() {
    return object_with({{"id", formatted("uuid")},
                        {"external_id", text()},
                        {"state", one_of(RecordingState::Failed)},
                        {"reason", or_null(text())},
                        {"sha256", or_null(sha256_text())},
                        {"bytes", or_null(integer())},
                        {"duration_s", or_null(number())},
                        {"channels", or_null(integer())}});
}

object scorecard_version() { return object_with({{"id", text()}, {"version", integer()}}); }

object reason_not_auditable() { return or_null(one_of(audit::NotAuditable::TooShort)); }

object score() { return {{"type", array{"integer", "null"}}, {"minimum", 0}, {"maximum", 100}}; }

object audit_summary() {
    return object_with({{"id", formatted("uuid")},
                        {"agent", or_null(text())},
                        {"participation", formatted("uuid")},
                        {"scorecard", scorecard_version()},
                        {"auditable", boolean()},
                        {"reason", reason_not_auditable()},
                        {"quality_score", score()},
                        {"quality_category", or_null(text())},
                        {"needs_review", boolean()},
                        {"created_at", formatted("date-time")}});
}

object speaker() {
    return {{"type", "string"},
            {"enum", names(Speaker::Unknown, [](Speaker each) { return format_speaker(each); })}};
}

/// Words of the transcript; null without `content:read`.
object quote() {
    return object_with({{"segment", integer()},
                        {"start_ms", or_null(integer())},
                        {"end_ms", or_null(integer())},
                        {"speaker", speaker()},
                        {"quote", or_null(text())},
                        {"distance?", integer()},
                        {"phrase?", or_null(text())}});
}

object measured() {
    return object_with({{"measure", text()}, {"value", number()}, {"unit", text()}});
}

object searched() {
    return object_with({{"speaker", text()}, {"nearest", or_null(of_type("object"))}});
}

/// Why a criterion applies or does not: what its `only_if` came to.
object condition() {
    return object_with({{"outcome", one_of(audit::Outcome::NotApplicable)},
                        {"criterion?", text()},
                        {"evidence", list_of({{"anyOf", array{quote(), measured()}}})},
                        {"searched?", searched()}});
}

object criterion() {
    return object_with({{"id", text()},
                        {"outcome", one_of(audit::Outcome::NotApplicable)},
                        {"points", or_null(number())},
                        {"points_max", number()},
                        {"evidence", list_of({{"anyOf", array{quote(), measured()}}})},
                        {"searched?", searched()},
                        {"condition?", condition()},
                        {"bonus?", boolean()}});
}

object section() {
    return object_with({{"id", text()},
                        {"title", text()},
                        {"weight", or_null(number())},
                        {"score", or_null(number())},
                        {"zeroed_by", list_of(text())}});
}

object receipt() {
    return object_with({{"scoring", text()},
                        {"audio_sha256", or_null(sha256_text())},
                        {"transcript_sha256", sha256_text()},
                        {"facts_sha256", sha256_text()},
                        {"answers_sha256", or_null(sha256_text())},
                        {"scorecard_sha256", sha256_text()},
                        {"packs_sha256", sha256_text()},
                        {"audit_sha256", sha256_text()}});
}

object whole_audit() {
    return object_with({{"id", formatted("uuid")},
                        {"conversation_id", or_null(text())},
                        {"agent", or_null(text())},
                        {"participation", formatted("uuid")},
                        {"language", text()},
                        {"duration_s", or_null(number())},
                        {"scorecard", scorecard_version()},
                        {"auditable", boolean()},
                        {"reason", reason_not_auditable()},
                        {"quality_score", score()},
                        {"quality_score_exact", or_null(text())},
                        {"quality_category", or_null(text())},
                        {"needs_review", boolean()},
                        {"review_reasons", list_of(one_of(audit::ReviewReason::SilentChannel))},
                        {"sentiment_score", or_null(number())},
                        {"heard", object_with({{"confidence", or_null(number())},
                                               {"speakers_known", boolean()},
                                               {"speech_s", or_null(number())}})},
                        {"zeroed_by?", list_of(text())},
                        {"sections?", list_of(section())},
                        {"criteria", list_of(criterion())},
                        {"saludo_correcto", or_null(boolean())},
                        {"ofrece_ayuda", or_null(boolean())},
                        {"despedida_correcta", or_null(boolean())},
                        {"palabras_prohibidas", or_null(list_of(text()))},
                        {"issues", or_null(list_of(text()))},
                        {"receipt", receipt()}});
}

object conversation(std::string_view audits) {
    return object_with({{"id", formatted("uuid")},
                        {"source", text()},
                        {"account", text()},
                        {"channel", one_of(Channel::Web)},
                        {"external_id", text()},
                        {"kind", one_of(ConversationKind::Chat)},
                        {"direction", one_of(Direction::Internal)},
                        {"outcome", one_of(CallOutcome::Failed)},
                        {"started_at", or_null(formatted("date-time"))},
                        {"ended_at", or_null(formatted("date-time"))},
                        {"day", or_null(formatted("date"))},
                        {"duration_s", or_null(integer())},
                        {"from", or_null(text())},
                        {"to", or_null(text())},
                        {"campaign", mapped()},
                        {"agents", list_of(agent())},
                        {"state", one_of(ConversationState::Failed)},
                        {"reason", or_null(text())},
                        {"recordings", list_of(recording())},
                        {"audits", list_of(schema_reference(audits))}});
}

/// Who speaks is always said, and need not be when it is handed in.
object segment(std::string_view speaker_member) {
    return object_with({{"start_ms?", or_null(integer())},
                        {"end_ms?", or_null(integer())},
                        {speaker_member, speaker()},
                        {"text", text()},
                        {"channel?", or_null(integer())},
                        {"confidence?", or_null(number())},
                        {"voice?", integer()},
                        {"doubts?", list_of(one_of_names(segment_doubts()))},
                        {"label?", one_of_names(segment_labels())},
                        {"talk_ms?", or_null(integer())},
                        {"words?", list_of(object_with({{"start_ms?", or_null(integer())},
                                                        {"end_ms?", or_null(integer())},
                                                        {"text", text()}}))}});
}

object conversation_details() {
    const auto transcript =
        object_with({{"sha256", sha256_text()},
                     {"origin", text()},
                     {"quality_note", or_null(text())},
                     {"language?", or_null(text())},
                     {"duration_s?", or_null(number())},
                     {"segments?", list_of(segment("speaker"))},
                     {"findings?", list_of(one_of_names(transcript_findings()))}});
    const auto happened =
        object_with({{"at", formatted("date-time")},
                     {"what", {{"type", "string"}, {"enum", array{"event", "audit"}}}},
                     {"kind", text()}});
    const auto more = object_with({{"transcript", or_null(transcript)},
                                   {"events", list_of(schema_reference("Event"))},
                                   {"history", list_of(happened)},
                                   {"details?", of_type("object")}});
    return {{"allOf", array{conversation("Audit"), more}}};
}

object event() {
    return object_with({{"id", formatted("uuid")},
                        {"sequence", integer()},
                        {"conversation", formatted("uuid")},
                        {"source", text()},
                        {"account", text()},
                        {"external_id", text()},
                        {"kind", text()},
                        {"body_sha256", sha256_text()},
                        {"received_at", formatted("date-time")},
                        {"body", or_null(of_type("object"))}});
}

array error_codes() {
    array codes;
    for (const auto& faces : error_table()) {
        codes.emplace_back(faces.name);
    }
    return codes;
}

object job() {
    const object code = {{"type", "string"}, {"enum", error_codes()}};
    return object_with(
        {{"id", formatted("uuid")},
         {"kind", text()},
         {"key", text()},
         {"state", one_of(store::JobState::Discarded)},
         {"attempts", integer()},
         {"priority", integer()},
         {"run_at", formatted("date-time")},
         {"queued_at", formatted("date-time")},
         {"finished_at", or_null(formatted("date-time"))},
         {"error", or_null(object_with({{"code", code}, {"message", or_null(text())}}))}});
}

}  // namespace

json::object schema_reference(std::string_view name) {
    return {{"$ref", fmt::format("#/components/schemas/{}", name)}};
}

json::object parameter_schema(ParameterType type) {
    switch (type) {
        case ParameterType::Text: break;
        case ParameterType::PageSize:
            return {{"type", "integer"}, {"minimum", 1}, {"maximum", 500}, {"default", 50}};
        case ParameterType::Day: return formatted("date");
        case ParameterType::Time:
            return {{"type", "string"},
                    {"anyOf", array{object{{"format", "date-time"}}, object{{"format", "date"}}}}};
        case ParameterType::ConversationState: return one_of(ConversationState::Failed);
        case ParameterType::JobState: return one_of(store::JobState::Discarded);
        case ParameterType::Channel: return one_of(Channel::Web);
        case ParameterType::By:
            return {{"type", "string"}, {"enum", array{"hour", "day"}}, {"default", "day"}};
    }
    return text();
}

object rejected_event() {
    return object_with({{"received_at", formatted("date-time")},
                        {"key", or_null(formatted("uuid"))},
                        {"address", text()},
                        {"status", integer()},
                        {"reason", text()}});
}

/// What lists tell of a key: never itself.
object key() {
    return object_with({{"id", formatted("uuid")},
                        {"name", text()},
                        {"prefix", text()},
                        {"scopes", list_of(text())},
                        {"campaigns", list_of(text())},
                        {"created_at", formatted("date-time")},
                        {"revoked_at", or_null(formatted("date-time"))},
                        {"uses", of_type("object")}});
}

object gap_reason() {
    return {
        {"type", "string"},
        {"enum", names(ledger::kLastGap, [](ledger::Gap each) { return ledger::format(each); })}};
}

object coverage_cell() {
    return object_with(
        {{"source", text()},
         {"account", text()},
         {"time_zone", text()},
         {"local", text()},
         {"from", formatted("date-time")},
         {"to", formatted("date-time")},
         {"open", boolean()},
         {"listed", {{"type", "string"}, {"enum", array{"unverifiable", "partly", "wholly"}}}},
         {"announced", or_null(integer())},
         {"calls", integer()},
         {"received", integer()},
         {"recorded", integer()},
         {"fetched", integer()},
         {"transcribed", integer()},
         {"audited", integer()},
         {"not_auditable", integer()},
         {"delivered", or_null(integer())},
         {"complete", integer()},
         {"gaps",
          {{"type", "object"},
           {"propertyNames", gap_reason()},
           {"additionalProperties", integer()}}},
         {"pending", integer()},
         {"not_listed", integer()},
         {"unclaimed", integer()},
         {"campaign_unmapped", integer()},
         {"consistent", boolean()},
         {"contradictions", list_of(text())}});
}

object coverage_gap() {
    return object_with({{"source", text()},
                        {"account", text()},
                        {"external_id", text()},
                        {"conversation", or_null(formatted("uuid"))},
                        {"started_at", formatted("date-time")},
                        {"reason", or_null(gap_reason())},
                        {"detail", or_null(text())},
                        {"pending", boolean()},
                        {"not_listed", boolean()},
                        {"listed_duration_s", or_null(integer())}});
}

/// A quality report: `items` are its rows, members by the columns of each kind (docs/guide).
object quality_report() {
    object counts;
    array required;
    for (const auto& [name, count] : reports::list_counts({})) {
        counts[name] = integer();
        required.emplace_back(name);
    }
    counts["not_auditable_reasons"] = {{"type", "object"}, {"additionalProperties", integer()}};
    required.emplace_back("not_auditable_reasons");
    return object_with(
        {{"report", one_of(reports::kLastKind)},
         {"at", formatted("date-time")},
         {"from", formatted("date")},
         {"to", formatted("date")},
         {"campaign", or_null(text())},
         {"agent", or_null(text())},
         {"by", one_of(reports::By::Agent)},
         {"min_n", integer()},
         {"confidence_percent", integer()},
         {"items", list_of(of_type("object"))},
         {"scorecards", list_of(object_with({{"id", text()}, {"versions", list_of(integer())}}))},
         {"counts",
          {{"type", "object"}, {"required", std::move(required)}, {"properties", counts}}},
         {"unreadable", list_of(text())},
         {"next", or_null(text())}});
}

json::object component_schemas() {
    object all = {
        {"Problem", object_with({{"type?", text()},
                                 {"title", text()},
                                 {"status", integer()},
                                 {"detail?", text()},
                                 {"code", {{"type", "string"}, {"enum", error_codes()}}}})},
        {"Health", object_with({{"status", text()}})},
        {"AuditSummary", audit_summary()},
        {"Audit", whole_audit()},
        {"Conversation", conversation("AuditSummary")},
        {"ConversationPage", page_of("Conversation")},
        {"ConversationDetails", conversation_details()},
        {"Event", event()},
        {"EventPage", page_of("Event")},
        {"RejectedEvent", rejected_event()},
        {"RejectedEventPage", page_of("RejectedEvent")},
        {"Key", key()},
        {"KeyPage", page_of("Key")},
        {"Job", job()},
        {"JobPage", page_of("Job")},
        {"QualityReport", quality_report()},
        {"CoverageCell", coverage_cell()},
        {"Coverage", object_with({{"at", formatted("date-time")},
                                  {"by", text()},
                                  {"items", list_of(schema_reference("CoverageCell"))}})},
        {"CoverageGap", coverage_gap()},
        {"CoverageGapPage", object_with({{"items", list_of(schema_reference("CoverageGap"))},
                                         {"total", integer()},
                                         {"next", or_null(text())}})},
        {"Transcript", object_with({{"language?", or_null(text())},
                                    {"duration_s?", or_null(number())},
                                    {"segments", list_of(segment("speaker?"))}})},
        {"Erased", object_with({{"erased", object_with({{"conversations", integer()},
                                                        {"events", integer()},
                                                        {"recordings", integer()},
                                                        {"transcripts", integer()},
                                                        {"audits", integer()},
                                                        {"blobs", integer()}})}})},
        {"StoredTranscript", object_with({{"conversation", formatted("uuid")},
                                          {"sha256", sha256_text()},
                                          {"stored", boolean()}})}};
    for (const auto& part : {scorecard_schemas(), cost_schemas(), analysis_schemas()}) {
        for (const auto& more : part) {
            all[more.key()] = more.value();
        }
    }
    return all;
}

}  // namespace oidor::server
