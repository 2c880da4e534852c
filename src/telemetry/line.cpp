#include "telemetry/line.hpp"

#include <iterator>

#include <fmt/format.h>

#include "base/utf8.hpp"

namespace oidor::telemetry {
namespace {

// Twelve texts at their longest still make a line that a pipe takes in one piece.
constexpr std::size_t kTextBytesMax = 200;
constexpr std::size_t kDetailBytesMax = 1000;

void append_escaped(std::string& out, std::string_view text, std::size_t bytes_max) {
    const auto repaired = repair_utf8(text.substr(0, bytes_max));
    for (const char c : repaired) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (byte < 0x20 || byte == 0x7F) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
        } else {
            out += c;
        }
    }
    if (text.size() > bytes_max) {
        out += "…";
    }
}

/// Appends members to an open object.
class Members {
  public:
    explicit Members(std::string& out) : out_(out) {}

    void text(std::string_view name, std::string_view value,
              std::size_t bytes_max = kTextBytesMax) {
        if (!value.empty()) {
            begin(name);
            out_ += '"';
            append_escaped(out_, value, bytes_max);
            out_ += '"';
        }
    }
    void uuid(std::string_view name, const std::optional<Uuid>& value) {
        if (value) {
            text(name, format_uuid(*value));
        }
    }
    template <typename N>
    void number(std::string_view name, const std::optional<N>& value) {
        if (value) {
            begin(name);
            fmt::format_to(std::back_inserter(out_), "{}", *value);
        }
    }

  private:
    void begin(std::string_view name) {
        out_ += out_.back() == '{' ? "\"" : ",\"";
        out_ += name;
        out_ += "\":";
    }

    std::string& out_;
};

}  // namespace

std::string format_line(const EventRow& row, const Fields& fields, Timestamp now,
                        std::uint64_t repeats_dropped) {
    std::string out = "{";
    Members members(out);
    members.text("ts", format_rfc3339(now));
    members.text("level", format_level(row.level));
    members.text("event", row.name);
    members.text("room", row.room);
    members.text("message", row.message);
    members.text("source", fields.source);
    members.text("account", fields.account);
    members.uuid("event_id", fields.event_id);
    members.uuid("conversation_id", fields.conversation_id);
    members.uuid("participation_id", fields.participation_id);
    members.uuid("recording_id", fields.recording_id);
    members.uuid("job_id", fields.job_id);
    members.uuid("key_id", fields.key_id);
    members.text("request_id", fields.request_id);
    members.number("attempt", fields.attempt);
    if (fields.duration) {
        members.number("duration_ms",
                       std::optional(static_cast<double>(fields.duration->count()) / 1000.0));
    }
    if (fields.audio_duration) {
        members.number("audio_ms", std::optional(fields.audio_duration->count()));
    }
    members.number("count", fields.count);
    members.number("size_bytes", fields.size_bytes);
    members.number("status", fields.status);
    members.text("stage", format_stage(fields.stage));
    members.text("engine", fields.engine);
    members.text("route", fields.route);
    members.text("listen", fields.listen);
    members.text("version", fields.version);
    members.text("setting", fields.setting);
    members.text("reason", fields.reason);
    if (fields.error != nullptr) {
        members.text("error_code", faces_of(fields.error->code).name);
        members.text("detail", fields.error->message, kDetailBytesMax);
    } else if (fields.error_code) {
        members.text("error_code", faces_of(*fields.error_code).name);
    }
    if (repeats_dropped > 0) {
        members.number("repeats_dropped", std::optional(repeats_dropped));
    }
    out += "}\n";
    return out;
}

}  // namespace oidor::telemetry
