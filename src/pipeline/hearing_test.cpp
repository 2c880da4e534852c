#include "pipeline/hearing.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include <gtest/gtest.h>
#include <unistd.h>

#include "audio/beep.hpp"

namespace oidor::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr int kRateHz = 8000;
/// A sample tells when it was recorded: its value changes every 100 ms, and 250 of them differ.
constexpr std::int64_t kStepMs = 100;
std::int16_t value_at(std::int64_t ms, int channel) {
    const auto step = ms / kStepMs % 250;
    return static_cast<std::int16_t>((step + 5) * 100 * (channel == 0 ? 1 : -1));
}

SpeechInterval from_to(std::int64_t start_ms, std::int64_t end_ms) {
    return {.start = Milliseconds(start_ms), .end = Milliseconds(end_ms)};
}

Segment said(int channel, std::int64_t start_ms, std::int64_t end_ms, std::string text) {
    return {.start = Milliseconds(start_ms),
            .end = Milliseconds(end_ms),
            .channel = channel,
            .text = std::move(text),
            .confidence = 0.9};
}

/// What an engine was asked, as far as the tests look at it.
struct Asked {
    std::string path = {};
    AudioAnalysis analysis = {};
    bool again = false;
    std::map<int, std::vector<std::int16_t>> samples = {};
    std::size_t files_in_spool = 0;
};

/// An engine that gives the replies it was told to, one after the other.
class ToldEngine final : public speech::Engine {
  public:
    explicit ToldEngine(speech::EngineCapabilities capabilities)
        : capabilities_(std::move(capabilities)) {}

    [[nodiscard]] const speech::EngineCapabilities& capabilities() const override {
        return capabilities_;
    }
    [[nodiscard]] Result<speech::EngineReply> transcribe(
        const speech::SpeechRequest& request) const override {
        Asked asked{.path = request.audio_path,
                    .analysis = request.analysis,
                    .again = request.again,
                    .samples = {},
                    .files_in_spool = 0};
        for (std::size_t channel = 0; channel < request.analysis.channels.size(); ++channel) {
            auto& samples = asked.samples[static_cast<int>(channel)];
            TRY(request.pcm(static_cast<int>(channel),
                            [&samples](std::span<const std::int16_t> more) {
                                samples.insert(samples.end(), more.begin(), more.end());
                                return Result<void>();
                            },
                            {}));
        }
        if (!spool.empty()) {
            asked.files_in_spool = static_cast<std::size_t>(
                std::distance(fs::directory_iterator(spool), fs::directory_iterator()));
        }
        asks.push_back(std::move(asked));
        return replies.at(std::min(asks.size(), replies.size()) - 1);
    }

    mutable std::vector<Asked> asks = {};
    std::vector<Result<speech::EngineReply>> replies = {};
    std::string spool = {};

  private:
    speech::EngineCapabilities capabilities_;
};

speech::EngineReply reply_of(std::vector<Segment> segments) {
    speech::EngineReply reply;
    reply.transcript.language = "es";
    reply.transcript.segments = std::move(segments);
    reply.sent = Milliseconds(1000);
    reply.model = "told-1";
    return reply;
}

class HearingTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string name = ::testing::TempDir() + "oidor-hearing-test-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        fs::create_directory(folder_ / "spool");
        engine_ = std::make_shared<ToldEngine>(speech::EngineCapabilities{
            .name = "told", .duration_max = std::chrono::hours(1), .takes_files = true});
        engine_->spool = folder_ / "spool";
        write_recording(2, 25'000);
        // 10 s of speech in 25 s: silence from 6 to 14 s, and after 18 s.
        analysis_.duration = Milliseconds(25'000);
        analysis_.channels.resize(2);
        analysis_.channels[0].speech = {from_to(1000, 6000)};
        analysis_.channels[1].speech = {from_to(14'000, 18'000)};
        derive_measures(analysis_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    void write_recording(int channels, std::int64_t duration_ms) {
        std::vector<std::int16_t> samples;
        for (std::int64_t i = 0; i < duration_ms * kRateHz / 1000; ++i) {
            for (int channel = 0; channel < channels; ++channel) {
                samples.push_back(value_at(i * 1000 / kRateHz, channel));
            }
        }
        const auto size = samples.size() * sizeof(std::int16_t);
        std::ofstream file(folder_ / "call.wav", std::ios::binary);
        file << audio::wave_head({.rate_hz = kRateHz, .channels = channels}, size);
        file.write(reinterpret_cast<const char*>(samples.data()),
                   static_cast<std::streamsize>(size));
    }

    Result<HeardRecording> hear(HearingOptions options = {}) {
        speech::EngineOptions engines;
        engines.spool_folder = (folder_ / "spool").string();
        engines.condense = condense_;
        Hearing hearing({}, engines);
        hearing.put_engine(engine_);
        options.engine = engine_->capabilities().name;
        return hearing.hear((folder_ / "call.wav").string(), analysis_, options);
    }

    /// Replaces the engine by one of other capabilities.
    void use(speech::EngineCapabilities capabilities) {
        auto replies = engine_->replies;
        engine_ = std::make_shared<ToldEngine>(std::move(capabilities));
        engine_->replies = std::move(replies);
    }

    fs::path folder_ = {};
    std::shared_ptr<ToldEngine> engine_ = {};
    AudioAnalysis analysis_ = {};
    bool condense_ = true;
};

/// Believed: as many words as there is speech for. Times on the shortened recording.
const std::vector<Segment> kCondensedCall = {
    said(0, 200, 5000, "Telecom Sur, buenas tardes, le atiende Paula, ¿en qué puedo ayudarlo?"),
    said(1, 5600, 9600, "Hola, no tengo internet desde ayer a la tarde.")};
const std::vector<Segment> kWholeCall = {
    said(0, 1000, 5800, "Telecom Sur, buenas tardes, le atiende Paula, ¿en qué puedo ayudarlo?"),
    said(1, 14'000, 18'000, "Hola, no tengo internet desde ayer a la tarde.")};
const std::string kLoop =
    "no no no no no no no no no no no no no no no no no no no no no no no no no no no no no";

TEST_F(HearingTest, silence_is_not_sent_and_times_are_those_of_the_recording) {
    engine_->replies = {reply_of(kCondensedCall)};
    const auto heard = hear();
    ASSERT_TRUE(heard) << heard.error().message;
    ASSERT_EQ(engine_->asks.size(), 1U);
    const auto& asked = engine_->asks[0];
    // 800 to 6200 and 13 800 to 18 200: 9.8 s of 25.
    EXPECT_EQ(asked.analysis.duration, Milliseconds(9800));
    EXPECT_EQ(asked.analysis.channels[1].speech, Intervals{from_to(5600, 9600)});
    for (const int channel : {0, 1}) {
        const auto& samples = asked.samples.at(channel);
        ASSERT_NEAR(static_cast<double>(samples.size()), 9800 * 16, 160);
        for (const std::int64_t ms : {50L, 2450L, 5350L, 5450L, 7050L, 9650L}) {
            const auto whole = ms < 5400 ? ms + 800 : ms - 5400 + 13'800;
            EXPECT_NEAR(samples.at(static_cast<std::size_t>(ms * 16)), value_at(whole, channel), 60)
                << channel << " at " << ms;
        }
    }
    EXPECT_EQ(asked.files_in_spool, 0U) << "the file has no name";
    const auto& segments = heard->transcript.segments;
    ASSERT_EQ(segments.size(), 2U);
    EXPECT_EQ(segments[0].start, Milliseconds(1000));
    EXPECT_EQ(segments[1].start, Milliseconds(14'000));
    EXPECT_EQ(segments[1].end, Milliseconds(18'000));
    EXPECT_EQ(heard->transcript.duration, Milliseconds(25'000));
    EXPECT_EQ(heard->analysis, analysis_);
    EXPECT_EQ(segments[0].speaker, Speaker::Agent) << "by what is said";
    EXPECT_EQ(segments[1].speaker, Speaker::Customer);
    EXPECT_EQ(heard->roles.basis, speech::RoleBasis::Grammar);
    EXPECT_FALSE(heard->suspect());
    EXPECT_FALSE(heard->quality_note);
    EXPECT_EQ(heard->askings, 1);
    EXPECT_EQ(heard->model, "told-1");
}

TEST_F(HearingTest, the_whole_file_goes_where_silence_is_kept_or_the_engine_fetches_it) {
    engine_->replies = {reply_of(kWholeCall)};
    condense_ = false;
    ASSERT_TRUE(hear());
    EXPECT_EQ(engine_->asks.at(0).path, (folder_ / "call.wav").string());
    EXPECT_EQ(engine_->asks.at(0).analysis, analysis_);
    condense_ = true;
    use({.name = "url",
         .duration_max = std::chrono::hours(1),
         .takes_files = true,
         .takes_urls = true});
    ASSERT_TRUE(hear());
    EXPECT_EQ(engine_->asks.at(0).path, (folder_ / "call.wav").string());
    use({.name = "samples", .duration_max = std::chrono::hours(1)});
    ASSERT_TRUE(hear());
    EXPECT_EQ(engine_->asks.at(0).analysis, analysis_);
}

TEST_F(HearingTest, a_reply_that_is_not_believed_is_asked_for_once_more) {
    auto loop = kCondensedCall;
    loop[1].text = kLoop;
    engine_->replies = {reply_of(loop), reply_of(kCondensedCall)};
    const auto heard = hear();
    ASSERT_TRUE(heard) << heard.error().message;
    ASSERT_EQ(engine_->asks.size(), 2U);
    EXPECT_FALSE(engine_->asks[0].again);
    EXPECT_TRUE(engine_->asks[1].again);
    EXPECT_FALSE(heard->suspect());
    EXPECT_EQ(heard->askings, 2);
    EXPECT_EQ(heard->sent, Milliseconds(2000)) << "both were paid";
    EXPECT_EQ(heard->transcript.segments[1].text, kCondensedCall[1].text);
}

TEST_F(HearingTest, what_is_still_not_believed_is_suspect_and_keeps_its_words) {
    auto loop = kCondensedCall;
    loop[1].text = kLoop;
    auto worse = loop;
    worse[0].text = kLoop;
    engine_->replies = {reply_of(loop), reply_of(worse)};
    const auto heard = hear();
    ASSERT_TRUE(heard);
    EXPECT_TRUE(heard->suspect());
    EXPECT_EQ(engine_->asks.size(), 2U) << "once more, not for ever";
    EXPECT_EQ(heard->doubts, std::vector<std::string>{"repetition"});
    EXPECT_EQ(heard->quality_note, "suspect: 1 of 2 segments (repetition)");
    const auto& segment = heard->transcript.segments.at(1);
    EXPECT_EQ(segment.text, kLoop);
    EXPECT_EQ(segment.confidence, 0);
    EXPECT_EQ(heard->transcript.segments.at(0).confidence, 0.9) << "the better one of two";
}

TEST_F(HearingTest, an_engine_that_answers_alike_is_not_asked_again) {
    auto loop = kWholeCall;
    loop[1].text = kLoop;
    engine_->replies = {reply_of(loop)};
    use({.name = "samples", .quality_label = "so so", .duration_max = std::chrono::hours(1)});
    const auto heard = hear();
    ASSERT_TRUE(heard);
    EXPECT_EQ(engine_->asks.size(), 1U);
    EXPECT_EQ(heard->quality_note, "so so; suspect: 1 of 2 segments (repetition)");
}

TEST_F(HearingTest, a_second_asking_that_fails_leaves_the_first_reply_or_comes_back) {
    auto loop = kCondensedCall;
    loop[1].text = kLoop;
    const auto failing = [&](ErrorCode code) {
        engine_->asks.clear();
        engine_->replies = {reply_of(loop), fail(code, "no")};
    };
    failing(ErrorCode::Unavailable);
    const auto alone = hear();
    ASSERT_TRUE(alone) << "nobody keeps the first reply: it is all there is";
    EXPECT_TRUE(alone->suspect());
    failing(ErrorCode::Cancelled);
    EXPECT_EQ(hear().error().code, ErrorCode::Cancelled);
    HearingOptions kept;
    kept.ask = [](const EngineCall& call) { return call.engine.transcribe(call.request); };
    failing(ErrorCode::Unavailable);
    EXPECT_EQ(hear(kept).error().code, ErrorCode::Unavailable) << "the job comes back for it";
    failing(ErrorCode::Invalid);
    EXPECT_TRUE(hear(kept)->suspect()) << "it would never be answered";
    engine_->asks.clear();
    engine_->replies = {fail(ErrorCode::RateLimited, "no")};
    EXPECT_EQ(hear().error().code, ErrorCode::RateLimited);
}

TEST_F(HearingTest, who_stands_between_is_told_which_cut_it_is) {
    std::vector<std::pair<std::string, Milliseconds>> calls;
    HearingOptions options;
    options.ask = [&](const EngineCall& call) {
        calls.emplace_back(call.cut_key, call.to_send);
        return call.engine.transcribe(call.request);
    };
    engine_->replies = {reply_of(kCondensedCall)};
    ASSERT_TRUE(hear(options));
    analysis_.channels[1].speech = {from_to(14'000, 19'000)};
    ASSERT_TRUE(hear(options));
    condense_ = false;
    ASSERT_TRUE(hear(options));
    ASSERT_GE(calls.size(), 3U);
    EXPECT_EQ(calls[0].first.size(), 64U);
    EXPECT_NE(calls[0].first, calls[1].first);
    EXPECT_EQ(calls.back(), (std::pair<std::string, Milliseconds>("", 25'000)));
}

TEST_F(HearingTest, of_identical_channels_one_is_heard_and_names_nobody) {
    analysis_.channels[0].speech = {from_to(1000, 6000), from_to(14'000, 18'000)};
    analysis_.channels[1].speech = analysis_.channels[0].speech;
    analysis_.identical_channels = true;
    analysis_.channels[1].copy_of = 0;
    derive_measures(analysis_);
    auto mono = kCondensedCall;
    mono[1].channel = 0;
    engine_->replies = {reply_of(mono)};
    HearingOptions options;
    options.agent_channel = 0;
    const auto heard = hear(options);
    ASSERT_TRUE(heard) << heard.error().message;
    EXPECT_EQ(engine_->asks.at(0).samples.size(), 1U);
    for (const auto& segment : heard->transcript.segments) {
        EXPECT_EQ(segment.speaker, Speaker::Unknown);
    }
    EXPECT_TRUE(heard->transcript.has_finding(kChannelsIdentical));
    // Also where the engine hears both all the same.
    engine_->replies = {reply_of(kWholeCall)};
    use({.name = "url",
         .duration_max = std::chrono::hours(1),
         .takes_files = true,
         .takes_urls = true});
    const auto both = hear(options);
    ASSERT_TRUE(both);
    for (const auto& segment : both->transcript.segments) {
        EXPECT_TRUE(segment.channel == 0);
    }
}

TEST_F(HearingTest, of_three_channels_a_copy_is_left_out_and_the_others_keep_their_numbers) {
    write_recording(3, 25'000);
    analysis_.channels.insert(analysis_.channels.begin() + 1, analysis_.channels[0]);
    analysis_.channels[1].copy_of = 0;
    analysis_.identical_channels = true;
    derive_measures(analysis_);
    auto first = reply_of(kCondensedCall);
    first.unheard = {{.channel = 1, .from = Milliseconds(9600), .speech = Milliseconds(9000)}};
    engine_->replies = {first, reply_of(kCondensedCall)};
    const auto heard = hear();
    ASSERT_TRUE(heard) << heard.error().message;
    EXPECT_EQ(engine_->asks.at(0).samples.size(), 2U);
    ASSERT_EQ(engine_->asks.size(), 2U) << "the first reply had not heard channel 2 to its end";
    EXPECT_FALSE(heard->suspect()) << "nobody misses words of the copy";
    ASSERT_EQ(heard->transcript.segments.size(), 2U);
    EXPECT_EQ(heard->transcript.segments[0].channel, 0);
    EXPECT_EQ(heard->transcript.segments[1].channel, 2);
    // An engine that fetches the recording hears all of them.
    auto all = reply_of(kWholeCall);
    all.transcript.segments[1].channel = 2;
    all.transcript.segments.push_back(all.transcript.segments[0]);
    all.transcript.segments.back().channel = 1;
    all.unheard = {{.channel = 1, .from = Milliseconds(9600), .speech = Milliseconds(9000)}};
    engine_->replies = {all};
    use({.name = "url",
         .duration_max = std::chrono::hours(1),
         .takes_files = true,
         .takes_urls = true});
    const auto fetched = hear();
    ASSERT_TRUE(fetched);
    EXPECT_FALSE(fetched->suspect());
    ASSERT_EQ(fetched->transcript.segments.size(), 2U);
    EXPECT_EQ(fetched->transcript.segments[1].channel, 2);
}

TEST_F(HearingTest, what_is_taken_for_music_is_heard_as_it_may_be_a_voice) {
    analysis_.channels[0].music = analysis_.channels[0].speech;
    analysis_.channels[0].speech.clear();
    analysis_.channels[1].speech.clear();
    derive_measures(analysis_);
    engine_->replies = {reply_of({kCondensedCall[0]})};
    const auto heard = hear();
    ASSERT_TRUE(heard) << heard.error().message;
    ASSERT_EQ(engine_->asks.size(), 1U);
    EXPECT_EQ(engine_->asks[0].analysis.channels[0].speech.size(), 1U)
        << "engines choose what they send by it";
    EXPECT_EQ(heard->transcript.segments.size(), 1U);
    EXPECT_FALSE(heard->suspect()) << "words over music are no words over silence";
    EXPECT_EQ(heard->analysis, analysis_);
}

TEST_F(HearingTest, a_sentence_over_a_cut_is_two) {
    auto long_one = kCondensedCall[0];
    long_one.end = Milliseconds(9600);
    long_one.text = "Un momento por favor, gracias por esperar en línea.";
    for (const auto& [start, text] :
         std::initializer_list<std::pair<int, const char*>>{{300, "Un"},
                                                            {900, "momento"},
                                                            {1500, "por"},
                                                            {2100, "favor,"},
                                                            {5700, "gracias"},
                                                            {6300, "por"},
                                                            {7000, "esperar"},
                                                            {7700, "en"},
                                                            {8300, "línea."}}) {
        long_one.words.push_back(
            {.start = Milliseconds(start), .end = Milliseconds(start + 500), .text = text});
    }
    analysis_.channels[0].speech = {from_to(1000, 6000), from_to(14'000, 18'000)};
    analysis_.channels[1].speech.clear();
    derive_measures(analysis_);
    engine_->replies = {reply_of({long_one})};
    const auto heard = hear();
    ASSERT_TRUE(heard) << heard.error().message;
    const auto& segments = heard->transcript.segments;
    ASSERT_EQ(segments.size(), 2U);
    EXPECT_EQ(segments[0].text, "Un momento por favor,");
    EXPECT_EQ(segments[0].end, Milliseconds(3400));
    EXPECT_EQ(segments[1].text, "gracias por esperar en línea.");
    EXPECT_EQ(segments[1].start, Milliseconds(14'100));
}

TEST_F(HearingTest, channels_that_are_swapped_are_told) {
    engine_->replies = {reply_of(kCondensedCall)};
    HearingOptions options;
    options.agent_channel = 1;
    const auto heard = hear(options);
    ASSERT_TRUE(heard);
    EXPECT_TRUE(heard->transcript.has_finding(kChannelsSwapped));
    EXPECT_EQ(heard->transcript.segments[0].speaker, Speaker::Unknown);
    options.agent_channel = 0;
    EXPECT_EQ(hear(options)->transcript.segments[0].speaker, Speaker::Agent);
}

TEST_F(HearingTest, speech_without_words_is_a_cut) {
    engine_->replies = {reply_of({kCondensedCall[0]}), reply_of({kCondensedCall[0]})};
    analysis_.channels[1].speech = {from_to(9000, 18'000)};
    derive_measures(analysis_);
    const auto heard = hear();
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->doubts, std::vector<std::string>{"cut"});
    ASSERT_EQ(heard->transcript.segments.size(), 2U);
    const auto& lost = *std::ranges::find(heard->transcript.segments, "", &Segment::text);
    EXPECT_EQ(lost.channel, 1);
    EXPECT_EQ(lost.doubts, std::vector<std::string>{"cut"});
}

TEST_F(HearingTest, a_folder_that_cannot_be_written_is_told) {
    engine_->replies = {reply_of(kCondensedCall)};
    fs::remove_all(folder_ / "spool");
    const auto heard = hear();
    ASSERT_FALSE(heard);
    EXPECT_EQ(heard.error().code, ErrorCode::Unavailable);
    EXPECT_TRUE(engine_->asks.empty());
}

TEST_F(HearingTest, silence_needs_no_engine_unless_somebody_asks) {
    for (auto& channel : analysis_.channels) {
        channel.speech.clear();
    }
    derive_measures(analysis_);
    engine_->replies = {reply_of({})};
    const auto silent = hear();
    ASSERT_TRUE(silent);
    EXPECT_EQ(silent->engine, kSilence);
    EXPECT_EQ(silent->askings, 0);
    EXPECT_TRUE(engine_->asks.empty());
    HearingOptions options;
    options.although_silent = true;
    ASSERT_TRUE(hear(options));
    ASSERT_EQ(engine_->asks.size(), 1U);
    EXPECT_EQ(engine_->asks[0].path, (folder_ / "call.wav").string());
}

TEST_F(HearingTest, a_recording_that_breaks_off_is_not_heard) {
    analysis_.truncated = true;
    EXPECT_EQ(hear().error().code, ErrorCode::Invalid);
}

}  // namespace
}  // namespace oidor::pipeline
