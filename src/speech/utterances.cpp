#include "speech/utterances.hpp"

#include <algorithm>
#include <utility>

namespace oidor::speech {
namespace {

std::int64_t sample_at(Milliseconds time) { return time.count() * kPcmRateHz / 1000; }

}  // namespace

std::vector<SpeechInterval> plan_utterances(std::span<const SpeechInterval> speech,
                                            Milliseconds duration, const UtteranceRules& rules) {
    std::vector<SpeechInterval> joined;
    for (const auto& interval : speech) {
        const bool joins = !joined.empty() &&
                           interval.start - joined.back().end <= rules.pause_max &&
                           interval.end - joined.back().start <= rules.length_max;
        if (joins) {
            joined.back().end = interval.end;
        } else {
            joined.push_back(interval);
        }
    }
    std::vector<SpeechInterval> plan;
    for (std::size_t i = 0; i < joined.size(); ++i) {
        // Two neighbours share the pause between them.
        const auto before = i == 0 ? joined[i].start : (joined[i].start - joined[i - 1].end) / 2;
        const auto after = i + 1 == joined.size() ? duration - joined[i].end
                                                  : (joined[i + 1].start - joined[i].end) / 2;
        auto start = joined[i].start - std::clamp(before, Milliseconds(0), rules.margin);
        const auto end = joined[i].end + std::clamp(after, Milliseconds(0), rules.margin);
        for (; end - start > rules.length_max; start += rules.length_max) {
            plan.push_back({.start = start, .end = start + rules.length_max});
        }
        plan.push_back({.start = start, .end = end});
    }
    return plan;
}

UtteranceCutter::UtteranceCutter(std::vector<SpeechInterval> plan, OnUtterance on_utterance)
    : plan_(std::move(plan)), on_utterance_(std::move(on_utterance)) {}

Result<void> UtteranceCutter::add(std::span<const std::int16_t> samples) {
    while (!samples.empty() && next_ < plan_.size()) {
        const auto start = sample_at(plan_[next_].start);
        const auto end = sample_at(plan_[next_].end);
        const auto size = static_cast<std::int64_t>(samples.size());
        if (position_ < start) {
            const auto skipped = std::min(start - position_, size);
            samples = samples.subspan(static_cast<std::size_t>(skipped));
            position_ += skipped;
            continue;
        }
        const auto taken = std::clamp<std::int64_t>(end - position_, 0, size);
        pending_.insert(pending_.end(), samples.begin(), samples.begin() + taken);
        samples = samples.subspan(static_cast<std::size_t>(taken));
        position_ += taken;
        if (position_ >= end) {
            TRY(hand_over());
        }
    }
    position_ += static_cast<std::int64_t>(samples.size());
    return {};
}

Result<void> UtteranceCutter::finish() { return pending_.empty() ? Result<void>() : hand_over(); }

Result<void> UtteranceCutter::hand_over() {
    auto handed = on_utterance_(next_, pending_);
    pending_.clear();
    ++next_;
    return handed;
}

}  // namespace oidor::speech
