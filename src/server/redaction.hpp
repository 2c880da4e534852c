// What a caller may read of a conversation: masked, unless they may see it all and ask for it.
#pragma once

#include <optional>
#include <vector>

#include "pipeline/account_options.hpp"
#include "redact/json_masking.hpp"
#include "server/api_routes.hpp"
#include "server/routes.hpp"
#include "store/store.hpp"

namespace oidor::server {

/// The scope that lifts the mask, beside the one that reads.
inline constexpr std::string_view kUnmaskScope = "content:unmask";
/// `?unmask=true`; the front writes each use into the access log.
inline constexpr Parameter kUnmask{
    "unmask", "`true`: with personal identifiers as they were said; needs content:unmask."};

/// Whether the caller asked for the original and may have it. Forbidden when they may not.
Result<bool> is_unmasked(const Call& call);

redact::Options redaction_of(const pipeline::AccountOptions& account);
/// How identifiers are looked for in a conversation: by its account's country and language.
redact::Options redaction_options(const ApiParts& parts, const ConversationKey& key);

/// Masks the stored texts of a conversation in place: the transcript and the audits, whose hashes
/// and receipts stay those of the originals. A transcript or an audit that cannot be read is left
/// out, as nothing says what is in it.
void redact_rows(std::optional<store::TranscriptRow>& transcript,
                 std::vector<store::AuditRow>& audits, const redact::Options& options);

}  // namespace oidor::server
