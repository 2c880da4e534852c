#include <csignal>
#include <fstream>
#include <future>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "speech/contract/engine_contract.hpp"
#include "speech/testing/known_call.hpp"
#include "speech/whisper_server/neighbour.hpp"
#include "speech/whisper_server/whisper_server_engine.hpp"

namespace oidor::speech::whisper_server {
namespace {

using namespace std::chrono_literals;
using speech::testing::known_call;

constexpr std::string_view kProgram =
    OIDOR_SOURCE_DIR "/src/speech/whisper_server/testing/fake_whisper_server.py";

/// A "model" that says how each start of the program behaves, and what it noted of its starts.
class Model {
  public:
    explicit Model(const std::string& runs) {
        std::filesystem::copy_file(known_call().catalogue(), folder_.path() / "calls.json");
        std::filesystem::copy_file(known_call().audio_path(), folder_.path() / "call.wav");
        std::ofstream(path()) << R"({"catalogue":"calls.json","runs":)" << runs << "}";
    }
    [[nodiscard]] std::string path() const { return (folder_.path() / "ggml-test.bin").string(); }
    [[nodiscard]] std::vector<json::object> starts() const {
        std::vector<json::object> starts;
        std::ifstream file(path() + ".runs");
        for (std::string line; std::getline(file, line);) {
            starts.push_back(parse_json(line)->as_object());
        }
        return starts;
    }

  private:
    speech::testing::TemporaryFolder folder_ = {};
};

EngineOptions options_for(const Model& model) {
    EngineOptions options;
    options.whisper_server.program = kProgram;
    options.whisper_server.model = model.path();
    options.whisper_server.back_off_first = 20ms;
    return options;
}

bool is_alive(std::int64_t pid) { return ::kill(static_cast<pid_t>(pid), 0) == 0; }

/// The engine of all tests of the contract, so that the program starts once.
class SharedEngine final : public Engine {
  public:
    [[nodiscard]] const EngineCapabilities& capabilities() const override {
        return engine().capabilities();
    }
    [[nodiscard]] Result<EngineReply> transcribe(const SpeechRequest& request) const override {
        return engine().transcribe(request);
    }

  private:
    static const Engine& engine() {
        static const Model model("[{}]");
        static const auto shared = open_engine(options_for(model));
        return *shared;
    }
};

INSTANTIATE_TEST_SUITE_P(WhisperServer, EngineContract,
                         ::testing::Values(EngineUnderTest{
                             .open = [] { return std::make_unique<SharedEngine>(); },
                             .language = "es",
                             .two_channels = [] { return known_call().request(); },
                             .agent_words = "gracias por llamar",
                             .customer_words = "cambiar mi dirección"}));

TEST(WhisperServer, starts_when_it_is_wanted_and_ends_with_us) {
    const Model model(R"([{"start_s":0.3}])");
    std::int64_t pid = 0;
    {
        auto options = options_for(model);
        options.whisper_server.threads = 3;
        const auto engine = open_engine(options);
        EXPECT_TRUE(model.starts().empty());
        const auto reply = engine->transcribe(known_call().request());
        ASSERT_TRUE(reply) << reply.error().message;
        EXPECT_EQ(reply->transcript.segments.size(), 5U);
        EXPECT_EQ(reply->model, "ggml-test.bin");
        EXPECT_TRUE(engine->capabilities().offline);
        ASSERT_EQ(model.starts().size(), 1U);
        const auto start = model.starts()[0];
        pid = start.at("pid").as_int64();
        EXPECT_TRUE(is_alive(pid));
        EXPECT_EQ(start.at("arguments").at(2), "--threads");
        EXPECT_EQ(start.at("arguments").at(5), "127.0.0.1");
    }
    EXPECT_FALSE(is_alive(pid));
}

TEST(WhisperServer, gets_no_secret_of_ours) {
    ::setenv("AZURE_SPEECH_KEY", "k", 1);
    ::setenv("GGML_TEST", "1", 1);
    const Model model("[{}]");
    ASSERT_TRUE(open_engine(options_for(model))->transcribe(known_call().request()));
    const auto names = format_json(model.starts().at(0).at("environment"));
    EXPECT_FALSE(names.contains("AZURE_SPEECH_KEY"));
    EXPECT_TRUE(names.contains("GGML_TEST"));
    ::unsetenv("AZURE_SPEECH_KEY");
    ::unsetenv("GGML_TEST");
}

TEST(WhisperServer, a_crash_in_the_middle_is_started_anew_and_nothing_is_lost) {
    const Model model(R"([{"die_after":0},{"die_after":1},{}])");
    const auto reply = open_engine(options_for(model))->transcribe(known_call().request());
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->transcript.segments.size(), 5U);
    EXPECT_EQ(model.starts().size(), 3U);
    EXPECT_NE(model.starts()[0].at("pid"), model.starts()[1].at("pid"));
}

TEST(WhisperServer, one_that_always_dies_gives_the_job_back_to_the_queue) {
    const Model model(R"([{"die_after":0}])");
    const auto reply = open_engine(options_for(model))->transcribe(known_call().request());
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::Unavailable) << reply.error().message;
}

TEST(WhisperServer, one_that_cannot_start_says_how_it_ended) {
    const Model model(R"([{"exit":3}])");
    const auto reply = open_engine(options_for(model))->transcribe(known_call().request());
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::Unavailable);
    EXPECT_TRUE(reply.error().message.contains("ended with status 3 while starting"))
        << reply.error().message;
    EXPECT_TRUE(reply.error().retry_after.has_value());
}

TEST(WhisperServer, one_that_never_listens_is_ended) {
    const Model model(R"([{"deaf":true}])");
    auto options = options_for(model);
    options.whisper_server.start_max = 400ms;
    const auto engine = open_engine(options);
    const auto reply = engine->transcribe(known_call().request());
    ASSERT_FALSE(reply);
    EXPECT_TRUE(reply.error().message.contains("did not answer within")) << reply.error().message;
    EXPECT_FALSE(is_alive(model.starts().at(0).at("pid").as_int64()));
}

TEST(WhisperServer, one_that_hangs_is_ended_and_the_next_job_is_heard) {
    const Model model(R"([{"hang":true},{}])");
    auto options = options_for(model);
    options.whisper_server.answer_min = 100ms;  // And 20 times the audio's eight seconds at most.
    const auto engine = open_engine(options);
    auto request = known_call().request();
    request.watch.deadline = Deadline::after(6s);  // It must have started by then, under load too.
    const auto hung = engine->transcribe(request);
    ASSERT_FALSE(hung);
    EXPECT_EQ(hung.error().code, ErrorCode::Timeout) << hung.error().message;
    request.watch.deadline = Deadline::never();
    const auto reply = engine->transcribe(request);
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(model.starts().size(), 2U);
    EXPECT_FALSE(is_alive(model.starts()[0].at("pid").as_int64()));
}

TEST(WhisperServer, says_what_to_install_or_set) {
    const auto refused = [](const EngineOptions& options) {
        const auto reply = open_engine(options)->transcribe(known_call().request());
        EXPECT_FALSE(reply);
        EXPECT_EQ(reply.error().code, ErrorCode::Unsupported) << reply.error().message;
        return reply.error().message;
    };
    EXPECT_TRUE(refused({}).contains("speech.whisper_server.model"));
    const Model model("[{}]");
    auto options = options_for(model);
    options.whisper_server.program = "whisper-server-that-is-not-there";
    EXPECT_TRUE(refused(options).contains("speech.whisper_server.program"));
    options = options_for(model);
    options.whisper_server.model = "/nowhere/model.bin";
    EXPECT_TRUE(refused(options).contains("/nowhere/model.bin"));
}

TEST(WhisperServer, requests_queue_and_each_is_heard) {
    const Model model("[{}]");
    const auto engine = open_engine(options_for(model));
    std::vector<std::future<bool>> heard;
    for (int i = 0; i < 4; ++i) {
        heard.push_back(std::async(std::launch::async, [&] {
            const auto reply = engine->transcribe(known_call().request());
            return reply && reply->transcript.segments.size() == 5;
        }));
    }
    for (auto& each : heard) {
        EXPECT_TRUE(each.get());
    }
    EXPECT_EQ(model.starts().size(), 1U);
}

TEST(WhisperServer, stopping_does_not_wait_for_a_start) {
    const Model model(R"([{"start_s":30}])");
    const auto engine = open_engine(options_for(model));
    std::stop_source stop;
    auto request = known_call().request();
    request.watch.stop = stop.get_token();
    std::jthread stopper([&] {
        while (model.starts().empty()) {
            std::this_thread::yield();
        }
        stop.request_stop();
    });
    const auto reply = engine->transcribe(request);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::Cancelled) << reply.error().message;
}

}  // namespace
}  // namespace oidor::speech::whisper_server
