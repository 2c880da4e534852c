#include "server/routes.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "server/webhook.hpp"
#include "server/webhook_routes.hpp"

namespace oidor::server {
namespace {

std::vector<Route> table() {
    const auto answer = [](const Call&) -> Result<net::Response> {
        return net::make_response(200, "text/plain", "");
    };
    return {{.method = "GET", .pattern = "/a/{id}", .name = "get_a", .handler = answer},
            {.method = "PUT", .pattern = "/a/{id}", .name = "put_a", .handler = answer},
            {.method = "GET", .pattern = "/", .name = "home", .handler = answer}};
}

TEST(Routes, a_path_gives_its_values) {
    const auto routes = table();
    const auto found = find_route(routes, "PUT", "/a/42");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->route->name, "put_a");
    EXPECT_EQ(found->path_values.at("id"), "42");
    EXPECT_EQ(find_route(routes, "HEAD", "/a/1")->route->name, "get_a");
    EXPECT_EQ(find_route(routes, "GET", "/")->route->name, "home");
}

TEST(Routes, what_is_not_there_and_what_takes_another_method_differ) {
    const auto routes = table();
    EXPECT_EQ(find_route(routes, "GET", "/b").error().code, ErrorCode::NotFound);
    EXPECT_EQ(find_route(routes, "GET", "/a").error().code, ErrorCode::NotFound);
    EXPECT_EQ(find_route(routes, "GET", "/a/").error().code, ErrorCode::NotFound);
    EXPECT_EQ(find_route(routes, "GET", "").error().code, ErrorCode::NotFound);
    EXPECT_EQ(find_route(routes, "DELETE", "/a/1").error().code, ErrorCode::Unsupported);
}

TEST(Routes, openapi_names_every_route_of_the_api) {
    const auto document = parse_json(format_openapi(documented_routes(), "1"));
    ASSERT_TRUE(document);
    const auto& paths = document->at("paths").as_object();
    for (const auto& route : documented_routes()) {
        EXPECT_TRUE(paths.contains(route.pattern)) << route.pattern;
    }
    EXPECT_TRUE(paths.contains("/webhook/anura"));
    EXPECT_TRUE(
        paths.at("/api/v1/conversations/{id}").at("get").as_object().contains("parameters"));
}

/// Every `$ref` in it.
void collect_references(const json::value& value, std::vector<std::string>& found) {
    if (const auto* object = value.if_object()) {
        for (const auto& member : *object) {
            if (member.key() == "$ref") {
                found.emplace_back(member.value().as_string());
            }
            collect_references(member.value(), found);
        }
    } else if (const auto* array = value.if_array()) {
        for (const auto& item : *array) {
            collect_references(item, found);
        }
    }
}

TEST(Routes, openapi_says_what_every_json_answer_of_the_api_looks_like) {
    const auto document = parse_json(format_openapi(documented_routes(), "1"));
    ASSERT_TRUE(document);
    for (const auto& route : documented_routes()) {
        if (route.pattern.starts_with("/api/") && route.answer == "application/json") {
            EXPECT_FALSE(route.schema.empty()) << route.pattern;
        }
    }
    std::vector<std::string> references;
    collect_references(*document, references);
    EXPECT_FALSE(references.empty());
    const auto& schemas = document->at("components").at("schemas").as_object();
    constexpr std::string_view kPrefix = "#/components/schemas/";
    for (const auto& reference : references) {
        ASSERT_TRUE(reference.starts_with(kPrefix)) << reference;
        EXPECT_TRUE(schemas.contains(reference.substr(kPrefix.size()))) << reference;
    }
    const auto& put = document->at("paths").at("/api/v1/transcripts").at("put");
    EXPECT_TRUE(put.at("responses").as_object().contains("201"));
    EXPECT_TRUE(put.as_object().contains("requestBody"));
    EXPECT_EQ(put.at("parameters").at(0).at("required"), json::value(true));
    const auto& limit = document->at("paths").at("/api/v1/jobs").at("get").at("parameters").at(2);
    EXPECT_EQ(limit.at("schema").at("type"), json::value("integer"));
    const auto& reasons = schemas.at("Audit").at("properties").at("review_reasons");
    EXPECT_EQ(reasons.at("items").at("enum").as_array().size(), 12U);
}

TEST(WebhookPath, is_read_with_and_without_an_account_and_whatever_its_slashes) {
    EXPECT_EQ(parse_webhook_path("/webhook/anura/")->account, "");
    EXPECT_EQ(parse_webhook_path("//webhook//anura//")->rest, "");
    EXPECT_EQ(parse_webhook_path("/webhook/anura/lima")->account, "lima");
    EXPECT_EQ(parse_webhook_path("/webhook/anura/health")->rest, "health");
    EXPECT_EQ(parse_webhook_path("/webhook/anura/lima/test")->rest, "test");
    EXPECT_EQ(parse_webhook_path("/webhook/anura/lima/test")->account, "lima");
    for (const auto* path : {"/webhook", "/webhook/", "/webhook/nobody", "/webhook/anura/a/b",
                             "/webhook/anura/a/test/c", "/api/v1", ""}) {
        EXPECT_FALSE(parse_webhook_path(path)) << path;
    }
}

}  // namespace
}  // namespace oidor::server
