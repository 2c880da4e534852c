#include "speech/pocketsphinx/pocketsphinx_engine.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "speech/contract/engine_contract.hpp"

namespace oidor::speech {
namespace {

using namespace std::chrono_literals;

/// The samples of a sentence, spoken by the flite program at 16 kHz; empty when it fails.
std::vector<std::int16_t> speak(const std::string& voice, const std::string& sentence) {
    const auto path = fmt::format("{}oidor-flite-{}-{}.wav", testing::TempDir(), ::getpid(), voice);
    const auto line = fmt::format("flite -voice {} -t '{}' -o {}", voice, sentence, path);
    if (std::system(line.c_str()) != 0) {
        return {};
    }
    std::ifstream file(path, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    std::filesystem::remove(path);
    std::vector<std::int16_t> samples(bytes.size() > 44 ? (bytes.size() - 44) / 2 : 0);
    std::copy_n(bytes.data() + 44, samples.size() * 2, reinterpret_cast<char*>(samples.data()));
    return samples;
}

/// Half a second of silence, a sentence on channel 0, a second, a sentence on channel 1, silence.
struct Call {
    std::vector<std::int16_t> channels[2];
    AudioAnalysis analysis = {};
};

const Call& example_call() {
    static const Call call = [] {
        Call made;
        const auto agent = speak("kal16", "Good morning, thank you for calling.");
        const auto customer = speak("slt", "I want to change the address.");
        const std::size_t sizes[] = {8'000, agent.size(), 16'000, customer.size(), 8'000};
        for (int part = 0; part < 5; ++part) {
            for (int channel = 0; channel < 2; ++channel) {
                auto& samples = made.channels[channel];
                const bool speaks = part == 1 + 2 * channel;
                if (speaks) {
                    const auto& spoken = channel == 0 ? agent : customer;
                    const auto ms = [](std::size_t count) { return Milliseconds(count / 16); };
                    made.analysis.channels.push_back(
                        {.speech = {{ms(samples.size()), ms(samples.size() + spoken.size())}}});
                    samples.insert(samples.end(), spoken.begin(), spoken.end());
                } else {
                    samples.resize(samples.size() + sizes[part]);
                }
            }
        }
        made.analysis.sample_rate_hz = 16'000;
        made.analysis.duration = Milliseconds(made.channels[0].size() / 16);
        return made;
    }();
    return call;
}

SpeechRequest example_request() {
    SpeechRequest request = {.analysis = example_call().analysis, .language = "en-US"};
    request.pcm = [](int channel, const PcmSink& sink, const Watch&) -> Result<void> {
        const std::span<const std::int16_t> samples = example_call().channels[channel];
        for (std::size_t i = 0; i < samples.size(); i += 4096) {
            TRY(sink(samples.subspan(i, std::min<std::size_t>(4096, samples.size() - i))));
        }
        return {};
    };
    return request;
}

INSTANTIATE_TEST_SUITE_P(Pocketsphinx, EngineContract,
                         testing::Values(EngineUnderTest{
                             .open = [] { return *open_engine("pocketsphinx"); },
                             .language = "en",
                             .language_foreign = "es-AR",
                             .two_channels = example_request,
                             .agent_words = "thank you for calling",
                             .customer_words = "i want to change the address"}));

TEST(Pocketsphinx, is_labelled_as_a_demonstration) {
    const auto engine = open_engine("pocketsphinx");
    ASSERT_TRUE(engine);
    EXPECT_EQ((*engine)->capabilities().quality_label, "demonstration quality");
    EXPECT_TRUE((*engine)->capabilities().offline);
    EXPECT_TRUE((*engine)->capabilities().separates_channels);
}

TEST(Pocketsphinx, is_surer_of_clear_speech_than_of_noise) {
    const auto engine = open_engine("pocketsphinx");
    auto request = example_request();
    const auto clear = (*engine)->transcribe(request);
    ASSERT_TRUE(clear) << clear.error().message;
    // The same speech at an eighth of its detail.
    request.pcm = [](int channel, const PcmSink& sink, const Watch&) -> Result<void> {
        auto samples = example_call().channels[channel];
        std::uint32_t random = 1;
        for (auto& sample : samples) {
            random = random * 1'664'525 + 1'013'904'223;
            sample = static_cast<std::int16_t>(sample / 8 + static_cast<int>(random >> 21U) - 1024);
        }
        return sink(samples);
    };
    const auto noisy = (*engine)->transcribe(request);
    ASSERT_TRUE(noisy) << noisy.error().message;
    for (const auto& segment : clear->transcript.segments) {
        EXPECT_GT(segment.confidence, 0.6) << segment.text;
    }
    for (const auto& segment : noisy->transcript.segments) {
        EXPECT_LT(segment.confidence, 0.6) << segment.text;
    }
}

TEST(Pocketsphinx, passes_the_sources_error_on) {
    auto request = example_request();
    request.pcm = [](int, const PcmSink&, const Watch&) {
        return Result<void>(fail(ErrorCode::NotFound, "recording is gone"));
    };
    const auto result = (*open_engine("pocketsphinx"))->transcribe(request);
    EXPECT_EQ(result.error().code, ErrorCode::NotFound);
    EXPECT_EQ(result.error().message, "engine pocketsphinx: recording is gone");
}

TEST(Pocketsphinx, says_what_to_install_when_the_model_is_missing) {
    for (const std::string models : {"/nowhere/model", "/tmp"}) {
        const auto engine = open_engine("pocketsphinx", {.pocketsphinx_models = models});
        const auto result = (*engine)->transcribe(example_request());
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, ErrorCode::Unsupported) << result.error().message;
        EXPECT_TRUE(result.error().message.contains("pocketsphinx-en-us"));
    }
}

TEST(Pocketsphinx, reports_a_child_that_is_missing_or_dies) {
    for (const std::string program : {"/nowhere/x", "/bin/false", "/bin/true"}) {
        const auto engine = open_engine("pocketsphinx", {.pocketsphinx_program = program});
        const auto result = (*engine)->transcribe(example_request());
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, ErrorCode::Internal) << result.error().message;
    }
}

TEST(Engines, are_opened_by_name) {
    const auto unknown = open_engine("stenographer");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, ErrorCode::Invalid);
    EXPECT_TRUE(unknown.error().message.contains("pocketsphinx"));
}

}  // namespace
}  // namespace oidor::speech
