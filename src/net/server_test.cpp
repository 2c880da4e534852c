#include "net/server.hpp"

#include <gtest/gtest.h>

#include "net/testing/raw_client.hpp"

namespace oidor::net {
namespace {

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

TEST(Server, answers_a_request) {
    const auto server = start_server({}, echo);
    testing::RawClient client(server->port());
    client.send("POST /a%20b?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    const auto response = client.read_response();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "POST /a b\nhello");
}

}  // namespace
}  // namespace oidor::net
