#include "audit/words.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

namespace oidor::audit {

std::string clock_text(std::int64_t ms) {
    return fmt::format("{}:{:02}", ms / 60'000, ms / 1000 % 60);
}

std::string_view outcome_text(std::string_view outcome, UiLanguage language) {
    if (outcome == "pass") {
        return text(Message::outcome_pass, language);
    }
    if (outcome == "fail") {
        return text(Message::outcome_fail, language);
    }
    return text(outcome == "unknown" ? Message::outcome_unknown : Message::outcome_not_applicable,
                language);
}

std::string_view review_reason_text(std::string_view reason, UiLanguage language) {
    static constexpr std::array<std::pair<std::string_view, Message>, 12> kTexts = {{
        {"low_score", Message::review_low_score},
        {"forbidden_phrase", Message::review_forbidden_phrase},
        {"negative_sentiment", Message::review_negative_sentiment},
        {"short_call", Message::review_short_call},
        {"long_call", Message::review_long_call},
        {"critical_failure", Message::review_critical_failure},
        {"unknown_criterion", Message::review_unknown_criterion},
        {"suspect", Message::review_suspect},
        {"channels_swapped", Message::review_channels_swapped},
        {"channels_identical", Message::review_channels_identical},
        {"shorter_than_call", Message::review_shorter_than_call},
        {"silent_channel", Message::review_silent_channel},
    }};
    const auto* found =
        std::ranges::find(kTexts, reason, &std::pair<std::string_view, Message>::first);
    return found != kTexts.end() ? text(found->second, language) : reason;
}

std::string measured_text(const json::object& evidence, UiLanguage language) {
    const auto measure = find_string(evidence, "measure").value_or("");
    const auto value = find_double(evidence, "value");
    if (!value) {
        return measure + " —";
    }
    if (measure == "duration") {
        static constexpr double kMs = 1000;
        return say<Message::measure_duration>(language, clock_text(std::llround(*value * kMs)));
    }
    const auto number = format_json(evidence.at("value"));
    if (measure == "sentiment") {
        return say<Message::measure_sentiment>(language, number);
    }
    return fmt::format("{} {} {}", measure, number, find_string(evidence, "unit").value_or(""));
}

std::string searched_window_text(const json::object& searched, UiLanguage language) {
    const auto from_ms = find_int64(searched, "from_ms");
    const auto to_ms = find_int64(searched, "to_ms");
    if (from_ms && to_ms) {
        return clock_text(*from_ms) + " – " + clock_text(*to_ms);
    }
    const auto from_turn = find_int64(searched, "from_turn");
    const auto to_turn = find_int64(searched, "to_turn");
    if (from_turn && to_turn) {
        // People count from one, and name the last.
        return say<Message::window_turns>(language, *from_turn + 1, *to_turn);
    }
    return say<Message::window_characters>(language, find_int64(searched, "from_char").value_or(0),
                                           find_int64(searched, "to_char").value_or(0));
}

namespace {

std::string title_of(std::string_view id, const CriterionTitles& titles) {
    const auto found = titles.find(id);
    return found != titles.end() && !found->second.empty() ? found->second : std::string(id);
}

std::string condition_text(const json::object& condition, const CriterionTitles& titles,
                           UiLanguage language) {
    const auto outcome = find_string(condition, "outcome").value_or("");
    std::string sentence(text(outcome == "pass"   ? Message::audit_condition_met
                              : outcome == "fail" ? Message::audit_condition_not_met
                                                  : Message::audit_condition_unknown,
                              language));
    if (const auto other = find_string(condition, "criterion")) {
        sentence += say<Message::audit_condition_criterion>(language, title_of(*other, titles));
    }
    if (const auto* const evidence = find_array(condition, "evidence")) {
        for (const auto& item : *evidence) {
            const auto* const object = item.if_object();
            if (object != nullptr && object->contains("measure")) {
                sentence += " · " + measured_text(*object, language);
            }
        }
    }
    return sentence;
}

std::string names_of(const json::object& object, const CriterionTitles& titles) {
    std::string names;
    if (const auto* const list = find_array(object, "zeroed_by")) {
        for (const auto& item : *list) {
            if (const auto* const name = item.if_string()) {
                names += names.empty() ? "" : ", ";
                names += title_of(*name, titles);
            }
        }
    }
    return names;
}

std::string section_text(const json::object& section, const CriterionTitles& titles,
                         UiLanguage language) {
    const auto title = find_string(section, "title").value_or("");
    const auto* const score = section.if_contains("score");
    auto sentence = say<Message::audit_section>(
        language, title.empty() ? find_string(section, "id").value_or("") : title,
        score != nullptr && score->is_number() ? format_json(*score) : "—");
    const auto* const weight = section.if_contains("weight");
    if (weight != nullptr && weight->is_number()) {
        sentence += say<Message::audit_section_weight>(language, format_json(*weight));
    }
    if (const auto names = names_of(section, titles); !names.empty()) {
        sentence += " · " + say<Message::audit_zeroed>(language, names);
    }
    return sentence;
}

}  // namespace

std::string quote_note(const json::object& evidence, UiLanguage language) {
    std::string note;
    const auto distance = find_int64(evidence, "distance");
    const auto phrase = find_string(evidence, "phrase");
    if (distance && *distance > 0 && phrase) {
        note = say<Message::audit_heard_as>(language, *phrase, *distance);
    }
    if (const auto pack = find_string(evidence, "pack")) {
        note += (note.empty() ? "" : " · ") + say<Message::audit_of_pack>(language, *pack);
    }
    return note;
}

std::string nearest_note(const json::object& nearest, UiLanguage language) {
    const auto phrase = find_string(nearest, "phrase");
    return phrase && !phrase->empty() ? say<Message::audit_looked_for>(language, *phrase)
                                      : std::string();
}

std::vector<std::string> criterion_notes(const json::object& criterion,
                                         const CriterionTitles& titles, UiLanguage language) {
    std::vector<std::string> notes;
    if (const auto* const condition = find_object(criterion, "condition")) {
        notes.push_back(condition_text(*condition, titles, language));
    }
    if (find_bool(criterion, "bonus") == true) {
        notes.emplace_back(text(Message::audit_bonus, language));
    }
    return notes;
}

std::vector<std::string> score_texts(const json::object& audit, const CriterionTitles& titles,
                                     UiLanguage language) {
    std::vector<std::string> sentences;
    if (const auto names = names_of(audit, titles); !names.empty()) {
        sentences.push_back(say<Message::audit_zeroed>(language, names));
    }
    if (const auto* const sections = find_array(audit, "sections")) {
        for (const auto& section : *sections) {
            if (const auto* const object = section.if_object()) {
                sentences.push_back(section_text(*object, titles, language));
            }
        }
    }
    return sentences;
}

}  // namespace oidor::audit
