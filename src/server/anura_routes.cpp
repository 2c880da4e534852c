#include "server/anura_routes.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <span>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/time_zone.hpp"
#include "connectors/connector.hpp"
#include "pipeline/map_step.hpp"
#include "server/views.hpp"

namespace oidor::server {
namespace {

constexpr std::string_view kSource = "anura";

net::Response json_answer(const json::value& value) {
    auto response = net::make_response(200, "application/json", format_json(value));
    response.headers.set("Cache-Control", "private, no-store");
    return response;
}

/// The caller's account of Anura. Forbidden without `audits:read` and without a webhook of Anura.
Result<std::string> account_of(const Call& call) {
    TRY_ASSIGN(const auto reach, reach_of(call.principal));
    auto account =
        call.query("account").value_or(call.principal.only_account(kSource).value_or("default"));
    if (!reach.covers(kSource, account)) {
        return fail(ErrorCode::Forbidden,
                    "The key lacks the scope webhook:{}/ACCOUNT of the account that was named",
                    kSource);
    }
    return account;
}

/// An id of digits as the number that the predecessor gives; any other as it is.
json::value id_value(const std::optional<std::string>& id) {
    if (!id) {
        return nullptr;
    }
    std::int64_t number = 0;
    const auto* const last = id->data() + id->size();
    const auto [end, error] = std::from_chars(id->data(), last, number);
    return error == std::errc() && end == last && std::to_string(number) == *id
               ? json::value(number)
               : json::value(*id);
}

/// The tag that the predecessor's rule reads as this campaign; null for an id that is no number.
json::value tag_value(const std::string& id) {
    return id_value(id).is_int64() ? json::value("campaign_" + id) : json::value(nullptr);
}

Result<net::Response> list_campaigns(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto account, account_of(call));
    TRY_ASSIGN(const auto campaigns, parts.store.directory().list_campaigns());
    json::array items;
    for (const auto& campaign : campaigns) {
        if (call.principal.allows_campaign(campaign.id)) {
            items.push_back({{"campaign_id", id_value(campaign.id)},
                             {"campaign_name", campaign.name},
                             {"tag", tag_value(campaign.id)}});
        }
    }
    const auto total = items.size();
    return json_answer({{"total", total}, {"campaigns", std::move(items)}});
}

Result<net::Response> show_guide(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto account, account_of(call));
    const auto words = [&parts](Message id) { return text(id, parts.language); };
    const auto* connector = connectors::find_connector(kSource);
    return json_answer(
        {{"account", account},
         {"events", {"START", "TALK", "END", "RECORDING"}},
         {"events_needed", {"END", "RECORDING"}},
         {"campaign",
          {{"field", "accounttags"},
           {"rule", words(Message::anura_guide_campaign)},
           {"examples", json::array{{{"accounttags", "campaign_123, vip"}, {"campaign_id", 123}},
                                    {{"accounttags", "soporte, 42"}, {"campaign_id", 42}},
                                    {{"accounttags", "soporte"}, {"campaign_id", nullptr}}}}}},
         {"operator",
          {{"fields", {"queueagentextension", "queueagentname"}},
           {"rule", words(Message::anura_guide_operator)},
           {"examples",
            json::array{
                {{"queueagentextension", "300"}, {"queueagentname", ""}, {"operator_id", 300}},
                {{"queueagentextension", ""}, {"queueagentname", "Ana 301"}, {"operator_id", 301}},
                {{"queueagentextension", ""},
                 {"queueagentname", "Ana"},
                 {"operator_id", nullptr}}}}}},
         {"unmapped", words(Message::anura_guide_unmapped)},
         {"template", connector->body_template()}});
}

/// What was sent to be tried: three texts, numbers taken as texts.
struct MappingInput {
    std::optional<std::string> tags = {};
    std::optional<std::string> extension = {};
    std::optional<std::string> name = {};
};

Result<MappingInput> read_input(const Call& call) {
    TRY_ASSIGN(const auto value, parse_json(call.request.body));
    const auto* object = value.if_object();
    if (object == nullptr) {
        return fail(ErrorCode::Invalid, "body: expected an object");
    }
    const auto read = [object](std::string_view name) -> std::optional<std::string> {
        const auto* member = object->if_contains(name);
        if (member == nullptr || !(member->is_string() || member->is_number())) {
            return std::nullopt;
        }
        return member->is_string() ? std::string(member->get_string()) : format_json(*member);
    };
    return MappingInput{.tags = read("accounttags"),
                        .extension = read("queueagentextension"),
                        .name = read("queueagentname")};
}

/// The tried texts as an event would bring them.
Result<connectors::ConversationDraft> draft_of(const MappingInput& input,
                                               const connectors::AccountContext& account) {
    const json::object event = {{"cdrid", "-"},
                                {"hooktrigger", "END"},
                                {"accounttags", optional_value(input.tags)},
                                {"queueagentextension", optional_value(input.extension)},
                                {"queueagentname", optional_value(input.name)}};
    const connectors::KeptEvent kept{
        .kind = "END", .normalised = canonical_json(event), .received_at = {}};
    return connectors::find_connector(kSource)->merge(std::span(&kept, 1), account);
}

struct Tried {
    Mapped campaign = {};
    Mapped agent = {};
    std::optional<std::string> campaign_wanted = {};
    std::optional<std::string> agent_wanted = {};
};

Result<Tried> try_mapping(const ApiParts& parts, const MappingInput& input,
                          const std::string& account) {
    const auto options = parts.accounts(kSource, account);
    TRY_ASSIGN(const auto draft, draft_of(input, {.name = account,
                                                  .country = options.country,
                                                  .time_zone = options.time_zone,
                                                  .utc_offset = &utc_offset}));
    const auto& part = draft.participations.front();
    Tried tried{.campaign = {},
                .agent = {},
                .campaign_wanted = draft.campaign_wanted,
                .agent_wanted = part.wanted};
    TRY_ASSIGN(tried.campaign, pipeline::map_names(parts.store.directory(),
                                                   {.target = store::MappingTarget::Campaign,
                                                    .source = std::string(kSource),
                                                    .account = account,
                                                    .lookups = draft.campaign_lookups,
                                                    .wanted = draft.campaign_wanted,
                                                    .fallback = options.default_campaign_id}));
    TRY_ASSIGN(tried.agent, pipeline::map_names(parts.store.directory(),
                                                {.target = store::MappingTarget::Agent,
                                                 .source = std::string(kSource),
                                                 .account = account,
                                                 .lookups = part.lookups,
                                                 .wanted = part.wanted,
                                                 .fallback = options.default_agent_id}));
    return tried;
}

json::array recommendations(const Tried& tried, UiLanguage language) {
    json::array texts;
    if (tried.campaign.state == MappingState::Unmapped) {
        texts.emplace_back(
            tried.campaign.wanted
                ? say<Message::anura_no_such_campaign>(language, *tried.campaign.wanted)
                : std::string(text(Message::anura_no_campaign_named, language)));
    }
    if (tried.agent.state == MappingState::Unmapped) {
        texts.emplace_back(tried.agent.wanted
                               ? say<Message::anura_no_such_agent>(language, *tried.agent.wanted)
                               : std::string(text(Message::anura_no_agent_named, language)));
    }
    return texts;
}

Result<net::Response> validate_mapping(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto account, account_of(call));
    TRY_ASSIGN(const auto input, read_input(call));
    TRY_ASSIGN(const auto tried, try_mapping(parts, input, account));
    std::optional<std::string> name;
    if (tried.campaign.id) {
        TRY_ASSIGN(const auto campaign, parts.store.directory().find_campaign(*tried.campaign.id));
        name = campaign ? std::optional(campaign->name) : std::nullopt;
    }
    const bool campaign_named =
        tried.campaign_wanted || tried.campaign.state == MappingState::Mapped;
    const bool campaign_valid = tried.campaign.id || !campaign_named;
    const bool operator_valid = tried.agent_wanted || tried.agent.id;
    return json_answer({{"input",
                         {{"accounttags", optional_value(input.tags)},
                          {"queueagentextension", optional_value(input.extension)},
                          {"queueagentname", optional_value(input.name)}}},
                        {"mapping",
                         {{"campaign",
                           {{"tag", optional_value(input.tags)},
                            {"extracted_id", id_value(tried.campaign_wanted)},
                            {"exists", tried.campaign.state == MappingState::Mapped},
                            {"campaign_name", optional_value(name)},
                            {"valid", campaign_valid},
                            {"id", optional_value(tried.campaign.id)},
                            {"state", format(tried.campaign.state)}}},
                          {"operator",
                           {{"extension", optional_value(input.extension)},
                            {"name", optional_value(input.name)},
                            {"extracted_id", id_value(tried.agent_wanted)},
                            {"exists", tried.agent.state == MappingState::Mapped},
                            {"valid", operator_valid},
                            {"id", optional_value(tried.agent.id)},
                            {"state", format(tried.agent.state)}}}}},
                        {"recommendations", recommendations(tried, parts.language)},
                        {"valid", campaign_valid && operator_valid}});
}

/// At most so many calls of a day are counted one by one; beyond, the answer says so.
constexpr int kCountedMax = 20'000;
constexpr int kPageRows = 500;
constexpr std::size_t kLastCalls = 10;

/// A day of calls, counted.
struct DayFigures {
    std::map<std::string_view, std::int64_t> states = {};
    std::map<std::string_view, std::int64_t> recordings = {};
    std::int64_t calls = 0;
    bool complete = true;
};

Result<DayFigures> count_day(const ApiParts& parts, const store::ConversationFilter& filter) {
    DayFigures figures;
    std::optional<store::ConversationCursor> after;
    while (true) {
        TRY_ASSIGN(const auto rows,
                   parts.store.conversations().list_conversations(filter, after, kPageRows));
        for (const auto& row : rows) {
            ++figures.calls;
            ++figures.states[format(row.conversation.state)];
            for (const auto& recording : row.recordings) {
                ++figures.recordings[format(recording.state)];
            }
        }
        if (std::ssize(rows) < kPageRows) {
            return figures;
        }
        if (figures.calls >= kCountedMax) {
            figures.complete = false;
            return figures;
        }
        const auto& conversation = rows.back().conversation;
        after = {.at = conversation.started_at.value_or(conversation.created_at),
                 .id = conversation.id};
    }
}

json::object counts(const std::map<std::string_view, std::int64_t>& by_name) {
    json::object object;
    for (const auto& [name, count] : by_name) {
        object[name] = count;
    }
    return object;
}

Result<net::Response> show_stats(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto account, account_of(call));
    store::ConversationFilter filter;
    filter.source = std::string(kSource);
    filter.account = account;
    filter.campaigns_allowed = call.principal.campaigns;
    TRY_ASSIGN(const auto rows, parts.store.conversations().list_conversations(
                                    filter, std::nullopt, static_cast<int>(kLastCalls)));
    json::array last;
    for (const auto& row : rows) {
        const bool stored = std::ranges::any_of(row.recordings, [](const Recording& recording) {
            return recording.state == RecordingState::Stored;
        });
        last.push_back({{"task_id", row.conversation.id.text()},
                        {"call_id", row.conversation.key.external_id},
                        {"started_at", optional_value(row.conversation.started_at)},
                        {"state", format(row.conversation.state)},
                        {"campaign_id", optional_value(row.conversation.campaign.id)},
                        {"recording_downloaded", stored}});
    }
    filter.from = parts.clock.now() - std::chrono::hours(24);
    TRY_ASSIGN(const auto figures, count_day(parts, filter));
    json::object totals = {{"calls", nullptr}, {"states", nullptr}};
    // The store counts all sources and campaigns together: for whoever may see them all.
    if (call.principal.allows("audits:read") && call.principal.campaigns.empty()) {
        TRY_ASSIGN(const auto states, parts.store.conversations().count_states());
        std::map<std::string_view, std::int64_t> by_state;
        std::int64_t calls = 0;
        for (const auto& state : states) {
            by_state[format(state.state)] += state.count;
            calls += state.count;
        }
        totals = {{"calls", calls}, {"states", counts(by_state)}};
    }
    return json_answer({{"account", account},
                        {"totals_of_all_sources", std::move(totals)},
                        {"last_24_hours",
                         {{"calls", figures.calls},
                          {"complete", figures.complete},
                          {"states", counts(figures.states)},
                          {"recordings", counts(figures.recordings)}}},
                        {"last_calls", std::move(last)}});
}

}  // namespace

std::vector<Route> anura_routes(const std::shared_ptr<const ApiParts>& parts) {
    const auto with = [parts](auto function) {
        return [parts, function](const Call& call) { return function(*parts, call); };
    };
    constexpr Parameter kAccount{"account", "An account of Anura; the key's when not given."};
    return {{.method = "GET",
             .pattern = "/anura/campaigns",
             .name = "anura_campaigns",
             .summary = "Anura: the campaigns, and the tag that names each.",
             .gate = Gate::Reader,
             .parameters = {kAccount},
             .failures = Failures::Detail,
             .handler = with(list_campaigns)},
            {.method = "GET",
             .pattern = "/anura/mapping-guide",
             .name = "anura_mapping_guide",
             .summary = "Anura: how tags and extensions become campaigns and agents.",
             .gate = Gate::Reader,
             .parameters = {kAccount},
             .failures = Failures::Detail,
             .handler = with(show_guide)},
            {.method = "POST",
             .pattern = "/anura/validate-mapping",
             .name = "anura_validate_mapping",
             .summary = "Anura: what tags, an extension and a name would be mapped to.",
             .gate = Gate::Reader,
             .parameters = {kAccount},
             .failures = Failures::Detail,
             .handler = with(validate_mapping)},
            {.method = "GET",
             .pattern = "/anura/stats",
             .name = "anura_stats",
             .summary = "Anura: the calls of the last 24 hours and the last ten.",
             .gate = Gate::Reader,
             .parameters = {kAccount},
             .failures = Failures::Detail,
             .handler = with(show_stats)}};
}

}  // namespace oidor::server
