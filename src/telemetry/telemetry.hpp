// Says what happens: one event writes its log line and moves its metrics.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/id.hpp"
#include "base/time.hpp"
#include "telemetry/catalogue.hpp"

namespace oidor::telemetry {

/// What varies in a line: this closed list and nothing else. Views need to live for the call only.
/// No customer text, number, address or token goes into any of them.
struct Fields {
    std::string_view source = {};
    std::string_view account = {};
    std::optional<Uuid> event_id = {};
    std::optional<Uuid> conversation_id = {};
    std::optional<Uuid> participation_id = {};
    std::optional<Uuid> recording_id = {};
    std::optional<Uuid> job_id = {};
    std::optional<Uuid> key_id = {};
    std::string_view request_id = {};
    std::optional<std::int64_t> attempt = {};
    std::optional<std::chrono::microseconds> duration = {};        ///< As `duration_ms`.
    std::optional<std::chrono::milliseconds> audio_duration = {};  ///< As `audio_ms`.
    std::optional<std::int64_t> count = {};
    std::optional<std::int64_t> size_bytes = {};
    std::optional<int> status = {};  ///< HTTP.
    const Error* error = nullptr;    ///< Gives `error_code` and, as `detail`, its message.
    std::optional<ErrorCode> error_code = {};  ///< Where there is only the code.
    Stage stage = Stage::None;
    std::string_view engine = {};
    std::string_view route = {};    ///< A route's pattern, never a path as received.
    std::string_view listen = {};   ///< `127.0.0.1:8080`
    std::string_view version = {};  ///< Of the program or of the store's schema.
    std::string_view setting = {};  ///< A setting's path.
    std::string_view reason = {};   ///< One of a closed list of the room that says it.
};

/// Where lines go. Must be safe to call from many threads.
class LineWriter {
  public:
    virtual ~LineWriter() = default;
    /// `line` ends with a line feed.
    virtual void write(std::string_view line) = 0;
};

/// Standard error, one write per line, so that lines of several threads do not mix.
class StderrWriter final : public LineWriter {
  public:
    void write(std::string_view line) override;
};

/// No more than so many lines of one event in one window; the rest are counted, and the next line
/// that is written says how many were left out (`repeats_dropped`).
inline constexpr std::uint32_t kRepeatLinesMax = 50;
inline constexpr std::chrono::seconds kRepeatWindow{10};

/// What is written, and the closed lists behind the labels.
struct TelemetryOptions {
    Level level = Level::Info;
    std::vector<std::string> sources = {};  ///< The closed list behind Label::Source.
    std::vector<std::string> engines = {};  ///< The closed list behind Label::Engine.
    std::vector<std::string> gaps = {};     ///< The closed list behind Label::Gap: `reason`.
};

/// Every method is safe to call from many threads; metrics are moved without a lock.
class Telemetry {
  public:
    /// `clock` and `writer` outlive it.
    Telemetry(const TelemetryOptions& options, const Clock& clock, LineWriter& writer);
    ~Telemetry();
    Telemetry(const Telemetry&) = delete;
    Telemetry& operator=(const Telemetry&) = delete;

    /// Moves the event's metrics, and writes its line unless the level or the repeat bound leaves
    /// it out. Never fails and never blocks on anything but the writer.
    void emit(Event event, const Fields& fields = {});

    /// For what has no event of its own. `fields` chooses the labels.
    void add(Metric counter, double amount, const Fields& fields = {});
    void set(Metric gauge, double value, const Fields& fields = {});
    void observe(Metric histogram, double value, const Fields& fields = {});

    /// The value of a counter or gauge, the number of observations of a histogram.
    [[nodiscard]] double value(Metric metric, const Fields& fields = {}) const;

    [[nodiscard]] Level level() const { return level_.load(std::memory_order_relaxed); }
    void set_level(Level level) { level_.store(level, std::memory_order_relaxed); }

    /// The text that `/metrics` answers (Prometheus text format 0.0.4). Series with labels appear
    /// once they moved.
    [[nodiscard]] std::string format_prometheus() const;

  private:
    struct Series;
    struct Repeats;
    struct Family;

    Series& series_of(Metric metric, const Fields& fields) const;
    void move(const Move& move, const Fields& fields);
    bool passes(Event event, Timestamp now, std::uint64_t& dropped);
    [[nodiscard]] std::size_t label_value(Label label, const Fields& fields) const;
    [[nodiscard]] const std::vector<std::string>& label_values(Label label) const;

    const Clock& clock_;
    LineWriter& writer_;
    std::atomic<Level> level_;
    std::vector<std::vector<std::string>> labels_;  ///< By Label.
    std::vector<Family> families_;                  ///< By Metric.
    std::unique_ptr<Repeats[]> repeats_;            ///< By Event.
};

}  // namespace oidor::telemetry
