#include "reports/trend_chart.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/html.hpp"

namespace oidor::reports {
namespace {

constexpr int kWidth = 720;
constexpr int kHeight = 240;
constexpr int kLeft = 40;
constexpr int kTop = 10;
constexpr int kPlotWidth = kWidth - kLeft - 10;
constexpr int kPlotHeight = kHeight - kTop - 30;

/// Tenths of a pixel, in whole numbers: the same drawing everywhere.
std::string tenths(std::int64_t value) { return fmt::format("{}.{}", value / 10, value % 10); }

std::int64_t x_of(std::size_t index, std::size_t count) {
    const auto last = std::max<std::int64_t>(static_cast<std::int64_t>(count) - 1, 1);
    return kLeft * 10 + static_cast<std::int64_t>(index) * kPlotWidth * 10 / last;
}

std::int64_t y_of(Decimal score) {
    return kTop * 10 +
           (Decimal::from_int(100) - score).micros() * kPlotHeight / 10 / Decimal::kScale;
}

std::string point_text(std::size_t index, std::size_t count, Decimal score) {
    return fmt::format("{},{}", tenths(x_of(index, count)), tenths(y_of(score)));
}

/// A stretch of days that all have a mean, as a band and a line.
std::string stretch(const std::vector<Point>& points, std::size_t first, std::size_t last) {
    std::string line;
    std::string low;
    std::string high;
    std::string dots;
    for (auto i = first; i < last; ++i) {
        const auto& mean = *points[i].mean;
        line += point_text(i, points.size(), mean) + " ";
        const auto interval = points[i].interval.value_or(Interval{.low = mean, .high = mean});
        high += point_text(i, points.size(), interval.high) + " ";
        low = point_text(i, points.size(), interval.low) + " " + low;
        dots += fmt::format(
            "<circle cx=\"{}\" cy=\"{}\" r=\"2.5\" fill=\"#0b4f8a\"><title>{}: {}</title></circle>",
            tenths(x_of(i, points.size())), tenths(y_of(mean)), escape_html(points[i].day),
            Fixed{.value = mean}.text());
    }
    return fmt::format(
        "<polygon points=\"{}{}\" fill=\"#cfe0ef\"/><polyline points=\"{}\" fill=\"none\" "
        "stroke=\"#0b4f8a\" stroke-width=\"2\"/>{}",
        high, low, line, dots);
}

std::string axis(const Series& series) {
    std::string out;
    for (int score = 0; score <= 100; score += 25) {
        const auto y = tenths(y_of(Decimal::from_int(score)));
        out += fmt::format(
            "<line x1=\"{0}\" x2=\"{1}\" y1=\"{2}\" y2=\"{2}\" stroke=\"#ddd\"/><text x=\"{3}\" "
            "y=\"{2}\" text-anchor=\"end\" dominant-baseline=\"middle\">{4}</text>",
            kLeft, kLeft + kPlotWidth, y, kLeft - 6, score);
    }
    if (!series.points.empty()) {
        out += fmt::format(
            "<text x=\"{}\" y=\"{}\">{}</text><text x=\"{}\" y=\"{}\" "
            "text-anchor=\"end\">{}</text>",
            kLeft, kHeight - 8, escape_html(series.points.front().day), kLeft + kPlotWidth,
            kHeight - 8, escape_html(series.points.back().day));
    }
    return out;
}

std::string description(const Series& series, UiLanguage language) {
    std::size_t shown = 0;
    std::optional<Decimal> lowest;
    std::optional<Decimal> highest;
    for (const auto& point : series.points) {
        if (point.mean) {
            ++shown;
            lowest = std::min(lowest.value_or(*point.mean), *point.mean);
            highest = std::max(highest.value_or(*point.mean), *point.mean);
        }
    }
    if (shown == 0) {
        return std::string(text(Message::report_chart_empty, language));
    }
    return say<Message::report_chart_description>(language, shown, series.points.size(),
                                                  Fixed{.value = *lowest}.text(),
                                                  Fixed{.value = *highest}.text());
}

}  // namespace

std::string format_trend_chart(const Series& series, int number, UiLanguage language) {
    auto title = say<Message::report_chart_title>(language, series.scorecard);
    if (!series.name.empty()) {
        title += " · " + series.name;
    }
    std::string stretches;
    for (std::size_t first = 0; first < series.points.size();) {
        auto last = first;
        while (last < series.points.size() && series.points[last].mean) {
            ++last;
        }
        if (last > first) {
            stretches += stretch(series.points, first, last);
        }
        first = last + 1;
    }
    return fmt::format(
        "<svg role=\"img\" aria-labelledby=\"t{0} d{0}\" viewBox=\"0 0 {1} {2}\" width=\"100%\" "
        "font-size=\"12\" xmlns=\"http://www.w3.org/2000/svg\"><title id=\"t{0}\">{3}</title><desc "
        "id=\"d{0}\">{4}</desc>{5}{6}</svg>\n",
        number, kWidth, kHeight, escape_html(title), escape_html(description(series, language)),
        axis(series), stretches);
}

}  // namespace oidor::reports
