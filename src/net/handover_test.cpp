#include "net/handover.hpp"

#include <future>

#include <gtest/gtest.h>

#include "net/server.hpp"
#include "net/testing/raw_client.hpp"
#include "net/testing/temporary_folder.hpp"

namespace oidor::net {
namespace {

using testing::RawClient;
using testing::TemporaryFolder;

constexpr int kSelf = 4711;

Result<std::optional<int>> find(std::optional<std::string> pid, std::optional<std::string> fds) {
    return find_activated_socket({.listen_pid = std::move(pid), .listen_fds = std::move(fds)},
                                 kSelf);
}

std::unique_ptr<Server> serve(std::string text, int descriptor = -1) {
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.listen_descriptor = descriptor;
    auto server =
        Server::open(options, [text = std::move(text)](Request&& /*request*/, Responder respond) {
            respond(make_response(200, "text/plain", text));
        });
    EXPECT_TRUE(server) << server.error().message;
    server.value()->start();
    return std::move(*server);
}

std::string ask(std::uint16_t port) {
    RawClient client(port);
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    return client.read_response().body;
}

TEST(Activation, nothing_was_passed) {
    EXPECT_FALSE(find({}, {})->has_value());
    EXPECT_FALSE(find("4712", "1")->has_value()) << "meant for another process";
    EXPECT_FALSE(find("4711", "0")->has_value());
}

TEST(Activation, what_is_no_number_or_half_is_refused) {
    using Text = std::optional<std::string>;
    const Text none;
    for (const auto& [pid, fds] :
         {std::pair{Text("4711"), none}, std::pair{none, Text("1")}, std::pair{Text(""), Text("1")},
          std::pair{Text("4711"), Text("")}, std::pair{Text("4711x"), Text("1")},
          std::pair{Text("4711"), Text("1 ")}, std::pair{Text("04711"), Text("1")},
          std::pair{Text("4711"), Text("+1")}, std::pair{Text("-4711"), Text("1")},
          std::pair{Text("4711"), Text("99999999999")}}) {
        const auto found = find(pid, fds);
        ASSERT_FALSE(found) << pid.value_or("none") << " " << fds.value_or("none");
        EXPECT_EQ(found.error().code, ErrorCode::Invalid);
    }
    EXPECT_EQ(find("4711", "2").error().code, ErrorCode::Invalid) << "one socket is taken";
}

TEST(HandOver, the_successor_gets_the_socket_and_the_old_process_is_told) {
    const TemporaryFolder folder;
    auto old = serve("old");
    std::promise<void> taken;
    const auto giver = ListenerGiver::open(folder.path(), old->port(), old->listener(),
                                           [&taken] { taken.set_value(); });
    ASSERT_TRUE(giver) << giver.error().message;
    auto got = take_listener(folder.path(), old->port(), Deadline::after(5s));
    ASSERT_TRUE(got) << got.error().message;
    ASSERT_NE(*got, nullptr);
    auto told = taken.get_future();
    EXPECT_EQ(told.wait_for(50ms), std::future_status::timeout) << "it does not serve yet";
    const auto fresh = serve("new", (*got)->release());
    EXPECT_EQ(fresh->port(), old->port());
    ASSERT_TRUE((*got)->confirm());
    ASSERT_EQ(told.wait_for(5s), std::future_status::ready);
    old->stop(Deadline::after(5s));
    EXPECT_EQ(ask(fresh->port()), "new");
}

TEST(HandOver, a_successor_that_dies_before_it_serves_changes_nothing) {
    const TemporaryFolder folder;
    const auto old = serve("old");
    std::promise<void> taken;
    const auto giver = ListenerGiver::open(folder.path(), old->port(), old->listener(),
                                           [&taken] { taken.set_value(); });
    ASSERT_TRUE(giver);
    { const auto got = take_listener(folder.path(), old->port(), Deadline::after(5s)); }
    EXPECT_EQ(ask(old->port()), "old");
    auto again = take_listener(folder.path(), old->port(), Deadline::after(5s));
    ASSERT_TRUE(again) << again.error().message;
    ASSERT_NE(*again, nullptr) << "the next one is served";
    ASSERT_TRUE((*again)->confirm());
    EXPECT_EQ(taken.get_future().wait_for(5s), std::future_status::ready);
}

TEST(HandOver, nobody_to_take_over_from) {
    const TemporaryFolder folder;
    EXPECT_EQ(*take_listener(folder.path(), 1, Deadline::after(5s)), nullptr);
    EXPECT_EQ(*take_listener(folder.path() / "absent", 1, Deadline::after(5s)), nullptr);
    const auto old = serve("old");
    {
        const auto giver = ListenerGiver::open(folder.path(), old->port(), old->listener(), [] {});
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "an orderly end leaves nothing";
    const auto giver = ListenerGiver::open(folder.path(), old->port(), old->listener(), [] {});
    const auto socket = folder.path() / ("take-over-" + std::to_string(old->port()) + ".sock");
    ASSERT_TRUE(std::filesystem::exists(socket));
    EXPECT_EQ(std::filesystem::status(socket).permissions() & std::filesystem::perms::mask,
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_EQ(*take_listener(folder.path(), 1, Deadline::after(5s)), nullptr) << "another port";
}

TEST(HandOver, who_leaves_never_takes_the_place_of_who_comes) {
    const TemporaryFolder folder;
    const auto server = serve("any");
    const auto offer = [&] {
        return ListenerGiver::open(folder.path(), server->port(), server->listener(), [] {});
    };
    for (int round = 0; round < 300; ++round) {
        auto leaving = offer();
        ASSERT_TRUE(leaving);
        std::jthread leaves([giver = std::move(*leaving)]() mutable { giver.reset(); });
        const auto comes = offer();
        leaves.join();
        ASSERT_TRUE(comes);
        ASSERT_NE(*take_listener(folder.path(), server->port(), Deadline::after(5s)), nullptr)
            << "round " << round;
    }
}

TEST(HandOver, a_socket_of_another_port_is_not_taken) {
    const TemporaryFolder folder;
    const auto old = serve("old");
    const auto wrong = static_cast<std::uint16_t>(old->port() ^ 1U);
    const auto giver = ListenerGiver::open(folder.path(), wrong, old->listener(), [] {});
    ASSERT_TRUE(giver);
    const auto got = take_listener(folder.path(), wrong, Deadline::after(5s));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, ErrorCode::Invalid);
}

TEST(HandOver, a_folder_of_any_length_serves) {
    const TemporaryFolder folder;
    auto deep = folder.path();
    for (int i = 0; i < 12; ++i) {
        deep /= std::string(40, 'd');
    }
    std::filesystem::create_directories(deep);
    const auto old = serve("old");
    const auto giver = ListenerGiver::open(deep, old->port(), old->listener(), [] {});
    ASSERT_TRUE(giver) << giver.error().message;
    EXPECT_NE(*take_listener(deep, old->port(), Deadline::after(5s)), nullptr);
}

TEST(HandOver, a_folder_that_is_not_there_is_said) {
    const auto old = serve("old");
    const auto giver = ListenerGiver::open("/nowhere/at/all", old->port(), old->listener(), [] {});
    ASSERT_FALSE(giver);
    EXPECT_EQ(giver.error().code, ErrorCode::Unavailable);
}

}  // namespace
}  // namespace oidor::net
