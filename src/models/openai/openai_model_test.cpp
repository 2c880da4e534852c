#include <atomic>
#include <deque>
#include <mutex>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "models/chat_model.hpp"
#include "models/openai/wire.hpp"
#include "models/testing/fake_model.hpp"
#include "net/server.hpp"

namespace oidor::models {
namespace {

using testing::FakePurse;

/// What the endpoint answers, one after the other; the last one is repeated.
struct Scripted {
    int status = 200;
    std::string body = {};
    std::vector<std::pair<std::string, std::string>> headers = {};
};

std::string completion(std::string_view content, std::string_view finish = "stop") {
    return json::serialize(json::object{
        {"id", "chatcmpl-1"},
        {"object", "chat.completion"},
        {"model", "small-2026-01-01"},
        {"choices",
         json::array{json::object{
             {"index", 0},
             {"finish_reason", finish},
             {"message",
              json::object{{"role", "assistant"}, {"content", content}, {"refusal", nullptr}}}}}},
        {"usage", json::object{{"prompt_tokens", 512},
                               {"completion_tokens", 230},
                               {"prompt_tokens_details", json::object{{"cached_tokens", 256}}}}}});
}

std::string error_body(std::string_view code, std::string_view message,
                       std::string_view param = "") {
    return json::serialize(json::object{
        {"error", json::object{{"message", message},
                               {"type", "invalid_request_error"},
                               {"param", param.empty() ? json::value(nullptr) : json::value(param)},
                               {"code", code}}}});
}

class Endpoint : public ::testing::Test {
  protected:
    Endpoint() {
        net::ServerOptions options;
        options.listen = "127.0.0.1:0";
        options.io_threads = 1;
        server_ = net::Server::open(std::move(options),
                                    [this](net::Request&& request, net::Responder respond) {
                                        answer(request, std::move(respond));
                                    })
                      .value();
        server_->start();
        client_ = net::OperatorClient::open().value();
        where_.url = fmt::format("http://127.0.0.1:{}/v1", server_->port());
        where_.model = "small";
        where_.api_key = Secret("sk-test");
        where_.pause = [this](std::chrono::milliseconds pause, const std::stop_token& stop) {
            pauses_.push_back(pause);
            return !stop.stop_requested();
        };
    }

    void answer(const net::Request& request, net::Responder respond) {
        const std::lock_guard lock(mutex_);
        requests_.push_back(parse_json(request.body).value().as_object());
        paths_.push_back(request.path);
        keys_.emplace_back(request.headers.find("authorization").value_or(""));
        const auto reply = script_.front();
        if (script_.size() > 1) {
            script_.pop_front();
        }
        auto response = net::make_response(reply.status, "application/json", reply.body);
        for (const auto& [name, value] : reply.headers) {
            response.headers.add(name, value);
        }
        respond(std::move(response));
    }

    Result<Completion> complete(std::deque<Scripted> script) {
        script_ = std::move(script);
        if (!model_) {
            model_ = open_openai_model(where_, *client_, clock_);
        }
        CompletionRequest request;
        request.messages = {{.role = "system", .content = "rules"},
                            {.role = "user", .content = "words"}};
        request.schema_name = "form";
        request.schema = {{"type", "object"}};
        request.tokens_max = 77;
        return model_->complete(request, purse_);
    }
    std::string code_of(std::deque<Scripted> script) {
        const auto reply = complete(std::move(script));
        return reply ? "reply" : std::string(faces_of(reply.error().code).name);
    }

    std::mutex mutex_ = {};
    std::deque<Scripted> script_ = {};
    std::vector<json::object> requests_ = {};
    std::vector<std::string> paths_ = {};
    std::vector<std::string> keys_ = {};
    std::vector<std::chrono::milliseconds> pauses_ = {};
    std::unique_ptr<net::Server> server_ = {};
    std::unique_ptr<net::OperatorClient> client_ = {};
    ManualClock clock_{Timestamp(std::chrono::seconds(1'770'000'000))};
    EndpointOptions where_ = {};
    std::unique_ptr<ChatModel> model_ = {};
    FakePurse purse_ = {};
};

TEST_F(Endpoint, a_request_asks_for_the_schema_and_a_reply_tells_its_tokens) {
    const auto reply = complete({{.body = completion("{}")}});
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->finish, Finish::Complete);
    EXPECT_EQ(reply->text, "{}");
    EXPECT_EQ(reply->model, "small-2026-01-01");
    EXPECT_EQ(reply->usage, (Usage{.prompt_tokens = 512,
                                   .cached_tokens = 256,
                                   .completion_tokens = 230}));
    EXPECT_EQ(paths_.at(0), "/v1/chat/completions");
    EXPECT_EQ(keys_.at(0), "Bearer sk-test");
    const auto& sent = requests_.at(0);
    EXPECT_EQ(sent.at("model"), "small");
    EXPECT_EQ(sent.at("temperature"), 0);
    EXPECT_EQ(sent.at("max_completion_tokens"), 77);
    EXPECT_EQ(sent.at("store"), false);
    EXPECT_TRUE(sent.contains("seed"));
    EXPECT_FALSE(sent.contains("tools"));
    const auto& format = sent.at("response_format").as_object();
    EXPECT_EQ(format.at("type"), "json_schema");
    EXPECT_EQ(format.at("json_schema").as_object().at("strict"), true);
    EXPECT_EQ(purse_.calls, 1);
    EXPECT_EQ(purse_.tokens, 742);
}

TEST_F(Endpoint, what_a_server_does_not_take_is_left_out_from_then_on) {
    const std::deque<Scripted> refusals = {
        {.status = 400, .body = error_body("unsupported_parameter", "no", "max_completion_tokens")},
        {.status = 400, .body = error_body("unsupported_value", "no", "temperature")},
        {.status = 422, .body = R"({"detail":"unknown field: seed"})"},
        {.status = 400, .body = error_body("x", "'response_format.json_schema' is not supported")},
        {.status = 400, .body = R"({"error":"response_format: only text"})"},
        {.status = 400, .body = error_body("x", "no", "store")},
        {.body = completion("{}")}};
    EXPECT_EQ(code_of(refusals), "reply");
    EXPECT_EQ(requests_.size(), 7U);
    const auto& last = requests_.back();
    EXPECT_EQ(last.at("max_tokens"), 77);
    for (const std::string_view gone :
         {"max_completion_tokens", "temperature", "seed", "response_format", "store"}) {
        EXPECT_FALSE(last.contains(gone)) << gone;
    }
    EXPECT_TRUE(std::string(last.at("messages").as_array()[0].as_object().at("content").as_string())
                    .contains("JSON Schema"));
    EXPECT_EQ(requests_.at(4).at("response_format").as_object().at("type"), "json_object");
    EXPECT_TRUE(pauses_.empty());
    // The next request begins where this one ended.
    EXPECT_EQ(code_of({{.body = completion("{}")}}), "reply");
    EXPECT_EQ(requests_.size(), 8U);
    EXPECT_EQ(requests_.back(), requests_.at(6));
}

TEST_F(Endpoint, a_request_that_is_wrong_otherwise_is_not_repeated) {
    EXPECT_EQ(code_of({{.status = 400, .body = error_body("x", "messages: too few")}}), "Invalid");
    EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(Endpoint, errors_have_the_codes_of_their_classes) {
    where_.attempts_max = 1;
    EXPECT_EQ(code_of({{.status = 401, .body = error_body("invalid_api_key", "no")}}),
              "Unauthenticated");
    EXPECT_EQ(code_of({{.status = 403, .body = "<html>no</html>"}}), "Forbidden");
    EXPECT_EQ(code_of({{.status = 404, .body = error_body("model_not_found", "no")}}), "NotFound");
    EXPECT_EQ(code_of({{.status = 400,
                        .body = error_body("context_length_exceeded", "maximum context length")}}),
              "TooLarge");
    EXPECT_EQ(code_of({{.status = 429, .body = error_body("rate_limit_exceeded", "slow")}}),
              "RateLimited");
    EXPECT_EQ(code_of({{.status = 429, .body = error_body("insufficient_quota", "pay")}}),
              "Forbidden");
    EXPECT_EQ(code_of({{.status = 500, .body = ""}}), "Unavailable");
    EXPECT_EQ(code_of({{.status = 503, .body = R"({"error":{"code":503,"message":"Loading"}})"}}),
              "Unavailable");
    EXPECT_EQ(code_of({{.status = 504, .body = ""}}), "Timeout");
    EXPECT_EQ(code_of({{.status = 302, .body = ""}}), "Invalid");
    EXPECT_EQ(purse_.failed, 10);
}

TEST_F(Endpoint, errors_do_not_repeat_what_was_sent_or_the_key) {
    const auto reply = complete(
        {{.status = 400, .body = error_body("invalid_prompt", "bad words: words sk-test")}});
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().message, "model: status 400 from the endpoint (invalid_prompt)");
}

TEST_F(Endpoint, what_may_pass_is_tried_again_and_bounded) {
    EXPECT_EQ(code_of({{.status = 500, .body = ""},
                       {.status = 429, .body = "", .headers = {{"retry-after-ms", "50"}}},
                       {.body = completion("{}")}}),
              "reply");
    ASSERT_EQ(pauses_.size(), 2U);
    EXPECT_GE(pauses_[0], std::chrono::milliseconds(375));
    EXPECT_LE(pauses_[0], std::chrono::milliseconds(500));
    EXPECT_EQ(pauses_[1], std::chrono::milliseconds(50));
    EXPECT_EQ(code_of({{.status = 500, .body = ""}}), "Unavailable");
    EXPECT_EQ(requests_.size(), 3U + 3U);
}

TEST_F(Endpoint, whoever_asks_for_a_long_wait_gets_it_from_the_queue) {
    const auto reply =
        complete({{.status = 429, .body = "", .headers = {{"Retry-After", "120"}}}});
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::RateLimited);
    EXPECT_EQ(reply.error().retry_after, std::chrono::seconds(120));
    EXPECT_TRUE(pauses_.empty());
}

TEST_F(Endpoint, the_endpoint_may_say_that_trying_again_is_no_use) {
    EXPECT_EQ(code_of({{.status = 500, .body = "", .headers = {{"x-should-retry", "false"}}}}),
              "Unavailable");
    EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(Endpoint, replies_end_in_different_ways) {
    EXPECT_EQ(complete({{.body = completion("{\"a\":", "length")}})->finish, Finish::Cut);
    EXPECT_EQ(complete({{.body = completion("", "content_filter")}})->finish, Finish::Filtered);
    EXPECT_EQ(complete({{.status = 400, .body = error_body("content_filter", "no")}})->finish,
              Finish::Filtered);
    const std::string refused =
        R"({"choices":[{"message":{"content":null,"refusal":"No."},"finish_reason":"stop"}]})";
    EXPECT_EQ(complete({{.body = refused}})->finish, Finish::Refused);
    const std::string parts =
        R"({"choices":[{"message":{"content":[{"type":"text","text":"{}"}]}}]})";
    const auto read = complete({{.body = parts}});
    EXPECT_EQ(read->text, "{}");
    EXPECT_FALSE(read->usage.prompt_tokens);
}

TEST_F(Endpoint, replies_of_another_form_are_corrupt) {
    where_.attempts_max = 1;
    for (const std::string_view body :
         {"", "{}", "<html>", R"({"choices":[]})", R"({"choices":[{}]})",
          R"({"choices":[{"message":{"content":null}}]})",
          R"({"choices":[{"message":{"tool_calls":[]},"finish_reason":"tool_calls"}]})"}) {
        EXPECT_EQ(code_of({{.body = std::string(body)}}), "Corrupt") << body;
    }
}

TEST_F(Endpoint, a_reply_is_bounded) {
    where_.reply_bytes_max = 1'000;
    where_.attempts_max = 1;
    EXPECT_EQ(code_of({{.body = completion(std::string(2'000, 'x'))}}), "Corrupt");
}

TEST_F(Endpoint, an_empty_purse_asks_nobody) {
    purse_.empty = true;
    EXPECT_EQ(code_of({{.body = completion("{}")}}), "RateLimited");
    EXPECT_TRUE(requests_.empty());
}

TEST_F(Endpoint, a_stop_ends_the_waiting) {
    where_.pause = [](std::chrono::milliseconds, const std::stop_token&) { return false; };
    EXPECT_EQ(code_of({{.status = 500, .body = ""}}), "Cancelled");
}

TEST_F(Endpoint, nobody_listening_is_unavailable) {
    where_.url = "http://127.0.0.1:1/v1";
    EXPECT_EQ(code_of({{.body = ""}}), "Unavailable");
    EXPECT_EQ(pauses_.size(), 2U);
}

TEST(Wire, an_address_is_taken_with_and_without_its_path) {
    using openai::completions_url;
    EXPECT_EQ(completions_url("https://api.openai.com/v1/"),
              "https://api.openai.com/v1/chat/completions");
    EXPECT_EQ(completions_url("https://api.openai.com"),
              "https://api.openai.com/v1/chat/completions");
    EXPECT_EQ(completions_url("http://127.0.0.1:8000/"),
              "http://127.0.0.1:8000/v1/chat/completions");
    EXPECT_EQ(completions_url("https://api.groq.com/openai/v1"),
              "https://api.groq.com/openai/v1/chat/completions");
}

}  // namespace
}  // namespace oidor::models
