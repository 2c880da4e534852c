#include "cli/audit_text.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include "server/page.hpp"

namespace oidor::cli {
namespace {

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

std::string number_text(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_number() ? format_json(*value) : "—";
}

std::string evidence_text(const json::object& evidence) {
    if (const auto measure = find_string(evidence, "measure")) {
        return fmt::format("{} {} {}", *measure, number_text(evidence, "value"),
                           find_string(evidence, "unit").value_or(""));
    }
    const auto start = find_int64(evidence, "start_ms");
    return fmt::format("{}«{}»", start ? clock_text(*start) + " " : "",
                       find_string(evidence, "quote").value_or(""));
}

std::string criterion_text(const json::object& criterion, UiLanguage language) {
    auto out =
        fmt::format("  {:<24} {:<12} {:>5} / {:<5}", find_string(criterion, "id").value_or(""),
                    outcome_text(find_string(criterion, "outcome").value_or(""), language),
                    number_text(criterion, "points"), number_text(criterion, "points_max"));
    std::string evidence;
    if (const auto* list = find_array(criterion, "evidence")) {
        for (const auto& item : *list) {
            if (item.is_object()) {
                evidence += (evidence.empty() ? "" : " · ") + evidence_text(item.get_object());
            }
        }
    }
    if (const auto* searched = find_object(criterion, "searched");
        searched != nullptr && evidence.empty()) {
        evidence = fmt::format("{} {}", text(Message::page_searched, language),
                               server::searched_window_text(*searched, language));
        if (const auto* nearest = find_object(*searched, "nearest")) {
            evidence += fmt::format(" · {} «{}»", text(Message::page_nearest, language),
                                    find_string(*nearest, "quote").value_or(""));
        }
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
        for (const auto& reason : *reasons) {
            out += fmt::format(" {}", std::string_view(reason.as_string()));
        }
    }
    out += "\n";
    if (const auto* criteria = find_array(audit, "criteria")) {
        for (const auto& criterion : *criteria) {
            out += criterion_text(criterion.as_object(), language);
        }
    }
    return out + "\n";
}

}  // namespace oidor::cli
