#include "net/client.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "net/server.hpp"
#include "net/testing/certificate.hpp"
#include "net/testing/raw_client.hpp"
#include "net/testing/raw_server.hpp"
#include "net/testing/temporary_folder.hpp"

namespace oidor::net {
namespace {

using testing::RawConnection;
using testing::RawServer;

std::unique_ptr<Server> start_server(Handler handler, ServerOptions options = {}) {
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

FetchPolicy policy_for(std::uint16_t port) {
    FetchPolicy policy;
    policy.private_hosts = {fmt::format("127.0.0.1:{}", port)};
    return policy;
}

struct Fetched {
    Result<FetchResponse> response;
    std::string body;
};

Fetched fetch(const FetchRequest& request, const FetchPolicy& policy, ClientOptions options = {},
              const std::stop_token& stop = {}) {
    const auto client = GuardedClient::open(std::move(options));
    std::string body;
    auto response = client.value()->fetch(
        request, policy,
        [&](std::string_view bytes) -> Result<void> {
            body.append(bytes);
            return {};
        },
        stop);
    return {std::move(response), std::move(body)};
}

ErrorCode failure(const Fetched& fetched) {
    EXPECT_FALSE(fetched.response);
    return fetched.response ? ErrorCode::Internal : fetched.response.error().code;
}

TEST(GuardedClient, fetches_into_the_sink) {
    const std::string content(300'000, 'x');
    const auto server = start_server([&](Request&& /*request*/, Responder respond) {
        respond(make_response(200, "audio/mpeg", content));
    });
    const auto fetched = fetch({.url = local(server->port())}, policy_for(server->port()));
    ASSERT_TRUE(fetched.response) << fetched.response.error().message;
    EXPECT_TRUE(fetched.body == content);
    EXPECT_EQ(fetched.response->size_bytes, content.size());
    EXPECT_EQ(fetched.response->headers.find("Content-Type"), "audio/mpeg");
}

TEST(GuardedClient, a_private_address_is_out_of_reach_without_permission) {
    std::atomic<int> reached = 0;
    const auto server = start_server([&](Request&& /*request*/, Responder respond) {
        ++reached;
        respond(make_response(200, "a/b", ""));
    });
    FetchPolicy every;
    every.allowed_hosts = {"*", fmt::format("rebound.example:{}", server->port()),
                           fmt::format("localhost:{}", server->port())};
    EXPECT_EQ(failure(fetch({.url = local(server->port())}, every)), ErrorCode::Forbidden);
    for (const std::string_view inside : {"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1",
                                          "169.254.169.254", "[fd00::1]", "0.0.0.0"}) {
        const auto fetched = fetch(
            {.url = fmt::format("https://rebound.example:{}/", server->port())}, every,
            {.fixed_addresses = {fmt::format("rebound.example:{}:{}", server->port(), inside)}});
        EXPECT_EQ(failure(fetched), ErrorCode::Forbidden) << inside;
        EXPECT_NE(fetched.response.error().message.find("private_hosts"), std::string::npos);
    }
    EXPECT_EQ(failure(fetch({.url = fmt::format("https://localhost:{}/", server->port())}, every)),
              ErrorCode::Forbidden);
    EXPECT_EQ(reached, 0);
    EXPECT_EQ(server->stats().connections_accepted, 0U);
}

TEST(GuardedClient, one_accounts_open_door_is_not_anothers) {
    const auto server = start_server([](Request&& /*request*/, Responder respond) {
        respond(make_response(200, "a/b", "inside"));
    });
    const auto client =
        GuardedClient::open(
            {.fixed_addresses = {fmt::format("nas.example:{}:127.0.0.1", server->port())}})
            .value();
    const auto sink = [](std::string_view /*bytes*/) -> Result<void> { return {}; };
    const FetchRequest request{.url = fmt::format("http://nas.example:{}/", server->port())};
    FetchPolicy first;
    first.private_hosts = {"nas.example"};
    FetchPolicy second;
    second.allowed_hosts = {fmt::format("nas.example:{}", server->port())};
    EXPECT_TRUE(client->fetch(request, first, sink));
    EXPECT_EQ(client->fetch(request, second, sink).error().code, ErrorCode::Forbidden);
    const FetchRequest secure{.url = fmt::format("https://nas.example:{}/", server->port())};
    EXPECT_EQ(client->fetch(secure, second, sink).error().code, ErrorCode::Forbidden);
    EXPECT_EQ(server->stats().connections_accepted, 1U);
}

TEST(GuardedClient, redirects_are_followed_judged_and_counted) {
    std::uint16_t port = 0;
    const auto server = start_server([&](Request&& request, Responder respond) {
        auto response = make_response(302, "text/plain", "elsewhere");
        const std::map<std::string, std::string> targets = {
            {"/relative", "sub/../end?x=1"},
            {"/absolute", local(port, "/end")},
            {"/network", fmt::format("//127.0.0.1:{}/end", port)},
            {"/loop", "/loop"},
            {"/outside", "https://evil.example/end"},
            {"/inside", "http://127.0.0.1:1/end"},
            {"/file", "file:///etc/passwd"},
            {"/userinfo", fmt::format("http://a@127.0.0.1:{}/end", port)},
            {"/odd", fmt::format("http://0x7f.1:{}/end", port)},
            {"/backslash", "/\\evil.example/"},
            {"/three", "/two"},
            {"/two", "/one"},
            {"/one", "/end"},
            {"/four", "/three"}};
        if (const auto found = targets.find(request.path); found != targets.end()) {
            response.headers.add("Location", found->second);
        } else if (request.path == "/nowhere") {
            response.status = 301;
        } else {
            response = make_response(200, "text/plain", request.path);
        }
        respond(std::move(response));
    });
    port = server->port();
    const auto get = [&](std::string_view path) {
        return fetch({.url = local(port, path)}, policy_for(port));
    };
    EXPECT_EQ(get("/relative").body, "/end");
    EXPECT_EQ(get("/absolute").body, "/end");
    EXPECT_EQ(get("/network").body, "/end");
    const auto three = get("/three");
    ASSERT_TRUE(three.response);
    EXPECT_EQ(three.response->redirects, 3U);
    EXPECT_EQ(three.body, "/end");
    for (const std::string_view path :
         {"/four", "/loop", "/outside", "/inside", "/file", "/userinfo", "/odd", "/backslash"}) {
        const auto refused = get(path);
        EXPECT_EQ(failure(refused), ErrorCode::Forbidden) << path;
        EXPECT_EQ(refused.body, "");
    }
    EXPECT_EQ(failure(get("/nowhere")), ErrorCode::Invalid);
}

TEST(GuardedClient, credentials_stay_with_the_first_origin) {
    std::mutex mutex;
    std::vector<std::string> heads;
    const auto remember = [&](const std::string& head) {
        const std::lock_guard lock(mutex);
        heads.push_back(head);
    };
    std::uint16_t first_port = 0;
    const RawServer second([&](const std::string& head, const RawConnection& connection) {
        remember(head);
        connection.send(
            fmt::format("HTTP/1.1 302 Found\r\nLocation: {}\r\n\r\n", local(first_port, "/back")));
    });
    const RawServer first([&](const std::string& head, const RawConnection& connection) {
        remember(head);
        connection.send(head.starts_with("GET /back")
                            ? std::string("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                        : head.starts_with("GET /start")
                            ? std::string("HTTP/1.1 302 Found\r\nLocation: /own\r\n\r\n")
                            : fmt::format("HTTP/1.1 302 Found\r\nLocation: {}\r\n\r\n",
                                          local(second.port(), "/away")));
    });
    first_port = first.port();
    auto policy = policy_for(first.port());
    policy.private_hosts.push_back(fmt::format("127.0.0.1:{}", second.port()));
    FetchRequest request{.url = local(first.port(), "/start")};
    request.headers = {{"X-Plain", "p"}};
    request.secret_headers = {{"Authorization", Secret("Basic hush")}};
    const auto fetched = fetch(request, policy);
    ASSERT_TRUE(fetched.response) << fetched.response.error().message;
    EXPECT_EQ(fetched.body, "ok");
    ASSERT_EQ(heads.size(), 4U);
    for (std::size_t i = 0; i < heads.size(); ++i) {
        const bool own = i < 2;
        EXPECT_EQ(heads[i].find("Authorization: Basic hush") != std::string::npos, own) << heads[i];
        EXPECT_EQ(heads[i].find("X-Plain: p") != std::string::npos, own) << heads[i];
    }
}

TEST(GuardedClient, statuses_become_errors) {
    const auto server = start_server([](Request&& request, Responder respond) {
        auto response = make_response(std::stoi(request.path.substr(1)), "a/b", "hush");
        response.headers.add("Retry-After", "7");
        respond(std::move(response));
    });
    for (const auto& [status, code] :
         std::initializer_list<std::pair<int, ErrorCode>>{{400, ErrorCode::Invalid},
                                                          {401, ErrorCode::Unauthenticated},
                                                          {403, ErrorCode::Forbidden},
                                                          {404, ErrorCode::NotFound},
                                                          {408, ErrorCode::Timeout},
                                                          {409, ErrorCode::Conflict},
                                                          {410, ErrorCode::NotFound},
                                                          {413, ErrorCode::TooLarge},
                                                          {415, ErrorCode::Unsupported},
                                                          {422, ErrorCode::Invalid},
                                                          {429, ErrorCode::RateLimited},
                                                          {500, ErrorCode::Unavailable},
                                                          {502, ErrorCode::Unavailable},
                                                          {503, ErrorCode::Unavailable},
                                                          {504, ErrorCode::Timeout}}) {
        const auto fetched = fetch({.url = local(server->port(), fmt::format("/{}", status))},
                                   policy_for(server->port()));
        EXPECT_EQ(failure(fetched), code) << status;
        EXPECT_EQ(fetched.body, "");
        EXPECT_EQ(fetched.response.error().retry_after, 7s);
        EXPECT_EQ(fetched.response.error().message,
                  fmt::format("fetch http://127.0.0.1:{}: status {}", server->port(), status));
    }
}

TEST(GuardedClient, sizes_are_bounded_announced_or_not) {
    const RawServer server([](const std::string& head, const RawConnection& connection) {
        connection.send(head.starts_with("GET /announced")
                            ? "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n12345678901"
                            : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "8\r\n12345678\r\n3\r\n901\r\n0\r\n\r\n");
    });
    auto policy = policy_for(server.port());
    for (const std::string_view path : {"/announced", "/chunked"}) {
        policy.size_bytes_max = 10;
        const auto refused = fetch({.url = local(server.port(), path)}, policy);
        EXPECT_EQ(failure(refused), ErrorCode::TooLarge) << path;
        EXPECT_LE(refused.body.size(), 10U);
        policy.size_bytes_max = 11;
        EXPECT_EQ(fetch({.url = local(server.port(), path)}, policy).body, "12345678901");
    }
}

TEST(GuardedClient, a_cut_or_broken_answer_is_unavailable) {
    for (const std::string_view answer :
         {"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n1234",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "NOT HTTP\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Le"}) {
        const RawServer server([&](const std::string& /*head*/, const RawConnection& connection) {
            connection.send(answer);
        });
        EXPECT_EQ(failure(fetch({.url = local(server.port())}, policy_for(server.port()))),
                  ErrorCode::Unavailable)
            << answer;
    }
}

TEST(GuardedClient, endless_headers_are_cut_off) {
    const RawServer server([](const std::string& /*head*/, const RawConnection& connection) {
        connection.send("HTTP/1.1 200 OK\r\n");
        while (connection.send("X: " + std::string(1000, 'x') + "\r\n")) {
        }
    });
    EXPECT_EQ(failure(fetch({.url = local(server.port())}, policy_for(server.port()))),
              ErrorCode::TooLarge);
}

TEST(GuardedClient, a_closed_port_is_unavailable) {
    std::uint16_t port = 0;
    {
        port = RawServer([](const std::string&, const RawConnection&) {}).port();
    }
    EXPECT_EQ(failure(fetch({.url = local(port)}, policy_for(port))), ErrorCode::Unavailable);
}

TEST(GuardedClient, a_drip_ends_at_the_deadline) {
    const RawServer server([](const std::string& /*head*/, const RawConnection& connection) {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        while (!connection.closed_within(5) && connection.send("x")) {
        }
    });
    const auto fetched = fetch({.url = local(server.port()), .deadline = Deadline::after(150ms)},
                               policy_for(server.port()));
    EXPECT_EQ(failure(fetched), ErrorCode::Timeout);
    EXPECT_EQ(failure(fetch({.url = local(server.port()), .deadline = Deadline::after(0ms)},
                            policy_for(server.port()))),
              ErrorCode::Timeout);
}

TEST(GuardedClient, a_drip_below_the_least_speed_ends_before_the_deadline) {
    const RawServer server([](const std::string& /*head*/, const RawConnection& connection) {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        while (!connection.closed_within(50) && connection.send("x")) {
        }
    });
    auto policy = policy_for(server.port());
    policy.bytes_per_second_min = 1000;
    policy.slow_max = 1s;
    EXPECT_EQ(
        failure(fetch({.url = local(server.port()), .deadline = Deadline::after(1h)}, policy)),
        ErrorCode::Timeout);
}

TEST(GuardedClient, stops_at_once_when_told) {
    std::stop_source stop;
    const RawServer server([&](const std::string& /*head*/, const RawConnection& connection) {
        stop.request_stop();
        EXPECT_TRUE(connection.closed_within(20'000));
    });
    EXPECT_EQ(failure(fetch({.url = local(server.port())}, policy_for(server.port()), {},
                            stop.get_token())),
              ErrorCode::Cancelled);
    EXPECT_EQ(failure(fetch({.url = local(server.port())}, policy_for(server.port()), {},
                            stop.get_token())),
              ErrorCode::Cancelled);
}

TEST(GuardedClient, a_sinks_refusal_is_the_answer) {
    const auto server = start_server([](Request&& /*request*/, Responder respond) {
        respond(make_response(200, "a/b", "not audio"));
    });
    const auto client = GuardedClient::open().value();
    const auto response = client->fetch({.url = local(server->port())}, policy_for(server->port()),
                                        [](std::string_view /*bytes*/) -> Result<void> {
                                            return fail(ErrorCode::Unsupported, "not audio");
                                        });
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::Unsupported);
    EXPECT_EQ(response.error().message, "not audio");
}

TEST(GuardedClient, compressed_bodies_arrive_as_sent) {
    const RawServer server([](const std::string& head, const RawConnection& connection) {
        EXPECT_EQ(head.find("Accept-Encoding"), std::string::npos) << head;
        connection.send(
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc");
    });
    EXPECT_EQ(fetch({.url = local(server.port())}, policy_for(server.port())).body, "abc");
}

TEST(GuardedClient, tells_of_its_progress) {
    const RawServer server([](const std::string& /*head*/, const RawConnection& connection) {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
        EXPECT_FALSE(connection.closed_within(1300));
        connection.send("def");
    });
    std::vector<std::uint64_t> told;
    const auto client = GuardedClient::open().value();
    EXPECT_TRUE(client->fetch(
        {.url = local(server.port())}, policy_for(server.port()),
        [](std::string_view /*bytes*/) -> Result<void> { return {}; }, {},
        [&](std::uint64_t received) { told.push_back(received); }));
    EXPECT_FALSE(told.empty());
    EXPECT_EQ(told.front(), 3U);
}

TEST(GuardedClient, headers_cannot_carry_line_breaks) {
    FetchRequest request{.url = "http://127.0.0.1:1/"};
    request.secret_headers = {{"Authorization", Secret("a\r\nX: hush")}};
    const auto fetched = fetch(request, policy_for(1));
    EXPECT_EQ(failure(fetched), ErrorCode::Invalid);
    EXPECT_EQ(fetched.response.error().message.find("hush"), std::string::npos);
    request.secret_headers = {};
    request.headers = {{"Bad Name", "x"}};
    EXPECT_EQ(failure(fetch(request, policy_for(1))), ErrorCode::Invalid);
}

TEST(Tls, certificates_are_checked_and_private_authorities_can_be_named) {
    const testing::TemporaryFolder folder;
    testing::write_certificate(folder.path(), "server");
    testing::write_certificate(folder.path(), "other");
    const auto file = [&](const char* name) { return (folder.path() / name).string(); };
    const auto server = start_server(
        [](Request&& request, Responder respond) {
            respond(make_response(200, "a/b", request.is_tls ? request.body + "tls" : "plain"));
        },
        {.certificate_file = file("server.pem"), .private_key_file = file("server.key")});
    auto policy = policy_for(server->port());
    const FetchRequest request{.url = local(server->port(), "/", "https")};
    const auto untrusted = fetch(request, policy);
    EXPECT_EQ(failure(untrusted), ErrorCode::Unavailable);
    EXPECT_NE(untrusted.response.error().message.find("certificate"), std::string::npos);
    policy.ca_file = file("other.pem");
    EXPECT_EQ(failure(fetch(request, policy)), ErrorCode::Unavailable);
    policy.ca_file = file("missing.pem");
    EXPECT_EQ(failure(fetch(request, policy)), ErrorCode::Invalid);
    policy.ca_file = file("server.pem");
    const auto trusted = fetch(request, policy);
    EXPECT_TRUE(trusted.response) << trusted.response.error().message;
    EXPECT_EQ(trusted.body, "tls");
    // Plain HTTP at a TLS port is closed, not answered.
    testing::RawClient plain(server->port());
    plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(plain.read_response().status, 0);
    const auto operators = OperatorClient::open().value();
    const std::string large(200'000, 'y');
    for (int i = 0; i < 3; ++i) {
        const auto response = operators->send({.method = "POST",
                                               .url = local(server->port(), "/", "https"),
                                               .body = large,
                                               .ca_file = file("server.pem")});
        ASSERT_TRUE(response) << response.error().message;
        EXPECT_TRUE(response->body == large + "tls");
    }
}

TEST(Tls, wrong_files_are_named) {
    const testing::TemporaryFolder folder;
    testing::write_certificate(folder.path(), "a");
    testing::write_certificate(folder.path(), "b");
    const auto open = [&](const char* certificate, const char* key) {
        return Server::open({.listen = "127.0.0.1:0",
                             .certificate_file = folder.path() / certificate,
                             .private_key_file = folder.path() / key},
                            [](Request&&, Responder) {});
    };
    for (const auto& [certificate, key] :
         std::initializer_list<std::pair<const char*, const char*>>{{"missing.pem", "a.key"},
                                                                    {"a.pem", "missing.key"},
                                                                    {"a.pem", "b.key"},
                                                                    {"a.key", "a.key"}}) {
        const auto server = open(certificate, key);
        ASSERT_FALSE(server);
        EXPECT_EQ(server.error().code, ErrorCode::Invalid) << server.error().message;
    }
    EXPECT_EQ(Server::open({.certificate_file = "a"}, [](Request&&, Responder) {}).error().code,
              ErrorCode::Invalid);
}

}  // namespace
}  // namespace oidor::net
