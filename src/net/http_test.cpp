#include "net/http.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "net/testing/temporary_folder.hpp"

namespace oidor::net {
namespace {

TEST(Headers, names_compare_without_case_and_set_replaces_all) {
    Headers headers;
    headers.add("X-A", "1");
    headers.add("x-a", "2");
    headers.add("B", "3");
    EXPECT_EQ(headers.find("x-A"), "1");
    EXPECT_EQ(headers.count("X-a"), 2U);
    headers.set("X-A", "4");
    EXPECT_EQ(headers.count("x-a"), 1U);
    EXPECT_EQ(headers.find("X-A"), "4");
    EXPECT_EQ(headers.find("b"), "3");
    EXPECT_FALSE(headers.find("c"));
}

TEST(Headers, a_value_cannot_end_its_line) {
    Headers headers;
    headers.add("A\r\nB", "x\r\nSet-Cookie: y\0z");
    EXPECT_EQ(headers.at(0).first, "A  B");
    EXPECT_EQ(headers.at(0).second, "x  Set-Cookie: y");
}

TEST(Request, comes_from_whom_trusted_proxies_name) {
    const std::vector<Network> proxies = {*Network::parse("10.0.0.0/8"), *Network::parse("::1")};
    const auto origin = [&](std::string_view peer, std::vector<std::string_view> forwarded) {
        Request request;
        request.peer = *IpAddress::parse(peer);
        for (const auto value : forwarded) {
            request.headers.add("X-Forwarded-For", value);
        }
        return origin_of(request, proxies).to_string();
    };
    EXPECT_EQ(origin("10.0.0.1", {"203.0.113.9"}), "203.0.113.9");
    EXPECT_EQ(origin("10.0.0.1", {}), "10.0.0.1");
    // What the caller wrote itself stands left of what the proxy saw.
    EXPECT_EQ(origin("10.0.0.1", {"198.51.100.1, 203.0.113.9"}), "203.0.113.9");
    EXPECT_EQ(origin("10.0.0.1", {"198.51.100.1", "203.0.113.9, 10.2.3.4"}), "203.0.113.9");
    EXPECT_EQ(origin("192.0.2.1", {"203.0.113.9"}), "192.0.2.1");
    EXPECT_EQ(origin("::1", {" 203.0.113.9:4711 "}), "203.0.113.9");
    EXPECT_EQ(origin("::1", {"[2001:db8::5]:443"}), "2001:db8::5");
    EXPECT_EQ(origin("::1", {"[2001:db8::5]"}), "2001:db8::5");
    EXPECT_EQ(origin("::1", {"203.0.113.9, unknown"}), "::1");
    EXPECT_EQ(origin("::1", {"203.0.113.9,"}), "::1");
}

TEST(Request, finds_query_values_and_the_plain_content_type) {
    Request request;
    request.query = "a=1&b=%C3%B1";
    request.headers.add("Content-Type", "Application/JSON; charset=utf-8");
    EXPECT_EQ(request.find_query("b"), "\xc3\xb1");
    EXPECT_FALSE(request.find_query("c"));
    EXPECT_EQ(request.content_type(), "application/json");
    EXPECT_EQ(Request().content_type(), "");
}

TEST(Problem, says_what_the_error_says) {
    const auto response = make_problem({.code = ErrorCode::RateLimited,
                                        .message = "too \"many\"",
                                        .retry_after = std::chrono::milliseconds(1200)});
    EXPECT_EQ(response.status, 429);
    EXPECT_EQ(response.headers.find("retry-after"), "2");
    EXPECT_EQ(response.headers.find("content-type"), "application/problem+json");
    EXPECT_EQ(response.body,
              "{\"type\":\"about:blank\",\"title\":\"Too Many Requests\","
              "\"status\":429,\"detail\":\"too \\\"many\\\"\","
              "\"code\":\"RateLimited\"}");
}

TEST(Problem, every_error_code_has_a_named_status) {
    for (const auto& row : error_table()) {
        EXPECT_FALSE(reason_of(row.http_status).empty()) << row.name;
    }
    EXPECT_EQ(reason_of(299), "");
    EXPECT_EQ(reason_of(999), "");
}

TEST(Responder, a_dropped_one_answers_500) {
    std::vector<int> statuses;
    const auto remember = [&](Response&& response) { statuses.push_back(response.status); };
    { const Responder dropped(remember); }
    {
        Responder first(remember);
        Responder second(std::move(first));
        second(make_response(204, "text/plain", ""));
        EXPECT_TRUE(second.answered());
    }
    {
        Responder overwritten(remember);
        overwritten = Responder(remember);
        overwritten(make_response(200, "text/plain", ""));
    }
    EXPECT_EQ(statuses, (std::vector{500, 204, 500, 200}));
}

TEST(FileBody, reads_its_part_and_sees_a_shorter_file) {
    const testing::TemporaryFolder folder;
    const auto path = folder.path() / "a";
    std::ofstream(path) << "0123456789";
    auto body = FileBody::open(path);
    ASSERT_TRUE(body);
    EXPECT_EQ(body->size_bytes(), 10U);
    body->narrow(2, 5);
    std::string text(3, ' ');
    EXPECT_EQ(body->read(text.data(), text.size()).value(), 3U);
    EXPECT_EQ(text, "234");
    ASSERT_EQ(::truncate(path.c_str(), 4), 0);
    EXPECT_EQ(body->read(text.data(), text.size()).error().code, ErrorCode::Corrupt);
    EXPECT_EQ(FileBody::open(folder.path() / "b").error().code, ErrorCode::NotFound);
    EXPECT_EQ(FileBody::open(folder.path()).error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace oidor::net
