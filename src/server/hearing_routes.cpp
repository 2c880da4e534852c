#include "server/hearing_routes.hpp"

#include <charconv>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "pipeline/hear_again.hpp"
#include "server/cost_sources.hpp"
#include "server/responses.hpp"
#include "server/task_routes.hpp"

namespace oidor::server {
namespace {

constexpr int kHearingsDefault = 50;
constexpr int kHearingsMax = 500;

Result<std::optional<store::HearingCursor>> read_hearing_cursor(const Call& call) {
    const auto text = call.query("after");
    if (!text || text->empty()) {
        return std::optional<store::HearingCursor>();
    }
    const auto dot = std::min(text->find('.'), text->size());
    std::int64_t micros = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + dot, micros);
    const auto id = dot < text->size()
                        ? ConversationId::parse(std::string_view(*text).substr(dot + 1))
                        : std::nullopt;
    if (error != std::errc() || end != text->data() + dot || !id) {
        return fail(ErrorCode::Invalid, "after: expected the `next` of an earlier page");
    }
    return std::optional(
        store::HearingCursor{.at = Timestamp(std::chrono::microseconds(micros)), .id = *id});
}

Result<std::optional<Timestamp>> read_hearing_time(const Call& call, std::string_view name) {
    const auto text = call.query(name);
    if (!text) {
        return std::optional<Timestamp>();
    }
    const auto time = parse_rfc3339(*text);
    const auto day = time ? time : parse_rfc3339(*text + "T00:00:00Z");
    if (!day) {
        return fail(ErrorCode::Invalid, "{}: expected RFC 3339, as in 2026-02-10T00:00:00Z", name);
    }
    return std::optional(*day);
}

Result<std::optional<store::HearingState>> read_state(const std::optional<std::string>& text) {
    if (!text) {
        return std::optional<store::HearingState>();
    }
    const auto state = store::parse_hearing_state(*text);
    if (!state) {
        return fail(ErrorCode::Invalid,
                    "state: expected heard, no_speech, suspect, failed or waiting");
    }
    return state;
}

Result<net::Response> list_hearing_page(const ApiParts& parts, const Call& call) {
    store::HearingFilter filter;
    TRY_ASSIGN(filter.state, read_state(call.query("state")));
    filter.reason = call.query("reason");
    filter.source = call.query("source");
    filter.account = call.query("account");
    filter.campaigns_allowed = call.principal.campaigns;
    TRY_ASSIGN(filter.from, read_hearing_time(call, "from"));
    TRY_ASSIGN(filter.to, read_hearing_time(call, "to"));
    TRY_ASSIGN(const auto after, read_hearing_cursor(call));
    TRY_ASSIGN(const auto limit, read_number(call, "limit", kHearingsDefault, 1, kHearingsMax));
    TRY_ASSIGN(const auto lines, parts.store.speech_records().list_hearings(filter, after, limit));
    json::array items;
    for (const auto& line : lines) {
        items.push_back(hearing_view(line));
    }
    json::value next = nullptr;
    if (static_cast<int>(lines.size()) == limit) {
        next = fmt::format("{}.{}", lines.back().listed_at.time_since_epoch().count(),
                           lines.back().hearing.conversation.text());
    }
    return private_json({{"items", std::move(items)}, {"next", std::move(next)}});
}

/// An optional object: nothing is an empty one.
Result<json::object> read_object(const Call& call) {
    if (call.request.body.empty()) {
        return json::object();
    }
    TRY_ASSIGN(auto value, parse_json(call.request.body));
    if (!value.is_object()) {
        return fail(ErrorCode::Invalid, "body: expected an object");
    }
    return std::move(value.as_object());
}

net::Response queued(std::int64_t count) { return private_json({{"queued", count}}); }

Result<net::Response> hear_one(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto body, read_object(call));
    const auto id = ConversationId::parse(call.path_values.at("id"));
    TRY_ASSIGN(const auto row, id ? parts.store.conversations().find_conversation(*id)
                                  : Result<std::optional<store::ConversationRow>>(std::nullopt));
    if (!row || !call.principal.allows_campaign(row->conversation.campaign.id)) {
        return fail(ErrorCode::NotFound, "no such conversation");
    }
    TRY(pipeline::hear_again(parts.store, *id, find_string(body, "engine"), parts.clock.now()));
    return queued(1);
}

Result<net::Response> hear_many(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto body, read_object(call));
    store::HearingFilter filter;
    TRY_ASSIGN(filter.state, read_state(find_string(body, "state")));
    if (!filter.state || *filter.state == store::HearingState::Heard ||
        *filter.state == store::HearingState::Waiting) {
        return fail(ErrorCode::Invalid, "state: expected no_speech, suspect or failed");
    }
    filter.reason = find_string(body, "reason");
    filter.source = find_string(body, "source");
    filter.account = find_string(body, "account");
    filter.campaigns_allowed = call.principal.campaigns;
    TRY_ASSIGN(const auto count,
               pipeline::hear_all_again(parts.store, filter, find_string(body, "engine"),
                                        parts.clock.now()));
    return queued(count);
}

}  // namespace

std::vector<Route> hearing_routes(const std::shared_ptr<const ApiParts>& parts) {
    const auto with = [parts](auto function) {
        return [parts, function](const Call& call) { return function(*parts, call); };
    };
    return {{.method = "GET",
             .pattern = "/api/v1/transcripts",
             .name = "list_hearings",
             .summary = "How hearing ended for conversations, the oldest call first.",
             .scope = "audits:read",
             .schema = "HearingPage",
             .parameters = {{"state", "heard, no_speech, suspect, failed or waiting."},
                            {"reason", "One word of `reasons`."},
                            {"source", "anura, file …"},
                            {"account", "An account of the source."},
                            {"from", "Calls that start at or after it.", ParameterType::Time},
                            {"to", "Calls that start before it.", ParameterType::Time},
                            {"limit", "Items of a page, 1 to 500; 50 when not given.",
                             ParameterType::PageSize},
                            {"after", "The `next` of an earlier page."}},
             .handler = with(list_hearing_page)},
            {.method = "POST",
             .pattern = "/api/v1/transcripts/retry",
             .name = "hear_many_again",
             .summary = "Has everything in one state heard again, the oldest call first; what was "
                        "heard before is paid for once more.",
             .scope = "admin",
             .schema = "HearingQueued",
             .body = "HearingRetry",
             .handler = with(hear_many)},
            {.method = "POST",
             .pattern = "/api/v1/conversations/{id}/transcribe",
             .name = "hear_again",
             .summary = "Has a conversation heard again, and judged by the new transcript; the "
                        "older one stays for its receipts.",
             .scope = "admin",
             .schema = "HearingQueued",
             .body = "HearingRetry",
             .handler = with(hear_one)}};
}

}  // namespace oidor::server
