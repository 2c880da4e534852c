#include "audio/sounds.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "audio/analysis.hpp"

namespace oidor::audio {
namespace {

/// Two blocks of a key agree: it began a stretch before the first of them.
constexpr std::size_t kKeyLead = 1;
constexpr std::size_t kToneMin = 400 / 20;
constexpr int kToneSteadyMin = 200;
constexpr int kPitchSame = 1;
constexpr int kToneSwing = 3 * kLevelsPerDb;
constexpr std::size_t kToneRingsIn = 60 / 20;
/// Steadiness is known after 200 ms, and spectra lie on a grid of 40 ms.
constexpr std::size_t kToneLate = 280 / 20;

/// Music is judged over a second before and after.
constexpr std::size_t kMusicReach = 1000 / 20;
/// Share of 255, on average.
constexpr double kMusicBegins = 0.35;
constexpr double kMusicGoesOn = 0.20;
constexpr std::size_t kMusicMin = 4000 / 20;
constexpr std::size_t kMusicGapMax = 2000 / 20;
constexpr int kMusicSteadyMin = 76;
constexpr std::size_t kNoteMin = 160 / 20;
constexpr std::size_t kNotesMin = 3;

/// Stretches, `end` excluded.
struct Run {
    std::size_t begin = 0;
    std::size_t end = 0;
};

Intervals to_intervals(std::span<const Run> runs) {
    Intervals intervals;
    for (const auto& run : runs) {
        intervals.push_back({.start = kLevelEvery * static_cast<std::int64_t>(run.begin),
                             .end = kLevelEvery * static_cast<std::int64_t>(run.end)});
    }
    return unite(std::move(intervals));
}

std::vector<Run> find_keys(std::span<const Stretch> stretches) {
    std::vector<Run> keys;
    for (std::size_t i = 0; i < stretches.size(); ++i) {
        if (!stretches[i].timbre.key) {
            continue;
        }
        if (!keys.empty() && keys.back().end == i) {
            keys.back().end = i + 1;
        } else {
            keys.push_back({.begin = i - std::min(i, kKeyLead), .end = i + 1});
        }
    }
    return keys;
}

/// How steady the sound around each stretch is, 0 to 1; keys are steady and no music.
std::vector<double> smooth_steadiness(std::span<const Stretch> stretches) {
    std::vector<std::int64_t> sums(stretches.size() + 1);
    for (std::size_t i = 0; i < stretches.size(); ++i) {
        const auto& timbre = stretches[i].timbre;
        sums[i + 1] = sums[i] + (timbre.key ? 0 : timbre.steady);
    }
    std::vector<double> smooth(stretches.size());
    for (std::size_t i = 0; i < stretches.size(); ++i) {
        const auto from = i - std::min(i, kMusicReach);
        const auto to = std::min(stretches.size(), i + kMusicReach);
        // Near the ends the window is cut, not the mean.
        smooth[i] =
            static_cast<double>(sums[to] - sums[from]) / (255.0 * static_cast<double>(to - from));
    }
    return smooth;
}

/// Where it rises over one bound, as far as it stays over the other.
std::vector<Run> find_steady_runs(std::span<const double> smooth) {
    std::vector<Run> runs;
    std::size_t i = 0;
    while (i < smooth.size()) {
        if (smooth[i] < kMusicGoesOn) {
            ++i;
            continue;
        }
        Run run{.begin = i, .end = i};
        double highest = 0;
        for (; i < smooth.size() && smooth[i] >= kMusicGoesOn; ++i) {
            highest = std::max(highest, smooth[i]);
        }
        run.end = i;
        if (highest >= kMusicBegins) {
            runs.push_back(run);
        }
    }
    return runs;
}

/// The window is wider than what it stands on: cut back to where something is steady. Steadiness
/// is known 200 ms late.
Run trimmed(const Run& run, std::span<const Stretch> stretches) {
    const auto is_steady = [&](std::size_t i) {
        return stretches[i].timbre.steady >= kMusicSteadyMin;
    };
    Run cut = run;
    while (cut.begin < cut.end && !is_steady(cut.begin)) {
        ++cut.begin;
    }
    while (cut.end > cut.begin && !is_steady(cut.end - 1)) {
        --cut.end;
    }
    constexpr std::size_t kLate = 200 / 20;
    for (std::size_t i = 0; i < kLate && cut.begin > run.begin; ++i) {
        --cut.begin;
    }
    return cut;
}

std::vector<Run> join_near(std::span<const Run> runs) {
    std::vector<Run> joined;
    for (const auto& run : runs) {
        if (run.end <= run.begin) {
            continue;
        }
        if (!joined.empty() && run.begin - joined.back().end < kMusicGapMax) {
            joined.back().end = run.end;
        } else {
            joined.push_back(run);
        }
    }
    return joined;
}

/// Ringing repeats one tone or one pair of them; music has chords, or a melody.
bool is_melodious(const Run& run, std::span<const Stretch> stretches) {
    std::array<std::size_t, 258> pitches = {};
    std::size_t steady = 0;
    std::size_t rich = 0;
    for (auto i = run.begin; i < run.end; ++i) {
        const auto& timbre = stretches[i].timbre;
        if (timbre.steady < kMusicSteadyMin) {
            continue;
        }
        ++steady;
        rich += timbre.simple ? 0 : 1;
        ++pitches[timbre.pitch];
    }
    std::size_t notes = 0;
    for (std::size_t pitch = 1; pitch < 256; ++pitch) {
        if (pitches[pitch] + pitches[pitch + 1] >= kNoteMin) {
            ++notes;
            pitch += 2;  // Its neighbours are the same note.
        }
    }
    return rich * 5 >= steady || notes >= kNotesMin;
}

std::vector<Run> find_music(std::span<const Stretch> stretches) {
    std::vector<Run> runs;
    for (const auto& run : find_steady_runs(smooth_steadiness(stretches))) {
        runs.push_back(trimmed(run, stretches));
    }
    auto music = join_near(runs);
    std::erase_if(music, [&](const Run& run) {
        return run.end - run.begin < kMusicMin || !is_melodious(run, stretches);
    });
    return music;
}

/// A machine's tone is as loud at its end as at its beginning, and steady as soon as that can be
/// known; a long vowel is neither.
bool is_even(const Run& run, std::span<const Stretch> stretches) {
    int quietest = kLevelMax;
    int loudest = 0;
    std::size_t steady = 0;
    // The first ones ring in where a codec does that, and the last one may be cut.
    for (auto i = run.begin + kToneRingsIn; i + 1 < run.end; ++i) {
        quietest = std::min<int>(quietest, stretches[i].level);
        loudest = std::max<int>(loudest, stretches[i].level);
        steady += stretches[i].timbre.steady >= kToneSteadyMin ? 1 : 0;
    }
    return loudest - quietest <= kToneSwing &&
           (steady + kToneLate) * 10 >= (run.end - run.begin) * 9;
}

std::vector<Run> find_tones(std::span<const Stretch> stretches) {
    std::vector<Run> tones;
    std::size_t begin = 0;
    const auto close = [&](std::size_t end) {
        const Run run{.begin = begin, .end = end};
        if (end - begin >= kToneMin && is_even(run, stretches)) {
            tones.push_back(run);
        }
        begin = end;
    };
    for (std::size_t i = 0; i < stretches.size(); ++i) {
        const auto& timbre = stretches[i].timbre;
        const bool tone = timbre.simple && timbre.pitch > 0 && !timbre.key;
        if (!tone || std::abs(timbre.pitch - stretches[begin].timbre.pitch) > kPitchSame) {
            close(i);
        }
        begin = tone ? begin : i + 1;
    }
    close(stretches.size());
    return tones;
}

}  // namespace

Sounds find_sounds(std::span<const Stretch> stretches) {
    Sounds sounds;
    sounds.keys = to_intervals(find_keys(stretches));
    sounds.music = subtract(to_intervals(find_music(stretches)), sounds.keys);
    const auto tones = to_intervals(find_tones(stretches));
    sounds.tones = subtract(subtract(tones, sounds.keys), sounds.music);
    return sounds;
}

}  // namespace oidor::audio
