// How fast recordings are measured, beside the ffmpeg program decoding the same file to nothing.
//
//   audio_bench RECORDING [SECONDS]
//
// Loops the recording to SECONDS (3600; 21600 is the most that is accepted) in the forms that calls
// come in, then runs both in turn, five times. Prints one JSON object a line: medians of times real
// time, by processor time of the child, so that a busy machine matters less.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <sys/resource.h>

#include "audio/decoder.hpp"

namespace {

constexpr int kRuns = 5;

struct Form {
    std::string_view name;
    std::string_view arguments;
    std::string_view extension;
    int seconds_max = 21'600;
};

constexpr std::array kForms = {
    Form{"mp3_8k_mono", "-ar 8000 -ac 1 -c:a libmp3lame -b:a 16k", "mp3"},
    Form{"mp3_8k_stereo", "-ar 8000 -ac 2 -c:a libmp3lame -b:a 32k", "mp3"},
    Form{"mp3_16k_stereo", "-ar 16000 -ac 2 -c:a libmp3lame -b:a 48k", "mp3"},
    Form{"pcm_8k_stereo", "-ar 8000 -ac 2 -c:a pcm_s16le", "wav"},
    Form{"mulaw_8k_stereo", "-ar 8000 -ac 2 -c:a pcm_mulaw", "wav"},
    // As many channels as are accepted: 28 pairs are compared.
    Form{"flac_48k_eight", "-ar 48000 -ac 8 -c:a flac", "flac", 600},
};

double child_cpu_seconds() {
    rusage usage = {};
    ::getrusage(RUSAGE_CHILDREN, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

bool run(const std::string& line) { return std::system(line.c_str()) == 0; }

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

bool measure(const Form& form, const std::string& path) {
    const oidor::audio::Decoder decoder;
    const auto ffmpeg = fmt::format("ffmpeg -v error -threads 1 -i {} -f null -", path);
    std::vector<double> ours;
    std::vector<double> theirs;
    double audio_seconds = 0;
    for (int i = 0; i < kRuns; ++i) {
        const double start = child_cpu_seconds();
        const auto analysis = decoder.analyse(path, {});
        if (!analysis) {
            fmt::print(stderr, "{}: {}\n", form.name, analysis.error().message);
            return false;
        }
        const double middle = child_cpu_seconds();
        if (!run(ffmpeg)) {
            return false;
        }
        audio_seconds = static_cast<double>(analysis->duration.count()) / 1000;
        ours.push_back(middle - start);
        theirs.push_back(child_cpu_seconds() - middle);
    }
    rusage usage = {};
    ::getrusage(RUSAGE_SELF, &usage);
    fmt::print(R"({{"figure":"audio_analysis","form":"{}","audio_s":{:.0f},)"
               R"("times_real_time":{:.0f},"ffmpeg_times_real_time":{:.0f},)"
               R"("parent_memory_kib_max":{}}})"
               "\n",
               form.name, audio_seconds, audio_seconds / median(ours),
               audio_seconds / median(theirs), usage.ru_maxrss);
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: audio_bench RECORDING [SECONDS]\n");
        return 2;
    }
    const int seconds = argc > 2 ? std::atoi(argv[2]) : 3600;
    std::string folder = std::filesystem::temp_directory_path() / "oidor-audio-bench-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) {
        return 1;
    }
    bool good = true;
    for (const auto& form : kForms) {
        const auto path = fmt::format("{}/{}.{}", folder, form.name, form.extension);
        good = good &&
               run(fmt::format("ffmpeg -v error -stream_loop -1 -i {} -t {} {} {}", argv[1],
                               std::min(seconds, form.seconds_max), form.arguments, path)) &&
               measure(form, path);
        std::filesystem::remove(path);
    }
    std::filesystem::remove_all(folder);
    return good ? 0 : 1;
}
