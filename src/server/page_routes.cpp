#include "server/page_routes.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include <fmt/format.h>

#include "audit/scorecard.hpp"
#include "base/time_zone.hpp"
#include "server/page.hpp"
#include "server/page_parts.hpp"
#include "server/quality_report_routes.hpp"
#include "server/recordings_route.hpp"
#include "server/redaction.hpp"

namespace oidor::server {
namespace {

constexpr std::size_t kRowsPerPage = 200;
/// Pages of the store that one page with few calls to review looks through.
constexpr int kLookedThroughMax = 20;
constexpr int kDaysShown = 366;

/// The zone in which a conversation's day is counted: its campaign's, else its account's.
std::string zone_of(const ApiParts& parts, const std::vector<store::Campaign>& campaigns,
                    const Conversation& conversation) {
    const auto campaign =
        std::ranges::find(campaigns, conversation.campaign.id.value_or(""), &store::Campaign::id);
    if (campaign != campaigns.end() && campaign->time_zone) {
        return *campaign->time_zone;
    }
    return parts.accounts(conversation.key.source, conversation.key.account).time_zone;
}

Timestamp time_of(const Conversation& conversation) {
    return conversation.started_at.value_or(conversation.created_at);
}

/// What the criteria of a scorecard version are called; nothing where it cannot be read any more.
void add_titles(const ApiParts& parts, const store::AuditRow& audit,
                std::map<std::string, std::string, std::less<>>& titles) {
    const auto stored =
        parts.store.directory().find_scorecard(audit.scorecard_id, audit.scorecard_version);
    if (!stored || !*stored) {
        return;
    }
    if (const auto scorecard = audit::parse_scorecard((*stored)->toml, audit.scorecard_id)) {
        for (const auto& criterion : scorecard->criteria) {
            if (!criterion.title.empty()) {
                titles.insert_or_assign(criterion.id, criterion.title);
            }
        }
    }
}

/// What the address asks for; the day is the newest where none is named.
store::ConversationFilter read_choice(const Call& call, DayPage& page) {
    page.day = call.query("day").value_or("");
    if (page.day.empty() && !page.days.empty()) {
        page.day = page.days.front();
    }
    page.campaign = call.query("campaign").value_or("");
    page.agent = call.query("agent").value_or("");
    page.only_review = call.query("review") == "1";
    store::ConversationFilter filter;
    filter.day = page.day;
    filter.campaigns_allowed = call.principal.campaigns;
    filter.campaign = page.campaign.empty() ? std::nullopt : std::optional(page.campaign);
    filter.agent = page.agent.empty() ? std::nullopt : std::optional(page.agent);
    return filter;
}

Result<std::optional<store::ConversationCursor>> read_after(const ApiParts& parts,
                                                            const Call& call) {
    const auto id = ConversationId::parse(call.query("after").value_or(""));
    if (!id) {
        return std::nullopt;
    }
    TRY_ASSIGN(const auto row, parts.store.conversations().find_conversation(*id));
    return row && call.principal.allows_campaign(row->conversation.campaign.id)
               ? std::optional(
                     store::ConversationCursor{.at = time_of(row->conversation), .id = *id})
               : std::nullopt;
}

/// Of a key for some campaigns, only the days on which they have calls among the newest.
Result<std::vector<std::string>> find_days(const ApiParts& parts,
                                           const access::Principal& principal) {
    auto& conversations = parts.store.conversations();
    if (principal.campaigns.empty()) {
        return conversations.list_days(kDaysShown);
    }
    store::ConversationFilter filter;
    filter.campaigns_allowed = principal.campaigns;
    std::set<std::string, std::greater<>> days;
    std::optional<store::ConversationCursor> after;
    for (int looked = 0; looked < kLookedThroughMax; ++looked) {
        TRY_ASSIGN(const auto rows,
                   conversations.list_conversations(filter, after, static_cast<int>(kRowsPerPage)));
        for (const auto& row : rows) {
            if (row.conversation.day) {
                days.insert(*row.conversation.day);
            }
        }
        if (rows.size() < kRowsPerPage) {
            break;
        }
        after = {.at = time_of(rows.back().conversation), .id = rows.back().conversation.id};
    }
    return std::vector(days.begin(), days.end());
}

/// The rows with their audits, in the store's order.
Result<std::vector<DayRow>> with_audits(const ApiParts& parts,
                                        std::vector<store::ConversationRow>&& rows) {
    std::vector<ConversationId> ids;
    std::ranges::transform(rows, std::back_inserter(ids),
                           [](const auto& row) { return row.conversation.id; });
    TRY_ASSIGN(const auto audits, parts.store.conversations().list_audit_summaries(ids));
    std::vector<DayRow> found;
    for (auto& row : rows) {
        DayRow day_row;
        std::ranges::copy_if(audits, std::back_inserter(day_row.audits), [&row](const auto& audit) {
            return audit.conversation == row.conversation.id;
        });
        day_row.row = std::move(row);
        found.push_back(std::move(day_row));
    }
    return found;
}

bool has_part(const std::vector<DayRow>& rows, const std::string& agent) {
    return std::ranges::any_of(rows, [&agent](const DayRow& row) {
        return std::ranges::any_of(row.row.participations, [&agent](const Participation& part) {
            return part.agent.id == agent;
        });
    });
}

/// Fills one page. Of a day with few calls to review, more of the day is looked through.
Result<void> find_rows(const ApiParts& parts, const store::ConversationFilter& filter,
                       std::optional<store::ConversationCursor> after, DayPage& page) {
    for (int looked = 0; looked < kLookedThroughMax; ++looked) {
        TRY_ASSIGN(auto rows, parts.store.conversations().list_conversations(
                                  filter, after, static_cast<int>(kRowsPerPage)));
        const bool last = rows.size() < kRowsPerPage;
        if (!rows.empty()) {
            const auto& end = rows.back().conversation;
            after = {.at = time_of(end), .id = end.id};
        }
        TRY_ASSIGN(auto found, with_audits(parts, std::move(rows)));
        if (page.only_review) {
            std::erase_if(found, [](const DayRow& row) { return !row.needs_review(); });
        }
        std::ranges::move(found, std::back_inserter(page.rows));
        page.next_after = last ? std::nullopt : std::optional(after->id);
        if (last || page.rows.size() >= kRowsPerPage / 2) {
            break;
        }
    }
    return {};
}

/// A used-up budget, and what could not be heard: of no campaign, so not for a key that has some.
Result<std::vector<std::string>> find_notices(const ApiParts& parts, UiLanguage language,
                                              const Call& call) {
    std::vector<std::string> notices;
    if (!call.principal.campaigns.empty()) {
        return notices;
    }
    TRY_ASSIGN(const auto budget, read_budget(parts.store, parts.costs.speech, parts.clock.now()));
    if (budget.used_up()) {
        notices.push_back(say<Message::costs_paused>(
            language, config::format_money(budget.budget->cost_micros, budget.currency),
            format_rfc3339(budget.budget->to)));
    }
    TRY_ASSIGN(const auto counts, parts.store.speech_records().count_hearings());
    for (const auto& count : counts) {
        if (count.state == store::HearingState::Failed) {
            notices.push_back(say<Message::page_not_heard>(language, count.count));
        } else if (count.state == store::HearingState::Suspect) {
            notices.push_back(say<Message::page_suspect>(language, count.count));
        }
    }
    return notices;
}

Result<net::Response> show_day(const ApiParts& parts, UiLanguage language, const Call& call) {
    DayPage page;
    page.user = call.principal.name;
    TRY_ASSIGN(page.notices, find_notices(parts, language, call));
    TRY_ASSIGN(page.days, find_days(parts, call.principal));
    TRY_ASSIGN(page.campaigns, parts.store.directory().list_campaigns());
    std::erase_if(page.campaigns, [&call](const store::Campaign& campaign) {
        return !call.principal.allows_campaign(campaign.id);
    });
    const auto filter = read_choice(call, page);
    TRY_ASSIGN(const auto after, read_after(parts, call));
    TRY(find_rows(parts, filter, after, page));
    TRY_ASSIGN(page.agents, parts.store.directory().list_agents());
    std::erase_if(page.agents, [&](const store::Agent& agent) {
        return !call.principal.campaigns.empty() && !has_part(page.rows, agent.id);
    });
    for (auto& row : page.rows) {
        const auto zone = zone_of(parts, page.campaigns, row.row.conversation);
        row.time = local_time(zone, time_of(row.row.conversation)).substr(11, 5);
        if (row.needs_review()) {
            TRY_ASSIGN(const auto audits,
                       parts.store.conversations().list_audits(row.row.conversation.id));
            for (const auto& audit : audits) {
                auto reasons = review_reasons_text(audit, language);
                if (!reasons.empty()) {
                    row.review_reasons.push_back(std::move(reasons));
                }
            }
        }
    }
    return html_response(200, format_day_page(page, language));
}

Result<net::Response> show_conversation(const ApiParts& parts, UiLanguage language,
                                        const Call& call) {
    const auto id = ConversationId::parse(call.path_values.at("id"));
    auto& conversations = parts.store.conversations();
    TRY_ASSIGN(auto row, id ? conversations.find_conversation(*id)
                            : Result<std::optional<store::ConversationRow>>(std::nullopt));
    if (!row || !call.principal.allows_campaign(row->conversation.campaign.id)) {
        return fail(ErrorCode::NotFound, "no such conversation");
    }
    ConversationPage page;
    page.row = *std::move(row);
    TRY_ASSIGN(page.audits, conversations.list_audits(*id));
    TRY_ASSIGN(page.transcript, conversations.find_transcript(*id));
    TRY_ASSIGN(page.campaigns, parts.store.directory().list_campaigns());
    page.user = call.principal.name;
    const auto zone = zone_of(parts, page.campaigns, page.row.conversation);
    page.time = fmt::format("{} ({})", local_time(zone, time_of(page.row.conversation)), zone);
    for (const auto& audit : page.audits) {
        add_titles(parts, audit, page.titles);
    }
    page.content = call.principal.allows("content:read");
    TRY_ASSIGN(page.unmasked, is_unmasked(call));
    page.may_unmask = page.content && call.principal.allows(kUnmaskScope);
    if (!page.unmasked) {
        redact_rows(page.transcript, page.audits,
                    redaction_options(parts, page.row.conversation.key));
    }
    page.listen = call.principal.allows("recordings:listen");
    return html_response(200, format_conversation_page(page, language));
}

Result<net::Response> listen(const ApiParts& parts, const Call& call) {
    if (!call.principal.allows("recordings:listen")) {
        return fail(ErrorCode::Forbidden, "the key lacks the scope recordings:listen");
    }
    return answer_recording(parts, call);
}

}  // namespace

net::Response html_response(int status, std::string html) {
    auto response = net::make_response(status, "text/html; charset=utf-8", std::move(html));
    response.headers.set("Cache-Control", "private, no-store");
    response.headers.set(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'");
    response.headers.set("Referrer-Policy", "no-referrer");
    response.headers.set("X-Content-Type-Options", "nosniff");
    return response;
}

std::vector<Route> page_routes(const std::shared_ptr<const ApiParts>& parts, UiLanguage language) {
    return {
        {.method = "GET",
         .pattern = "/",
         .name = "show_day",
         .summary = "The day's table.",
         .gate = Gate::Page,
         .scope = "audits:read",
         .answer = "text/html",
         .handler = [parts,
                     language](const Call& call) { return show_day(*parts, language, call); }},
        {.method = "GET",
         .pattern = "/conversations/{id}",
         .name = "show_conversation",
         .summary = "One conversation with its audits and evidence.",
         .gate = Gate::Page,
         .scope = "audits:read",
         .answer = "text/html",
         .parameters = {kUnmask},
         .handler = [parts, language](
                        const Call& call) { return show_conversation(*parts, language, call); }},
        {.method = "GET",
         .pattern = "/recordings/{id}/audio",
         .name = "listen",
         .summary = "Audio for the page.",
         .gate = Gate::Page,
         .scope = "audits:read",
         .answer = "audio/*",
         .parameters = {kUnmask},
         .handler = [parts](const Call& call) { return listen(*parts, call); }},
        quality_report_page(parts, language),
    };
}

}  // namespace oidor::server
