#include "server/webhook_routes.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "connectors/connector.hpp"
#include "server/anura_routes.hpp"
#include "server/model_routes.hpp"
#include "server/net2phone_routes.hpp"
#include "server/quality_report_routes.hpp"
#include "server/report_routes.hpp"
#include "server/task_routes.hpp"
#include "server/upload_routes.hpp"

namespace oidor::server {
namespace {

/// The rows hold views; what they view is made once and lives as long as the program.
struct Text {
    std::string pattern;
    std::string name;
    std::string summary;
};

struct Shape {
    std::string_view method;
    std::string_view rest;
    std::string_view name;
    std::string_view summary;
    Gate gate;
};

constexpr std::array<Shape, 4> kShapes = {{
    {"POST", "", "receive", "Takes events; answers 200 once they are durable.", Gate::Webhook},
    {"POST", "/{account}", "receive_account", "The same for a named account.", Gate::Webhook},
    {"GET", "/health", "health", "200 when a delivery would be kept now, else 503.", Gate::Open},
    {"POST", "/test", "test", "Says what was understood of a payload; keeps nothing.", Gate::Open},
}};

const std::deque<Text>& texts() {
    static const auto made = [] {
        std::deque<Text> all;
        for (const auto& connector : connectors::all_connectors()) {
            const auto& capabilities = connector->capabilities();
            for (const auto& shape : kShapes) {
                all.push_back(
                    {.pattern = fmt::format("/webhook/{}{}", capabilities.source, shape.rest),
                     .name = fmt::format("{}_{}", capabilities.source, shape.name),
                     .summary = fmt::format("{}: {}", capabilities.title, shape.summary)});
            }
        }
        return all;
    }();
    return made;
}

}  // namespace

std::vector<Route> webhook_routes() {
    std::vector<Route> routes;
    for (std::size_t i = 0; i < texts().size(); ++i) {
        const auto& shape = kShapes[i % kShapes.size()];
        const auto& connector = connectors::all_connectors()[i / kShapes.size()];
        if (connector->capabilities().webhook) {
            routes.push_back({.method = shape.method,
                              .pattern = texts()[i].pattern,
                              .name = texts()[i].name,
                              .summary = texts()[i].summary,
                              .gate = shape.gate == Gate::Webhook && connector->capabilities().signs
                                          ? Gate::Signature
                                          : shape.gate});
        }
    }
    return routes;
}

std::vector<Route> served_routes(const std::shared_ptr<const ApiParts>& parts) {
    auto routes = api_routes(parts);
    for (auto& more :
         {task_routes(parts), anura_routes(parts), net2phone_routes(parts), report_routes(parts),
          quality_report_routes(parts), upload_routes(parts), model_routes(parts)}) {
        routes.insert(routes.end(), more.begin(), more.end());
    }
    return routes;
}

std::vector<Route> documented_routes() {
    auto routes = served_routes(nullptr);
    auto webhooks = webhook_routes();
    std::ranges::move(webhooks, std::back_inserter(routes));
    return routes;
}

}  // namespace oidor::server
