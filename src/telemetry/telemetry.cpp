#include "telemetry/telemetry.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "telemetry/line.hpp"

namespace oidor::telemetry {
namespace {

constexpr std::size_t kLabelCount = static_cast<std::size_t>(Label::Gap) + 1;

// Every histogram counts seconds: a queue waits from microseconds to hours.
constexpr std::array kSecondsBuckets = {0.0005, 0.001, 0.0025, 0.005, 0.01,  0.025,
                                        0.05,   0.1,   0.25,   0.5,   1.0,   2.5,
                                        5.0,    10.0,  30.0,   60.0,  300.0, 1800.0};

std::optional<ErrorCode> code_of(const Fields& fields) {
    return fields.error != nullptr ? std::optional(fields.error->code) : fields.error_code;
}

std::optional<double> amount_of(Amount amount, const Fields& fields) {
    switch (amount) {
        case Amount::None: return std::nullopt;
        case Amount::One: return 1.0;
        case Amount::Count:
            return fields.count ? std::optional(static_cast<double>(*fields.count)) : std::nullopt;
        case Amount::SizeBytes:
            return fields.size_bytes ? std::optional(static_cast<double>(*fields.size_bytes))
                                     : std::nullopt;
        case Amount::Seconds:
            return fields.duration
                       ? std::optional(std::chrono::duration<double>(*fields.duration).count())
                       : std::nullopt;
        case Amount::AudioSeconds:
            return fields.audio_duration
                       ? std::optional(
                             std::chrono::duration<double>(*fields.audio_duration).count())
                       : std::nullopt;
    }
    return std::nullopt;
}

/// The place of a closed list's word; the last place, `other`, for what is not in it.
std::size_t place_of(const std::vector<std::string>& words, std::string_view word) {
    const auto found = std::ranges::find(words, word);
    return static_cast<std::size_t>(found == words.end() ? std::distance(words.begin(), found) - 1
                                                         : std::distance(words.begin(), found));
}

/// The words of a list from outside: what is not said is empty, what is not in it is `other`.
std::vector<std::string> closed(const std::vector<std::string>& words) {
    std::vector<std::string> out = {""};
    out.insert(out.end(), words.begin(), words.end());
    out.emplace_back("other");
    return out;
}

std::string format_number(double value) { return fmt::format("{}", value); }

}  // namespace

struct Telemetry::Series {
    std::atomic<double> value = 0;  ///< A histogram's sum.
    std::atomic<std::uint64_t> count = 0;
    std::atomic<bool> moved = false;
    std::array<std::atomic<std::uint64_t>, kSecondsBuckets.size()> buckets =
        {};  ///< Each by itself.
};

struct Telemetry::Family {
    std::size_t seconds = 1;  ///< How many values the second label has.
    std::size_t size = 1;
    std::unique_ptr<Series[]> series = {};
};

struct Telemetry::Repeats {
    std::atomic<std::int64_t> window = -1;
    std::atomic<std::uint32_t> lines = 0;
    std::atomic<std::uint64_t> dropped = 0;
};

void StderrWriter::write(std::string_view line) {
    while (!line.empty()) {
        const auto written = ::write(STDERR_FILENO, line.data(), line.size());
        if (written > 0) {
            line.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno != EINTR) {
            return;  // Nobody reads: there is no place left to say so.
        }
    }
}

Telemetry::Telemetry(const TelemetryOptions& options, const Clock& clock, LineWriter& writer)
    : clock_(clock),
      writer_(writer),
      level_(options.level),
      labels_(kLabelCount),
      families_(kMetrics.size()),
      repeats_(std::make_unique<Repeats[]>(kEvents.size())) {
    const auto at = [this](Label label) -> std::vector<std::string>& {
        return labels_[static_cast<std::size_t>(label)];
    };
    at(Label::None) = {""};
    at(Label::Source) = closed(options.sources);
    at(Label::Engine) = closed(options.engines);
    at(Label::Gap) = closed(options.gaps);
    for (auto stage = Stage::None; stage <= Stage::Maintain;
         stage = static_cast<Stage>(static_cast<int>(stage) + 1)) {
        at(Label::Stage).emplace_back(format_stage(stage));
    }
    at(Label::ErrorCode).emplace_back("");
    for (const auto& faces : error_table()) {
        at(Label::ErrorCode).emplace_back(faces.name);
    }
    at(Label::Status) = {"", "1xx", "2xx", "3xx", "4xx", "5xx"};
    for (std::size_t i = 0; i < families_.size(); ++i) {
        auto& family = families_[i];
        family.seconds = label_values(kMetrics[i].labels.second).size();
        family.size = label_values(kMetrics[i].labels.first).size() * family.seconds;
        family.series = std::make_unique<Series[]>(family.size);
    }
}

Telemetry::~Telemetry() = default;

const std::vector<std::string>& Telemetry::label_values(Label label) const {
    return labels_[static_cast<std::size_t>(label)];
}

std::size_t Telemetry::label_value(Label label, const Fields& fields) const {
    switch (label) {
        case Label::None: return 0;
        case Label::Source: return place_of(label_values(label), fields.source);
        case Label::Engine: return place_of(label_values(label), fields.engine);
        case Label::Gap: return place_of(label_values(label), fields.reason);
        case Label::Stage: return static_cast<std::size_t>(fields.stage);
        case Label::ErrorCode: {
            const auto code = code_of(fields);
            return code ? static_cast<std::size_t>(*code) + 1 : 0;
        }
        case Label::Status: {
            const int status = fields.status.value_or(0);
            return status >= 100 && status < 600 ? static_cast<std::size_t>(status) / 100 : 0;
        }
    }
    return 0;
}

Telemetry::Series& Telemetry::series_of(Metric metric, const Fields& fields) const {
    const auto& labels = row_of(metric).labels;
    const auto& family = families_[static_cast<std::size_t>(metric)];
    return family.series[label_value(labels.first, fields) * family.seconds +
                         label_value(labels.second, fields)];
}

void Telemetry::add(Metric counter, double amount, const Fields& fields) {
    auto& series = series_of(counter, fields);
    series.value.fetch_add(amount, std::memory_order_relaxed);
    series.moved.store(true, std::memory_order_relaxed);
}

void Telemetry::set(Metric gauge, double value, const Fields& fields) {
    auto& series = series_of(gauge, fields);
    series.value.store(value, std::memory_order_relaxed);
    series.moved.store(true, std::memory_order_relaxed);
}

void Telemetry::observe(Metric histogram, double value, const Fields& fields) {
    auto& series = series_of(histogram, fields);
    const auto place = std::ranges::lower_bound(kSecondsBuckets, value) - kSecondsBuckets.begin();
    if (static_cast<std::size_t>(place) < kSecondsBuckets.size()) {
        series.buckets[static_cast<std::size_t>(place)].fetch_add(1, std::memory_order_relaxed);
    }
    series.value.fetch_add(value, std::memory_order_relaxed);
    series.count.fetch_add(1, std::memory_order_relaxed);
    series.moved.store(true, std::memory_order_relaxed);
}

double Telemetry::value(Metric metric, const Fields& fields) const {
    const auto& series = series_of(metric, fields);
    return row_of(metric).kind == MetricKind::Histogram
               ? static_cast<double>(series.count.load(std::memory_order_relaxed))
               : series.value.load(std::memory_order_relaxed);
}

void Telemetry::move(const Move& move, const Fields& fields) {
    const auto amount = amount_of(move.amount, fields);
    if (!amount || !std::isfinite(*amount)) {
        return;
    }
    switch (row_of(move.metric).kind) {
        case MetricKind::Counter: add(move.metric, std::max(*amount, 0.0), fields); break;
        case MetricKind::Gauge: set(move.metric, *amount, fields); break;
        case MetricKind::Histogram: observe(move.metric, *amount, fields); break;
    }
}

bool Telemetry::passes(Event event, Timestamp now, std::uint64_t& dropped) {
    auto& repeats = repeats_[static_cast<std::size_t>(event)];
    const auto window = now.time_since_epoch() / std::chrono::microseconds(kRepeatWindow);
    auto seen = repeats.window.load(std::memory_order_relaxed);
    if (seen != window && repeats.window.compare_exchange_strong(seen, window)) {
        repeats.lines.store(0, std::memory_order_relaxed);
    }
    if (repeats.lines.fetch_add(1, std::memory_order_relaxed) >= kRepeatLinesMax) {
        repeats.dropped.fetch_add(1, std::memory_order_relaxed);
        add(Metric::telemetry_lines_dropped_total, 1);
        return false;
    }
    dropped = repeats.dropped.exchange(0, std::memory_order_relaxed);
    return true;
}

void Telemetry::emit(Event event, const Fields& fields) {
    const auto& row = row_of(event);
    for (const auto& each : row.moves) {
        move(each, fields);
    }
    if (row.level > level()) {
        return;
    }
    const auto now = clock_.now();
    std::uint64_t dropped = 0;
    if (passes(event, now, dropped)) {
        writer_.write(format_line(row, fields, now, dropped));
    }
}

namespace {

void append_labels(std::string& out, const Labels& labels, std::string_view first,
                   std::string_view second, std::string_view bucket) {
    std::string inside;
    const auto put = [&inside](std::string_view name, std::string_view value) {
        // The words of the closed lists need no escaping.
        if (!name.empty()) {
            inside += fmt::format("{}{}=\"{}\"", inside.empty() ? "" : ",", name, value);
        }
    };
    put(format_label(labels.first), first);
    put(format_label(labels.second), second);
    put(bucket.empty() ? "" : "le", bucket);
    if (!inside.empty()) {
        out += fmt::format("{{{}}}", inside);
    }
}

}  // namespace

std::string Telemetry::format_prometheus() const {
    std::string out;
    for (std::size_t i = 0; i < families_.size(); ++i) {
        const auto& row = kMetrics[i];
        const auto& family = families_[i];
        out += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", row.name, row.help,
                           format_kind(row.kind));
        for (std::size_t j = 0; j < family.size; ++j) {
            const auto& series = family.series[j];
            if (row.labels.first != Label::None && !series.moved.load(std::memory_order_relaxed)) {
                continue;
            }
            const auto& first = label_values(row.labels.first)[j / family.seconds];
            const auto& second = label_values(row.labels.second)[j % family.seconds];
            const auto line = [&](std::string_view suffix, std::string_view bucket,
                                  const std::string& number) {
                out += fmt::format("{}{}", row.name, suffix);
                append_labels(out, row.labels, first, second, bucket);
                out += fmt::format(" {}\n", number);
            };
            const auto value = format_number(series.value.load(std::memory_order_relaxed));
            if (row.kind != MetricKind::Histogram) {
                line("", "", value);
                continue;
            }
            // The count is read first: an observation that comes in between may then only make a
            // bucket larger, so the total is taken as no less than its buckets.
            const auto count = series.count.load(std::memory_order_relaxed);
            std::uint64_t below = 0;
            for (std::size_t k = 0; k < kSecondsBuckets.size(); ++k) {
                below += series.buckets[k].load(std::memory_order_relaxed);
                line("_bucket", format_number(kSecondsBuckets[k]), std::to_string(below));
            }
            const auto total = std::to_string(std::max(count, below));
            line("_bucket", "+Inf", total);
            line("_sum", "", value);
            line("_count", "", total);
        }
    }
    return out;
}

}  // namespace oidor::telemetry
