#include "measuring.hpp"

#include <algorithm>
#include <string>

#include "audio/signal/packing.hpp"
#include "output.hpp"

namespace oidor::decode {
namespace {

/// A frame's worth: 80 s.
constexpr std::size_t kRowsAtOnce = 4096;

}  // namespace

Measuring::Measuring(int rate_hz, int channels)
    : levels_(static_cast<std::size_t>(channels), audio::LevelMeter(rate_hz)),
      timbres_(static_cast<std::size_t>(channels)),
      likeness_(static_cast<std::size_t>(channels)),
      timbre_rate_(rate_hz, channels),
      stretches_(static_cast<std::size_t>(channels)),
      heard_(static_cast<std::size_t>(channels)) {}

void Measuring::add(std::span<const std::vector<float>> channels) {
    for (std::size_t i = 0; i < channels.size(); ++i) {
        levels_[i].add(channels[i], stretches_[i]);
    }
    add_timbre(timbre_rate_.convert(channels));
    const auto whole = std::min(stretches_.front().size(), heard_.front().size());
    if (whole >= kRowsAtOnce) {
        write_rows(whole);
    }
}

void Measuring::add_timbre(std::span<const std::span<const float>> channels) {
    if (channels.empty()) {
        return;
    }
    for (std::size_t i = 0; i < channels.size(); ++i) {
        timbres_[i].add(channels[i], heard_[i]);
    }
    likeness_.add(channels, alike_);
}

void Measuring::finish() {
    add_timbre(timbre_rate_.convert({}));
    for (std::size_t i = 0; i < levels_.size(); ++i) {
        levels_[i].finish(stretches_[i]);
        timbres_[i].finish(heard_[i]);
    }
    const auto rows = stretches_.front().size();
    for (auto& timbres : heard_) {
        timbres.resize(rows);
    }
    write_rows(rows);
}

void Measuring::write_rows(std::size_t rows) {
    std::string bytes;
    bytes.reserve(rows * stretches_.size() * audio::kStretchBytes);
    for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t i = 0; i < stretches_.size(); ++i) {
            auto stretch = stretches_[i][row];
            stretch.timbre = heard_[i][row];
            for (const auto byte : audio::pack_stretch(stretch)) {
                bytes.push_back(static_cast<char>(byte));
            }
        }
    }
    const auto written = static_cast<std::ptrdiff_t>(rows);
    for (std::size_t i = 0; i < stretches_.size(); ++i) {
        stretches_[i].erase(stretches_[i].begin(), stretches_[i].begin() + written);
        heard_[i].erase(heard_[i].begin(), heard_[i].begin() + written);
    }
    if (!bytes.empty()) {
        write_frame('L', bytes);
    }
    if (!alike_.empty()) {
        write_frame('X', {reinterpret_cast<const char*>(alike_.data()), alike_.size()});
        alike_.clear();
    }
}

}  // namespace oidor::decode
