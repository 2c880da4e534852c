// Reading members of foreign JSON, with the member's path in every error.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>

#include "base/json.hpp"
#include "base/result.hpp"
#include "domain/transcript.hpp"

namespace oidor::speech::forms {

/// A member that holds a time, and how many of its units are in a second.
struct TimeField {
    std::string_view key = {};
    double units_per_second = 1;
};

/// The first of `fields` that is there and not null, as a time from 0 to a week; nothing when none
/// is. Errors: Invalid (not a number, out of range).
Result<std::optional<Milliseconds>> read_time(const json::object& object,
                                              std::initializer_list<TimeField> fields,
                                              std::string_view path);

/// The member's text without white space around it; nothing when it is absent or null.
/// Errors: Invalid (not a string).
Result<std::optional<std::string>> read_text(const json::object& object, std::string_view key,
                                             std::string_view path);

/// The member when it is a list, null when it is absent or null. Errors: Invalid (another kind).
Result<const json::array*> read_list(const json::object& object, std::string_view key,
                                     std::string_view path);

/// The value as an object. Errors: Invalid.
Result<const json::object*> read_object(const json::value& value, std::string_view path);

/// A number clamped to 0 to 1; nothing when it is absent or null. Errors: Invalid (not a number).
Result<std::optional<double>> read_ratio(const json::object& object, std::string_view key,
                                         std::string_view path);

/// A channel from 0 to 255; nothing when it is absent or null. Errors: Invalid.
Result<std::optional<int>> read_channel(const json::object& object, std::string_view path);

/// Errors: TooLarge when a list of segments is longer than `limits` allow.
Result<void> check_count(std::size_t count, const TranscriptLimits& limits);

/// `agent`, `Agente`, `CUSTOMER`, `cliente`, `atendente`, `bot`, `ivr`; nothing for others.
std::optional<Speaker> find_speaker_label(std::string_view label);

std::string_view trim(std::string_view text);

/// Puts segments in order of start when all have one.
void sort_by_start(Transcript& transcript);

}  // namespace oidor::speech::forms
