#include "sinks/tables.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/json.hpp"

namespace oidor::sinks {
namespace {

using enum ColumnType;

constexpr std::array kRecordings = {
    Column{"call_sid", String},      Column{"call_date", Timestamp},
    Column{"agent", String},         Column{"customer_id", String},
    Column{"phone_from", String},    Column{"phone_to", String},
    Column{"duration_seconds", Int}, Column{"recording_url", String},
    Column{"status", String},        Column{"created_at", Timestamp},
    Column{"row_key", String},       Column{"conversation_id", String},
    Column{"source", String},        Column{"account", String},
    Column{"channel", String},       Column{"direction", String},
    Column{"campaign_id", String},   Column{"day", String},
    Column{"reason", String},
};

constexpr std::array kTranscriptions = {
    Column{"call_sid", String},
    Column{"transcription", String},
    Column{"confidence_score", Float},
    Column{"language", String},
    Column{"transcribed_at", Timestamp},
    Column{"row_key", String},
    Column{"conversation_id", String},
    Column{"source", String},
    Column{"account", String},
    Column{"channel", String},
    Column{"day", String},
    Column{"engine", String},
    Column{"transcript_sha256", String},
};

constexpr std::array kAudits = {
    Column{"call_sid", String},
    Column{"agent", String},
    Column{"audit_date", Timestamp},
    Column{"saludo_correcto", Boolean},
    Column{"ofrece_ayuda", Boolean},
    Column{"despedida_correcta", Boolean},
    Column{"palabras_prohibidas", Strings},
    Column{"sentiment_score", Float},
    Column{"quality_score", Int},
    Column{"issues", Strings},
    Column{"needs_review", Boolean},
    Column{"row_key", String},
    Column{"conversation_id", String},
    Column{"participation_id", String},
    Column{"source", String},
    Column{"account", String},
    Column{"channel", String},
    Column{"campaign_id", String},
    Column{"agent_id", String},
    Column{"day", String},
    Column{"scorecard_id", String},
    Column{"scorecard_version", Int},
    Column{"auditable", Boolean},
    Column{"reason", String},
    Column{"quality_score_exact", String},
    Column{"quality_category", String},
    Column{"review_reasons", Strings},
    Column{"audit_sha256", String},
};

constexpr std::array<std::string_view, kTableCount> kNames = {"call_recordings",
                                                              "call_transcriptions", "call_audits"};

/// A value as a JSON library takes it.
struct ToJson {
    json::value operator()(std::nullptr_t) const { return nullptr; }
    json::value operator()(bool flag) const { return flag; }
    json::value operator()(std::int64_t number) const { return number; }
    json::value operator()(double number) const { return number; }
    json::value operator()(const std::string& text) const { return json::value(text); }
    json::value operator()(oidor::Timestamp time) const {
        return json::value(format_rfc3339(time));
    }
    json::value operator()(const std::vector<std::string>& texts) const {
        return json::value(json::array(texts.begin(), texts.end()));
    }
};

}  // namespace

std::string_view format(Table table) { return kNames.at(static_cast<std::size_t>(table)); }

std::optional<Table> parse_table(std::string_view text) {
    const auto* found = std::ranges::find(kNames, text);
    return found != kNames.end() ? std::optional(static_cast<Table>(found - kNames.begin()))
                                 : std::nullopt;
}

std::span<const Column> columns_of(Table table) {
    switch (table) {
        case Table::Recordings: return kRecordings;
        case Table::Transcriptions: return kTranscriptions;
        case Table::Audits: break;
    }
    return kAudits;
}

std::size_t key_column_of(Table table) {
    const auto columns = columns_of(table);
    const auto found = std::ranges::find(columns, "row_key", &Column::name);
    return static_cast<std::size_t>(found - columns.begin());
}

std::string format_json_value(const Value& value) {
    return format_json(std::visit(ToJson(), value));
}

}  // namespace oidor::sinks
