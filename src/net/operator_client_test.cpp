#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "net/client.hpp"
#include "net/server.hpp"
#include "net/testing/raw_server.hpp"
#include "net/testing/temporary_folder.hpp"

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

std::string write_file(const std::filesystem::path& path, std::size_t bytes) {
    std::ofstream file(path, std::ios::binary);
    for (std::size_t written = 0; written < bytes; written += 1000) {
        file << std::string(std::min<std::size_t>(1000, bytes - written),
                            static_cast<char>('a' + written / 1000 % 26));
    }
    return path.string();
}

TEST(OperatorClient, a_form_carries_values_and_a_file_with_a_name_of_our_choice) {
    std::string body;
    std::string type;
    const auto server = start_server([&](Request&& request, Responder respond) {
        body = request.body;
        type = request.content_type();
        respond(make_response(200, "a/b", "ok"));
    });
    const testing::TemporaryFolder folder;
    const auto path = write_file(folder.path() / "a-name-of-ours.wav", 5'000);
    const auto client = OperatorClient::open().value();
    ClientRequest request{.method = "POST", .url = local(server->port())};
    request.form = {{.name = "model", .value = "small"},
                    {.name = "definition", .value = "{}", .content_type = "application/json"},
                    {.name = "file",
                     .content_type = "audio/wav",
                     .file_path = path,
                     .file_name = "recording.wav"}};
    const auto response = client->send(request);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(type, "multipart/form-data");
    EXPECT_TRUE(body.contains("name=\"model\"\r\n\r\nsmall\r\n")) << body.substr(0, 300);
    EXPECT_TRUE(body.contains("Content-Type: application/json\r\n\r\n{}\r\n"));
    EXPECT_TRUE(body.contains("name=\"file\"; filename=\"recording.wav\""));
    EXPECT_TRUE(body.contains(std::string(1000, 'a') + std::string(1000, 'b')));
    EXPECT_FALSE(body.contains("a-name-of-ours"));
    // The same connection takes another request after it.
    EXPECT_EQ(client->send({.method = "POST", .url = local(server->port()), .body = "x"})->body,
              "ok");
    EXPECT_EQ(body, "x");
}

TEST(OperatorClient, a_files_bytes_pass_through_and_are_never_held) {
    constexpr std::size_t kBytes = std::size_t{300} << 20U;
    std::atomic<std::size_t> got = 0;
    const testing::RawServer server([&](const std::string& head, const auto& connection) {
        // Only what the head announces is looked at: the rest is read and thrown away.
        const auto at = head.find("Content-Length: ");
        got = at == std::string::npos ? 0 : std::stoull(head.substr(at + 16));
        connection.send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
    });
    const testing::TemporaryFolder folder;
    const auto path = folder.path() / "long.wav";
    write_file(path, 1'000);
    std::filesystem::resize_file(path, kBytes);  // A hole: it takes no room.
    const auto client = OperatorClient::open().value();
    ClientRequest request{.method = "POST", .url = local(server.port())};
    request.form = {{.name = "file", .file_path = path.string(), .file_name = "long.wav"}};
    rusage before = {};
    ::getrusage(RUSAGE_SELF, &before);
    // Who refuses by the head alone is heard, and the file is not sent for nothing.
    const auto response = client->send(request);
    rusage after = {};
    ::getrusage(RUSAGE_SELF, &after);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 413);
    EXPECT_GT(got, kBytes);
    EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 64 * 1024);
}

TEST(OperatorClient, a_form_without_its_file_is_not_sent) {
    const auto client = OperatorClient::open().value();
    ClientRequest request{.method = "POST", .url = "http://127.0.0.1:9/"};
    request.form = {{.name = "file", .file_path = "/nowhere/a.wav"}};
    const auto response = client->send(request);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::NotFound);
    EXPECT_FALSE(response.error().message.contains("nowhere"));
}

TEST(OperatorClient, tells_its_progress_and_stops_when_asked) {
    std::vector<Responder> waiting;  // Nobody is answered.
    const auto server =
        start_server([&](Request&&, Responder respond) { waiting.push_back(std::move(respond)); });
    const auto client = OperatorClient::open().value();
    std::stop_source stop;
    ClientRequest request{.url = local(server->port())};
    request.progress = [&](std::uint64_t) { stop.request_stop(); };
    EXPECT_EQ(client->send(request, stop.get_token()).error().code, ErrorCode::Cancelled);
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
