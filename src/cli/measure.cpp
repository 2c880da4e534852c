#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "audit/words.hpp"
#include "base/json.hpp"
#include "cli/audit_inputs.hpp"
#include "cli/commands.hpp"

namespace oidor::cli {
namespace {

/// Six hours of audio are measured in less; a hung child is killed then.
constexpr std::chrono::minutes kMeasuringMax{30};

std::string seconds_text(Milliseconds time) {
    return fmt::format("{:.1f} s", static_cast<double>(time.count()) / 1000);
}

std::string channel_text(const ChannelAnalysis& channel, std::size_t number, UiLanguage language) {
    auto line = say<Message::heard_channel>(
        language, number, seconds_text(channel.talk), seconds_text(channel.longest_silence),
        channel.interruptions,
        channel.responses.count > 0 ? seconds_text(channel.responses.mean) : std::string("—"));
    if (channel.loudness_dbfs) {
        line += fmt::format(" · {:.1f} dBFS", *channel.loudness_dbfs);
    }
    if (!channel.music.empty()) {
        line +=
            " · " + say<Message::heard_music>(language, seconds_text(total_time(channel.music)));
    }
    if (!channel.keys.empty()) {
        line += " · " + say<Message::heard_keys>(language, channel.keys.size());
    }
    return "  " + line + "\n";
}

std::string analysis_text(const std::string& path, const AudioAnalysis& analysis,
                          UiLanguage language) {
    auto out =
        fmt::format("{}\n  {}\n", path,
                    say<Message::heard_recording>(
                        language, seconds_text(analysis.duration), analysis.codec,
                        analysis.sample_rate_hz, seconds_text(analysis.silence),
                        seconds_text(analysis.longest_silence), seconds_text(analysis.overtalk)));
    for (std::size_t i = 0; i < analysis.channels.size(); ++i) {
        out += channel_text(analysis.channels[i], i, language);
    }
    for (const auto& stretch : analysis.dead_air) {
        out += fmt::format("  {}\n", say<Message::heard_dead_air>(
                                         language, audit::clock_text(stretch.start.count()),
                                         seconds_text(stretch.end - stretch.start)));
    }
    if (analysis.truncated) {
        out += fmt::format("  {}\n", text(Message::heard_truncated, language));
    }
    if (!analysis.warnings.empty()) {
        out += fmt::format(
            "  {}\n", say<Message::heard_warnings>(language, fmt::join(analysis.warnings, ", ")));
    }
    return out;
}

Result<void> measure_one(const Invocation& invocation, const std::string& path,
                         const pipeline::Hearing& hearing) {
    const Watch watch{.deadline = Deadline::after(kMeasuringMax), .stop = {}, .heartbeat = {}};
    TRY_ASSIGN(auto analysis, hearing.analyse(path, watch));
    if (!invocation.has("peaks")) {
        analysis.peaks = {};
    }
    if (invocation.json) {
        TRY_ASSIGN(auto measures, parse_json(format_audio_analysis(analysis)));
        if (!invocation.has("peaks")) {
            measures.as_object().erase("peaks");
        }
        fmt::print("{}\n",
                   format_json(json::object{{"input", path}, {"audio", std::move(measures)}}));
    } else {
        fmt::print("{}", analysis_text(path, analysis, invocation.language));
    }
    std::fflush(stdout);
    return {};
}

Result<int> run_measure(const Invocation& invocation) {
    if (invocation.words.empty()) {
        return fail(ErrorCode::Invalid, "name a recording, or a folder of them: --help shows how");
    }
    const auto inputs = expand_inputs(invocation.words);
    if (inputs.empty()) {
        return fail(ErrorCode::NotFound, "no file in {}", fmt::join(invocation.words, ", "));
    }
    const pipeline::Hearing hearing;
    int exit_code = 0;
    for (const auto& path : inputs) {
        if (const auto done = measure_one(invocation, path, hearing); !done) {
            print_input_failure(invocation, path, done.error());
            exit_code = exit_code != 0 ? exit_code : faces_of(done.error().code).exit_code;
        }
    }
    return exit_code;
}

}  // namespace

Command measure_command() {
    return {.name = "measure",
            .summary = Message::measure_summary,
            .usage = {"measure FILE|DIR… [--peaks] [--json]"},
            .examples = {"oidor measure call.mp3", "oidor measure --json calls/ > measures.jsonl"},
            .options = {{"peaks", "", Message::measure_option_peaks}},
            .run = run_measure};
}

}  // namespace oidor::cli
