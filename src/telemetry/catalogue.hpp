// Every event and metric of the program, declared in one table each: events.inc and metrics.inc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace oidor::telemetry {

/// How serious. Error: an operator must act, or data is lost. Warn: odd, recovered. Info: started,
/// stopped, configured. Debug: off in production; the event moves its metrics all the same.
enum class Level { Error, Warn, Info, Debug };
std::string_view format_level(Level level);
std::optional<Level> parse_level(std::string_view text);

/// A word of the story (DESIGN §2): where it happened, and what kind of job it was.
enum class Stage {
    None,
    Receive,
    Map,
    Fetch,
    Analyse,
    Transcribe,
    Audit,
    Deliver,
    Reply,
    Close,
    Publish,
    Pull,
    Maintain,
};
/// `receive`; empty for None.
std::string_view format_stage(Stage stage);
std::optional<Stage> parse_stage(std::string_view text);

enum class MetricKind { Counter, Gauge, Histogram };

/// What a metric may be told apart by: closed lists all, never an id, a name or an error text.
enum class Label { None, Source, Stage, ErrorCode, Engine, Status, Gap };

// The tables are read twice, as identifiers and as rows, so that an event or a metric is added in
// one line; only a macro can do that.
/// Every metric of the program, by name.
enum class Metric : std::uint16_t {
#define OIDOR_METRIC(name, kind, labels, help) name,
#include "telemetry/metrics.inc"
#undef OIDOR_METRIC
};

/// Every event of the log, by name.
enum class Event : std::uint16_t {
#define OIDOR_EVENT(room, name, level, message, ...) name,
#include "telemetry/events.inc"
#undef OIDOR_EVENT
};

/// Up to two labels.
struct Labels {
    Label first = Label::None;
    Label second = Label::None;
    constexpr Labels() = default;
    constexpr explicit Labels(Label one, Label two = Label::None) : first(one), second(two) {}
};

/// What the catalogue says of one metric.
struct MetricRow {
    std::string_view name;
    MetricKind kind;
    Labels labels;
    std::string_view help;
};

/// Which of an event's fields moves a metric, and by how much.
enum class Amount { None, One, Count, SizeBytes, Seconds, AudioSeconds };
/// One metric that an event moves, and by which of its fields.
struct Move {
    Amount amount = Amount::None;
    Metric metric = {};
};

/// What the catalogue says of one event.
struct EventRow {
    std::string_view room;
    std::string_view name;
    Level level;
    std::string_view message;
    std::array<Move, 3> moves;
};

namespace detail {
constexpr Move one(Metric metric) { return {Amount::One, metric}; }
constexpr Move count(Metric metric) { return {Amount::Count, metric}; }
constexpr Move size(Metric metric) { return {Amount::SizeBytes, metric}; }
constexpr Move seconds(Metric metric) { return {Amount::Seconds, metric}; }
constexpr Move audio(Metric metric) { return {Amount::AudioSeconds, metric}; }

inline constexpr std::array kMetrics = {
#define OIDOR_METRIC(name, kind, labels, help) \
    MetricRow{#name, MetricKind::kind, Labels labels, help},
#include "telemetry/metrics.inc"
#undef OIDOR_METRIC
};

inline constexpr std::array kEvents = {
#define OIDOR_EVENT(room, name, level, message, ...) \
    EventRow{#room, #name, Level::level, message, {__VA_ARGS__}},
#include "telemetry/events.inc"
#undef OIDOR_EVENT
};
}  // namespace detail

inline constexpr auto& kMetrics = detail::kMetrics;
inline constexpr auto& kEvents = detail::kEvents;

constexpr const MetricRow& row_of(Metric metric) {
    return kMetrics[static_cast<std::size_t>(metric)];
}
constexpr const EventRow& row_of(Event event) { return kEvents[static_cast<std::size_t>(event)]; }

/// `source`; empty for None.
std::string_view format_label(Label label);
/// `counter`
std::string_view format_kind(MetricKind kind);

/// docs/reference/telemetry.md.
std::string format_reference();

}  // namespace oidor::telemetry
