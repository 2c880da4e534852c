#include "server/source_routes.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <span>

#include <boost/json.hpp>

#include "base/time_zone.hpp"
#include "pipeline/map_step.hpp"
#include "server/responses.hpp"
#include "server/views.hpp"

namespace oidor::server {
namespace {

constexpr std::size_t kLastCalls = 10;

/// The tag that the predecessor's rule reads as this campaign; null for an id that is no number.
json::value tag_value(const std::string& id) {
    return id_value(id).is_int64() ? json::value("campaign_" + id) : json::value(nullptr);
}

struct Tried {
    Mapped campaign = {};
    Mapped agent = {};
    std::optional<std::string> campaign_wanted = {};
    std::optional<std::string> agent_wanted = {};
};

Result<Tried> try_mapping(const ApiParts& parts, const MappingQuestion& question) {
    const auto options = parts.accounts(question.source, question.account);
    TRY_ASSIGN(const auto draft,
               connectors::find_connector(question.source)
                   ->merge(std::span(&question.event, 1), {.name = question.account,
                                                           .country = options.country,
                                                           .time_zone = options.time_zone,
                                                           .utc_offset = &utc_offset,
                                                           .own = options.own}));
    const auto& part = draft.participations.front();
    Tried tried{.campaign = {},
                .agent = {},
                .campaign_wanted = draft.campaign_wanted,
                .agent_wanted = part.wanted};
    TRY_ASSIGN(tried.campaign, pipeline::map_names(parts.store.directory(),
                                                   {.target = store::MappingTarget::Campaign,
                                                    .source = question.source,
                                                    .account = question.account,
                                                    .lookups = draft.campaign_lookups,
                                                    .wanted = draft.campaign_wanted,
                                                    .fallback = options.default_campaign_id}));
    TRY_ASSIGN(tried.agent, pipeline::map_names(parts.store.directory(),
                                                {.target = store::MappingTarget::Agent,
                                                 .source = question.source,
                                                 .account = question.account,
                                                 .lookups = part.lookups,
                                                 .wanted = part.wanted,
                                                 .fallback = options.default_agent_id}));
    return tried;
}

json::array recommendations(const Tried& tried, const MappingQuestion& question,
                            UiLanguage language) {
    json::array texts;
    if (tried.campaign.state == MappingState::Unmapped) {
        texts.emplace_back(tried.campaign.wanted ? say<Message::anura_no_such_campaign>(
                                                       language, *tried.campaign.wanted)
                                                 : question.no_campaign_named);
    }
    if (tried.agent.state == MappingState::Unmapped) {
        texts.emplace_back(tried.agent.wanted
                               ? say<Message::anura_no_such_agent>(language, *tried.agent.wanted)
                               : question.no_agent_named);
    }
    return texts;
}

/// Counted by their states: conversations and recordings of a filter.
Result<json::object> count_all(const store::Conversations& conversations,
                               const store::ConversationFilter& filter) {
    TRY_ASSIGN(const auto counted, conversations.count_conversations(filter));
    TRY_ASSIGN(const auto recorded, conversations.count_recordings(filter));
    std::int64_t calls = 0;
    std::map<std::string_view, std::int64_t> states;
    for (const auto& count : counted) {
        calls += count.count;
        states[format(count.state)] += count.count;
    }
    json::object by_state;
    for (const auto& [state, count] : states) {
        by_state[state] = count;
    }
    json::object recordings;
    for (const auto& count : recorded) {
        recordings[format(count.state)] = count.count;
    }
    return json::object{
        {"calls", calls}, {"states", std::move(by_state)}, {"recordings", std::move(recordings)}};
}

}  // namespace

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

Result<std::string> account_of_call(const Call& call, std::string_view source) {
    TRY_ASSIGN(const auto reach, reach_of(call.principal));
    auto account =
        call.query("account").value_or(call.principal.only_account(source).value_or("default"));
    if (!reach.covers(source, account)) {
        return fail(ErrorCode::Forbidden,
                    "The key lacks the scope webhook:{}/ACCOUNT of the account that was named",
                    source);
    }
    return account;
}

Result<net::Response> show_campaigns(const ApiParts& parts, const Call& call, Tags tags) {
    TRY_ASSIGN(const auto campaigns, parts.store.directory().list_campaigns());
    json::array items;
    for (const auto& campaign : campaigns) {
        if (!call.principal.allows_campaign(campaign.id)) {
            continue;
        }
        json::object item = {{"campaign_id", id_value(campaign.id)},
                             {"campaign_name", campaign.name}};
        if (tags == Tags::With) {
            item["tag"] = tag_value(campaign.id);
        }
        items.push_back(std::move(item));
    }
    const auto total = items.size();
    return private_json({{"total", total}, {"campaigns", std::move(items)}});
}

Result<net::Response> show_stats(const ApiParts& parts, const Call& call, std::string_view source) {
    TRY_ASSIGN(const auto account, account_of_call(call, source));
    const auto& conversations = parts.store.conversations();
    store::ConversationFilter filter;
    filter.source = std::string(source);
    filter.account = account;
    filter.campaigns_allowed = call.principal.campaigns;
    TRY_ASSIGN(const auto rows, conversations.list_conversations(filter, std::nullopt,
                                                                 static_cast<int>(kLastCalls)));
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
    TRY_ASSIGN(auto totals, count_all(conversations, filter));
    filter.from = parts.clock.now() - std::chrono::hours(24);
    TRY_ASSIGN(auto day, count_all(conversations, filter));
    json::object everything = {{"calls", nullptr}, {"states", nullptr}};
    // The other accounts and campaigns are for whoever may see them all.
    if (call.principal.allows("audits:read") && call.principal.campaigns.empty()) {
        TRY_ASSIGN(everything, count_all(conversations, {}));
    }
    return private_json({{"account", account},
                         {"totals", std::move(totals)},
                         {"totals_of_all_sources", std::move(everything)},
                         {"last_24_hours", std::move(day)},
                         {"last_calls", std::move(last)}});
}

Result<net::Response> answer_mapping(const ApiParts& parts, const Call& call,
                                     const MappingQuestion& question, const json::object& input) {
    TRY_ASSIGN(const auto tried, try_mapping(parts, question));
    std::optional<std::string> name;
    // One that the caller may not see has no name for it.
    if (tried.campaign.id && call.principal.allows_campaign(tried.campaign.id)) {
        TRY_ASSIGN(const auto campaign, parts.store.directory().find_campaign(*tried.campaign.id));
        name = campaign ? std::optional(campaign->name) : std::nullopt;
    }
    const bool campaign_named =
        tried.campaign_wanted || tried.campaign.state == MappingState::Mapped;
    const bool campaign_valid = tried.campaign.id || !campaign_named;
    const bool operator_valid = tried.agent_wanted || tried.agent.id;
    return private_json({{"input", input},
                         {"mapping",
                          {{"campaign",
                            {{"tag", optional_value(question.tag)},
                             {"extracted_id", id_value(tried.campaign_wanted)},
                             {"exists", tried.campaign.state == MappingState::Mapped},
                             {"campaign_name", optional_value(name)},
                             {"valid", campaign_valid},
                             {"id", optional_value(tried.campaign.id)},
                             {"state", format(tried.campaign.state)}}},
                           {"operator",
                            {{"extension", optional_value(question.extension)},
                             {"name", optional_value(question.name)},
                             {"extracted_id", id_value(tried.agent_wanted)},
                             {"exists", tried.agent.state == MappingState::Mapped},
                             {"valid", operator_valid},
                             {"id", optional_value(tried.agent.id)},
                             {"state", format(tried.agent.state)}}}}},
                         {"recommendations", recommendations(tried, question, parts.language)},
                         {"valid", campaign_valid && operator_valid}});
}

}  // namespace oidor::server
