#include "server/health_routes.hpp"

#include <boost/json.hpp>

#include "base/json.hpp"
#include "server/responses.hpp"

namespace oidor::server {
namespace {

Result<net::Response> get_health(const ApiParts&, const Call&) {
    return private_json({{"status", "ok"}});
}

Result<net::Response> get_ready(const ApiParts& parts, const Call&) {
    const auto health = parts.store.health();
    if (!health) {
        return private_json(
            {{"status", "unavailable"}, {"code", faces_of(health.error().code).name}}, 503);
    }
    return private_json({{"status", "ready"}, {"schema_version", health->schema_version}});
}

}  // namespace

std::vector<Route> health_routes(const std::shared_ptr<const ApiParts>& parts) {
    const auto with = [parts](auto function) {
        return [parts, function](const Call& call) { return function(*parts, call); };
    };
    return {
        {.method = "GET",
         .pattern = "/healthz",
         .name = "get_health",
         .summary = "The process answers.",
         .gate = Gate::Open,
         .schema = "Health",
         .logged = false,
         .handler = with(get_health)},
        {.method = "GET",
         .pattern = "/readyz",
         .name = "get_ready",
         .summary = "The store answers too.",
         .gate = Gate::Open,
         .schema = "Health",
         .logged = false,
         .handler = with(get_ready)},
        {.method = "GET",
         .pattern = "/metrics",
         .name = "get_metrics",
         .summary = "Metrics for Prometheus.",
         .gate = Gate::OffLoopback,
         .scope = "admin",
         .answer = "text/plain",
         .logged = false,
         .handler = [parts](const Call&) -> Result<net::Response> {
             return net::make_response(200, "text/plain; version=0.0.4; charset=utf-8",
                                       parts->metrics());
         }},
    };
}

}  // namespace oidor::server
