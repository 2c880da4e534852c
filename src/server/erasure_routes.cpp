#include "server/erasure_routes.hpp"

#include <boost/json.hpp>

#include "base/json.hpp"
#include "server/responses.hpp"
#include "server/views.hpp"

namespace oidor::server {
namespace {

Result<net::Response> erase(const ApiParts& parts, const Call& call) {
    const auto id = ConversationId::parse(call.path_values.at("id"));
    std::optional<store::ConversationRow> row;
    if (id) {
        TRY_ASSIGN(row, parts.store.conversations().find_conversation(*id));
    }
    if (!row || !call.principal.allows_campaign(row->conversation.campaign.id)) {
        return fail(ErrorCode::NotFound, "no such conversation");
    }
    TRY_ASSIGN(const auto counts, parts.erase(*id));
    return private_json({{"erased", counts_view(counts)}});
}

}  // namespace

std::vector<Route> erasure_routes(const std::shared_ptr<const ApiParts>& parts) {
    return {{.method = "DELETE",
             .pattern = "/api/v1/conversations/{id}",
             .name = "erase",
             .summary = "Erases a conversation in every copy; its audio a moment later. 409 while "
                        "a hold keeps it.",
             .scope = "admin",
             .schema = "Erased",
             .handler = [parts](const Call& call) { return erase(*parts, call); }}};
}

}  // namespace oidor::server
