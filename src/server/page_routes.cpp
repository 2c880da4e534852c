#include "server/page_routes.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "audit/scorecard.hpp"
#include "base/time_zone.hpp"
#include "server/page.hpp"
#include "server/recordings_route.hpp"

namespace oidor::server {
namespace {

constexpr int kRowsPerPage = 200;
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

Result<net::Response> show_day(const ApiParts& parts, UiLanguage language, const Call& call) {
    auto& conversations = parts.store.conversations();
    DayPage page;
    page.user = call.principal.name;
    TRY_ASSIGN(page.days, conversations.list_days(kDaysShown));
    page.day = call.query("day").value_or("");
    if (page.day.empty() && !page.days.empty()) {
        page.day = page.days.front();
    }
    store::ConversationFilter filter;
    filter.day = page.day;
    filter.campaigns_allowed = call.principal.campaigns;
    std::optional<store::ConversationCursor> after;
    if (const auto text = call.query("after")) {
        const auto id = ConversationId::parse(*text);
        TRY_ASSIGN(const auto row,
                   id ? conversations.find_conversation(*id)
                      : Result<std::optional<store::ConversationRow>>(std::nullopt));
        if (row) {
            after = {.at = time_of(row->conversation), .id = *id};
        }
    }
    TRY_ASSIGN(page.rows, conversations.list_conversations(filter, after, kRowsPerPage));
    std::vector<ConversationId> ids;
    std::ranges::transform(page.rows, std::back_inserter(ids),
                           [](const auto& row) { return row.conversation.id; });
    TRY_ASSIGN(page.audits, conversations.list_audit_summaries(ids));
    TRY_ASSIGN(page.campaigns, parts.store.directory().list_campaigns());
    for (const auto& row : page.rows) {
        const auto zone = zone_of(parts, page.campaigns, row.conversation);
        page.times.push_back(local_time(zone, time_of(row.conversation)).substr(11, 5));
    }
    if (page.rows.size() == kRowsPerPage) {
        page.next =
            fmt::format("day={}&after={}", page.day, page.rows.back().conversation.id.text());
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
    page.listen = call.principal.allows("recordings:listen");
    return html_response(200, format_conversation_page(page, language));
}

Result<net::Response> listen(const ApiParts& parts, const Call& call) {
    if (!call.principal.allows("recordings:listen")) {
        return fail(ErrorCode::Forbidden, "the key lacks the scope recordings:listen");
    }
    return answer_recording(parts.store, parts.blobs, call);
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
         .handler = [parts, language](
                        const Call& call) { return show_conversation(*parts, language, call); }},
        {.method = "GET",
         .pattern = "/recordings/{id}/audio",
         .name = "listen",
         .summary = "Audio for the page.",
         .gate = Gate::Page,
         .scope = "audits:read",
         .answer = "audio/*",
         .handler = [parts](const Call& call) { return listen(*parts, call); }},
    };
}

}  // namespace oidor::server
