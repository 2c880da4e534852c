#include "speech/forms/fields.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <boost/json.hpp>

namespace oidor::speech::forms {
namespace {

/// A week, as in the domain's own reader.
constexpr double kTimeMaxMs = 7.0 * 24 * 3600 * 1000;

constexpr std::array<std::pair<std::string_view, Speaker>, 18> kLabels = {{
    {"agent", Speaker::Agent},
    {"agente", Speaker::Agent},
    {"asesor", Speaker::Agent},
    {"asesora", Speaker::Agent},
    {"atendente", Speaker::Agent},
    {"ejecutivo", Speaker::Agent},
    {"ejecutiva", Speaker::Agent},
    {"operador", Speaker::Agent},
    {"operadora", Speaker::Agent},
    {"operator", Speaker::Agent},
    {"representante", Speaker::Agent},
    {"representative", Speaker::Agent},
    {"caller", Speaker::Customer},
    {"customer", Speaker::Customer},
    {"cliente", Speaker::Customer},
    {"usuario", Speaker::Customer},
    {"bot", Speaker::Bot},
    {"ivr", Speaker::Ivr},
}};

/// The member, null when it is absent or JSON's null.
const json::value* find_member(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && !value->is_null() ? value : nullptr;
}

}  // namespace

Result<std::optional<Milliseconds>> read_time(const json::object& object,
                                              std::initializer_list<TimeField> fields,
                                              std::string_view path) {
    for (const auto& field : fields) {
        if (find_member(object, field.key) == nullptr) {
            continue;
        }
        const auto number = find_double(object, field.key);
        if (!number) {
            return fail(ErrorCode::Invalid, "{}.{}: expected a number", path, field.key);
        }
        const double ms = *number / field.units_per_second * 1000;
        if (!(ms >= 0) || ms > kTimeMaxMs) {
            return fail(ErrorCode::Invalid, "{}.{}: out of range (0 to a week)", path, field.key);
        }
        return std::optional(Milliseconds(std::llround(ms)));
    }
    return std::optional<Milliseconds>();
}

Result<std::optional<std::string>> read_text(const json::object& object, std::string_view key,
                                             std::string_view path) {
    const auto* value = find_member(object, key);
    if (value == nullptr) {
        return std::optional<std::string>();
    }
    if (!value->is_string()) {
        return fail(ErrorCode::Invalid, "{}.{}: expected a string", path, key);
    }
    return std::optional(std::string(trim(value->get_string())));
}

Result<const json::array*> read_list(const json::object& object, std::string_view key,
                                     std::string_view path) {
    const auto* value = find_member(object, key);
    if (value != nullptr && !value->is_array()) {
        return fail(ErrorCode::Invalid, "{}.{}: expected a list", path, key);
    }
    return value != nullptr ? &value->get_array() : nullptr;
}

Result<const json::object*> read_object(const json::value& value, std::string_view path) {
    if (!value.is_object()) {
        return fail(ErrorCode::Invalid, "{}: expected an object", path);
    }
    return &value.get_object();
}

Result<std::optional<double>> read_ratio(const json::object& object, std::string_view key,
                                         std::string_view path) {
    if (find_member(object, key) == nullptr) {
        return std::optional<double>();
    }
    const auto number = find_double(object, key);
    if (!number) {
        return fail(ErrorCode::Invalid, "{}.{}: expected a number", path, key);
    }
    return std::optional(std::clamp(*number, 0.0, 1.0));
}

Result<std::optional<int>> read_channel(const json::object& object, std::string_view path) {
    if (find_member(object, "channel") == nullptr) {
        return std::optional<int>();
    }
    const auto number = find_int64(object, "channel");
    if (!number || *number < 0 || *number > 255) {
        return fail(ErrorCode::Invalid, "{}.channel: expected a channel number", path);
    }
    return std::optional(static_cast<int>(*number));
}

Result<void> check_count(std::size_t count, const TranscriptLimits& limits) {
    if (count > limits.segments_max) {
        return fail(ErrorCode::TooLarge, "{} segments, at most {}", count, limits.segments_max);
    }
    return {};
}

std::optional<Speaker> find_speaker_label(std::string_view label) {
    std::string lower(trim(label));
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
    const auto* found = std::ranges::find(kLabels, std::string_view(lower),
                                          &std::pair<std::string_view, Speaker>::first);
    return found != kLabels.end() ? std::optional(found->second) : std::nullopt;
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const auto first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

void sort_by_start(Transcript& transcript) {
    const bool timed = std::ranges::all_of(
        transcript.segments, [](const Segment& segment) { return segment.start.has_value(); });
    if (timed) {
        std::ranges::stable_sort(transcript.segments, {},
                                 [](const Segment& segment) { return *segment.start; });
    }
}

}  // namespace oidor::speech::forms
