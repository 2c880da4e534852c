#include "server/verification_routes.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "server/responses.hpp"
#include "server/views.hpp"

namespace oidor::server {
namespace {

Result<net::Response> verify(const ApiParts& parts, const Call& call) {
    const auto id = ConversationId::parse(call.path_values.at("id"));
    TRY_ASSIGN(const auto row, id ? parts.store.conversations().find_conversation(*id)
                                  : Result<std::optional<store::ConversationRow>>(std::nullopt));
    if (!row || !call.principal.allows_campaign(row->conversation.campaign.id)) {
        return fail(ErrorCode::NotFound, "no such conversation");
    }
    pipeline::Judges judges(parts.store.directory());
    TRY_ASSIGN(const auto audits, pipeline::verify_audits(parts.store, judges, *id));
    json::array items;
    for (const auto& audit : audits) {
        items.push_back(verified_view(audit));
    }
    const bool same = std::ranges::all_of(audits, [](const pipeline::VerifiedAudit& audit) {
        return audit.verdict == pipeline::Verdict::Same;
    });
    return private_json({{"same", same}, {"items", std::move(items)}});
}

}  // namespace

json::object verified_view(const pipeline::VerifiedAudit& verified) {
    return {{"conversation_id", verified.conversation.text()},
            {"participation", verified.participation.text()},
            {"scorecard", {{"id", verified.scorecard_id}, {"version", verified.scorecard_version}}},
            {"verdict", pipeline::format(verified.verdict)},
            {"audit_sha256", verified.stored_sha256},
            {"audit_sha256_again", optional_value(verified.sha256_again)}};
}

std::vector<Route> verification_routes(const std::shared_ptr<const ApiParts>& parts) {
    return {{.method = "POST",
             .pattern = "/api/v1/conversations/{id}/verify",
             .name = "verify_audits",
             .summary = "Recomputes a conversation's audits from what their receipts name and "
                        "compares: every byte, or why it is another one.",
             .scope = "audits:read",
             .schema = "VerifiedAudits",
             .handler = [parts](const Call& call) { return verify(*parts, call); }}};
}

}  // namespace oidor::server
