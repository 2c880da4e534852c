#include "audio/signal/likeness.hpp"

#include <algorithm>
#include <cmath>

namespace oidor::audio {
namespace {

constexpr double kLikenessMax = 200;
/// -70 dBFS: what is quieter is noise of the line, alike or not.
constexpr double kHeardPowerMin = 1e-7;

}  // namespace

LikenessMeter::LikenessMeter(std::size_t channels)
    : squares_(channels), products_(count_pairs(channels)) {}

void LikenessMeter::add(std::span<const std::span<const float>> channels,
                        std::vector<std::uint8_t>& rows) {
    const auto size = channels.empty() ? 0 : channels.front().size();
    for (std::size_t begin = 0; begin < size;) {
        const auto end = std::min(size, begin + (kTimbreStretch - count_));
        sum_up(channels, begin, end);
        count_ += end - begin;
        begin = end;
        if (count_ == kTimbreStretch) {
            take(rows);
        }
    }
}

void LikenessMeter::sum_up(std::span<const std::span<const float>> channels, std::size_t begin,
                           std::size_t end) {
    const auto product = [&](std::size_t a, std::size_t b) {
        float sum = 0;
        for (auto i = begin; i < end; ++i) {
            sum += channels[a][i] * channels[b][i];
        }
        return static_cast<double>(sum);
    };
    std::size_t pair = 0;
    for (std::size_t i = 0; i < channels.size(); ++i) {
        squares_[i] += product(i, i);
        for (std::size_t j = 0; j < i; ++j) {
            products_[pair++] += product(j, i);
        }
    }
}

void LikenessMeter::take(std::vector<std::uint8_t>& rows) {
    std::size_t pair = 0;
    const double heard = kHeardPowerMin * static_cast<double>(count_);
    for (std::size_t i = 0; i < squares_.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j, ++pair) {
            const double both = std::sqrt(squares_[i] * squares_[j]);
            const bool heard_both =
                squares_[i] > heard && squares_[j] > heard && std::isfinite(both);
            const double like = heard_both ? std::abs(products_[pair]) / both : 0;
            rows.push_back(
                static_cast<std::uint8_t>(std::lround(kLikenessMax * std::clamp(like, 0.0, 1.0))));
        }
    }
    std::ranges::fill(squares_, 0);
    std::ranges::fill(products_, 0);
    count_ = 0;
}

}  // namespace oidor::audio
