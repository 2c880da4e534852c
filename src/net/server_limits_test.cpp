// What the server does with requests that are wrong, too large or too slow.
#include <future>
#include <random>

#include <gtest/gtest.h>

#include "net/server.hpp"
#include "net/testing/raw_client.hpp"

namespace oidor::net {
namespace {

using testing::RawClient;

std::unique_ptr<Server> start_limited(ServerOptions options) {
    options.listen = "127.0.0.1:0";
    auto server = Server::open(std::move(options), [](Request&& request, Responder respond) {
        if (request.path != "/never") {
            respond(make_response(200, "text/plain", request.body));
            return;
        }
        // Kept for ever, as a lost job would.
        static std::vector<Responder> kept;
        static std::mutex mutex;
        const std::lock_guard lock(mutex);
        kept.push_back(std::move(respond));
    });
    EXPECT_TRUE(server) << server.error().message;
    server.value()->start();
    return std::move(server).value();
}

testing::RawResponse ask(const Server& server, std::string_view bytes) {
    RawClient client(server.port());
    client.send(bytes);
    auto response = client.read_response();
    if (response.status != 0) {
        EXPECT_TRUE(client.closed()) << bytes;
    }
    return response;
}

TEST(ServerLimits, malformed_requests_get_a_problem_and_the_door) {
    const auto server = start_limited({});
    struct Case {
        std::string_view bytes;
        int status;
    };
    for (
        const auto& [bytes, status] : std::initializer_list<Case>{
            {"NONSENSE\r\n\r\n", 400},
            {"GET / HTTP/1.1\r\n\r\n", 400},
            {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
            {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
            {"GET / HTTP/1.1\nHost: a\n\n", 505},
            {"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
            {"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
            {"GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n", 400},
            {"GET /%0d%0aX HTTP/1.1\r\nHost: a\r\n\r\n", 400},
            {"GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
            {"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
            {"GET / HTTP/1.1\r\nHost: a\r\nBad Name: 1\r\n\r\n", 400},
            {"GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n", 400},
            {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
            {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
            {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
            {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
             "0\r\n\r\n",
             400},
            {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"
             "0\r\n\r\n",
             400},
            {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
             400},
            {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400},
            {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
            {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
             "chunked\r\n\r\n3\r\nabcde\r\n0\r\n\r\n",
             400},
            {"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
            {"POST / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n", 417}}) {
        const auto response = ask(*server, bytes);
        EXPECT_EQ(response.status, status) << bytes << response.body;
        EXPECT_NE(response.head.find("application/problem+json"), std::string::npos) << bytes;
    }
    EXPECT_EQ(server->stats().requests, 0U);
    EXPECT_EQ(server->stats().requests_rejected, 24U);
}

TEST(ServerLimits, headers_are_bounded_in_size_and_number) {
    const auto server = start_limited({.header_bytes_max = 4096, .headers_max = 20});
    const std::string start = "GET / HTTP/1.1\r\nHost: a\r\n";
    EXPECT_EQ(ask(*server, start + "X: " + std::string(5000, 'x') + "\r\n\r\n").status, 431);
    EXPECT_EQ(ask(*server, "GET /" + std::string(5000, 'x') + " HTTP/1.1\r\n\r\n").status, 431);
    std::string many = start;
    for (int i = 0; i < 20; ++i) {
        many += "A: b\r\n";
    }
    EXPECT_EQ(ask(*server, many + "\r\n").status, 431);
    // Many small pieces: no single read holds too much.
    RawClient client(server->port());
    client.send(start);
    for (int i = 0; i < 15; ++i) {
        client.send("A: " + std::string(400, 'b') + "\r\n");
    }
    EXPECT_EQ(client.read_response().status, 431);
    // What ends a chunked body is bounded too.
    RawClient trailing(server->port());
    trailing.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
    for (int i = 0; i < 200 && trailing.send("A: " + std::string(800, 'b') + "\r\n"); ++i) {
    }
    trailing.send("\r\n");
    const auto response = trailing.read_response();
    EXPECT_TRUE(response.status == 400 || response.status == 431) << response.status;
}

TEST(ServerLimits, a_body_over_its_routes_limit_is_refused_before_it_is_read) {
    const auto server = start_limited(
        {.body_limit = [](std::string_view path) { return path == "/big" ? 100U : 10U; }});
    const std::string head = " HTTP/1.1\r\nHost: a\r\n";
    EXPECT_EQ(ask(*server, "POST /small" + head + "Content-Length: 11\r\n\r\n").status, 413);
    const std::string chunks = "Transfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n3\r\nabc\r\n";
    EXPECT_EQ(ask(*server, "POST /small" + head + chunks).status, 413);
    RawClient client(server->port());
    client.send("POST /big" + head + "Content-Length: 11\r\n\r\n12345678901");
    EXPECT_EQ(client.read_response().status, 200);
    client.send("POST /small" + head + "Content-Length: 10\r\n\r\n1234567890");
    EXPECT_EQ(client.read_response().status, 200);
    EXPECT_EQ(server->stats().requests, 2U);
}

TEST(ServerLimits, a_client_that_sends_a_refused_body_still_reads_the_answer) {
    const auto server = start_limited({.body_bytes_max = 10});
    RawClient client(server->port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n");
    client.send(std::string(500'000, 'x'));
    EXPECT_EQ(client.read_response().status, 413);
}

TEST(ServerLimits, continues_when_asked_and_not_when_the_body_is_too_large) {
    const auto server = start_limited({.body_bytes_max = 10});
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n";
    RawClient client(server->port());
    client.send(head + "Content-Length: 5\r\n\r\n");
    EXPECT_EQ(client.read_response().status, 100);
    client.send("hello");
    EXPECT_EQ(client.read_response().body, "hello");
    client.send(head + "Content-Length: 11\r\n\r\n");
    EXPECT_EQ(client.read_response().status, 413);
}

TEST(ServerLimits, slow_clients_are_told_and_closed) {
    const auto server = start_limited({.idle_timeout = 1h,
                                       .header_timeout = 50ms,
                                       .body_timeout = 50ms,
                                       .handler_timeout = 50ms});
    EXPECT_EQ(ask(*server, "GET / HTTP/1.1\r\nHo").status, 408);
    EXPECT_EQ(ask(*server, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab").status,
              408);
    EXPECT_EQ(ask(*server, "GET /never HTTP/1.1\r\nHost: a\r\n\r\n").status, 504);
    RawClient silent(server->port());
    EXPECT_TRUE(silent.closed());
}

TEST(ServerLimits, idle_connections_are_closed) {
    const auto server = start_limited({.idle_timeout = 50ms});
    RawClient client(server->port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_response().status, 200);
    EXPECT_TRUE(client.closed());
}

TEST(ServerLimits, connections_over_the_bound_are_counted_and_told) {
    const auto server = start_limited({.connections_max = 2});
    RawClient first(server->port());
    RawClient second(server->port());
    for (auto* client : {&first, &second}) {
        client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_EQ(client->read_response().status, 200);
    }
    RawClient third(server->port());
    const auto response = third.read_response();
    EXPECT_EQ(response.status, 503);
    EXPECT_TRUE(response.body.ends_with("}")) << response.body;
    EXPECT_TRUE(third.closed());
    EXPECT_EQ(server->stats().connections_refused, 1U);
    EXPECT_EQ(server->stats().connections_open, 2U);
}

TEST(ServerLimits, changed_requests_never_break_it) {
    const auto server = start_limited({.header_timeout = 200ms, .body_timeout = 200ms});
    const std::string_view seeds[] = {
        "POST /webhook/anura?x=1 HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        "Content-Length: 13\r\nConnection: keep-alive\r\n\r\n{\"cdrid\":\"1\"}",
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
        "chunked\r\n\r\n5\r\nhello\r\n3;a=b\r\nabc"
        "\r\n0\r\nX: y\r\n\r\n",
        "GET /r HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\nCookie: a=b; c=d\r\n\r\n"
        "GET /s HTTP/1.1\r\nHost: a\r\n\r\n"};
    std::mt19937 random(7);
    for (int round = 0; round < 1500; ++round) {
        std::string bytes(seeds[random() % 3]);
        for (auto changes = 1 + random() % 5; changes > 0 && !bytes.empty(); --changes) {
            const std::size_t place = random() % bytes.size();
            switch (random() % 5) {
                case 0: bytes.erase(place, random() % 8); break;
                case 1:
                    bytes.insert(place, bytes.substr(random() % bytes.size(), random() % 40));
                    break;
                case 2: bytes[place] = "\r\n \t:;,0\xff%"[random() % 10]; break;
                case 3: bytes.insert(place, random() % 3, '\0'); break;
                default: bytes[place] = static_cast<char>(random());
            }
        }
        RawClient client(server->port());
        const std::size_t cut = random() % (bytes.size() + 1);
        client.send(bytes.substr(0, cut));
        client.send(bytes.substr(cut));
        client.finish_sending();
        const auto all = client.read_all();  // Ends because the server closes.
        EXPECT_TRUE(all.empty() || all.starts_with("HTTP/1.1 ")) << bytes;
    }
    RawClient client(server->port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok");
    EXPECT_EQ(client.read_response().body, "ok");
}

}  // namespace
}  // namespace oidor::net
