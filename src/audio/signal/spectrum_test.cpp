#include "audio/signal/spectrum.hpp"

#include <algorithm>
#include <complex>

#include <gtest/gtest.h>

#include "audio/signal/test_signals.hpp"

namespace oidor::audio {
namespace {

TEST(Spectrum, is_that_of_the_plain_definition) {
    auto signal = silence(0.064);
    Noise().add(signal, 0.5F);
    Spectrum spectrum;
    const auto power = spectrum.of(std::span(signal).first<kSpectrumSize>());
    for (std::size_t bin = 0; bin < kSpectrumBins; bin += 7) {
        std::complex<double> sum;
        for (std::size_t i = 0; i < kSpectrumSize; ++i) {
            const double turn = 2 * std::numbers::pi * static_cast<double>(i) / kSpectrumSize;
            sum += static_cast<double>(signal[i]) * (0.5 - 0.5 * std::cos(turn)) *
                   std::polar(1.0, -turn * static_cast<double>(bin));
        }
        EXPECT_NEAR(power[bin], std::norm(sum), 1e-3 * (1 + std::norm(sum))) << bin;
    }
}

TEST(Spectrum, shows_a_tone_where_it_lies) {
    auto signal = silence(0.064);
    add_sine(signal, 1000, 0.5);
    Spectrum spectrum;
    const auto power = spectrum.of(std::span(signal).first<kSpectrumSize>());
    EXPECT_EQ(std::ranges::max_element(power) - power.begin(), 64);
}

}  // namespace
}  // namespace oidor::audio
