// For tests: a call of two channels whose words the simulators know. Noise in the place of voices:
// nobody hears it, and its samples are found again wherever they are sent.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "base/json.hpp"
#include "speech/engine.hpp"
#include "speech/testing/temporary_folder.hpp"

namespace oidor::speech::testing {

struct KnownTurn {
    int channel = 0;
    Milliseconds start = {};
    Milliseconds end = {};
    std::string text = {};
};

/// A call on disk (`call.wav`), its catalogue (`calls.json`), and a request for it.
class KnownCall {
  public:
    KnownCall(int channels, Milliseconds duration, std::vector<KnownTurn> turns)
        : turns_(std::move(turns)) {
        samples_.resize(static_cast<std::size_t>(channels));
        analysis_.container = "wav";
        analysis_.codec = "pcm_s16le";
        analysis_.sample_rate_hz = 16'000;
        analysis_.duration = duration;
        analysis_.channels.resize(samples_.size());
        for (auto& channel : samples_) {
            channel.resize(static_cast<std::size_t>(duration.count()) * 16);
        }
        std::uint32_t random = 1;
        for (const auto& turn : turns_) {
            const auto channel = static_cast<std::size_t>(turn.channel);
            auto& track = samples_[channel];
            for (auto at = turn.start.count() * 16; at < turn.end.count() * 16; ++at) {
                random = random * 1'664'525 + 1'013'904'223;
                track[static_cast<std::size_t>(at)] = static_cast<std::int16_t>(random >> 19U);
            }
            analysis_.channels[channel].speech.push_back({turn.start, turn.end});
        }
        write_wave();
        write_catalogue();
    }

    [[nodiscard]] std::string audio_path() const { return (folder_.path() / "call.wav").string(); }
    [[nodiscard]] std::string catalogue() const { return (folder_.path() / "calls.json").string(); }
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

    [[nodiscard]] SpeechRequest request() const {
        SpeechRequest request;
        request.audio_path = audio_path();
        request.analysis = analysis_;
        request.language = "es";
        request.pcm = [this](int channel, const PcmSink& sink, const Watch&) -> Result<void> {
            const std::span<const std::int16_t> track = samples_[static_cast<std::size_t>(channel)];
            constexpr std::size_t kBlock = 4096;
            for (std::size_t i = 0; i < track.size(); i += kBlock) {
                TRY(sink(track.subspan(i, std::min(kBlock, track.size() - i))));
            }
            return {};
        };
        request.audio_url = [this](std::chrono::seconds) -> Result<Secret> {
            return Secret("file://" + audio_path());
        };
        return request;
    }

  private:
    void write_wave() const {
        std::ofstream file(audio_path(), std::ios::binary);
        const auto channels = static_cast<std::uint32_t>(samples_.size());
        const auto bytes = static_cast<std::uint32_t>(samples_[0].size() * 2 * samples_.size());
        const auto put = [&file](std::uint32_t value, int size) {
            for (int i = 0; i < size; ++i) {
                file.put(static_cast<char>((value >> (8 * i)) & 0xffU));
            }
        };
        file << "RIFF";
        put(bytes + 36, 4);
        file << "WAVEfmt ";
        put(16, 4);
        put(1, 2);
        put(channels, 2);
        put(16'000, 4);
        put(32'000 * channels, 4);
        put(2 * channels, 2);
        put(16, 2);
        file << "data";
        put(bytes, 4);
        for (std::size_t at = 0; at < samples_[0].size(); ++at) {
            for (const auto& track : samples_) {
                put(static_cast<std::uint16_t>(track[at]), 2);
            }
        }
    }
    void write_catalogue() const {
        json::array segments;
        for (const auto& turn : turns_) {
            segments.push_back(json::object{{"channel", turn.channel},
                                            {"voice", turn.channel},
                                            {"start_ms", turn.start.count()},
                                            {"end_ms", turn.end.count()},
                                            {"text", turn.text}});
        }
        std::ofstream(catalogue()) << format_json(json::object{
            {"recordings",
             json::array{json::object{
                 {"audio", "call.wav"}, {"language", "es"}, {"segments", segments}}}}});
    }

    TemporaryFolder folder_ = {};
    std::vector<KnownTurn> turns_;
    std::vector<std::vector<std::int16_t>> samples_ = {};
    AudioAnalysis analysis_ = {};
};

/// The agent on channel 0, the customer on channel 1, with a long pause.
inline const KnownCall& known_call() {
    using namespace std::chrono_literals;
    static const KnownCall call(
        2, 14s,
        {{.channel = 0, .start = 500ms, .end = 2'400ms, .text = "Buenos días, gracias por llamar."},
         {.channel = 1, .start = 2'900ms, .end = 4'300ms, .text = "Quiero cambiar mi dirección."},
         {.channel = 0, .start = 4'800ms, .end = 5'900ms, .text = "Con gusto, lo hago ahora."},
         {.channel = 1, .start = 11s, .end = 12s, .text = "Muchas gracias."},
         {.channel = 0, .start = 12'400ms, .end = 13'400ms, .text = "Que tenga un buen día."}});
    return call;
}

}  // namespace oidor::speech::testing
