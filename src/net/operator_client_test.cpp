#include <thread>

#include <gtest/gtest.h>

#include "net/client.hpp"
#include "net/server.hpp"

namespace oidor::net {
namespace {

std::unique_ptr<Server> start_server(Handler handler) {
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.io_threads = 1;
    auto server = Server::open(std::move(options), std::move(handler));
    EXPECT_TRUE(server) << server.error().message;
    server.value()->start();
    return std::move(server).value();
}

std::string local(std::uint16_t port, std::string_view path = "/",
                  std::string_view scheme = "http") {
    return fmt::format("{}://127.0.0.1:{}{}", scheme, port, path);
}

TEST(ErrorOfStatus, reads_retry_after_in_both_forms) {
    const auto now = parse_rfc3339("2026-02-10T10:00:00Z").value();
    const auto wait = [&](std::string_view value) {
        Headers headers;
        headers.add("Retry-After", value);
        return error_of_status("call", 429, headers, now).retry_after;
    };
    EXPECT_EQ(wait("120"), 120s);
    EXPECT_EQ(wait("Tue, 10 Feb 2026 10:00:30 GMT"), 30s);
    EXPECT_EQ(wait("Tue, 10 Feb 2026 09:00:00 GMT"), 0s);
    EXPECT_EQ(wait("999999999"), 24h);
    EXPECT_EQ(wait("-5"), 0s);
    EXPECT_EQ(wait("soon"), std::nullopt);
    EXPECT_EQ(error_of_status("call", 429, {}, now).retry_after, std::nullopt);
}

TEST(OperatorClient, sends_bodies_keeps_connections_and_returns_every_status) {
    const auto server = start_server([](Request&& request, Responder respond) {
        auto response =
            make_response(request.path == "/bad" ? 422 : 200, "a/b",
                          request.method + ":" + request.content_type() + ":" + request.body);
        if (request.path == "/redirect") {
            response.status = 302;
            response.headers.add("Location", "/else");
        }
        respond(std::move(response));
    });
    const auto client = OperatorClient::open().value();
    const auto send = [&](std::string method, std::string_view path, std::string body) {
        return client->send({.method = std::move(method),
                             .url = local(server->port(), path),
                             .headers = {{"Content-Type", "application/json"}},
                             .body = std::move(body)});
    };
    EXPECT_EQ(send("POST", "/", "{}")->body, "POST:application/json:{}");
    EXPECT_EQ(send("PUT", "/", "")->body, "PUT:application/json:");
    EXPECT_EQ(send("DELETE", "/", "")->body, "DELETE:application/json:");
    EXPECT_EQ(send("HEAD", "/", "")->status, 200);
    EXPECT_EQ(send("POST", "/bad", "x")->status, 422);
    EXPECT_EQ(send("POST", "/bad", "x")->body, "POST:application/json:x");
    EXPECT_EQ(send("GET", "/redirect", "")->status, 302);
    EXPECT_EQ(client->send({.method = "POST", .url = local(server->port()), .body = "a"})->body,
              "POST::a");
    EXPECT_EQ(server->stats().connections_accepted, 1U);
}

TEST(OperatorClient, bounds_and_bad_urls_are_errors) {
    const auto server = start_server([](Request&& /*request*/, Responder respond) {
        respond(make_response(200, "a/b", std::string(100, 'x')));
    });
    const auto client = OperatorClient::open().value();
    EXPECT_EQ(client->send({.url = local(server->port()), .size_bytes_max = 99}).error().code,
              ErrorCode::TooLarge);
    for (const std::string_view url :
         {"", "127.0.0.1", "file:///etc/passwd", "ftp://a.example/", "http://a:b@127.0.0.1/"}) {
        const auto response = client->send({.url = std::string(url)});
        ASSERT_FALSE(response) << url;
        EXPECT_EQ(response.error().code, ErrorCode::Invalid) << url;
    }
}

TEST(OperatorClient, many_threads_share_it) {
    const auto server = start_server([](Request&& request, Responder respond) {
        respond(make_response(200, "a/b", request.body));
    });
    const auto client = OperatorClient::open().value();
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 25; ++i) {
                const auto body = fmt::format("{}-{}", t, i);
                const auto response =
                    client->send({.method = "POST", .url = local(server->port()), .body = body});
                EXPECT_TRUE(response && response->body == body);
            }
        });
    }
}

}  // namespace
}  // namespace oidor::net
