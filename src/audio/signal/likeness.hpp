// How much alike the channels of a recording are, 20 ms at a time. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "audio/signal/stretch.hpp"

namespace oidor::audio {

/// How many pairs there are among `channels`; they lie in the order (0, 1), (0, 2), (1, 2),
/// (0, 3) …
constexpr std::size_t count_pairs(std::size_t channels) { return channels * (channels - 1) / 2; }

/// The correlation of each pair of channels, whatever their gains and signs: 200 for the same
/// sound, 0 for nothing in common, or where one of the two is silent.
class LikenessMeter {
  public:
    explicit LikenessMeter(std::size_t channels);

    /// As many samples of each channel, at kTimbreRateHz; a row of pairs for each stretch that is
    /// whole.
    void add(std::span<const std::span<const float>> channels, std::vector<std::uint8_t>& rows);

  private:
    void sum_up(std::span<const std::span<const float>> channels, std::size_t begin,
                std::size_t end);
    void take(std::vector<std::uint8_t>& rows);

    std::vector<double> squares_;
    std::vector<double> products_;
    std::size_t count_ = 0;
};

}  // namespace oidor::audio
