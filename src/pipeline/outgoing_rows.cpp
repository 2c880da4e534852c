#include "pipeline/outgoing_rows.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/assert.hpp"
#include "base/json.hpp"
#include "base/sha256.hpp"
#include "domain/masking.hpp"
#include "domain/transcript.hpp"
#include "redact/json_masking.hpp"

namespace oidor::pipeline {
namespace {

using sinks::Table;
using sinks::Value;

template <typename T>
Value or_null(const std::optional<T>& value) {
    return value ? Value(*value) : Value(nullptr);
}

Value masked(const std::optional<std::string>& address, const OutgoingOptions& options) {
    if (!address) {
        return nullptr;
    }
    return options.mask_phones ? mask_phone(*address) : *address;
}

std::string day_of(const Conversation& conversation) {
    return conversation.day.value_or(std::string(sinks::kUndated));
}

/// Values by the names of columns, so that no table hangs on the order of another file.
class RowMaker {
  public:
    RowMaker(Table table, std::string key, const Conversation& conversation)
        : row_{.key = {.table = table, .key = std::move(key), .days = {}},
               .day = day_of(conversation)} {
        row_.values.resize(sinks::columns_of(table).size(), nullptr);
        put("row_key", row_.key.key);
        put("call_sid", conversation.key.external_id);
        put("conversation_id", conversation.id.text());
        put("source", conversation.key.source);
        put("account", conversation.key.account);
        put("channel", std::string(format(conversation.key.channel)));
        put("day", or_null(conversation.day));
    }

    void put(std::string_view column, Value value) {
        const auto columns = sinks::columns_of(row_.key.table);
        const auto found = std::ranges::find(columns, column, &sinks::Column::name);
        ASSERT(found != columns.end(), "a column is named as its table declares it");
        row_.values[static_cast<std::size_t>(found - columns.begin())] = std::move(value);
    }

    sinks::Row take() { return std::move(row_); }

  private:
    sinks::Row row_;
};

/// The names of a conversation's agents, in the order of their parts, each once.
Value agents_of(const store::ConversationRow& row) {
    std::vector<std::string> names;
    for (const auto& part : row.participations) {
        if (part.agent_name && std::ranges::find(names, *part.agent_name) == names.end()) {
            names.push_back(*part.agent_name);
        }
    }
    return names.empty() ? Value(nullptr) : Value(fmt::format("{}", fmt::join(names, ", ")));
}

Value duration_of(const Recording& recording, const Conversation& conversation) {
    if (recording.duration) {
        return std::chrono::round<std::chrono::seconds>(*recording.duration).count();
    }
    return or_null(conversation.duration_s);
}

sinks::Row recording_row(const store::Parcel& parcel, const Recording& recording,
                         const OutgoingOptions& options) {
    const auto& conversation = parcel.row.conversation;
    RowMaker row(Table::Recordings, recording.id.text(), conversation);
    row.put("call_date", or_null(conversation.started_at));
    row.put("agent", agents_of(parcel.row));
    // It is a number in another spelling.
    row.put("customer_id", masked(conversation.customer_key, options));
    row.put("phone_from", masked(conversation.address_from, options));
    row.put("phone_to", masked(conversation.address_to, options));
    row.put("duration_seconds", duration_of(recording, conversation));
    row.put("status", std::string(format(recording.state)));
    row.put("direction", std::string(format(conversation.direction)));
    row.put("campaign_id", or_null(conversation.campaign.id));
    row.put("reason", or_null(recording.reason));
    if (recording.state == RecordingState::Stored) {
        row.put("recording_url", fmt::format("{}/api/v1/recordings/{}/audio", options.public_url,
                                             recording.id.text()));
    }
    if (const auto stored = parcel.stored_at.find(recording.id); stored != parcel.stored_at.end()) {
        row.put("created_at", stored->second);
    }
    return row.take();
}

std::string_view label_of(Speaker speaker, std::string_view language) {
    const bool english = language == "en";
    const bool portuguese = language == "pt";
    switch (speaker) {
        case Speaker::Agent: return english ? "Agent: " : portuguese ? "Atendente: " : "Agente: ";
        case Speaker::Customer: return english ? "Customer: " : "Cliente: ";
        case Speaker::Ivr: return "IVR: ";
        case Speaker::Bot: return "Bot: ";
        case Speaker::Unknown: break;
    }
    return "";
}

/// A line for each segment, as `oidor audit` reads them.
std::string text_of(const Transcript& transcript) {
    std::string text;
    for (const auto& segment : transcript.segments) {
        text +=
            fmt::format("{}{}{}", text.empty() ? "" : "\n",
                        label_of(segment.speaker, transcript.language.value_or("")), segment.text);
    }
    return text;
}

/// The mean over the text that says how sure it is.
Value confidence_of(const Transcript& transcript) {
    double sum = 0;
    double weight = 0;
    for (const auto& segment : transcript.segments) {
        const auto length = static_cast<double>(segment.text.size());
        if (segment.confidence && length > 0) {
            sum += *segment.confidence * length;
            weight += length;
        }
    }
    static constexpr double kPlaces = 10'000;
    return weight > 0 ? Value(std::round(sum / weight * kPlaces) / kPlaces) : Value(nullptr);
}

redact::Options redaction_of(const Conversation& conversation, const OutgoingOptions& options) {
    redact::Options redaction;
    if (options.country_of) {
        redaction.country = options.country_of(conversation.key.source, conversation.key.account);
    }
    if (!options.mask_phones) {
        redaction.without.insert(redact::Kind::Phone);
    }
    return redaction;
}

Result<sinks::Row> transcription_row(const store::Parcel& parcel, const OutgoingOptions& options) {
    const auto& conversation = parcel.row.conversation;
    const auto& stored = *parcel.transcript;
    auto parsed = parse_transcript(stored.json);
    if (!parsed) {
        return fail(ErrorCode::Corrupt, "transcript {}: it cannot be read", stored.sha256_hex);
    }
    const auto look = redact::look_at(*std::move(parsed), redaction_of(conversation, options));
    const auto* const transcript = &look.transcript;
    RowMaker row(Table::Transcriptions, conversation.id.text(), conversation);
    row.put("transcription", text_of(redact::masked(*transcript, look.spans)));
    row.put("confidence_score", confidence_of(*transcript));
    row.put("language", or_null(transcript->language));
    row.put("transcribed_at", stored.created_at);
    row.put("engine", stored.origin);
    row.put("transcript_sha256", stored.sha256_hex);
    return row.take();
}

/// The texts, masked. What they quote is looked at without its surroundings: an audit goes out
/// whether or not its transcript is still there.
Value texts_of(const json::object& object, std::string_view key, const redact::Options& options) {
    const auto* array = find_array(object, key);
    if (array == nullptr) {
        return nullptr;
    }
    std::vector<std::string> texts;
    for (const auto& item : *array) {
        if (item.is_string()) {
            texts.push_back(redact::masked(std::string_view(item.get_string()), options));
        }
    }
    return texts;
}

Result<sinks::Row> audit_row(const store::Parcel& parcel, const store::AuditRow& audit,
                             const OutgoingOptions& options) {
    const auto& conversation = parcel.row.conversation;
    const auto value = parse_json(audit.json);
    const auto* object = value ? value->if_object() : nullptr;
    if (object == nullptr) {
        return fail(ErrorCode::Corrupt, "audit {}: it cannot be read", audit.id.text());
    }
    RowMaker row(Table::Audits,
                 fmt::format("{}/{}", audit.participation.text(), audit.scorecard_id),
                 conversation);
    const auto& parts = parcel.row.participations;
    const auto part = std::ranges::find(parts, audit.participation, &Participation::id);
    if (part != parts.end()) {
        row.put("agent", or_null(part->agent_name));
        row.put("agent_id", or_null(part->agent.id));
    }
    row.put("audit_date", audit.created_at);
    for (const auto* name : {"saludo_correcto", "ofrece_ayuda", "despedida_correcta"}) {
        row.put(name, or_null(find_bool(*object, name)));
    }
    const auto redaction = redaction_of(conversation, options);
    for (const auto* name : {"palabras_prohibidas", "issues", "review_reasons"}) {
        row.put(name, texts_of(*object, name, redaction));
    }
    row.put("sentiment_score", or_null(find_double(*object, "sentiment_score")));
    if (audit.quality_score) {
        row.put("quality_score", std::int64_t{*audit.quality_score});
    }
    row.put("needs_review", audit.needs_review);
    row.put("participation_id", audit.participation.text());
    row.put("campaign_id", or_null(conversation.campaign.id));
    row.put("scorecard_id", audit.scorecard_id);
    row.put("scorecard_version", std::int64_t{audit.scorecard_version});
    row.put("auditable", audit.auditable);
    row.put("reason", or_null(audit.reason));
    row.put("quality_score_exact", or_null(find_string(*object, "quality_score_exact")));
    row.put("quality_category", or_null(audit.quality_category));
    if (const auto* receipt = find_object(*object, "receipt")) {
        row.put("audit_sha256", or_null(find_string(*receipt, "audit_sha256")));
    }
    return row.take();
}

}  // namespace

Result<std::vector<sinks::Row>> outgoing_rows(const store::Parcel& parcel,
                                              const OutgoingOptions& options) {
    std::vector<sinks::Row> rows;
    if (options.tables.contains(Table::Recordings)) {
        for (const auto& recording : parcel.row.recordings) {
            rows.push_back(recording_row(parcel, recording, options));
        }
    }
    if (parcel.transcript && options.tables.contains(Table::Transcriptions)) {
        TRY_ASSIGN(auto row, transcription_row(parcel, options));
        rows.push_back(std::move(row));
    }
    if (options.tables.contains(Table::Audits)) {
        for (const auto& audit : parcel.audits) {
            TRY_ASSIGN(auto row, audit_row(parcel, audit, options));
            rows.push_back(std::move(row));
        }
    }
    return rows;
}

std::string hash_of(const sinks::Row& row) {
    std::string text = fmt::format("{}\n{}\n", sinks::format(row.key.table), row.day);
    for (const auto& value : row.values) {
        text += sinks::format_json_value(value);
        text += '\n';
    }
    return sha256_hex(text);
}

}  // namespace oidor::pipeline
