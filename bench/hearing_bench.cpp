// What the offline engine hears of recordings, and what it costs: hearing_bench FILE …
// Prints one JSON object a line; stdout is data.
#include <chrono>
#include <cstdio>
#include <string>

#include <fmt/core.h>
#include <sys/resource.h>

#include "audio/decoder.hpp"
#include "base/json.hpp"
#include "speech/engine.hpp"

namespace {

double child_cpu_seconds() {
    rusage usage = {};
    ::getrusage(RUSAGE_CHILDREN, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

oidor::Result<oidor::Transcript> hear(const oidor::speech::Engine& engine, const std::string& path,
                                      double& audio_seconds) {
    const oidor::audio::Decoder decoder;
    oidor::speech::SpeechRequest request = {
        .audio_path = path, .language = "en", .agent_channel = 0};
    TRY_ASSIGN(request.analysis, decoder.analyse(path, {}));
    audio_seconds = static_cast<double>(request.analysis.duration.count()) / 1000;
    request.pcm = [&](int channel, const oidor::speech::PcmSink& sink, const oidor::Watch& watch) {
        return decoder.decode_pcm(path, channel, sink, watch);
    };
    return engine.transcribe(request);
}

}  // namespace

int main(int argc, char** argv) {
    const auto engine = oidor::speech::open_engine("pocketsphinx");
    for (int i = 1; i < argc && engine; ++i) {
        const double before = child_cpu_seconds();
        const auto start = std::chrono::steady_clock::now();
        double audio_seconds = 0;
        const auto transcript = hear(**engine, argv[i], audio_seconds);
        if (!transcript) {
            fmt::print(stderr, "{}: {}\n", argv[i], transcript.error().message);
            return 1;
        }
        const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
        fmt::print(R"({{"audio_s":{:.1f},"cpu_s":{:.2f},"wall_s":{:.2f},"transcript":{}}})"
                   "\n",
                   audio_seconds, child_cpu_seconds() - before, wall.count(),
                   oidor::format_transcript(*transcript));
    }
    return 0;
}
