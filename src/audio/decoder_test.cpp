#include "audio/decoder.hpp"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace oidor::audio {
namespace {

using namespace std::chrono_literals;

/// A folder that goes with the test.
class DecoderTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "oidor-audio-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string write(const std::string& name, const std::string& bytes) {
        const auto path = folder_ + "/" + name;
        std::ofstream(path, std::ios::binary) << bytes;
        return path;
    }

    /// Packs a WAV with the ffmpeg program.
    std::string encode(const std::string& wav, const std::string& name, const std::string& codec) {
        const auto path = folder_ + "/" + name;
        const auto line = fmt::format("ffmpeg -v error -y -i {} {} {}", wav, codec, path);
        EXPECT_EQ(std::system(line.c_str()), 0) << line;
        return path;
    }

    std::string folder_ = {};
};

std::string little(std::uint32_t value, int size) {
    std::string bytes;
    for (int i = 0; i < size; ++i) {
        bytes.push_back(static_cast<char>(value >> static_cast<unsigned>(8 * i) & 0xFFU));
    }
    return bytes;
}

struct WavForm {
    std::uint32_t tag = 1;  ///< 1 PCM, 6 A-law, 7 µ-law.
    std::uint32_t bits = 16;
    std::uint32_t channels = 1;
    std::uint32_t rate_hz = 8000;
};

std::string make_wav(const WavForm& form, const std::string& data) {
    const auto block = form.channels * form.bits / 8;
    return "RIFF" + little(static_cast<std::uint32_t>(36 + data.size()), 4) + "WAVEfmt " +
           little(16, 4) + little(form.tag, 2) + little(form.channels, 2) +
           little(form.rate_hz, 4) + little(form.rate_hz * block, 4) + little(block, 2) +
           little(form.bits, 2) + "data" + little(static_cast<std::uint32_t>(data.size()), 4) +
           data;
}

/// µ-law of a 14 bit sample, by the table of G.711: only what a loud tone and silence need.
std::uint8_t mulaw(int sample) {
    const int sign = sample < 0 ? 0x80 : 0;
    int magnitude = std::min(std::abs(sample), 32635) + 132;
    int exponent = 7;
    while (exponent > 0 && (magnitude & (0x80 << exponent)) == 0) {
        --exponent;
    }
    const int mantissa = magnitude >> (exponent + 3) & 0x0F;
    return static_cast<std::uint8_t>(~(sign | exponent << 4 | mantissa));
}

/// A-law by G.711.
std::uint8_t alaw(int sample) {
    const int sign = sample >= 0 ? 0x80 : 0;
    const int magnitude = std::min(std::abs(sample) >> 3, 4095);
    int exponent = 7;
    while (exponent > 0 && (magnitude & (0x10 << exponent)) == 0) {
        --exponent;
    }
    const int mantissa = exponent == 0 ? magnitude >> 1 & 0x0F : magnitude >> exponent & 0x0F;
    return static_cast<std::uint8_t>((sign | exponent << 4 | mantissa) ^ 0x55);
}

std::string encode_sample(const WavForm& form, int sample) {
    if (form.tag == 7) {
        return std::string(1, static_cast<char>(mulaw(sample)));
    }
    if (form.tag == 6) {
        return std::string(1, static_cast<char>(alaw(sample)));
    }
    if (form.bits == 8) {
        return std::string(1, static_cast<char>((sample >> 8) + 128));
    }
    const auto shift = static_cast<unsigned>(form.bits - 16);
    return little(static_cast<std::uint32_t>(sample) << shift, static_cast<int>(form.bits / 8));
}

/// Silence with a sound from 1 to 2 s on channel 0, and from 3 to 4 s on channel 1; 5 s. It glides
/// as a voice does: a steady tone is nobody's.
std::string make_call(const WavForm& form) {
    std::string data;
    for (std::uint32_t i = 0; i < 5 * form.rate_hz; ++i) {
        for (std::uint32_t channel = 0; channel < form.channels; ++channel) {
            const bool loud = i / form.rate_hz == 1 + 2 * channel;
            const double turns = 2 * 3.14159265 * i / form.rate_hz;
            const double angle = 440 * turns + 27 * std::sin(3 * turns);
            data += encode_sample(form, loud ? static_cast<int>(8000 * std::sin(angle)) : 0);
        }
    }
    return make_wav(form, data);
}

void expect_near(Milliseconds actual, Milliseconds expected, Milliseconds tolerance = 60ms) {
    EXPECT_LE(std::abs((actual - expected).count()), tolerance.count())
        << actual.count() << " ms, expected " << expected.count();
}

TEST_F(DecoderTest, measures_every_telephone_form_of_wav) {
    const std::pair<WavForm, std::string> forms[] = {
        {{.bits = 8}, "pcm_u8"},
        {{.bits = 16}, "pcm_s16le"},
        {{.bits = 24, .rate_hz = 44100}, "pcm_s24le"},
        {{.tag = 7, .bits = 8}, "pcm_mulaw"},
        {{.tag = 6, .bits = 8}, "pcm_alaw"},
        {{.bits = 16, .channels = 2, .rate_hz = 11025}, "pcm_s16le"},
    };
    for (const auto& [form, codec] : forms) {
        const auto analysis = Decoder().analyse(write("a.wav", make_call(form)), {});
        ASSERT_TRUE(analysis) << codec << ": " << analysis.error().message;
        EXPECT_EQ(analysis->container, "wav");
        EXPECT_EQ(analysis->codec, codec);
        EXPECT_EQ(analysis->sample_rate_hz, static_cast<int>(form.rate_hz));
        EXPECT_EQ(analysis->duration, 5s);
        EXPECT_FALSE(analysis->truncated);
        ASSERT_EQ(analysis->channels.size(), form.channels);
        ASSERT_EQ(analysis->channels[0].speech.size(), 1U) << codec;
        expect_near(analysis->channels[0].speech[0].start, 1s);
        expect_near(analysis->channels[0].speech[0].end, 2s);
        EXPECT_EQ(analysis->channels[0].talk + analysis->channels[0].silence, 5s);
    }
}

TEST_F(DecoderTest, measures_packed_forms_and_their_channels) {
    const auto wav = write("a.wav", make_call({.bits = 16, .channels = 2, .rate_hz = 16000}));
    const std::tuple<std::string, std::string, std::string> forms[] = {
        {"a.mp3", "-c:a libmp3lame -b:a 48k", "mp3"},
        {"a.ogg", "-c:a libopus", "opus"},
        {"b.ogg", "-c:a libvorbis", "vorbis"},
        {"a.flac", "-c:a flac", "flac"},
        {"a.m4a", "-c:a aac", "aac"},
    };
    for (const auto& [name, arguments, codec] : forms) {
        const auto analysis = Decoder().analyse(encode(wav, name, arguments), {});
        ASSERT_TRUE(analysis) << name << ": " << analysis.error().message;
        EXPECT_EQ(analysis->codec, codec);
        EXPECT_FALSE(analysis->truncated) << name;
        expect_near(analysis->duration, 5s, 100ms);
        ASSERT_EQ(analysis->channels.size(), 2U);
        ASSERT_EQ(analysis->channels[0].speech.size(), 1U) << name;
        ASSERT_EQ(analysis->channels[1].speech.size(), 1U) << name;
        expect_near(analysis->channels[0].speech[0].start, 1s);
        expect_near(analysis->channels[1].speech[0].start, 3s);
        EXPECT_EQ(analysis->overtalk, 0ms);
        expect_near(analysis->silence, 3s, 200ms);
    }
}

TEST_F(DecoderTest, measures_six_channels_at_48_khz) {
    const auto path = write("a.wav", make_call({.bits = 16, .channels = 6, .rate_hz = 48000}));
    const auto analysis = Decoder().analyse(path, {});
    ASSERT_TRUE(analysis) << analysis.error().message;
    EXPECT_EQ(analysis->sample_rate_hz, 48000);
    ASSERT_EQ(analysis->channels.size(), 6U);
    EXPECT_EQ(analysis->peaks.channels.size(), 6U);
    // Two of them sound in these 5 s; the others are empty.
    EXPECT_NEAR(*analysis->channels[1].peak_dbfs, -12.2, 0.5);
    EXPECT_FALSE(analysis->channels[5].peak_dbfs);
    EXPECT_EQ(analysis->warnings, std::vector<std::string>{"silent_channel"});
}

TEST_F(DecoderTest, measures_a_tenth_of_a_second) {
    const WavForm form;
    std::string data;
    for (int i = 0; i < 800; ++i) {
        data += encode_sample(form, i * 997 % 8000);
    }
    const auto analysis = Decoder().analyse(write("a.wav", make_wav(form, data)), {});
    ASSERT_TRUE(analysis) << analysis.error().message;
    EXPECT_EQ(analysis->duration, 100ms);
    EXPECT_FALSE(analysis->truncated);
    EXPECT_EQ(analysis->channels[0].talk + analysis->channels[0].silence, 100ms);
    const auto one_sample = Decoder().analyse(write("b.wav", make_wav(form, "ab")), {});
    ASSERT_TRUE(one_sample) << one_sample.error().message;
    EXPECT_EQ(one_sample->channels[0].talk, 0ms);
}

/// Writes a big-endian number over what `name` heads, `skip` bytes on.
std::string with_number(std::string bytes, std::string_view name, std::size_t skip,
                        std::uint32_t number) {
    const auto at = bytes.find(name);
    EXPECT_NE(at, std::string::npos);
    for (std::size_t i = 0; i < 4; ++i) {
        bytes[at + skip + i] = static_cast<char>(number >> (24 - 8 * i) & 0xFFU);
    }
    return bytes;
}

TEST_F(DecoderTest, does_not_believe_an_mp3_header_over_the_bytes) {
    const auto wav = write("a.wav", make_call({.bits = 16, .rate_hz = 16000}));
    const auto path = encode(wav, "a.mp3", "-c:a libmp3lame -q:a 6");
    std::ifstream file(path, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    // Frames: behind the name and the flags. Every byte is there, so nothing broke off.
    for (const std::uint32_t frames : {5000U, 20U}) {
        const auto analysis =
            Decoder().analyse(write("wrong.mp3", with_number(bytes, "Xing", 8, frames)), {});
        ASSERT_TRUE(analysis) << analysis.error().message;
        expect_near(analysis->duration, 5s, 200ms);
        EXPECT_FALSE(analysis->truncated) << frames;
        EXPECT_EQ(analysis->warnings, std::vector<std::string>{"wrong_header"}) << frames;
    }
    const auto cut = Decoder().analyse(write("cut.mp3", bytes.substr(0, bytes.size() / 2)), {});
    ASSERT_TRUE(cut) << cut.error().message;
    EXPECT_TRUE(cut->truncated);
}

TEST_F(DecoderTest, hears_keys_tones_and_copies_in_every_form) {
    // A tone on both channels from 1 to 2 s, a key from 3.0 to 3.2 s.
    const auto make = [](const WavForm& form) {
        std::string data;
        for (std::uint32_t i = 0; i < 5 * form.rate_hz; ++i) {
            const double time = static_cast<double>(i) / form.rate_hz;
            const auto sine = [time](double hz) { return std::sin(2 * 3.14159265 * hz * time); };
            double sample = time >= 1 && time < 2 ? 6000 * sine(425) : 0;
            sample += time >= 3 && time < 3.2 ? 4000 * (sine(770) + sine(1336)) : 0;
            data += encode_sample(form, static_cast<int>(sample)) +
                    encode_sample(form, static_cast<int>(sample * 3 / 5));
        }
        return make_wav(form, data);
    };
    const auto low = write("a.wav", make({.channels = 2, .rate_hz = 8000}));
    const auto high = write("b.wav", make({.channels = 2, .rate_hz = 44100}));
    for (const auto& path :
         {low, high, encode(low, "a.mp3", "-c:a libmp3lame -b:a 32k"),
          encode(high, "b.ogg", "-c:a libopus -b:a 32k"), encode(low, "c.wav", "-c:a pcm_mulaw")}) {
        const auto analysis = Decoder().analyse(path, {});
        ASSERT_TRUE(analysis) << analysis.error().message;
        const auto& channel = analysis->channels[1];
        ASSERT_EQ(channel.tones.size(), 1U) << path;
        expect_near(channel.tones[0].start, 1s, 100ms);
        expect_near(channel.tones[0].end, 2s, 100ms);
        ASSERT_EQ(channel.keys.size(), 1U) << path;
        expect_near(channel.keys[0].start, 3s);
        EXPECT_TRUE(channel.speech.empty()) << path;
        EXPECT_TRUE(analysis->identical_channels) << path;
    }
}

TEST_F(DecoderTest, streams_one_channel_at_16_khz) {
    const auto path = write("a.wav", make_call({.bits = 16, .channels = 2, .rate_hz = 8000}));
    for (const int channel : {0, 1}) {
        std::vector<std::int16_t> samples;
        const auto result =
            Decoder().decode_pcm(path, channel,
                                 [&](std::span<const std::int16_t> part) {
                                     samples.insert(samples.end(), part.begin(), part.end());
                                     return Result<void>();
                                 },
                                 {});
        ASSERT_TRUE(result) << result.error().message;
        ASSERT_NEAR(static_cast<double>(samples.size()), 80'000, 100);
        const auto loudness = [&](std::size_t second) {
            return std::accumulate(samples.begin() + static_cast<long>(second * 16'000 + 2'000),
                                   samples.begin() + static_cast<long>(second * 16'000 + 14'000),
                                   0.0,
                                   [](double sum, std::int16_t x) { return sum + std::abs(x); });
        };
        const std::size_t loud = channel == 0 ? 1 : 3;
        EXPECT_GT(loudness(loud), 12'000.0 * 4'000);
        EXPECT_LT(loudness(4 - loud), 12'000.0 * 10);
    }
}

TEST_F(DecoderTest, ends_with_the_error_of_whom_it_streams_to) {
    const auto path = write("a.wav", make_call({}));
    const auto result = Decoder().decode_pcm(path, 0,
                                             [](std::span<const std::int16_t>) -> Result<void> {
                                                 return fail(ErrorCode::Conflict, "enough");
                                             },
                                             {});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::Conflict);
}

TEST_F(DecoderTest, gives_all_channels_together_at_a_bounded_rate) {
    const auto path = write("a.wav", make_call({}));
    for (const int rate_max : {4000, 48'000}) {
        WaveFormat format;
        std::size_t samples = 0;
        const int fd = ::open(path.c_str(), O_RDONLY);
        const auto result =
            Decoder().decode_wave(fd, rate_max,
                                  [&](const WaveFormat& of, std::span<std::int16_t> part) {
                                      format = of;
                                      samples += part.size();
                                      return Result<void>();
                                  },
                                  {});
        ::close(fd);
        ASSERT_TRUE(result) << result.error().message;
        EXPECT_LE(format.rate_hz, rate_max);
        const auto analysis = Decoder().analyse(path, {});
        ASSERT_TRUE(analysis);
        EXPECT_EQ(static_cast<std::size_t>(format.channels), analysis->channels.size());
        const double seconds = static_cast<double>(analysis->duration.count()) / 1000;
        EXPECT_NEAR(static_cast<double>(samples), seconds * format.rate_hz * format.channels, 200);
    }
}

TEST_F(DecoderTest, refuses_a_channel_that_is_not_there) {
    const auto result =
        Decoder().decode_pcm(write("a.wav", make_call({})), 1,
                             [](std::span<const std::int16_t>) { return Result<void>(); }, {});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::Invalid);
}

TEST_F(DecoderTest, tells_bad_input_apart) {
    const auto wav = make_call({});
    const std::tuple<std::string, std::string, ErrorCode> cases[] = {
        {"empty.wav", "", ErrorCode::Invalid},
        {"zero-seconds.wav", make_wav({}, ""), ErrorCode::Invalid},
        {"text.wav", "Agente: Buenos días.\nCliente: Hola.\n", ErrorCode::Unsupported},
        {"text.mp3", std::string(100'000, 'a'), ErrorCode::Unsupported},
        {"zeros.mp3", std::string(100'000, '\0'), ErrorCode::Unsupported},
        {"no-header.wav", wav.substr(44), ErrorCode::Unsupported},
        {"half-header.wav", wav.substr(0, 20), ErrorCode::Unsupported},
        {"renamed.mp3", "Agente: Buenos días.\nCliente: Hola.\n", ErrorCode::Unsupported},
        {"playlist.wav", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n/etc/passwd\n",
         ErrorCode::Unsupported},
        {"concat.wav", "ffconcat version 1.0\nfile /etc/passwd\n", ErrorCode::Unsupported},
        {"picture.png", "\x89PNG\r\n\x1a\n" + std::string(500, 'x'), ErrorCode::Unsupported},
    };
    for (const auto& [name, bytes, code] : cases) {
        const auto analysis = Decoder().analyse(write(name, bytes), {});
        ASSERT_FALSE(analysis) << name;
        EXPECT_EQ(analysis.error().code, code) << name << ": " << analysis.error().message;
    }
    EXPECT_EQ(Decoder().analyse(folder_ + "/absent.wav", {}).error().code, ErrorCode::NotFound);
    EXPECT_EQ(Decoder().analyse(folder_, {}).error().code, ErrorCode::Invalid);
}

TEST_F(DecoderTest, uses_what_a_truncated_file_still_has) {
    const auto wav_bytes = make_call({.bits = 16, .rate_hz = 16000});
    const auto wav = write("a.wav", wav_bytes);
    for (const std::string name : {"a.mp3", "a.flac"}) {
        const auto whole = encode(wav, name, "");
        const auto size = std::filesystem::file_size(whole);
        std::filesystem::resize_file(whole, size * 6 / 10);
        const auto analysis = Decoder().analyse(whole, {});
        ASSERT_TRUE(analysis) << name << ": " << analysis.error().message;
        EXPECT_TRUE(analysis->truncated) << name;
        EXPECT_LT(analysis->duration, 4900ms) << name;
        EXPECT_GT(analysis->duration, 1s) << name;
        EXPECT_EQ(analysis->channels[0].speech.size(), 1U) << name;
    }
    const auto cut =
        Decoder().analyse(write("cut.wav", wav_bytes.substr(0, wav_bytes.size() / 2)), {});
    ASSERT_TRUE(cut) << cut.error().message;
    EXPECT_TRUE(cut->truncated);
    expect_near(cut->duration, 2500ms);
}

TEST_F(DecoderTest, takes_silence_as_silence) {
    for (const WavForm& form : {WavForm{.bits = 16}, WavForm{.tag = 7, .bits = 8},
                                WavForm{.tag = 6, .bits = 8}, WavForm{.bits = 8}}) {
        std::string data;
        for (int i = 0; i < 16'000; ++i) {
            data += encode_sample(form, 0);
        }
        const auto analysis = Decoder().analyse(write("a.wav", make_wav(form, data)), {});
        ASSERT_TRUE(analysis) << analysis.error().message;
        EXPECT_EQ(analysis->channels[0].talk, 0ms);
        EXPECT_EQ(analysis->silence, 2s);
    }
}

TEST_F(DecoderTest, keeps_its_limits) {
    const auto path = write("a.wav", make_call({}));
    EXPECT_EQ(Decoder({.duration_max = 4s}).analyse(path, {}).error().code, ErrorCode::TooLarge);
    EXPECT_TRUE(Decoder({.duration_max = 5s}).analyse(path, {}));
    EXPECT_EQ(Decoder({.size_bytes_max = 1000}).analyse(path, {}).error().code,
              ErrorCode::TooLarge);
}

TEST_F(DecoderTest, gives_up_in_time_and_when_asked) {
    const auto path = write("a.wav", make_call({}));
    EXPECT_EQ(Decoder().analyse(path, {.deadline = Deadline::after(0ms)}).error().code,
              ErrorCode::Timeout);
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(Decoder().analyse(path, {.stop = stop.get_token()}).error().code,
              ErrorCode::Cancelled);
}

TEST_F(DecoderTest, reports_a_child_that_is_missing_or_dies) {
    const auto path = write("a.wav", make_call({}));
    EXPECT_EQ(Decoder({.program = "/nowhere/x"}).analyse(path, {}).error().code,
              ErrorCode::Internal);
    EXPECT_EQ(Decoder({.program = "/bin/false"}).analyse(path, {}).error().code,
              ErrorCode::Internal);
    EXPECT_EQ(Decoder({.program = "/bin/true"}).analyse(path, {}).error().code,
              ErrorCode::Internal);
}

TEST_F(DecoderTest, tells_what_killed_its_child) {
    const auto path = write("a.wav", make_call({}));
    const auto ending = [&](const std::string& how) {
        const auto program = write("decoder", "#!/bin/sh\n" + how + "\n");
        std::filesystem::permissions(program, std::filesystem::perms::owner_all);
        return Decoder({.program = program}).analyse(path, {}).error();
    };
    // The bound on processor time, as the child sets it itself.
    const auto spun = ending("ulimit -S -t 1; while :; do :; done");
    EXPECT_EQ(spun.code, ErrorCode::Timeout) << spun.message;
    EXPECT_TRUE(was_killed(spun));
    // What a child does that cannot have more memory, and one that a file breaks.
    for (const auto* signal : {"ABRT", "SEGV", "BUS", "FPE", "ILL", "SYS"}) {
        const auto error = ending(std::string("kill -") + signal + " $$");
        EXPECT_EQ(error.code, ErrorCode::Invalid) << signal << ": " << error.message;
        EXPECT_TRUE(was_killed(error)) << error.message;
    }
    // From outside: another time it may go well.
    for (const auto* how : {"kill -KILL $$", "kill -TERM $$", "exit 3"}) {
        const auto error = ending(how);
        EXPECT_EQ(error.code, ErrorCode::Internal) << how;
        EXPECT_FALSE(was_killed(error));
    }
}

TEST_F(DecoderTest, survives_damaged_bytes) {
    const auto wav = write("a.wav", make_call({.bits = 16, .rate_hz = 16000}));
    for (const std::string name : {"a.mp3", "a.ogg", "a.flac", "a.m4a"}) {
        const auto path = encode(wav, name, "");
        std::ifstream file(path, std::ios::binary);
        std::string bytes(std::istreambuf_iterator<char>(file), {});
        for (std::size_t seed = 1; seed <= 6; ++seed) {
            auto damaged = bytes;
            for (std::size_t i = 0; i < 40; ++i) {
                const auto place = (seed * 7919 + i * i * 104'729) % damaged.size();
                damaged[place] = static_cast<char>(seed * 31 + i * 17);
            }
            const auto analysis = Decoder().analyse(write("damaged", damaged), {});
            if (!analysis) {
                EXPECT_NE(analysis.error().code, ErrorCode::Internal)
                    << name << ": " << analysis.error().message;
            }
        }
    }
}

TEST_F(DecoderTest, confines_its_child) {
    const auto held = Decoder().find_confinement({});
    ASSERT_TRUE(held) << held.error().message;
    EXPECT_TRUE(*held == "seccomp" || *held == "rlimits") << *held;
}

TEST(DecoderSamples, are_all_read_except_the_broken_one) {
    const char* shared = std::getenv("OIDOR_TEST_SHARED");
    if (shared == nullptr) {
        GTEST_SKIP() << "it wants the recordings of ../shared, named by OIDOR_TEST_SHARED";
    }
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(shared) + "/samples")) {
        const auto path = entry.path().string();
        if (path.ends_with(".wav") || path.ends_with(".mp3")) {
            EXPECT_EQ(Decoder().analyse(path, {}).has_value(), !path.contains("broken")) << path;
        }
    }
}

}  // namespace
}  // namespace oidor::audio
