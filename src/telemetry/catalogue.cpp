#include "telemetry/catalogue.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace oidor::telemetry {
namespace {

constexpr std::array<std::string_view, 4> kLevels = {"error", "warn", "info", "debug"};
constexpr std::array<std::string_view, 13> kStages = {
    "",        "receive", "map",   "fetch",   "analyse", "transcribe", "audit",
    "deliver", "reply",   "close", "publish", "pull",    "maintain"};

template <typename E, std::size_t N>
std::optional<E> find_word(const std::array<std::string_view, N>& words, std::string_view text) {
    const auto found = std::ranges::find(words, text);
    return text.empty() || found == words.end()
               ? std::nullopt
               : std::optional(static_cast<E>(found - words.begin()));
}

std::string format_moves(const EventRow& row) {
    std::string out;
    for (const auto& move : row.moves) {
        if (move.amount != Amount::None) {
            out += fmt::format("{}`{}`", out.empty() ? "" : ", ", row_of(move.metric).name);
        }
    }
    return out;
}

std::string format_labels(const Labels& labels) {
    std::string out;
    for (const auto label : {labels.first, labels.second}) {
        if (label != Label::None) {
            out += fmt::format("{}`{}`", out.empty() ? "" : ", ", format_label(label));
        }
    }
    return out;
}

}  // namespace

std::string_view format_level(Level level) { return kLevels[static_cast<std::size_t>(level)]; }
std::optional<Level> parse_level(std::string_view text) { return find_word<Level>(kLevels, text); }
std::string_view format_stage(Stage stage) { return kStages[static_cast<std::size_t>(stage)]; }
std::optional<Stage> parse_stage(std::string_view text) { return find_word<Stage>(kStages, text); }

std::string_view format_label(Label label) {
    constexpr std::array<std::string_view, 7> kNames = {"",       "source", "stage", "error_code",
                                                        "engine", "status", "gap"};
    return kNames[static_cast<std::size_t>(label)];
}

std::string_view format_kind(MetricKind kind) {
    constexpr std::array<std::string_view, 3> kNames = {"counter", "gauge", "histogram"};
    return kNames[static_cast<std::size_t>(kind)];
}

std::string format_reference() {
    std::string out =
        "# Logs and metrics\n\n"
        "<!-- Made from src/telemetry/events.inc and metrics.inc: change those, then `./dev docs`. "
        "-->\n\n"
        "Each line on stderr is one JSON object. Every line has `ts`, `level`, `event`, `room` and "
        "`message`; what else applies comes from a closed list: `source`, `account`, `event_id`, "
        "`conversation_id`, `participation_id`, `recording_id`, `job_id`, `key_id`, `request_id`, "
        "`attempt`, `duration_ms`, `audio_ms`, `count`, `size_bytes`, `status`, `stage`, `engine`, "
        "`route`, `listen`, `version`, `setting`, `reason`, and on failure `error_code` and "
        "`detail`. Of one event at most 50 lines are written in 10 seconds; the next line says in "
        "`repeats_dropped` how many were left out. Lines hold no customer text, number, address "
        "or token.\n\n"
        "`log.level` decides which lines are written; metrics move all the same. `/metrics` "
        "answers them in Prometheus' text format.\n\n"
        "## Events\n\n"
        "| room | event | level | message | moves |\n|---|---|---|---|---|\n";
    for (const auto& row : kEvents) {
        out += fmt::format("| {} | `{}` | {} | {} | {} |\n", row.room, row.name,
                           format_level(row.level), row.message, format_moves(row));
    }
    out += "\n## Metrics\n\n| metric | kind | labels | is |\n|---|---|---|---|\n";
    for (const auto& row : kMetrics) {
        out += fmt::format("| `{}` | {} | {} | {} |\n", row.name, format_kind(row.kind),
                           format_labels(row.labels), row.help);
    }
    return out;
}

}  // namespace oidor::telemetry
