#include "speech/openai/openai_engine.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "speech/contract/engine_contract.hpp"
#include "speech/contract/network_contract.hpp"
#include "speech/openai/wire.hpp"
#include "speech/testing/known_call.hpp"

namespace oidor::speech::openai {
namespace {

using namespace std::chrono_literals;
using speech::testing::known_call;
using speech::testing::KnownCall;
using speech::testing::SimulatorProcess;

const SimulatorProcess& simulator() {
    static const SimulatorProcess process(
        "openai", {"--key", std::string(kContractKey), "--catalogue", known_call().catalogue()});
    return process;
}

EngineOptions options_with(const std::string& key, const std::string& model = "whisper-1") {
    EngineOptions options;
    options.openai.url = simulator().url();
    options.openai.model = model;
    options.openai.api_key = Secret(key);
    options.pause = [](std::chrono::milliseconds, const std::stop_token& stop) {
        return !stop.stop_requested();
    };
    return options;
}

std::unique_ptr<Engine> open_model(const std::string& model) {
    return *speech::open_engine("openai", options_with(std::string(kContractKey), model));
}

INSTANTIATE_TEST_SUITE_P(OpenAi, EngineContract,
                         ::testing::Values(EngineUnderTest{
                             .open = [] { return open_model("whisper-1"); },
                             .language = "es",
                             .two_channels = [] { return known_call().request(); },
                             .agent_words = "gracias por llamar",
                             .customer_words = "cambiar mi dirección"}));
INSTANTIATE_TEST_SUITE_P(OpenAi, NetworkEngineContract,
                         ::testing::Values(NetworkEngine{
                             .open =
                                 [](const std::string& key) {
                                     return *speech::open_engine("openai", options_with(key));
                                 },
                             .simulator = []() -> const SimulatorProcess& { return simulator(); },
                             .request = [] { return known_call().request(); }}));

json::object last_fields() {
    return simulator().control().at("asked").as_array().back().at("fields").as_object();
}

TEST(OpenAiEngine, sends_each_channel_without_its_long_pauses) {
    auto request = known_call().request();
    request.phrases = {"Plan Familia", "Cablevisión"};
    const auto reply = open_model("whisper-1")->transcribe(request);
    ASSERT_TRUE(reply) << reply.error().message;
    const auto fields = last_fields();
    EXPECT_EQ(fields.at("language"), json::array{"es"});
    EXPECT_EQ(fields.at("response_format"), json::array{"verbose_json"});
    EXPECT_EQ(fields.at("timestamp_granularities[]"), (json::array{"segment", "word"}));
    EXPECT_EQ(fields.at("prompt"), json::array{"Plan Familia, Cablevisión"});
    EXPECT_EQ(fields.at("temperature"), json::array{"0"});
    EXPECT_EQ(reply->signs.size(), reply->transcript.segments.size());
    EXPECT_EQ(reply->signs[0].no_speech_probability, 0.01);
    EXPECT_EQ(reply->model, "whisper-1");
    // The agent: 0 to 6.4 s and 11.9 to 13.9 s; the customer: 2.4 to 4.8 s and 10.5 to 12.5 s.
    EXPECT_EQ(reply->sent, 6'400ms + 2'000ms + 2'400ms + 2'000ms);
    EXPECT_EQ(reply->transcript.segments[3].start, 11s);
    EXPECT_EQ(reply->transcript.segments[3].text, "Muchas gracias.");
}

TEST(OpenAiEngine, asks_differently_for_what_was_not_believed) {
    auto request = known_call().request();
    request.phrases = {"Plan Familia"};
    request.again = true;
    ASSERT_TRUE(open_model("whisper-1")->transcribe(request));
    const auto fields = last_fields();
    EXPECT_EQ(fields.at("temperature"), json::array{"0.4"});
    EXPECT_FALSE(fields.contains("prompt"));
}

TEST(OpenAiEngine, a_language_that_is_detected_holds_for_the_rest) {
    auto request = known_call().request();
    request.language = "auto";
    const auto engine = open_model("whisper-1");
    const auto before = simulator().control().at("asked").as_array().size();
    const auto reply = engine->transcribe(request);
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->transcript.language, "es");
    const auto asked = simulator().control().at("asked").as_array();
    ASSERT_EQ(asked.size(), before + 2);
    EXPECT_FALSE(asked[before].at("fields").as_object().contains("language"));
    EXPECT_EQ(asked[before + 1].at("fields").at("language"), json::array{"es"});
    // One that it cannot be is asked for once more, in the first that it can.
    request.language_candidates = {"pt", "en"};
    const auto other = engine->transcribe(request);
    ASSERT_TRUE(other) << other.error().message;
    EXPECT_EQ(simulator().control().at("asked").as_array().size(), asked.size() + 3);
    EXPECT_EQ(last_fields().at("language"), json::array{"pt"});
}

TEST(OpenAiEngine, an_upload_within_the_bound_however_long_the_recording) {
    auto options = options_with(std::string(kContractKey));
    options.openai.file_bytes_max = 90'000;  // Under three seconds.
    const auto engine = *speech::open_engine("openai", options);
    const auto before = simulator().control().at("asked").as_array().size();
    const auto pieces = engine->transcribe(known_call().request());
    ASSERT_TRUE(pieces) << pieces.error().message;
    const auto whole = open_model("whisper-1")->transcribe(known_call().request());
    ASSERT_TRUE(whole);
    EXPECT_EQ(pieces->transcript, whole->transcript);
    const auto asked = simulator().control().at("asked").as_array();
    EXPECT_GE(asked.size(), before + 6);
    for (std::size_t i = before; i < asked.size() - 2; ++i) {
        EXPECT_LE(asked[i].at("files").at(0).at("bytes").as_int64(), 90'000);
    }
}

TEST(OpenAiEngine, a_model_without_times_is_given_turns_so_that_words_have_a_place) {
    const auto engine = open_model("gpt-4o-transcribe");
    const auto reply = engine->transcribe(known_call().request());
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(last_fields().at("response_format"), json::array{"json"});
    ASSERT_GE(reply->transcript.segments.size(), 4U);
    const auto& last = reply->transcript.segments.back();
    EXPECT_EQ(last.text, "Que tenga un buen día.");
    EXPECT_EQ(last.start, 12'100ms);  // Its turn with the margins.
    EXPECT_EQ(last.end, 13'700ms);
    EXPECT_EQ(last.confidence, std::nullopt);
}

TEST(OpenAiEngine, a_model_that_tells_voices_apart_is_asked_in_its_own_form) {
    const KnownCall call(1, 9s,
                         {{.channel = 0, .start = 500ms, .end = 2s, .text = "Buenos días."},
                          {.channel = 0, .start = 3s, .end = 8s, .text = "Quiero un cambio."}});
    const SimulatorProcess own("openai", {"--catalogue", call.catalogue()});
    auto options = options_with("k", "gpt-4o-transcribe-diarize");
    options.openai.url = own.url();
    const auto reply = (*speech::open_engine("openai", options))->transcribe(call.request());
    ASSERT_TRUE(reply) << reply.error().message;
    const auto fields = own.control().at("asked").at(0).at("fields").as_object();
    EXPECT_EQ(fields.at("response_format"), json::array{"diarized_json"});
    EXPECT_EQ(fields.at("chunking_strategy"), json::array{"auto"});
    ASSERT_EQ(reply->transcript.segments.size(), 2U);
    EXPECT_EQ(reply->transcript.segments[0].voice, 0);
    EXPECT_EQ(reply->transcript.segments[1].start, 3s);
}

TEST(OpenAiEngine, what_a_server_does_not_take_is_left_out_from_then_on) {
    // The simulator's model knows no such form: the dialect begins with one that it refuses.
    const auto engine = open_model("gpt-4o-mini-transcribe");
    ASSERT_TRUE(engine->transcribe(known_call().request()));
    const Dialect all;
    const auto down = [](const Dialect& dialect, std::string message) {
        return step_down(dialect, {.status = 400, .message = std::move(message)});
    };
    const auto no_words = down(all, "timestamp_granularities must be one");
    ASSERT_TRUE(no_words);
    EXPECT_TRUE(no_words->segment_times && !no_words->word_times);
    const auto no_times = down(*no_words, "timestamp_granularities are unknown");
    ASSERT_TRUE(no_times);
    EXPECT_FALSE(no_times->segment_times);
    EXPECT_EQ(down(*no_times, "currently only support response_format text or json")->form,
              Dialect::Form::Plain);
    EXPECT_FALSE(down(all, "prompt is not supported")->prompt);
    EXPECT_FALSE(down(all, "unknown field: temperature")->temperature);
    EXPECT_EQ(down(all, "the audio file is broken"), std::nullopt);
    EXPECT_EQ(step_down(all, {.status = 500, .message = "response_format"}), std::nullopt);
}

TEST(OpenAiEngine, the_wrong_model_names_the_setting) {
    const auto reply = open_model("nobody")->transcribe(known_call().request());
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::NotFound);
    EXPECT_TRUE(reply.error().message.contains("speech.openai.model")) << reply.error().message;
    EXPECT_TRUE(reply.error().message.contains("model_not_found"));
    const auto nothing_set = (*speech::open_engine("openai"))->transcribe(known_call().request());
    EXPECT_EQ(nothing_set.error().code, ErrorCode::Unsupported);
}

TEST(OpenAiWire, puts_addresses_together) {
    EXPECT_EQ(transcriptions_url("http://gpu:8000"), "http://gpu:8000/v1/audio/transcriptions");
    EXPECT_EQ(transcriptions_url("https://api.groq.com/openai/v1/"),
              "https://api.groq.com/openai/v1/audio/transcriptions");
}

TEST(OpenAiWire, reads_what_compatible_servers_write) {
    // vLLM states the duration as text; llama.cpp gives text alone.
    const auto form = read_reply(R"({"duration":"8.5","text":"a b","segments":[
        {"start":0,"end":1.5,"text":" a b","avg_logprob":-0.5,"no_speech_prob":0.9,
         "compression_ratio":2.5}]})");
    ASSERT_TRUE(form) << form.error().message;
    EXPECT_EQ(form->transcript.duration, 8'500ms);
    ASSERT_EQ(form->signs.size(), 1U);
    EXPECT_EQ(form->signs[0].compression_ratio, 2.5);
    EXPECT_EQ(
        read_reply(R"({"type":"transcript.text.done","text":"a"})")->transcript.segments[0].text,
        "a");
    for (const std::string_view body :
         {"", "a b", "[]", "{}", R"({"text":1})", R"({"text":"a","segments":[{"text":5}]})"}) {
        EXPECT_EQ(read_reply(body).error().code, ErrorCode::Unavailable) << body;
    }
}

TEST(OpenAiWire, a_prompt_holds_whole_phrases) {
    EXPECT_EQ(make_prompt({}), "");
    EXPECT_EQ(make_prompt({"a", "b c"}), "a, b c");
    const std::vector<std::string> many(100, std::string(30, 'x'));
    EXPECT_LE(make_prompt(many).size(), 600U);
    EXPECT_TRUE(make_prompt(many).ends_with(std::string(30, 'x')));
}

}  // namespace
}  // namespace oidor::speech::openai
