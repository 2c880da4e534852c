#include "server/page.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/time_zone.hpp"
#include "net/http_parse.hpp"
#include "reports/document.hpp"
#include "server/page_parts.hpp"
#include "server/views.hpp"

namespace oidor::server {
namespace {

std::string campaign_text(const Mapped& campaign, const std::vector<store::Campaign>& campaigns,
                          UiLanguage language) {
    if (campaign.id) {
        const auto found = std::ranges::find(campaigns, *campaign.id, &store::Campaign::id);
        auto name = escape_html(found != campaigns.end() ? found->name : *campaign.id);
        if (campaign.state == MappingState::Defaulted) {
            name += fmt::format(" <small>({})</small>", text(Message::page_defaulted, language));
        }
        return name;
    }
    return fmt::format("<em class=\"warn\">{}{}</em>", text(Message::page_unmapped, language),
                       campaign.wanted ? ": " + escape_html(*campaign.wanted) : "");
}

std::string agents_text(const store::ConversationRow& row, UiLanguage language) {
    std::string out;
    for (const auto& part : row.participations) {
        if (!out.empty()) {
            out += "<br>";
        }
        if (part.agent.id) {
            out += escape_html(part.agent_name.value_or(*part.agent.id));
            if (part.agent.state == MappingState::Defaulted) {
                out += fmt::format(" <small>({})</small>", text(Message::page_defaulted, language));
            }
        } else if (part.agent.wanted) {
            out += fmt::format("<em class=\"warn\">{}: {}</em>",
                               text(Message::page_unmapped, language),
                               escape_html(*part.agent.wanted));
        } else {
            out += "—";
        }
    }
    return out;
}

/// One line for each agent, in the order of `agents_text`.
std::string score_text(const DayRow& row) {
    std::string out;
    for (const auto& part : row.row.participations) {
        const auto audit = std::ranges::find(row.audits, part.id, &store::AuditRow::participation);
        out += out.empty() ? "" : "<br>";
        out += audit != row.audits.end() && audit->quality_score
                   ? fmt::format("<strong>{}</strong> {}", *audit->quality_score,
                                 escape_html(audit->quality_category.value_or("")))
                   : "—";
    }
    return out.empty() ? "—" : out;
}

std::string state_cell(const Conversation& conversation, UiLanguage language) {
    std::string out(state_text(conversation.state, language));
    if (conversation.reason) {
        out += fmt::format("<br><small>{}</small>",
                           escape_html(reason_text(*conversation.reason, language)));
    }
    return out;
}

std::string duration_text(const Conversation& conversation) {
    return conversation.duration_s ? fmt::format("{}:{:02}", *conversation.duration_s / 60,
                                                 *conversation.duration_s % 60)
                                   : "—";
}

std::string review_cell(const DayRow& row) {
    std::string out;
    for (const auto& reason : row.review_reasons) {
        out += (out.empty() ? "" : "<br>") + escape_html(reason);
    }
    return out;
}

std::string day_row(const DayRow& row, const DayPage& page, UiLanguage language) {
    const auto& conversation = row.row.conversation;
    const auto at = format_rfc3339(conversation.started_at.value_or(conversation.created_at));
    return fmt::format(
        "<tr{}><td><time datetime=\"{}\">{}</time></td><td><a "
        "href=\"/conversations/{}\">{}</a></td>"
        "<td>{}</td><td>{}</td><td class=\"num\">{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
        row.needs_review() ? " class=\"review\"" : "", at, escape_html(row.time),
        conversation.id.text(), escape_html(conversation.key.external_id),
        campaign_text(conversation.campaign, page.campaigns, language),
        agents_text(row.row, language), duration_text(conversation),
        state_cell(conversation, language), score_text(row), review_cell(row));
}

/// A section of its own for the rows that `wanted` takes; nothing when there are none.
template <typename Wanted>
std::string day_table(const DayPage& page, Message title, UiLanguage language, Wanted wanted) {
    std::string rows;
    for (const auto& row : page.rows) {
        if (wanted(row)) {
            rows += day_row(row, page, language);
        }
    }
    if (rows.empty()) {
        return {};
    }
    auto out = fmt::format("<section><h2>{}</h2>\n<table><thead><tr>", text(title, language));
    for (const auto column :
         {Message::page_time, Message::page_call, Message::page_campaign, Message::page_agent,
          Message::page_duration, Message::page_state, Message::page_score, Message::page_why}) {
        out += fmt::format("<th>{}</th>", text(column, language));
    }
    return out + "</tr></thead><tbody>\n" + rows + "</tbody></table></section>\n";
}

/// A list to choose from, its first line for all.
template <typename Item>
std::string choice(Message label, std::string_view name, const std::vector<Item>& items,
                   std::string_view chosen, UiLanguage language) {
    auto out = fmt::format("<label>{} <select name=\"{}\"><option value=\"\">{}</option>",
                           text(label, language), name, text(Message::page_all, language));
    for (const auto& item : items) {
        out += fmt::format("<option value=\"{}\"{}>{}</option>", escape_html(item.id),
                           item.id == chosen ? " selected" : "", escape_html(item.name));
    }
    return out + "</select></label> ";
}

std::string day_choice(const DayPage& page, UiLanguage language) {
    std::string out =
        fmt::format("<form method=\"get\" action=\"/\"><label>{} <select name=\"day\">",
                    text(Message::page_day, language));
    for (const auto& day : page.days) {
        out += fmt::format("<option{}>{}</option>", day == page.day ? " selected" : "",
                           escape_html(day));
    }
    out += "</select></label> ";
    out += choice(Message::page_campaign, "campaign", page.campaigns, page.campaign, language);
    out += choice(Message::page_agent, "agent", page.agents, page.agent, language);
    return out + fmt::format(
                     "<label><input type=\"checkbox\" name=\"review\" value=\"1\"{}> "
                     "{}</label> <button>{}</button></form>\n",
                     page.only_review ? " checked" : "", text(Message::page_only_review, language),
                     text(Message::page_show, language));
}

/// How many calls, how many judged, their mean score, how many to review.
std::string day_figures(const DayPage& page, UiLanguage language) {
    std::int64_t sum = 0;
    std::int64_t judged = 0;
    std::int64_t review = 0;
    for (const auto& row : page.rows) {
        for (const auto& audit : row.audits) {
            if (audit.quality_score) {
                sum += *audit.quality_score;
                ++judged;
            }
        }
        review += row.needs_review() ? 1 : 0;
    }
    const auto mean =
        judged > 0 ? fmt::format("{:.1f}", static_cast<double>(sum) / static_cast<double>(judged))
                   : "—";
    return "<p>" + say<Message::page_figures>(language, page.rows.size(), judged, mean, review) +
           "</p>\n";
}

/// The same choices, from where this page ends.
std::string next_link(const DayPage& page, UiLanguage language) {
    const auto query =
        fmt::format("day={}&campaign={}&agent={}{}&after={}", net::percent_encode(page.day),
                    net::percent_encode(page.campaign), net::percent_encode(page.agent),
                    page.only_review ? "&review=1" : "", page.next_after->text());
    return fmt::format("<p><a href=\"/?{}\">{}</a></p>\n", escape_html(query),
                       text(Message::page_more, language));
}

}  // namespace

std::string_view state_text(ConversationState state, UiLanguage language) {
    switch (state) {
        case ConversationState::Open: return text(Message::state_open, language);
        case ConversationState::Ended: return text(Message::state_ended, language);
        case ConversationState::Audited: return text(Message::state_audited, language);
        case ConversationState::NoRecording: return text(Message::state_no_recording, language);
        case ConversationState::NotAuditable: return text(Message::state_not_auditable, language);
        case ConversationState::Failed: return text(Message::state_failed, language);
    }
    return {};
}

std::string_view recording_state_text(RecordingState state, UiLanguage language) {
    switch (state) {
        case RecordingState::Announced: return text(Message::recording_announced, language);
        case RecordingState::Fetching: return text(Message::recording_fetching, language);
        case RecordingState::Stored: return text(Message::recording_stored, language);
        case RecordingState::Missing: return text(Message::recording_missing, language);
        case RecordingState::Failed: return text(Message::recording_failed, language);
    }
    return {};
}

std::string reason_text(std::string_view reason, UiLanguage language) {
    static constexpr std::array<std::pair<std::string_view, Message>, 28> kReasons = {{
        {"no_engine", Message::reason_no_engine},
        {"unreadable_audio", Message::reason_unreadable_audio},
        {"too_long", Message::reason_too_long},
        {"took_too_long", Message::reason_took_too_long},
        {"not_heard", Message::reason_not_heard},
        {"engine_refuses_key", Message::reason_engine_refuses_key},
        {"no_such_engine_model", Message::reason_no_such_engine_model},
        {"engine_away", Message::reason_engine_away},
        {"not_judged", Message::reason_not_judged},
        {"recording_missing", Message::recording_missing},
        {"recording_failed", Message::recording_failed},
        {"abandoned", Message::reason_abandoned},
        {"internal", Message::reason_internal},
        {"no_speech", Message::reason_no_speech},
        {"too_short", Message::reason_too_short},
        {"voicemail", Message::reason_voicemail},
        {"not_recorded", Message::reason_not_recorded},
        {"no_recording_announced", Message::reason_no_recording_announced},
        {"absent", Message::reason_absent},
        {"no_audio", Message::reason_no_audio},
        {"empty", Message::reason_empty},
        {"denied", Message::reason_denied},
        {"source_error", Message::reason_source_error},
        {"address_refused", Message::reason_address_refused},
        {"unreachable", Message::reason_unreachable},
        {"timeout", Message::reason_timeout},
        {"too_large", Message::reason_too_large},
        {"system_error", Message::reason_system_error},
    }};
    const auto* found =
        std::ranges::find(kReasons, reason, &std::pair<std::string_view, Message>::first);
    return std::string(found != kReasons.end() ? text(found->second, language) : reason);
}

bool DayRow::needs_review() const {
    return std::ranges::any_of(audits, &store::AuditRow::needs_review);
}

namespace {

/// What the days up to this one look like in figures.
std::string report_links(const DayPage& page, UiLanguage language) {
    std::string links;
    for (int i = 0; i <= static_cast<int>(reports::kLastKind); ++i) {
        const auto kind = static_cast<reports::Kind>(i);
        const auto query =
            page.day.empty() ? std::string() : "?to=" + net::percent_encode(add_days(page.day, 1));
        links += fmt::format("{}<a href=\"/quality/{}{}\">{}</a>", i > 0 ? " · " : "",
                             reports::format(kind), escape_html(query),
                             escape_html(reports::title_of(kind, language)));
    }
    return fmt::format("<nav><p>{}: {}</p></nav>\n", text(Message::page_reports, language), links);
}

}  // namespace

std::string format_day_page(const DayPage& page, UiLanguage language) {
    std::string body;
    for (const auto& notice : page.notices) {
        body += fmt::format("<p class=\"warn\" role=\"status\">{}</p>\n", escape_html(notice));
    }
    body += day_choice(page, language) + day_figures(page, language);
    body += day_table(page, Message::page_to_review, language,
                      [](const DayRow& row) { return row.needs_review(); });
    body += day_table(page, Message::page_others, language,
                      [](const DayRow& row) { return !row.needs_review(); });
    if (page.rows.empty()) {
        body += fmt::format("<p>{}</p>\n", text(page.only_review ? Message::page_nothing_to_review
                                                                 : Message::page_nothing_yet,
                                                language));
    }
    if (page.next_after) {
        body += next_link(page, language);
    }
    body += report_links(page, language);
    return format_layout(fmt::format("{} {}", text(Message::page_title, language), page.day), body,
                         page.user, language);
}

std::string format_sign_in_page(UiLanguage language, bool failed) {
    std::string body;
    if (failed) {
        body += fmt::format("<p class=\"warn\" role=\"alert\">{}</p>\n",
                            text(Message::page_key_refused, language));
    }
    body += fmt::format(
        "<form method=\"post\" action=\"/sign-in\"><label>{} <input type=\"password\" name=\"key\" "
        "required "
        "autocomplete=\"current-password\" autofocus></label> "
        "<button>{}</button></form>\n<p><small>{}</small></p>\n",
        text(Message::page_key, language), text(Message::page_sign_in, language),
        text(Message::page_key_hint, language));
    return format_layout(text(Message::page_sign_in, language), body, "", language);
}

std::string format_message_page(std::string_view title, std::string_view message,
                                UiLanguage language) {
    return format_layout(title,
                         fmt::format("<p>{}</p>\n<p><a href=\"/\">{}</a></p>\n",
                                     escape_html(message), text(Message::page_back, language)),
                         "", language);
}

std::string format_conversation_page(const ConversationPage& page, UiLanguage language) {
    const auto& conversation = page.row.conversation;
    std::string body =
        fmt::format("<p><a href=\"/?day={}\">{}</a></p>\n<dl>",
                    escape_html(conversation.day.value_or("")), text(Message::page_back, language));
    const auto line = [&body, language](Message term, const std::string& html) {
        body += fmt::format("<dt>{}</dt><dd>{}</dd>", text(term, language), html);
    };
    line(Message::page_campaign, campaign_text(conversation.campaign, page.campaigns, language));
    line(Message::page_agent, agents_text(page.row, language));
    line(Message::page_state, state_cell(conversation, language));
    line(Message::page_time, escape_html(page.time));
    line(Message::page_duration, duration_text(conversation));
    if (conversation.address_from || conversation.address_to) {
        line(Message::page_numbers,
             escape_html(mask_phone(conversation.address_from.value_or("")) + " → " +
                         mask_phone(conversation.address_to.value_or(""))));
    }
    body += "</dl>\n" + format_recordings(page, language);
    if (page.transcript && page.transcript->quality_note) {
        // Before the score: it says how far the words below can be believed.
        body += fmt::format("<p class=\"warn\">{} ({})</p>\n",
                            text(Message::page_demonstration_quality, language),
                            escape_html(page.transcript->origin));
    }
    for (const auto& audit : page.audits) {
        body += format_audit_section(page, audit, language);
    }
    body += format_transcript_section(page, language);
    return format_layout(
        fmt::format("{} {}", text(Message::page_call, language), conversation.key.external_id),
        body, page.user, language);
}

}  // namespace oidor::server
