// Bodies that are taken as they arrive, instead of being held.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "net/server.hpp"
#include "net/testing/raw_client.hpp"

namespace oidor::net {
namespace {

using testing::RawClient;

/// Takes everything; can be told to keep the server waiting.
class Collector final : public BodyStream {
  public:
    void write(std::string bytes, std::move_only_function<void()> done) override {
        std::unique_lock lock(mutex_);
        EXPECT_FALSE(waiting_) << "asked while a piece was being taken";
        taken_ += bytes;
        piece_bytes_max_ = std::max(piece_bytes_max_, bytes.size());
        ++pieces_;
        came_.notify_all();
        if (hold_) {
            waiting_ = std::move(done);
            return;
        }
        lock.unlock();
        // From another thread, as a writer on a disk would.
        std::jthread([done = std::move(done)]() mutable { done(); });
    }

    void hold() {
        const std::lock_guard lock(mutex_);
        hold_ = true;
    }
    void release() {
        std::move_only_function<void()> done;
        {
            const std::lock_guard lock(mutex_);
            hold_ = false;
            done = std::move(waiting_);
            waiting_ = nullptr;
        }
        done();
    }
    void wait_for_piece() {
        std::unique_lock lock(mutex_);
        ASSERT_TRUE(came_.wait_for(lock, 20s, [this] { return pieces_ > 0; }));
    }
    std::string taken() {
        const std::lock_guard lock(mutex_);
        return taken_;
    }
    std::size_t pieces() {
        const std::lock_guard lock(mutex_);
        return pieces_;
    }
    std::size_t piece_bytes_max() {
        const std::lock_guard lock(mutex_);
        return piece_bytes_max_;
    }

  private:
    std::mutex mutex_ = {};
    std::condition_variable came_ = {};
    std::string taken_ = {};
    std::size_t pieces_ = 0;
    std::size_t piece_bytes_max_ = 0;
    bool hold_ = false;
    std::move_only_function<void()> waiting_ = {};
};

struct House {
    std::shared_ptr<Collector> collector = std::make_shared<Collector>();
    std::unique_ptr<Server> server = {};

    explicit House(ServerOptions options = {}, std::size_t size_bytes_max = 64 << 20) {
        options.listen = "127.0.0.1:0";
        options.body_plan = [this, size_bytes_max](const Request& head) {
            BodyPlan plan{.size_bytes_max = size_bytes_max};
            if (head.path == "/stream") {
                plan.stream = collector;
            } else if (head.path == "/refuse") {
                EXPECT_EQ(head.body, "");
                plan.refusal = make_response(403, "text/plain", "no");
            }
            return plan;
        };
        auto opened = Server::open(std::move(options), [](Request&& request, Responder respond) {
            std::string body = request.stream
                                   ? static_cast<Collector&>(*request.stream).taken() + request.body
                                   : request.body;
            respond(make_response(200, "text/plain", std::move(body)));
        });
        EXPECT_TRUE(opened) << opened.error().message;
        server = std::move(opened).value();
        server->start();
    }
};

std::string body_of(std::size_t size) {
    std::string body(size, ' ');
    for (std::size_t i = 0; i < size; ++i) {
        body[i] = static_cast<char>('a' + (i * 7 + i / 1000) % 26);
    }
    return body;
}

std::string post(std::string_view path, std::size_t length) {
    return "POST " + std::string(path) +
           " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

TEST(ServerStream, a_large_body_arrives_whole_in_bounded_pieces) {
    House house;
    RawClient client(house.server->port());
    const auto body = body_of(5'000'000);
    client.send(post("/stream", body.size()) + body);
    const auto answer = client.read_response();
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.body == body);
    EXPECT_GT(house.collector->pieces(), 5U);
    EXPECT_LE(house.collector->piece_bytes_max(), std::size_t{512} * 1024);
}

TEST(ServerStream, a_small_body_comes_with_the_request) {
    House house;
    RawClient client(house.server->port());
    client.send(post("/stream", 5) + "hello");
    EXPECT_EQ(client.read_response().body, "hello");
    EXPECT_EQ(house.collector->pieces(), 0U);
    // The connection goes on, and the next request has a stream of its own or none.
    client.send(post("/other", 3) + "abc");
    EXPECT_EQ(client.read_response().body, "abc");
}

TEST(ServerStream, chunks_are_joined_and_pipelined_requests_wait) {
    House house;
    RawClient client(house.server->port());
    const auto body = body_of(1'000'000);
    std::string sent = "POST /stream HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t at = 0; at < body.size(); at += 100'000) {
        sent += "186a0\r\n" + body.substr(at, 100'000) + "\r\n";
    }
    client.send(sent + "0\r\n\r\n" + post("/other", 4) + "next");
    EXPECT_TRUE(client.read_response().body == body);
    EXPECT_EQ(client.read_response().body, "next");
}

TEST(ServerStream, the_limit_counts_all_pieces) {
    House house({}, 1'000'000);
    RawClient announced(house.server->port());
    announced.send(post("/stream", 1'000'001));
    EXPECT_EQ(announced.read_response().status, 413);
    EXPECT_EQ(house.collector->pieces(), 0U);
    RawClient chunked(house.server->port());
    std::string sent = "POST /stream HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 11; ++i) {
        sent += "186a0\r\n" + std::string(100'000, 'x') + "\r\n";
    }
    chunked.send(sent + "0\r\n\r\n");
    EXPECT_EQ(chunked.read_response().status, 413);
    EXPECT_LE(house.collector->taken().size(), 1'000'000U);
}

TEST(ServerStream, who_is_refused_by_the_header_need_not_send_the_body) {
    House house;
    RawClient client(house.server->port());
    client.send(post("/refuse", 50'000'000));
    const auto answer = client.read_response();
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.body, "no");
    EXPECT_EQ(house.server->stats().requests, 0U);
}

TEST(ServerStream, nothing_more_is_read_while_a_piece_is_being_taken) {
    House house;
    house.collector->hold();
    RawClient client(house.server->port());
    const auto body = body_of(8'000'000);
    std::jthread sender([&] { client.send(post("/stream", body.size()) + body); });
    house.collector->wait_for_piece();
    // The loop answers others meanwhile.
    RawClient other(house.server->port());
    other.send(post("/other", 2) + "hi");
    EXPECT_EQ(other.read_response().body, "hi");
    EXPECT_EQ(house.collector->pieces(), 1U);
    house.collector->release();
    sender.join();
    EXPECT_TRUE(client.read_response().body == body);
}

TEST(ServerStream, a_stream_that_never_comes_back_ends_in_504) {
    House house({.handler_timeout = 300ms});
    house.collector->hold();
    RawClient client(house.server->port());
    client.send(post("/stream", 2'000'000) + body_of(600'000));
    EXPECT_EQ(client.read_response().status, 504);
    // What comes back too late falls on nothing.
    house.collector->release();
    RawClient other(house.server->port());
    other.send(post("/other", 2) + "hi");
    EXPECT_EQ(other.read_response().status, 200);
}

TEST(ServerStream, a_client_or_a_server_that_goes_away_meanwhile_harms_nobody) {
    auto house = std::make_unique<House>();
    house->collector->hold();
    {
        RawClient client(house->server->port());
        client.send(post("/stream", 2'000'000) + body_of(600'000));
        house->collector->wait_for_piece();
    }
    const auto collector = house->collector;
    house->server->stop(Deadline::after(0ms));
    house.reset();
    collector->release();
}

}  // namespace
}  // namespace oidor::net
