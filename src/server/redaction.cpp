#include "server/redaction.hpp"

#include <boost/json.hpp>

namespace oidor::server {

Result<bool> is_unmasked(const Call& call) {
    if (call.query(kUnmask.name) != "true") {
        return false;
    }
    if (!call.principal.allows(kUnmaskScope)) {
        return fail(ErrorCode::Forbidden, "the key lacks the scope {}", kUnmaskScope);
    }
    return true;
}

redact::Options redaction_of(const pipeline::AccountOptions& account) {
    return {.country = account.country, .without = {}, .language = account.language};
}

redact::Options redaction_options(const ApiParts& parts, const ConversationKey& key) {
    if (!parts.accounts) {
        return {};
    }
    return redaction_of(parts.accounts(key.source, key.account));
}

void redact_rows(std::optional<store::TranscriptRow>& transcript,
                 std::vector<store::AuditRow>& audits, const redact::Options& options) {
    redact::Look look;
    look.options = options;
    if (transcript) {
        if (auto parsed = parse_transcript(transcript->json)) {
            look = redact::look_at(*std::move(parsed), options);
            transcript->json = format_transcript(redact::masked(look.transcript, look.spans));
        } else {
            transcript->json = "null";
        }
    }
    for (auto& audit : audits) {
        if (audit.json.empty()) {
            continue;  // A summary.
        }
        if (auto value = parse_json(audit.json)) {
            redact::mask_audit(*value, look);
            audit.json = format_json(*value);
        } else {
            audit.json.clear();
        }
    }
}

}  // namespace oidor::server
