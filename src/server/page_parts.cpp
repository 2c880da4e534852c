#include "server/page_parts.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "audit/words.hpp"
#include "base/json.hpp"
#include "domain/audio_analysis.hpp"
#include "domain/transcript.hpp"
#include "server/views.hpp"

namespace oidor::server {
namespace {

using audit::clock_text;

constexpr std::string_view kStyle =
    "body{font:16px/1.5 system-ui,sans-serif;margin:0 "
    "auto;max-width:72rem;padding:1rem;color:#1b1b1b;background:#fff}"
    "header{display:flex;gap:1rem;align-items:baseline;border-bottom:1px solid "
    "#ccc;margin-bottom:1rem}"
    "header form{margin-left:auto}h1{font-size:1.4rem}h2{font-size:1.15rem;margin-top:2rem}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:."
    "35rem .6rem;"
    "border-bottom:1px solid #ddd}th{background:#f4f4f4}.num{text-align:right}.warn{color:#8a2b06}"
    ".review{background:#fff6e5}.pass{color:#12632c}.fail{color:#a11212;font-weight:600}.unknown{"
    "color:#6b4e00}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem "
    "1rem}dt{font-weight:600}dd{margin:0}"
    "blockquote{margin:.2rem 0;padding-left:.6rem;border-left:3px solid "
    "#bbb}code{overflow-wrap:anywhere;font-size:.85em}"
    "time,.num{white-space:nowrap}tr:target{background:#e8f1fb}a{color:#0b4f8a}small{color:#555}"
    "audio{width:100%}";

std::string speaker_text(std::string_view speaker, UiLanguage language) {
    if (speaker == "agent") {
        return std::string(text(Message::speaker_agent, language));
    }
    if (speaker == "customer") {
        return std::string(text(Message::speaker_customer, language));
    }
    if (speaker == "any") {
        return std::string(text(Message::speaker_any, language));
    }
    return escape_html(speaker == "unknown" ? text(Message::speaker_unknown, language) : speaker);
}

std::string number_text(const json::value& value) {
    return value.is_number() ? format_json(value) : "—";
}

std::string evidence_text(const json::object& evidence, bool content, UiLanguage language) {
    if (evidence.contains("measure")) {
        return fmt::format("<div>{}</div>", escape_html(audit::measured_text(evidence, language)));
    }
    const auto start = find_int64(evidence, "start_ms");
    const auto quote = find_string(evidence, "quote");
    const auto segment = find_int64(evidence, "segment");
    auto where = (start ? clock_text(*start) + " · " : "") +
                 speaker_text(find_string(evidence, "speaker").value_or("unknown"), language);
    if (content && segment) {
        where = fmt::format("<a href=\"#s{}\">{}</a>", *segment, where);
    }
    // The phrase is close to what was said: who may not read the call may not read it either.
    const auto note = content ? audit::quote_note(evidence, language) : std::string();
    return fmt::format("<blockquote>{}{}{}</blockquote>", where,
                       content && quote ? ": «" + escape_html(*quote) + "»" : "",
                       note.empty() ? "" : " <small>" + escape_html(note) + "</small>");
}

std::string searched_text(const json::object& searched, bool content, UiLanguage language) {
    auto out =
        fmt::format("<div><small>{} {} ({})", text(Message::page_searched, language),
                    audit::searched_window_text(searched, language),
                    speaker_text(find_string(searched, "speaker").value_or("any"), language));
    const auto* nearest = searched.if_contains("nearest");
    if (content && nearest != nullptr && nearest->is_object()) {
        if (const auto quote = find_string(nearest->get_object(), "quote")) {
            out += fmt::format(" · {} «{}»", text(Message::page_nearest, language),
                               escape_html(*quote));
            if (const auto note = audit::nearest_note(nearest->get_object(), language);
                !note.empty()) {
                out += fmt::format(" ({})", escape_html(note));
            }
        }
    } else if (content && nearest != nullptr && nearest->is_string()) {
        out += fmt::format(" · {} «{}»", text(Message::page_nearest, language),
                           escape_html(std::string_view(nearest->get_string())));
    }
    return out + "</small></div>";
}

std::string criterion_row(const json::object& criterion, const ConversationPage& page,
                          UiLanguage language) {
    const bool content = page.content;
    const auto outcome = find_string(criterion, "outcome").value_or("unknown");
    std::string evidence;
    if (const auto* list = find_array(criterion, "evidence")) {
        for (const auto& item : *list) {
            if (item.is_object()) {
                evidence += evidence_text(item.get_object(), content, language);
            }
        }
    }
    // Where something was looked for matters when it was not found.
    if (const auto* searched = find_object(criterion, "searched");
        searched != nullptr && outcome != "pass") {
        evidence += searched_text(*searched, content, language);
    }
    for (const auto& note : audit::criterion_notes(criterion, page.titles, language)) {
        evidence += fmt::format("<div><small>{}</small></div>", escape_html(note));
    }
    const auto points = [&criterion](std::string_view key) {
        const auto* value = criterion.if_contains(key);
        return value != nullptr ? number_text(*value) : std::string("—");
    };
    const auto id = find_string(criterion, "id").value_or("");
    const auto title = page.titles.find(id);
    return fmt::format(
        "<tr><td>{}</td><td class=\"{}\">{}</td><td class=\"num\">{} / {}</td><td>{}</td></tr>\n",
        escape_html(title != page.titles.end() ? title->second : id), escape_html(outcome),
        audit::outcome_text(outcome, language), points("points"), points("points_max"), evidence);
}

std::string list_of(const json::object& audit, std::string_view key) {
    std::string items;
    if (const auto* list = find_array(audit, key)) {
        for (const auto& item : *list) {
            if (item.is_string()) {
                items +=
                    fmt::format("<li>{}</li>", escape_html(std::string_view(item.get_string())));
            }
        }
    }
    return items;
}

}  // namespace

std::string format_layout(std::string_view title, std::string_view body, std::string_view user,
                          UiLanguage language) {
    std::string sign_out;
    if (!user.empty()) {
        sign_out = fmt::format(
            "<form method=\"post\" action=\"/sign-out\"><small>{}</small> "
            "<button>{}</button></form>",
            escape_html(user), text(Message::page_sign_out, language));
    }
    return fmt::format(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width, initial-scale=1\"><title>{} · "
        "oidor</title><style>{}</style></head>\n<body>"
        "<header><strong><a "
        "href=\"/\">oidor</a></strong>{}</header>\n<main><h1>{}</h1>\n{}</main></body></html>\n",
        format_ui_language(language), escape_html(title), kStyle, sign_out, escape_html(title),
        body);
}

std::string review_reasons_text(const store::AuditRow& audit, UiLanguage language) {
    std::string out;
    const auto value = parse_json(audit.json);
    const auto* whole = value ? value->if_object() : nullptr;
    const auto* reasons = whole != nullptr ? find_array(*whole, "review_reasons") : nullptr;
    if (reasons == nullptr) {
        return out;
    }
    for (const auto& reason : *reasons) {
        if (reason.is_string()) {
            out += out.empty() ? "" : ", ";
            out += audit::review_reason_text(std::string_view(reason.get_string()), language);
        }
    }
    return out;
}

std::string format_audit_section(const ConversationPage& page, const store::AuditRow& audit,
                                 UiLanguage language) {
    const auto part =
        std::ranges::find(page.row.participations, audit.participation, &Participation::id);
    const auto agent = part != page.row.participations.end()
                           ? part->agent_name.value_or(part->agent.id.value_or("—"))
                           : std::string("—");
    auto out = fmt::format("<section><h2>{}: {} <small>{} v{}</small></h2>\n",
                           text(Message::page_audit, language), escape_html(agent),
                           escape_html(audit.scorecard_id), audit.scorecard_version);
    const auto value = parse_json(audit.json);
    if (!value || !value->is_object()) {
        return out + fmt::format("<p class=\"warn\">{}</p></section>\n",
                                 text(Message::page_audit_unreadable, language));
    }
    const auto& whole = value->get_object();
    if (!audit.auditable) {
        return out + fmt::format("<p>{}: {}</p></section>\n",
                                 text(Message::state_not_auditable, language),
                                 escape_html(reason_text(audit.reason.value_or(""), language)));
    }
    out += fmt::format("<p><strong>{}</strong> {}{}</p>\n",
                       audit.quality_score ? std::to_string(*audit.quality_score) : "—",
                       escape_html(audit.quality_category.value_or("")),
                       audit.needs_review
                           ? fmt::format(" · <span class=\"warn\">{}: {}</span>",
                                         text(Message::page_needs_review, language),
                                         escape_html(review_reasons_text(audit, language)))
                           : "");
    if (const auto sentences = audit::score_texts(whole, page.titles, language);
        !sentences.empty()) {
        out += "<ul>";
        for (const auto& sentence : sentences) {
            out += fmt::format("<li>{}</li>", escape_html(sentence));
        }
        out += "</ul>\n";
    }
    if (const auto issues = list_of(whole, "issues"); !issues.empty() && page.content) {
        out += "<ul>" + issues + "</ul>\n";
    }
    out += fmt::format(
        "<table><thead><tr><th>{}</th><th>{}</th><th>{}</th><th>{}</th></tr></thead><tbody>\n",
        text(Message::page_criterion, language), text(Message::page_outcome, language),
        text(Message::page_points, language), text(Message::page_evidence, language));
    if (const auto* criteria = find_array(whole, "criteria")) {
        for (const auto& criterion : *criteria) {
            if (criterion.is_object()) {
                out += criterion_row(criterion.get_object(), page, language);
            }
        }
    }
    out += "</tbody></table>\n";
    if (const auto* receipt = find_object(whole, "receipt")) {
        out +=
            fmt::format("<details><summary><small>{}</small></summary><code>{}</code></details>\n",
                        text(Message::page_receipt, language),
                        escape_html(find_string(*receipt, "audit_sha256").value_or("")));
    }
    return out + "</section>\n";
}

namespace {

/// Whether identifiers are masked, and for whom may see them where they are not.
std::string mask_text(const ConversationPage& page, UiLanguage language) {
    if (page.unmasked) {
        return fmt::format("<p class=\"warn\">{}</p>\n", text(Message::page_unmasked, language));
    }
    const auto link = page.may_unmask ? fmt::format(" <a href=\"?unmask=true\">{}</a>",
                                                    text(Message::page_unmask, language))
                                      : std::string();
    return fmt::format("<p><small>{}{}</small></p>\n", text(Message::page_masked, language), link);
}

}  // namespace

std::string format_transcript_section(const ConversationPage& page, UiLanguage language) {
    if (!page.transcript) {
        return {};
    }
    auto out = fmt::format("<section><h2>{}</h2>\n", text(Message::page_transcript, language));
    if (!page.content) {
        return out + fmt::format("<p>{}</p></section>\n", text(Message::page_no_content, language));
    }
    out += mask_text(page, language);
    const auto transcript = parse_transcript(page.transcript->json);
    if (!transcript) {
        return out + fmt::format("<p class=\"warn\">{}</p></section>\n",
                                 text(Message::page_audit_unreadable, language));
    }
    out += "<table><tbody>\n";
    for (std::size_t i = 0; i < transcript->segments.size(); ++i) {
        const auto& segment = transcript->segments[i];
        out += fmt::format("<tr id=\"s{}\"><td class=\"num\">{}</td><td>{}</td><td>{}</td></tr>\n",
                           i, segment.start ? clock_text(segment.start->count()) : "",
                           speaker_text(format_speaker(segment.speaker), language),
                           escape_html(segment.text));
    }
    return out + "</tbody></table></section>\n";
}

namespace {

/// What speaks against the recording, as far as a listener should know before listening.
std::string format_warnings(const Recording& recording, UiLanguage language) {
    static constexpr std::array<std::pair<std::string_view, Message>, 12> kTexts = {{
        {"decode_errors", Message::warning_decode_errors},
        {"format_changed", Message::warning_format_changed},
        {"wrong_header", Message::warning_wrong_header},
        {"identical_channels", Message::review_channels_identical},
        {"silent_channel", Message::review_silent_channel},
        {"clipped", Message::warning_clipped},
        {"too_quiet", Message::warning_too_quiet},
        {"mostly_music", Message::warning_mostly_music},
        {"dead_air", Message::warning_dead_air},
        {"overlapping_recordings", Message::warning_overlapping_recordings},
        {"shorter_than_call", Message::review_shorter_than_call},
        {"longer_than_call", Message::warning_longer_than_call},
    }};
    const auto analysis = recording.analysis_json ? parse_audio_analysis(*recording.analysis_json)
                                                  : Result<AudioAnalysis>(AudioAnalysis{});
    std::string out;
    for (const auto& warning : analysis ? analysis->warnings : std::vector<std::string>()) {
        const auto* const found =
            std::ranges::find(kTexts, warning, &std::pair<std::string_view, Message>::first);
        out += (out.empty() ? "" : "; ") +
               std::string(found != kTexts.end() ? text(found->second, language) : warning);
    }
    return out.empty() ? out : fmt::format("<p class=\"warn\">{}</p>\n", escape_html(out));
}

}  // namespace

std::string format_recordings(const ConversationPage& page, UiLanguage language) {
    std::string out;
    for (const auto& recording : page.row.recordings) {
        out += fmt::format(
            "<p>{}: {}{}</p>\n", text(Message::page_recording, language),
            recording_state_text(recording.state, language),
            recording.reason ? " · " + escape_html(reason_text(*recording.reason, language)) : "");
        out += format_warnings(recording, language);
        if (recording.state == RecordingState::Stored && page.listen) {
            out += fmt::format(
                "<audio controls preload=\"none\" src=\"/recordings/{}/audio{}\"></audio>\n",
                recording.id.text(), page.unmasked ? "?unmask=true" : "");
        }
    }
    return out;
}

}  // namespace oidor::server
