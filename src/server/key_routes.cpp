#include "server/key_routes.hpp"

#include <charconv>

#include <boost/json.hpp>

#include "access/access_control.hpp"
#include "server/responses.hpp"
#include "server/views.hpp"

namespace oidor::server {
namespace {

Result<net::Response> list_keys(const ApiParts& parts, const Call& call) {
    static constexpr int kDaysMax = 31;
    static constexpr int kDaysDefault = 7;
    int days = kDaysDefault;
    if (const auto text = call.query("days")) {
        const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), days);
        if (error != std::errc() || end != text->data() + text->size() || days < 1 ||
            days > kDaysMax) {
            return fail(ErrorCode::Invalid, "days: expected a number from 1 to {}", kDaysMax);
        }
    }
    TRY_ASSIGN(const auto keys, parts.store.keyring().list_keys());
    json::array items;
    for (const auto& key : keys) {
        TRY_ASSIGN(const auto by_day,
                   access::list_key_uses(parts.store.keyring(), key.id, parts.clock.now(), days));
        json::object uses;
        for (const auto& [day, count] : by_day) {
            uses[day] = count;
        }
        items.push_back({{"id", key.id.text()},
                         {"name", key.name},
                         {"prefix", key.prefix},
                         {"scopes", json::value_from(key.scopes)},
                         {"campaigns", json::value_from(key.campaigns)},
                         {"created_at", format_rfc3339(key.created_at)},
                         {"revoked_at", optional_value(key.revoked_at)},
                         {"uses", std::move(uses)}});
    }
    return private_json({{"items", std::move(items)}, {"next", nullptr}});
}

}  // namespace

std::vector<Route> key_routes(const std::shared_ptr<const ApiParts>& parts) {
    return {{.method = "GET",
             .pattern = "/api/v1/keys",
             .name = "list_keys",
             .summary = "Keys, never themselves, with their uses of each day (UTC).",
             .scope = "admin",
             .schema = "KeyPage",
             .parameters = {{"days", "How many days, 1 to 31; 7 when not given."}},
             .handler = [parts](const Call& call) { return list_keys(*parts, call); }}};
}

}  // namespace oidor::server
