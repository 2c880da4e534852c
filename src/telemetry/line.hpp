// One log line: a JSON object of an event's row and its fields.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.hpp"
#include "telemetry/catalogue.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor::telemetry {

/// The line with its line feed. Texts are bounded, well-formed UTF-8, escaped.
std::string format_line(const EventRow& row, const Fields& fields, Timestamp now,
                        std::uint64_t repeats_dropped);

}  // namespace oidor::telemetry
