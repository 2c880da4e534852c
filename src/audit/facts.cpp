#include "audit/facts.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json.hpp>

#include "base/json.hpp"

namespace oidor::audit {
namespace {

constexpr std::array<std::pair<NotAuditable, std::string_view>, 5> kReasons = {
    {{NotAuditable::NoSpeech, "no_speech"},
     {NotAuditable::Voicemail, "voicemail"},
     {NotAuditable::Abandoned, "abandoned"},
     {NotAuditable::Internal, "internal"},
     {NotAuditable::TooShort, "too_short"}}};

json::value milliseconds(const std::optional<Milliseconds>& time) {
    return time ? json::value(time->count()) : json::value(nullptr);
}

}  // namespace

std::string_view format(NotAuditable reason) {
    return std::ranges::find(kReasons, reason, &std::pair<NotAuditable, std::string_view>::first)
        ->second;
}

std::optional<NotAuditable> parse_not_auditable(std::string_view text) {
    const auto* found =
        std::ranges::find(kReasons, text, &std::pair<NotAuditable, std::string_view>::second);
    return found != kReasons.end() ? std::optional(found->first) : std::nullopt;
}

std::string format_facts(const Facts& facts) {
    json::object measures;
    for (const auto& [name, measure] : facts.measures) {
        measures[name] = json::object{{"value", measure.value.text()}, {"unit", measure.unit}};
    }
    json::object object = {
        {"duration_ms", milliseconds(facts.duration)},
        {"direction", oidor::format(facts.direction)},
        {"participation_from_ms", milliseconds(facts.participation_from)},
        {"participation_to_ms", milliseconds(facts.participation_to)},
        {"speech_ms", milliseconds(facts.speech)},
    };
    object["measures"] = std::move(measures);
    object["not_auditable"] =
        facts.not_auditable ? json::value(format(*facts.not_auditable)) : json::value(nullptr);
    if (facts.chat) {
        object["chat"] = true;  // Absent from calls: their hashes are those of before chats.
    }
    return canonical_json(object);
}

}  // namespace oidor::audit
