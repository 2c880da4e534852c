// Rows as the API shows them (DESIGN §4.3). Pure: no I/O. Phones are masked here, as at every exit.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "domain/masking.hpp"
#include "redact/redact.hpp"
#include "store/store.hpp"

namespace oidor::server {

/// One item of `GET /api/v1/conversations`.
json::object conversation_view(const store::ConversationRow& row,
                               const std::vector<store::AuditRow>& audits);

/// What `GET /api/v1/conversations/{id}` adds. Text is left out without `content:read`.
struct Details {
    std::optional<store::TranscriptRow> transcript = {};
    std::vector<store::AuditRow> audits = {};
    std::vector<store::StoredEvent> events = {};
    bool content = false;
    bool unmasked = false;  ///< Transcript and audits are the originals.
    redact::Options redaction = {};
};
json::object conversation_details_view(const store::ConversationRow& row, const Details& details);

/// A received webhook; its body only with `content`, with phones and other identifiers masked.
json::object event_view(const store::StoredEvent& event, bool content,
                        const redact::Options& redaction);
json::object job_view(const store::JobRow& job);
/// What an erasure took.
json::object counts_view(const store::ErasureCounts& counts);

/// What became of a received webhook: `waiting` (to be merged into its conversation), `merged`, or
/// `failed` with the error, and how the conversation stands. `job`: its merging, while the queue
/// knows of it; `row`: the conversation.
json::object fate_view(const std::optional<store::ConversationRow>& row,
                       const std::optional<store::JobRow>& job);

/// A stored audit with quotes and nearest candidates blanked, for readers without `content:read`.
json::value audit_view(const store::AuditRow& audit, bool content);

/// A binding; `from` is null of one that was always there.
json::object binding_view(const store::Binding& binding);

json::value optional_value(const std::optional<std::string>& text);
json::value optional_value(const std::optional<Timestamp>& time);
json::value optional_value(const std::optional<std::int64_t>& number);

}  // namespace oidor::server
