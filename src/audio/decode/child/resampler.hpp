// Channels at another rate.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

struct SwrContext;

namespace oidor::decode {

/// Channels to another rate, 16 bit, interleaved, written as P frames.
class SampleWriter {
  public:
    SampleWriter(int rate_from_hz, int rate_to_hz, int channels);

    /// As many samples of each channel; none: what is still inside.
    void write(std::span<const std::vector<float>> channels);

  private:
    SwrContext* context_ = nullptr;
    std::vector<const std::uint8_t*> planes_ = {};
    std::size_t width_ = 1;
    std::vector<std::int16_t> out_ = {};
};

/// Channels to the rate at which timbre is judged. Where they have it already they pass through.
class TimbreRate {
  public:
    TimbreRate(int rate_from_hz, int channels);

    /// As many samples of each channel; none: what is still inside. Valid until the next call.
    std::span<const std::span<const float>> convert(std::span<const std::vector<float>> channels);

  private:
    SwrContext* context_ = nullptr;  ///< Null: they have the rate.
    std::vector<const std::uint8_t*> planes_ = {};
    std::vector<std::uint8_t*> out_planes_ = {};
    std::vector<std::vector<float>> out_;
    std::vector<std::span<const float>> converted_ = {};
};

}  // namespace oidor::decode
