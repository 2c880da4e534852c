#include "server/routes.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "net/http_parse.hpp"
#include "server/schemas.hpp"

namespace oidor::server {
namespace {

std::vector<std::string_view> split_path(std::string_view path) {
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        path.remove_prefix(1);  // the slash
        const auto end = std::min(path.find('/'), path.size());
        parts.push_back(path.substr(0, end));
        path.remove_prefix(end);
    }
    return parts;
}

bool is_placeholder(std::string_view part) { return part.starts_with('{') && part.ends_with('}'); }

std::optional<Match> match(const Route& route, const std::vector<std::string_view>& parts) {
    const auto pattern = split_path(route.pattern);
    if (pattern.size() != parts.size()) {
        return std::nullopt;
    }
    Match found{.route = &route, .path_values = {}};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (is_placeholder(pattern[i])) {
            if (parts[i].empty()) {
                return std::nullopt;
            }
            found.path_values.emplace(pattern[i].substr(1, pattern[i].size() - 2), parts[i]);
        } else if (pattern[i] != parts[i]) {
            return std::nullopt;
        }
    }
    return found;
}

json::object problem_response(std::string_view text) {
    return {
        {"description", text},
        {"content",
         {{"application/problem+json", {{"schema", {{"$ref", "#/components/schemas/Problem"}}}}}}}};
}

std::string access_text(const Route& route) {
    switch (route.gate) {
        case Gate::Open: return "Open to everybody.";
        case Gate::Signature: return "Needs the source's signature over the body; no key.";
        case Gate::Webhook: return "Needs a key with the scope webhook:<source>/<account>.";
        case Gate::Reader:
            return "Needs the scope audits:read, or webhook:<source>/<account> for what that "
                   "account sent.";
        case Gate::OffLoopback:
            return "Needs the scope " + std::string(route.scope) + ", unless asked from loopback.";
        case Gate::Page:
            return "For browsers: needs a session with the scope " + std::string(route.scope) + ".";
        case Gate::Scope: return "Needs the scope " + std::string(route.scope) + ".";
    }
    return {};
}

json::object operation_of(const Route& route) {
    json::object operation = {{"operationId", route.name},
                              {"summary", route.summary},
                              {"description", access_text(route)}};
    json::array parameters;
    for (const auto part : split_path(route.pattern)) {
        if (is_placeholder(part)) {
            parameters.push_back({{"name", part.substr(1, part.size() - 2)},
                                  {"in", "path"},
                                  {"required", true},
                                  {"schema", {{"type", "string"}}}});
        }
    }
    for (const auto& parameter : route.parameters) {
        json::object described = {{"name", parameter.name},
                                  {"in", "query"},
                                  {"description", parameter.text},
                                  {"schema", parameter_schema(parameter.type)}};
        if (parameter.required) {
            described["required"] = true;
        }
        parameters.push_back(std::move(described));
    }
    if (!parameters.empty()) {
        operation["parameters"] = std::move(parameters);
    }
    if (!route.body.empty()) {
        operation["requestBody"] = {
            {"required", true},
            {"content", {{"application/json", {{"schema", schema_reference(route.body)}}}}}};
    }
    json::object content;
    if (!route.schema.empty()) {
        content["schema"] = schema_reference(route.schema);
    }
    const json::object answer = {{route.answer, std::move(content)}};
    json::object responses = {
        {"200",
         {{"description", route.creates ? "It was there already." : "Done."}, {"content", answer}}},
        {"default",
         problem_response("An RFC 9457 problem object; `code` is one of the error codes.")}};
    if (route.creates) {
        responses["201"] = {{"description", "It is new."}, {"content", answer}};
    }
    operation["responses"] = std::move(responses);
    if (route.gate != Gate::Open && route.gate != Gate::Signature) {
        operation["security"] =
            json::array{{{"bearer", json::array()}}, {{"api_key", json::array()}}};
    }
    return operation;
}

}  // namespace

std::string normal_path(std::string_view path) {
    auto clean = net::collapse_slashes(path);
    if (clean.size() > 1 && clean.ends_with('/')) {
        clean.pop_back();
    }
    return clean;
}

bool Reach::covers(std::string_view source, std::string_view account) const {
    return all || std::ranges::any_of(accounts, [&](const auto& entry) {
               return entry.first == source && entry.second == account;
           });
}

Result<Reach> reach_of(const access::Principal& principal) {
    if (principal.allows("audits:read")) {
        return Reach{.all = true, .accounts = {}};
    }
    constexpr std::string_view kWebhook = "webhook:";
    Reach reach;
    for (const std::string_view scope : principal.scopes) {
        const auto slash = scope.find('/');
        if (scope.starts_with(kWebhook) && slash != std::string_view::npos) {
            reach.accounts.emplace_back(scope.substr(kWebhook.size(), slash - kWebhook.size()),
                                        scope.substr(slash + 1));
        }
    }
    if (reach.accounts.empty()) {
        return fail(ErrorCode::Forbidden, "the key lacks the scope audits:read");
    }
    return reach;
}

Result<Match> find_route(const std::vector<Route>& routes, std::string_view method,
                         std::string_view path) {
    if (path.empty() || path.front() != '/') {
        return fail(ErrorCode::NotFound, "no such path");
    }
    const auto parts = split_path(path);
    bool path_exists = false;
    for (const auto& route : routes) {
        auto found = match(route, parts);
        if (found && route.handler &&
            (route.method == method || (method == "HEAD" && route.method == "GET"))) {
            return *std::move(found);
        }
        path_exists = path_exists || found.has_value();
    }
    if (path_exists) {
        return fail(ErrorCode::Unsupported, "this path does not take that method");
    }
    return fail(ErrorCode::NotFound, "no such path");
}

std::string format_allowed_methods(const std::vector<Route>& routes, std::string_view path) {
    std::string allowed;
    const auto parts = split_path(path);
    for (const auto& route : routes) {
        if (route.handler && match(route, parts)) {
            allowed += fmt::format("{}{}", allowed.empty() ? "" : ", ", route.method);
        }
    }
    return allowed;
}

std::string format_openapi(const std::vector<Route>& routes, std::string_view version) {
    json::object paths;
    for (const auto& route : routes) {
        if (route.gate == Gate::Page) {
            continue;  // pages for people are no part of the API
        }
        std::string method(route.method);
        std::ranges::transform(method, method.begin(),
                               [](char c) { return static_cast<char>(c | 0x20); });
        auto& entry = paths[route.pattern];
        if (!entry.is_object()) {
            entry = json::object();
        }
        entry.get_object()[method] = operation_of(route);
    }
    const json::object document = {
        {"openapi", "3.1.0"},
        {"info", {{"title", "oidor"}, {"version", version}}},
        {"paths", std::move(paths)},
        {"components",
         {{"schemas", component_schemas()},
          {"securitySchemes",
           {{"bearer", {{"type", "http"}, {"scheme", "bearer"}}},
            {"api_key", {{"type", "apiKey"}, {"in", "header"}, {"name", "X-API-Key"}}}}}}}};
    return format_json(document);
}

}  // namespace oidor::server
