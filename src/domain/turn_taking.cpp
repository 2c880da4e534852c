#include "domain/turn_taking.hpp"

#include <algorithm>

namespace oidor {
namespace {

constexpr Milliseconds kSpokenMin{500};
constexpr Milliseconds kTogetherMin{300};
constexpr Milliseconds kGoesOnMin{500};

struct Utterance {
    SpeechInterval time = {};
    int channel = 0;
};

std::vector<Utterance> utterances_in_order(
    std::span<const std::span<const SpeechInterval>> channels) {
    std::vector<Utterance> all;
    for (std::size_t i = 0; i < channels.size(); ++i) {
        for (const auto& interval : channels[i]) {
            all.push_back({.time = interval, .channel = static_cast<int>(i)});
        }
    }
    std::ranges::stable_sort(all, {}, [](const Utterance& one) { return one.time.start; });
    return all;
}

/// Sums until the mean is asked for.
struct Sum {
    std::int64_t count = 0;
    Milliseconds time = {};
    Milliseconds longest = {};

    void add(Milliseconds response) {
        ++count;
        time += response;
        longest = std::max(longest, response);
    }
    [[nodiscard]] ResponseTimes times() const {
        return {.count = count,
                .mean = count > 0 ? Milliseconds(time.count() / count) : Milliseconds(0),
                .longest = longest};
    }
};

bool interrupts(const SpeechInterval& turn, const SpeechInterval& comer) {
    return comer.start - turn.start >= kSpokenMin && turn.end - comer.start >= kTogetherMin &&
           comer.end - turn.end >= kGoesOnMin;
}

}  // namespace

TurnTaking find_turn_taking(std::span<const std::span<const SpeechInterval>> speech_by_channel,
                            std::span<const SpeechInterval> breaks) {
    TurnTaking found;
    found.channels.resize(speech_by_channel.size());
    std::vector<Sum> sums(speech_by_channel.size());
    const auto all = utterances_in_order(speech_by_channel);
    Utterance turn;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& next = all[i];
        if (i == 0) {
            turn = next;
        } else if (next.channel == turn.channel) {
            // One turn goes on over its speaker's own pauses; for what can be cut off, the last
            // stretch without a pause counts.
            turn.time.start = next.time.start;
            turn.time.end = std::max(turn.time.end, next.time.end);
        } else if (next.time.end > turn.time.end) {
            const auto by = static_cast<std::size_t>(next.channel);
            if (interrupts(turn.time, next.time)) {
                ++found.channels[by].interruptions;
                if (found.interruptions.size() < kInterruptionsMax) {
                    found.interruptions.push_back(
                        {.at = next.time.start, .by = next.channel, .of = turn.channel});
                }
            }
            if (!reaches_into(breaks, turn.time.end, next.time.start)) {
                sums[by].add(std::max(next.time.start - turn.time.end, Milliseconds(0)));
            }
            turn = next;
        }
    }
    for (std::size_t i = 0; i < sums.size(); ++i) {
        found.channels[i].responses = sums[i].times();
    }
    return found;
}

}  // namespace oidor
