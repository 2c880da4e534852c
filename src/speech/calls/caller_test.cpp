#include "speech/calls/caller.hpp"

#include <gtest/gtest.h>

namespace oidor::speech::calls {
namespace {

using namespace std::chrono_literals;

TEST(ReadRefusal, knows_every_form_that_providers_have) {
    const auto openai = read_refusal(
        401,
        R"({"error":{"message":"Wrong KEY","type":"x","param":null,"code":"invalid_api_key"}})");
    EXPECT_EQ(openai.code, "invalid_api_key");
    EXPECT_EQ(openai.message, "wrong key");
    const auto azure = read_refusal(
        400,
        R"({"code":"InvalidRequest","message":"M","innerError":{"code":"InvalidLocale","message":"m"}})");
    EXPECT_EQ(azure.code, "InvalidLocale");
    const auto gateway = read_refusal(401, R"({"error":{"code":"401","message":"Access denied"}})");
    EXPECT_EQ(gateway.code, "401");
    EXPECT_EQ(read_refusal(500, R"({"error":"failed to read"})").message, "failed to read");
    EXPECT_EQ(read_refusal(422, R"({"detail":"Unknown Model"})").message, "unknown model");
    EXPECT_EQ(read_refusal(422, R"({"detail":[{"loc":["model"]}]})").message,
              R"({"detail":[{"loc":["model"]}]})");
    EXPECT_EQ(read_refusal(502, "<HTML>").message, "<html>");
    EXPECT_LE(read_refusal(502, std::string(100'000, 'x')).message.size(), 2'000U);
}

net::ClientResponse response_of(int status,
                                std::vector<std::pair<std::string, std::string>> headers) {
    net::ClientResponse response{.status = status};
    for (const auto& [name, value] : headers) {
        response.headers.add(name, value);
    }
    return response;
}

TEST(ToError, gives_each_status_its_class) {
    const auto now = SystemClock().now();
    const auto code = [&](int status) { return to_error(response_of(status, {}), {}, now).code; };
    EXPECT_EQ(code(400), ErrorCode::Invalid);
    EXPECT_EQ(code(401), ErrorCode::Unauthenticated);
    EXPECT_EQ(code(403), ErrorCode::Forbidden);
    EXPECT_EQ(code(404), ErrorCode::NotFound);
    EXPECT_EQ(code(408), ErrorCode::Timeout);
    EXPECT_EQ(code(409), ErrorCode::Unavailable);
    EXPECT_EQ(code(413), ErrorCode::TooLarge);
    EXPECT_EQ(code(415), ErrorCode::Unsupported);
    EXPECT_EQ(code(422), ErrorCode::Invalid);
    EXPECT_EQ(code(429), ErrorCode::RateLimited);
    EXPECT_EQ(code(500), ErrorCode::Unavailable);
    EXPECT_EQ(code(302), ErrorCode::Invalid);
}

TEST(ToError, waits_as_long_as_is_asked_and_shows_words_alone) {
    const auto now = SystemClock().now();
    EXPECT_EQ(to_error(response_of(429, {{"Retry-After", "7"}}), {}, now).retry_after, 7s);
    EXPECT_EQ(to_error(response_of(429, {{"Retry-After", "7"}, {"retry-after-ms", "250"}}), {}, now)
                  .retry_after,
              250ms);
    EXPECT_EQ(to_error(response_of(429, {{"retry-after-ms", "x"}}), {}, now).retry_after,
              std::nullopt);
    const auto quota =
        to_error(response_of(429, {{"Retry-After", "7"}}), {.code = "insufficient_quota"}, now);
    EXPECT_EQ(quota.code, ErrorCode::Forbidden);
    EXPECT_EQ(quota.retry_after, std::nullopt);
    EXPECT_EQ(quota.message, "status 429 from the endpoint (insufficient_quota)");
    EXPECT_EQ(
        to_error(response_of(400, {}), {.code = "call +54 9 11", .message = "secret"}, now).message,
        "status 400 from the endpoint");
}

TEST(DeadlineFor, grows_with_the_audio_between_its_bounds) {
    const Patience patience = {.at_least = 60s, .of_the_audio = 0.5, .at_most = 10min};
    EXPECT_LE(deadline_for(patience, 1s, {}).remaining(), 60s);
    EXPECT_GT(deadline_for(patience, 1s, {}).remaining(), 50s);
    EXPECT_GT(deadline_for(patience, 10min, {}).remaining(), 290s);
    EXPECT_LE(deadline_for(patience, 5h, {}).remaining(), 10min);
    EXPECT_LE(deadline_for(patience, 5h, {.deadline = Deadline::after(5s)}).remaining(), 5s);
}

}  // namespace
}  // namespace oidor::speech::calls
