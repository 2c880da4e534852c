#include "speech/azure/azure_engine.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "speech/azure/batch_wire.hpp"
#include "speech/azure/wire.hpp"
#include "speech/contract/engine_contract.hpp"
#include "speech/contract/network_contract.hpp"
#include "speech/testing/known_call.hpp"

namespace oidor::speech::azure {
namespace {

using namespace std::chrono_literals;
using speech::testing::known_call;
using speech::testing::KnownCall;
using speech::testing::SimulatorProcess;

const SimulatorProcess& simulator() {
    static const SimulatorProcess process(
        "azure", {"--key", std::string(kContractKey), "--catalogue", known_call().catalogue()});
    return process;
}

EngineOptions options_with(const std::string& key) {
    EngineOptions options;
    options.azure.key = Secret(key);
    options.azure.url = simulator().url();
    options.azure.batch_wait_max = 60s;  // The suite has no queue to come back from.
    options.pause = [](std::chrono::milliseconds, const std::stop_token& stop) {
        return !stop.stop_requested();
    };
    return options;
}

std::unique_ptr<Engine> open_by_name(std::string_view name) {
    return *open_engine(name, options_with(std::string(kContractKey)));
}

EngineUnderTest under_test(std::string_view name) {
    return {.open = [name] { return open_by_name(name); },
            .language = "es",
            .two_channels = [] { return known_call().request(); },
            .agent_words = "gracias por llamar",
            .customer_words = "cambiar mi dirección"};
}

NetworkEngine behind_network(std::string_view name) {
    return {
        .open = [name](const std::string& key) { return *open_engine(name, options_with(key)); },
        .simulator = []() -> const SimulatorProcess& { return simulator(); },
        .request = [] { return known_call().request(); }};
}

INSTANTIATE_TEST_SUITE_P(Azure, EngineContract, ::testing::Values(under_test("azure")));
INSTANTIATE_TEST_SUITE_P(AzureBatch, EngineContract, ::testing::Values(under_test("azure_batch")));
INSTANTIATE_TEST_SUITE_P(Azure, NetworkEngineContract, ::testing::Values(behind_network("azure")));
INSTANTIATE_TEST_SUITE_P(AzureBatch, NetworkEngineContract,
                         ::testing::Values(behind_network("azure_batch")));

json::object last_asked() {
    const auto state = simulator().control();
    return state.at("asked").as_array().back().as_object();
}

TEST(AzureFast, sends_the_file_with_its_channels_apart_and_nothing_masked) {
    const auto reply = open_by_name("azure")->transcribe(known_call().request());
    ASSERT_TRUE(reply) << reply.error().message;
    const auto asked = last_asked();
    EXPECT_EQ(asked.at("version"), "2024-11-15");
    EXPECT_EQ(asked.at("name"), "recording.wav");
    EXPECT_EQ(asked.at("type"), "audio/wav");
    EXPECT_EQ(format_json(asked.at("definition").as_object()),
              R"({"locales":["es-MX"],"channels":[0,1],"profanityFilterMode":"None"})");
    EXPECT_EQ(reply->sent, 28s);  // Two channels.
    EXPECT_EQ(reply->transcript.segments.size(), 5U);
    EXPECT_EQ(reply->transcript.segments[2].words.front().text, "Con");
}

TEST(AzureFast, asks_for_locales_phrases_and_candidates_as_they_are_wanted) {
    auto options = options_with(std::string(kContractKey));
    options.azure.locales = {"pt-BR", "es-AR", "es-ES"};
    const auto engine = *open_engine("azure", options);
    auto request = known_call().request();
    request.phrases = {"Plan Familia"};
    ASSERT_TRUE(engine->transcribe(request));
    auto asked = last_asked();
    EXPECT_EQ(asked.at("version"), "2025-10-15");
    EXPECT_EQ(asked.at("definition").at("locales"), json::array{"es-AR"});
    EXPECT_EQ(asked.at("definition").at("phraseList").at("phrases"), json::array{"Plan Familia"});
    request.language_candidates = {"es", "pt"};
    request.again = true;
    ASSERT_TRUE(engine->transcribe(request));
    asked = last_asked();
    EXPECT_EQ(asked.at("version"), "2024-11-15");
    EXPECT_EQ(asked.at("definition").at("locales"), (json::array{"es-AR", "pt-BR"}));
    request.language_candidates.clear();
    request.language = "auto";
    const auto reply = engine->transcribe(request);
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->transcript.language, "es");
    EXPECT_FALSE(last_asked().at("definition").as_object().contains("locales"));
}

TEST(AzureFast, tells_voices_apart_on_one_channel) {
    const KnownCall call(1, 6s,
                         {{.channel = 0, .start = 500ms, .end = 2s, .text = "Buenos días."}});
    const SimulatorProcess own("azure", {"--catalogue", call.catalogue()});
    auto options = options_with("k");
    options.azure.url = own.url();
    const auto reply = (*open_engine("azure", options))->transcribe(call.request());
    ASSERT_TRUE(reply) << reply.error().message;
    const auto asked = own.control().at("asked").as_array().back();
    EXPECT_FALSE(asked.at("definition").as_object().contains("channels"));
    EXPECT_EQ(asked.at("definition").at("diarization").at("enabled"), true);
    ASSERT_EQ(reply->transcript.segments.size(), 1U);
    EXPECT_EQ(reply->transcript.segments[0].voice, 0);
    EXPECT_EQ(reply->transcript.segments[0].channel, 0);
    EXPECT_EQ(reply->sent, 6s);
}

TEST(AzureFast, what_is_over_a_bound_goes_in_pieces_with_the_same_words_and_times) {
    const auto whole = open_by_name("azure")->transcribe(known_call().request());
    auto options = options_with(std::string(kContractKey));
    options.azure.file_bytes_max = 120'000;  // Under four seconds of one channel.
    const auto pieces = (*open_engine("azure", options))->transcribe(known_call().request());
    ASSERT_TRUE(whole && pieces) << pieces.error().message;
    ASSERT_EQ(pieces->transcript.segments.size(), whole->transcript.segments.size());
    for (std::size_t i = 0; i < whole->transcript.segments.size(); ++i) {
        const auto& left = whole->transcript.segments[i];
        const auto& right = pieces->transcript.segments[i];
        EXPECT_EQ(left.text, right.text);
        EXPECT_EQ(left.channel, right.channel);
        EXPECT_EQ(left.start, right.start);
        EXPECT_EQ(left.end, right.end);
    }
    EXPECT_LT(pieces->sent, whole->sent);
    EXPECT_FALSE(last_asked().at("definition").as_object().contains("diarization"));
}

TEST(AzureFast, says_which_channel_was_not_heard_to_its_end) {
    const KnownCall call(1, 60s,
                         {{.channel = 0, .start = 1s, .end = 20s, .text = "Buenos días."},
                          {.channel = 0, .start = 21s, .end = 58s, .text = "Hasta luego."}});
    const SimulatorProcess own("azure", {"--catalogue", call.catalogue(), "--fault", "half"});
    auto options = options_with("k");
    options.azure.url = own.url();
    const auto engine = *open_engine("azure", options);
    const auto half = engine->transcribe(call.request());
    ASSERT_TRUE(half) << half.error().message;
    EXPECT_EQ(half->unheard, (std::vector<UnheardEnd>{{.channel = 0, .from = 20s, .speech = 37s}}));
    const auto whole = engine->transcribe(call.request());
    ASSERT_TRUE(whole) << whole.error().message;
    EXPECT_TRUE(whole->unheard.empty());
}

TEST(AzureFast, says_what_to_set) {
    for (const std::string name : {"azure", "azure_batch"}) {
        const auto engine = *open_engine(name);
        EXPECT_TRUE(engine->capabilities().missing.contains("speech.azure.key"));
        const auto reply = engine->transcribe(known_call().request());
        ASSERT_FALSE(reply);
        EXPECT_EQ(reply.error().code, ErrorCode::Unsupported);
        EXPECT_TRUE(reply.error().message.contains("speech.azure.region"));
    }
    auto request = known_call().request();
    request.language = "fi";
    EXPECT_EQ(open_by_name("azure")->transcribe(request).error().code, ErrorCode::Unsupported);
    request.language = "es-UY";  // Well formed, and the region does not have it.
    const auto reply = open_by_name("azure")->transcribe(request);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::Unsupported) << reply.error().message;
    EXPECT_TRUE(reply.error().message.contains("speech.azure.locales"));
}

std::size_t count_orders(const SimulatorProcess& own) {
    return own.control().at("asked").as_array().size();
}

TEST(AzureBatch, a_job_is_found_again_after_a_restart_and_never_made_twice) {
    const SimulatorProcess own("azure", {"--catalogue", known_call().catalogue(), "--polls", "40"});
    auto options = options_with("k");
    options.azure.url = own.url();
    options.azure.batch_wait_max = 0ms;
    for (int start = 0; start < 3; ++start) {
        const auto reply =
            (*open_engine("azure_batch", options))->transcribe(known_call().request());
        ASSERT_FALSE(reply);
        EXPECT_EQ(reply.error().code, ErrorCode::RateLimited) << reply.error().message;
        EXPECT_GE(reply.error().retry_after.value_or(0ms), 30s);
    }
    EXPECT_EQ(count_orders(own), 1U);
    (void)own.control({{"polls_until_done", 0}});
    options.azure.batch_keep = 0ms;
    const auto engine = *open_engine("azure_batch", options);
    const auto reply = engine->transcribe(known_call().request());
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(count_orders(own), 1U);
    const auto order = own.control().at("asked").at(0).at("order");
    EXPECT_EQ(order.at("properties").at("channels"), (json::array{0, 1}));
    EXPECT_EQ(order.at("properties").at("profanityFilterMode"), "None");
    // The next recording's call deletes what was read; asked once more, it is a new job.
    ASSERT_TRUE(engine->transcribe(known_call().request()));
    EXPECT_EQ(count_orders(own), 2U);
}

TEST(AzureBatch, a_job_that_failed_says_so_and_the_next_one_is_new) {
    const SimulatorProcess own("azure", {"--catalogue", known_call().catalogue()});
    (void)own.control({{"job_fails", "InvalidData"}});
    auto options = options_with("k");
    options.azure.url = own.url();
    const auto engine = *open_engine("azure_batch", options);
    const auto failed = engine->transcribe(known_call().request());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::Invalid);
    EXPECT_TRUE(failed.error().message.contains("InvalidData")) << failed.error().message;
    (void)own.control({{"job_fails", ""}});
    EXPECT_TRUE(engine->transcribe(known_call().request()));
    EXPECT_EQ(count_orders(own), 2U);
}

TEST(AzureBatch, without_a_url_says_what_to_do) {
    const SimulatorProcess own("azure", {"--catalogue", known_call().catalogue()});
    auto options = options_with("k");
    options.azure.url = own.url();
    const auto engine = *open_engine("azure_batch", options);
    auto request = known_call().request();
    request.audio_url = {};
    for (int way = 0; way < 2; ++way) {
        const auto reply = engine->transcribe(request);
        ASSERT_FALSE(reply);
        EXPECT_EQ(reply.error().code, ErrorCode::Unsupported);
        EXPECT_TRUE(reply.error().message.contains("blobs.url")) << reply.error().message;
        request.audio_url = [](std::chrono::seconds) -> Result<Secret> {
            return fail(ErrorCode::Unsupported, "files have no URL");
        };
    }
    EXPECT_EQ(count_orders(own), 0U);
}

TEST(AzureBatch, a_recording_that_the_service_cannot_fetch_is_an_error) {
    const SimulatorProcess own("azure", {"--catalogue", known_call().catalogue()});
    auto options = options_with("k");
    options.azure.url = own.url();
    auto request = known_call().request();
    request.audio_url = [](std::chrono::seconds) -> Result<Secret> {
        return Secret("file:///nowhere/secret-signature.wav");
    };
    const auto reply = (*open_engine("azure_batch", options))->transcribe(request);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::Invalid);
    EXPECT_FALSE(reply.error().message.contains("secret-signature")) << reply.error().message;
}

TEST(AzureWire, puts_addresses_together) {
    AzureOptions options{.region = "brazilsouth"};
    EXPECT_EQ(make_url(options, "transcriptions:transcribe", kVersion),
              "https://brazilsouth.api.cognitive.microsoft.com/speechtotext/"
              "transcriptions:transcribe?api-version=2024-11-15");
    options.url = "https://a.example/speechtotext/";
    EXPECT_EQ(make_url(options, "transcriptions?top=1", kVersion),
              "https://a.example/speechtotext/transcriptions?top=1&api-version=2024-11-15");
}

TEST(AzureWire, names_a_job_by_what_it_hears_and_how) {
    const BatchOrder order{.audio_sha256 = "ab", .locales = {"es-AR"}, .channels = 2};
    EXPECT_EQ(job_name(order), job_name(order));
    EXPECT_TRUE(job_name(order).starts_with("oidor-"));
    for (const auto& other : {BatchOrder{"ac", {"es-AR"}, 2}, BatchOrder{"ab", {"es-MX"}, 2},
                              BatchOrder{"ab", {"es-AR"}, 1}}) {
        EXPECT_NE(job_name(order), job_name(other));
    }
}

TEST(AzureWire, takes_no_id_that_is_more_than_a_path_segment) {
    EXPECT_EQ(read_job(R"({"self":"https://a/speechtotext/transcriptions/1-a?x=/y"})")->id, "1-a");
    for (const std::string_view body : {R"({})", R"({"self":"https://a/transcriptions/"})",
                                        R"({"self":"https://a/%2e%2e"})", "[]", "no"}) {
        EXPECT_EQ(read_job(body).error().code, ErrorCode::Unavailable) << body;
    }
}

TEST(AzureWire, knows_which_files_may_go_as_they_are) {
    AudioAnalysis analysis;
    const auto kind = [&](std::string container, std::string codec) {
        analysis.container = std::move(container);
        analysis.codec = std::move(codec);
        const auto found = find_file_kind(analysis);
        return found ? std::string(found->extension) : "";
    };
    EXPECT_EQ(kind("mp3", "mp3"), "mp3");
    EXPECT_EQ(kind("wav", "pcm_mulaw"), "wav");
    EXPECT_EQ(kind("wav", "pcm_u8"), "");
    EXPECT_EQ(kind("wav", "gsm_ms"), "");
    EXPECT_EQ(kind("ogg", "opus"), "ogg");
    EXPECT_EQ(kind("au", "pcm_mulaw"), "");
}

}  // namespace
}  // namespace oidor::speech::azure
