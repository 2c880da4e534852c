// How loud each 20 ms of a channel is, at most and on the whole, and whether it is cut off. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "audio/signal/stretch.hpp"

namespace oidor::audio {

/// Measures one channel at its own rate. Power is without the constant part, so that an offset and
/// digital silence are both 0. Clipped: at 94 % of full scale or more for 0.3 ms, at least three
/// samples, without crossing zero; what was cut off and turned down later cannot be told so.
class LevelMeter {
  public:
    explicit LevelMeter(int rate_hz);

    void add(std::span<const float> samples, std::vector<Stretch>& stretches);
    /// The last, shorter stretch.
    void finish(std::vector<Stretch>& stretches);

  private:
    void sum_up(std::span<const float> samples);
    void find_clipping(std::span<const float> samples);
    Stretch take();

    std::int64_t rate_hz_;
    std::size_t clipped_run_min_;
    std::int64_t position_ = 0;
    std::int64_t stretch_ = 0;
    std::int64_t border_;
    std::int64_t count_ = 0;
    double sum_ = 0;
    double squares_ = 0;
    float peak_ = 0;
    float run_sign_ = 0;
    std::size_t run_ = 0;
    bool clipped_ = false;
};

}  // namespace oidor::audio
