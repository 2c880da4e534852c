#include "domain/peaks.hpp"

#include <array>

#include <gtest/gtest.h>

namespace oidor {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

TEST(Peaks, keep_the_largest) {
    Bytes fine(25, 1);
    fine[3] = 200;
    fine[24] = 9;
    const auto peaks = make_peaks(std::array{fine}, 20ms);
    EXPECT_EQ(peaks.every, 200ms);
    EXPECT_EQ(peaks.channels, (std::vector<Bytes>{Bytes{200, 1, 9}}));
}

TEST(Peaks, of_hours_stay_within_their_bound) {
    for (const std::size_t channels : {1U, 2U, 8U}) {
        for (const std::size_t hours : {1U, 6U}) {
            const std::vector<Bytes> fine(channels, Bytes(hours * 3600 * 50, 7));
            const auto peaks = make_peaks(fine, 20ms);
            std::size_t bytes = 0;
            for (const auto& channel : peaks.channels) {
                bytes += channel.size();
            }
            EXPECT_LE(bytes, kPeaksMax);
            EXPECT_GT(bytes, kPeaksMax * 6 / 10);
            EXPECT_GE(peaks.every * static_cast<std::int64_t>(peaks.channels[0].size()),
                      1h * static_cast<std::int64_t>(hours));
        }
    }
}

TEST(Peaks, of_nothing_are_none) {
    EXPECT_EQ(make_peaks({}, 20ms), Peaks());
    EXPECT_EQ(make_peaks(std::array{Bytes()}, 20ms), Peaks());
    EXPECT_EQ(merge_peaks({}, 5s), Peaks());
}

TEST(Peaks, of_a_timeline_lie_where_their_parts_do) {
    const Peaks first = {.every = 200ms, .channels = {{1, 2}}};
    const Peaks second = {.every = 200ms, .channels = {{3, 4}}};
    const std::array behind = {PlacedPeaks{.peaks = &first},
                               PlacedPeaks{.peaks = &second, .offset = 600ms}};
    EXPECT_EQ(merge_peaks(behind, 1s).channels, (std::vector<Bytes>{Bytes{1, 2, 0, 3, 4}}));
    const std::array beside = {PlacedPeaks{.peaks = &first},
                               PlacedPeaks{.peaks = &second, .offset = 200ms, .first_channel = 1}};
    EXPECT_EQ(merge_peaks(beside, 600ms).channels,
              (std::vector<Bytes>{Bytes{1, 2, 0}, Bytes{0, 3, 4}}));
    const std::array over = {PlacedPeaks{.peaks = &first}, PlacedPeaks{.peaks = &second}};
    EXPECT_EQ(merge_peaks(over, 400ms).channels, (std::vector<Bytes>{Bytes{3, 4}}));
}

}  // namespace
}  // namespace oidor
