#include "audio/signal/timbre_meter.hpp"

#include <algorithm>
#include <cmath>

namespace oidor::audio {
namespace {

/// -60 dBFS: nothing quieter is music for anybody.
constexpr float kSoundPowerMin = 1e-6F;

float mean_power(std::span<const float> samples) {
    float power = 0;
    for (const float sample : samples) {
        power += sample * sample;
    }
    return power / static_cast<float>(samples.size());
}

}  // namespace

void TimbreMeter::add(std::span<const float> samples, std::vector<Timbre>& timbres) {
    while (!samples.empty()) {
        const auto part = samples.first(std::min(kStep - new_, samples.size()));
        std::ranges::copy(part, samples_.end() - static_cast<std::ptrdiff_t>(kStep - new_));
        new_ += part.size();
        samples = samples.subspan(part.size());
        if (new_ == kStep) {
            take_pair(timbres);
        }
    }
}

void TimbreMeter::finish(std::vector<Timbre>& timbres) {
    if (new_ > 0) {
        const auto stretches = (new_ + kTimbreStretch - 1) / kTimbreStretch;
        std::fill(samples_.end() - static_cast<std::ptrdiff_t>(kStep - new_), samples_.end(), 0.0F);
        take_pair(timbres);
        timbres.resize(timbres.size() - 2 + stretches);
    }
}

void TimbreMeter::take_pair(std::vector<Timbre>& timbres) {
    const auto timbre = find_timbre();
    for (const auto end : {kSpectrumSize - kTimbreStretch, kSpectrumSize}) {
        timbres.push_back(timbre);
        timbres.back().key = find_key_at(end);
    }
    std::copy(samples_.begin() + kStep, samples_.end(), samples_.begin());
    new_ = 0;
}

bool TimbreMeter::find_key_at(std::size_t end) {
    const std::span<const float, kSpectrumSize> all = samples_;
    const auto key = find_key(all.subspan(end - kKeyWindow).first<kKeyWindow>());
    const bool held = key && key == key_before_;
    key_before_ = key;
    return held;
}

Timbre TimbreMeter::find_timbre() {
    if (!(mean_power(std::span<const float>(samples_).last(kStep)) > kSoundPowerMin)) {
        partials_.reset();
        return {};
    }
    return partials_.add(spectrum_.of(samples_));
}

}  // namespace oidor::audio
