#include "cli/audit_text.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include "audit/words.hpp"
#include "server/page.hpp"

namespace oidor::cli {
namespace {

std::string number_text(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_number() ? format_json(*value) : "—";
}

std::string evidence_text(const json::object& evidence, UiLanguage language) {
    if (evidence.contains("measure")) {
        return audit::measured_text(evidence, language);
    }
    const auto start = find_int64(evidence, "start_ms");
    const auto note = audit::quote_note(evidence, language);
    return fmt::format("{}«{}»{}", start ? audit::clock_text(*start) + " " : "",
                       find_string(evidence, "quote").value_or(""),
                       note.empty() ? "" : " (" + note + ")");
}

std::string criterion_text(const json::object& criterion, UiLanguage language) {
    auto out =
        fmt::format("  {:<24} {:<12} {:>5} / {:<5}", find_string(criterion, "id").value_or(""),
                    audit::outcome_text(find_string(criterion, "outcome").value_or(""), language),
                    number_text(criterion, "points"), number_text(criterion, "points_max"));
    std::string evidence;
    if (const auto* list = find_array(criterion, "evidence")) {
        for (const auto& item : *list) {
            if (item.is_object()) {
                evidence +=
                    (evidence.empty() ? "" : " · ") + evidence_text(item.get_object(), language);
            }
        }
    }
    if (const auto* searched = find_object(criterion, "searched");
        searched != nullptr && evidence.empty()) {
        evidence = fmt::format("{} {}", text(Message::page_searched, language),
                               audit::searched_window_text(*searched, language));
        if (const auto* nearest = find_object(*searched, "nearest")) {
            evidence += fmt::format(" · {} «{}»", text(Message::page_nearest, language),
                                    find_string(*nearest, "quote").value_or(""));
            if (const auto note = audit::nearest_note(*nearest, language); !note.empty()) {
                evidence += fmt::format(" ({})", note);
            }
        }
    }
    for (const auto& note : audit::criterion_notes(criterion, {}, language)) {
        evidence += (evidence.empty() ? "" : " · ") + note;
    }
    return out + " " + evidence + "\n";
}

}  // namespace

std::string format_audit_text(const json::object& audit, UiLanguage language) {
    auto out = find_string(audit, "input").value_or("") + "\n";
    if (const auto note = find_string(audit, "quality_note")) {
        out += fmt::format("  {} ({})\n", text(Message::page_demonstration_quality, language),
                           find_string(audit, "engine").value_or(""));
    }
    if (find_bool(audit, "auditable") == false) {
        return out + fmt::format(
                         "  {}: {}\n\n", text(Message::state_not_auditable, language),
                         server::reason_text(find_string(audit, "reason").value_or(""), language));
    }
    out += fmt::format("  {}: {} {}", text(Message::page_score, language),
                       number_text(audit, "quality_score"),
                       find_string(audit, "quality_category").value_or(""));
    if (const auto* reasons = find_array(audit, "review_reasons");
        reasons != nullptr && !reasons->empty()) {
        out += fmt::format(" · {}:", text(Message::page_needs_review, language));
        std::string_view between = " ";
        for (const auto& reason : *reasons) {
            out += between;
            out += audit::review_reason_text(reason.as_string(), language);
            between = ", ";
        }
    }
    out += "\n";
    for (const auto& sentence : audit::score_texts(audit, {}, language)) {
        out += "  " + sentence + "\n";
    }
    if (const auto* criteria = find_array(audit, "criteria")) {
        for (const auto& criterion : *criteria) {
            out += criterion_text(criterion.as_object(), language);
        }
    }
    return out + "\n";
}

}  // namespace oidor::cli
