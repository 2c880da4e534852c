#include "net/server.hpp"

#include <fstream>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "net/http_parse.hpp"
#include "net/testing/raw_client.hpp"
#include "net/testing/temporary_folder.hpp"

namespace oidor::net {
namespace {

using testing::RawClient;

std::unique_ptr<Server> start_server(ServerOptions options, Handler handler) {
    options.listen = "127.0.0.1:0";
    auto server = Server::open(std::move(options), std::move(handler));
    EXPECT_TRUE(server) << server.error().message;
    server.value()->start();
    return std::move(server).value();
}

void echo(Request&& request, Responder respond) {
    respond(make_response(200, "text/plain",
                          request.method + " " + request.path + "\n" + request.body));
}

TEST(Server, hands_over_the_whole_request) {
    std::promise<Request> seen;
    const auto server = start_server({}, [&](Request&& request, Responder respond) {
        respond(make_response(201, "text/plain", ""));
        seen.set_value(std::move(request));
    });
    RawClient client(server->port());
    client.send(
        "PUT //a%20b/%C3%B1?x=%31&y HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nx-two:  2 \r\n"
        "Content-Length: 5\r\n\r\n"
        "hello");
    EXPECT_EQ(client.read_response().status, 201);
    const auto request = seen.get_future().get();
    EXPECT_EQ(request.method, "PUT");
    EXPECT_EQ(request.target, "//a%20b/%C3%B1?x=%31&y");
    EXPECT_EQ(request.path, "//a b/\xc3\xb1");
    EXPECT_EQ(request.query, "x=%31&y");
    EXPECT_EQ(request.find_query("x"), "1");
    EXPECT_EQ(request.headers.find("X-TWO"), "2");
    EXPECT_EQ(request.body, "hello");
    EXPECT_EQ(request.peer.to_string(), "127.0.0.1");
    EXPECT_NE(request.peer_port, 0);
    EXPECT_FALSE(request.is_tls);
}

TEST(Server, keeps_the_connection_and_answers_pipelined_requests_in_order) {
    const auto server = start_server({}, echo);
    RawClient client(server->port());
    std::string many;
    for (int i = 0; i < 100; ++i) {
        many +=
            "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    }
    client.send(many);
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(client.read_response().body, "POST /" + std::to_string(i) + "\nabc");
    }
    EXPECT_EQ(server->stats().connections_accepted, 1U);
    EXPECT_EQ(server->stats().requests, 100U);
}

TEST(Server, reads_a_request_that_comes_byte_by_byte) {
    const auto server = start_server({}, echo);
    RawClient client(server->port());
    for (const char c :
         std::string("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "3\r\nabc\r\n1;x=y\r\nd\r\n0\r\nTrailer: t\r\n\r\n")) {
        client.send(std::string(1, c));
    }
    EXPECT_EQ(client.read_response().body, "POST /a\nabcd");
}

TEST(Server, honours_connection_close_and_http_1_0) {
    const auto server = start_server({}, echo);
    for (const std::string_view request :
         {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"}) {
        RawClient client(server->port());
        client.send(request);
        const auto all = client.read_all();
        EXPECT_TRUE(all.starts_with("HTTP/1.1 200 OK\r\n")) << all;
        EXPECT_NE(all.find("Connection: close\r\n"), std::string::npos);
    }
}

TEST(Server, a_head_answer_has_the_length_and_no_body) {
    const auto server = start_server({}, echo);
    RawClient client(server->port());
    client.send("HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto head = client.read_response(RawClient::Body::Head);
    EXPECT_NE(head.head.find("Content-Length: 10\r\n"), std::string::npos) << head.head;
    EXPECT_EQ(client.read_response().body, "GET /\n");
}

TEST(Server, answers_from_other_threads_reach_their_own_connection) {
    std::vector<std::jthread> threads;
    std::mutex mutex;
    const auto server = start_server({}, [&](Request&& request, Responder respond) {
        const std::lock_guard lock(mutex);
        threads.emplace_back(
            [path = std::move(request.path), respond = std::move(respond)]() mutable {
                respond(make_response(200, "text/plain", path));
            });
    });
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < 20; ++i) {
            if (round == 0) {
                clients.push_back(std::make_unique<RawClient>(server->port()));
            }
            clients[i]->send("GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n");
        }
        for (int i = 0; i < 20; ++i) {
            EXPECT_EQ(clients[i]->read_response().body, "/" + std::to_string(i));
        }
    }
    server->stop(Deadline::after(10s));
}

TEST(Server, a_dropped_responder_and_a_throwing_handler_give_500) {
    const auto server = start_server({}, [](Request&& request, Responder respond) {
        if (request.path == "/throw") {
            throw std::runtime_error("secret");
        }
        const auto dropped = std::move(respond);
    });
    RawClient client(server->port());
    for (const std::string_view path : {"/drop", "/throw", "/drop"}) {
        client.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n");
        const auto response = client.read_response();
        EXPECT_EQ(response.status, 500);
        EXPECT_EQ(response.body.find("secret"), std::string::npos);
    }
}

TEST(Server, an_answer_after_the_server_has_gone_falls_on_nothing) {
    std::promise<Responder> kept;
    auto server = start_server(
        {}, [&](Request&& /*request*/, Responder respond) { kept.set_value(std::move(respond)); });
    RawClient client(server->port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    auto respond = kept.get_future().get();
    server->stop(Deadline::after(0ms));
    server.reset();
    respond(make_response(200, "text/plain", "late"));
    EXPECT_TRUE(client.closed());
}

TEST(Server, streams_files_and_parts_of_them) {
    const testing::TemporaryFolder folder;
    const auto path = folder.path() / "audio.bin";
    std::string content;
    for (int i = 0; i < 1'000'000; ++i) {
        content.push_back(static_cast<char>(i * 7 + i / 256));
    }
    std::ofstream(path, std::ios::binary) << content;
    const auto server = start_server({}, [&](Request&& request, Responder respond) {
        auto file = FileBody::open(path);
        respond(file ? make_file_response(request, std::move(file).value(), "audio/mpeg")
                     : make_problem(file.error()));
    });
    RawClient client(server->port());
    const auto get = [&](const std::string& range) {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n" + range + "\r\n");
        return client.read_response();
    };
    const auto whole = get("");
    EXPECT_EQ(whole.status, 200);
    EXPECT_TRUE(whole.body == content);
    EXPECT_NE(whole.head.find("Accept-Ranges: bytes\r\n"), std::string::npos);
    const auto part = get("Range: bytes=999990-\r\n");
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(part.body, content.substr(999'990));
    EXPECT_NE(part.head.find("Content-Range: bytes 999990-999999/1000000\r\n"), std::string::npos);
    const auto middle = get("Range: bytes=100000-499999\r\n");
    EXPECT_TRUE(middle.body == content.substr(100'000, 400'000));
    const auto beyond = get("Range: bytes=1000000-\r\n");
    EXPECT_EQ(beyond.status, 416);
    EXPECT_NE(beyond.head.find("Content-Range: bytes */1000000\r\n"), std::string::npos);
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_response(RawClient::Body::Head).status, 200);
    EXPECT_EQ(get("Range: bytes=0-0\r\n").body, content.substr(0, 1));
}

TEST(Server, a_file_that_became_shorter_is_a_cut_answer) {
    const testing::TemporaryFolder folder;
    const auto path = folder.path() / "a";
    std::ofstream(path) << "0123456789";
    const auto server = start_server({}, [&](Request&& request, Responder respond) {
        auto file = FileBody::open(path);
        std::filesystem::resize_file(path, 0);
        respond(make_file_response(request, std::move(file).value(), "a/b"));
    });
    RawClient client(server->port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_response().status, 0);
}

TEST(Server, large_bodies_go_both_ways) {
    const auto server =
        start_server({.body_bytes_max = 4 << 20}, [](Request&& request, Responder respond) {
            respond(make_response(200, "a/b", request.body));
        });
    const std::string body(3'000'000, 'x');
    RawClient client(server->port());
    for (int i = 0; i < 2; ++i) {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n");
        client.send(body);
        EXPECT_TRUE(client.read_response().body == body);
    }
}

TEST(Server, stopping_finishes_what_has_begun_and_closes_the_rest) {
    std::promise<Responder> kept;
    const auto server = start_server(
        {}, [&](Request&& /*request*/, Responder respond) { kept.set_value(std::move(respond)); });
    RawClient idle(server->port());
    RawClient busy(server->port());
    busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    auto respond = kept.get_future().get();
    std::jthread stopper([&] { server->stop(Deadline::after(20s)); });
    EXPECT_TRUE(idle.closed());
    respond(make_response(200, "text/plain", "done"));
    const auto response = busy.read_response();
    EXPECT_EQ(response.body, "done");
    EXPECT_NE(response.head.find("Connection: close"), std::string::npos);
    EXPECT_TRUE(busy.closed());
    stopper.join();
    server->stop(Deadline::after(0ms));
    EXPECT_EQ(server->stats().connections_open, 0U);
    RawClient late(server->port());
    EXPECT_FALSE(late.send("GET / HTTP/1.1\r\n\r\n") && late.read_response().status != 0);
}

TEST(Server, stopping_answers_what_is_on_its_way) {
    const auto server = start_server({.drain_grace = 20s}, echo);
    RawClient silent(server->port());
    RawClient kept(server->port());
    kept.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(kept.read_response().body, "GET /1\n");
    std::jthread stopper([&] { server->stop(Deadline::after(20s)); });
    // Nobody listens any more: it has begun to stop.
    while (RawClient(server->port()).send("x")) {
        std::this_thread::sleep_for(1ms);
    }
    for (auto* client : {&kept, &silent}) {
        ASSERT_TRUE(client->send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"));
        const auto last = client->read_response();
        EXPECT_EQ(last.body, "GET /2\n");
        EXPECT_NE(last.head.find("Connection: close"), std::string::npos);
        EXPECT_TRUE(client->closed());
    }
}

TEST(Server, stops_though_a_tick_is_due_at_that_moment) {
    std::promise<void> entered;
    std::promise<void> leave;
    const auto server = start_server({.io_threads = 2}, [&](Request&& request, Responder respond) {
        if (request.path == "/hold") {
            entered.set_value();
            leave.get_future().wait();
        }
        respond(make_response(200, "text/plain", ""));
    });
    // Connections are dealt out in turn: the second thread is held, the first is free to stop it.
    RawClient first(server->port());
    first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(first.read_response().status, 200);
    RawClient second(server->port());
    second.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
    entered.get_future().wait();
    std::promise<void> stopped;
    std::jthread stopper([&] {
        server->stop(Deadline::after(0ms));
        stopped.set_value();
    });
    auto done = stopped.get_future();
    EXPECT_EQ(done.wait_for(250ms), std::future_status::timeout);
    leave.set_value();
    ASSERT_EQ(done.wait_for(20s), std::future_status::ready);
}

TEST(Server, stop_without_start_is_fine) {
    auto server = Server::open({.listen = "127.0.0.1:0"}, echo);
    ASSERT_TRUE(server);
    server.value()->stop(Deadline::never());
    server.value()->stop(Deadline::never());
}

TEST(Server, a_taken_port_is_named_with_its_cure) {
    const auto server = start_server({}, echo);
    const auto listen = "127.0.0.1:" + std::to_string(server->port());
    const auto second = Server::open({.listen = listen}, echo);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::Conflict);
    EXPECT_EQ(second.error().message,
              "listen " + listen + ": address already in use: choose another with --listen");
}

TEST(Server, faulty_addresses_and_descriptors_are_refused) {
    EXPECT_EQ(Server::open({.listen = "nonsense"}, echo).error().code, ErrorCode::Invalid);
    EXPECT_EQ(Server::open({.listen = "192.0.2.1:0"}, echo).error().code, ErrorCode::Invalid);
    const int plain = ::socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(Server::open({.listen_descriptor = plain}, echo).error().code, ErrorCode::Invalid);
}

TEST(Server, takes_over_a_listening_socket) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    ASSERT_EQ(::listen(descriptor, 5), 0);  // Unbound: the system chooses a port.
    auto server = Server::open({.listen_descriptor = descriptor}, echo);
    ASSERT_TRUE(server) << server.error().message;
    server.value()->start();
    RawClient client(server.value()->port());
    client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_response().body, "GET /x\n");
    EXPECT_EQ(server.value()->address().host, "0.0.0.0");
}

TEST(Server, works_on_ipv6_when_the_machine_does) {
    auto server = Server::open({.listen = "[::1]:0"}, echo);
    if (server) {
        EXPECT_NE(server.value()->port(), 0);
    } else {
        EXPECT_EQ(server.error().code, ErrorCode::Invalid) << server.error().message;
    }
}

}  // namespace
}  // namespace oidor::net
