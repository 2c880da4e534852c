// The commands of the house's own lists: campaigns, agents, mappings. A change repairs the past:
// the conversations that it may concern are mapped again.
#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/json.hpp"
#include "base/time_zone.hpp"
#include "cli/commands.hpp"
#include "cli/opening.hpp"
#include "connectors/connector.hpp"
#include "domain/transcript.hpp"
#include "pipeline/steps.hpp"
#include "server/views.hpp"

namespace oidor::cli {
namespace {

constexpr int kDirectoryPage = 500;

/// Queues every conversation to be mapped again, from what the inbox holds (DESIGN §4.7).
Result<void> map_again(store::Store& store) {
    std::optional<ConversationId> after;
    for (;;) {
        TRY_ASSIGN(const auto ids, store.conversations().list_ids(after, kDirectoryPage));
        std::vector<store::JobSpec> jobs;
        std::ranges::transform(ids, std::back_inserter(jobs), [](const ConversationId& id) {
            return store::JobSpec{.kind = std::string(pipeline::kMap),
                                  .key = id.text(),
                                  .priority = -1,
                                  .run_at = {}};
        });
        TRY(store.queue().enqueue(jobs));
        if (static_cast<int>(ids.size()) < kDirectoryPage) {
            return {};
        }
        after = ids.back();
    }
}

Result<std::unique_ptr<store::Store>> open(const Invocation& invocation, const Clock& clock) {
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    return open_store(settings, clock);
}

Result<std::optional<int>> read_channel(const Invocation& invocation) {
    const auto text = invocation.find("channel");
    if (!text) {
        return std::optional<int>();
    }
    if (*text != "0" && *text != "1") {
        return fail(ErrorCode::Invalid, "--channel {}: expected 0 or 1", *text);
    }
    return std::optional(*text == "1" ? 1 : 0);
}

/// A whole number from 1 to `max`.
Result<std::optional<int>> read_count(const Invocation& invocation, std::string_view option,
                                      std::string_view what, int max) {
    const auto text = invocation.find(option);
    if (!text) {
        return std::optional<int>();
    }
    int number = 0;
    const auto* const last = text->data() + text->size();
    const auto [end, error] = std::from_chars(text->data(), last, number);
    if (error != std::errc() || end != last || number < 1 || number > max) {
        return fail(ErrorCode::Invalid, "--{} {}: expected {}, 1 to {}", option, *text, what, max);
    }
    return std::optional(number);
}

Result<int> run_campaigns(const Invocation& invocation) {
    TRY_ASSIGN(const auto verb, invocation.word(0, "set, list or delete"));
    const SystemClock clock;
    TRY_ASSIGN(const auto store, open(invocation, clock));
    auto& directory = store->directory();
    if (verb == "list") {
        TRY_ASSIGN(const auto campaigns, directory.list_campaigns());
        for (const auto& campaign : campaigns) {
            if (invocation.json) {
                json::object object = {
                    {"id", campaign.id},
                    {"name", campaign.name},
                    {"language", server::optional_value(campaign.language)},
                    {"time_zone", server::optional_value(campaign.time_zone)},
                    {"speech_engine", server::optional_value(campaign.speech_engine)}};
                object["agent_channel"] = campaign.agent_channel
                                              ? json::value(*campaign.agent_channel)
                                              : json::value(nullptr);
                object["retain_days"] = campaign.retain_days ? json::value(*campaign.retain_days)
                                                             : json::value(nullptr);
                object["approval_score"] = campaign.approval_score
                                               ? json::value(*campaign.approval_score)
                                               : json::value(nullptr);
                fmt::print("{}\n", format_json(object));
            } else {
                fmt::print("{:<12} {:<30} {}\n", campaign.id, campaign.name,
                           campaign.language.value_or(""));
            }
        }
        return 0;
    }
    TRY_ASSIGN(const auto id, invocation.word(1, "the campaign's id"));
    TRY(invocation.no_more_than(2));
    if (verb == "set") {
        TRY_ASSIGN(const auto channel, read_channel(invocation));
        TRY_ASSIGN(const auto retain_days, read_count(invocation, "retain-days", "days", 36'500));
        TRY_ASSIGN(const auto approval, read_count(invocation, "approval-score", "a score", 100));
        std::optional<std::string> language;
        if (const auto given = invocation.find("spoken")) {
            language = primary_language(*given);
            if (!language) {
                return fail(ErrorCode::Invalid, "--spoken {}: expected a language such as es or en",
                            *given);
            }
        }
        const auto zone = invocation.find("zone");
        if (zone && !is_time_zone(*zone)) {
            return fail(ErrorCode::Invalid, "--zone {}: expected an IANA name such as America/Lima",
                        *zone);
        }
        TRY(directory.put_campaign({.id = id,
                                    .name = invocation.find("name").value_or(id),
                                    .language = language,
                                    .time_zone = zone,
                                    .speech_engine = invocation.find("speech"),
                                    .agent_channel = channel,
                                    .retain_days = retain_days,
                                    .approval_score = approval}));
    } else if (verb == "delete") {
        TRY(directory.delete_campaign(id));
    } else {
        return fail(ErrorCode::Invalid, "campaigns {}: expected set, list or delete", verb);
    }
    TRY(map_again(*store));
    return 0;
}

Result<int> run_agents(const Invocation& invocation) {
    TRY_ASSIGN(const auto verb, invocation.word(0, "set, list or delete"));
    const SystemClock clock;
    TRY_ASSIGN(const auto store, open(invocation, clock));
    auto& directory = store->directory();
    if (verb == "list") {
        TRY_ASSIGN(const auto agents, directory.list_agents());
        for (const auto& agent : agents) {
            if (invocation.json) {
                fmt::print("{}\n",
                           format_json(json::object{{"id", agent.id}, {"name", agent.name}}));
            } else {
                fmt::print("{:<12} {}\n", agent.id, agent.name);
            }
        }
        return 0;
    }
    TRY_ASSIGN(const auto id, invocation.word(1, "the agent's id"));
    TRY(invocation.no_more_than(2));
    if (verb == "set") {
        TRY(directory.put_agent({.id = id, .name = invocation.find("name").value_or(id)}));
    } else if (verb == "delete") {
        TRY(directory.delete_agent(id));
    } else {
        return fail(ErrorCode::Invalid, "agents {}: expected set, list or delete", verb);
    }
    TRY(map_again(*store));
    return 0;
}

/// `campaign tag ventas`: what is looked up, and where.
Result<store::Mapping> read_mapping(const Invocation& invocation) {
    TRY_ASSIGN(const auto target_text, invocation.word(1, "campaign or agent"));
    const auto target = store::parse_mapping_target(target_text);
    if (!target) {
        return fail(ErrorCode::Invalid, "{}: expected campaign or agent", target_text);
    }
    store::Mapping mapping{.target = *target,
                           .source = invocation.find("source").value_or("anura"),
                           .account = invocation.find("account").value_or("default"),
                           .kind = {},
                           .value = {},
                           .id = {}};
    const auto* connector = connectors::find_connector(mapping.source);
    if (connector == nullptr) {
        return fail(ErrorCode::Invalid, "--source {}: no names of this source are looked up",
                    mapping.source);
    }
    const auto& capabilities = connector->capabilities();
    const auto& known = mapping.target == store::MappingTarget::Campaign
                            ? capabilities.campaign_lookups
                            : capabilities.agent_lookups;
    TRY_ASSIGN(mapping.kind,
               invocation.word(2, fmt::format("what is looked up: {}", fmt::join(known, ", "))));
    if (std::ranges::find(known, std::string_view(mapping.kind)) == known.end()) {
        return fail(ErrorCode::Invalid, "{}: of {} are looked up: {}", mapping.kind, target_text,
                    fmt::join(known, ", "));
    }
    TRY_ASSIGN(mapping.value, invocation.word(3, "the name at the source"));
    return mapping;
}

Result<int> run_mappings(const Invocation& invocation) {
    TRY_ASSIGN(const auto verb, invocation.word(0, "set, list or delete"));
    const SystemClock clock;
    TRY_ASSIGN(const auto store, open(invocation, clock));
    auto& directory = store->directory();
    if (verb == "list") {
        TRY_ASSIGN(const auto mappings, directory.list_mappings());
        for (const auto& mapping : mappings) {
            if (invocation.json) {
                fmt::print("{}\n",
                           format_json(json::object{{"target", store::format(mapping.target)},
                                                    {"source", mapping.source},
                                                    {"account", mapping.account},
                                                    {"kind", mapping.kind},
                                                    {"value", mapping.value},
                                                    {"id", mapping.id}}));
            } else {
                fmt::print("{:<9} {}/{} {} {} -> {}\n", store::format(mapping.target),
                           mapping.source, mapping.account, mapping.kind, mapping.value,
                           mapping.id);
            }
        }
        return 0;
    }
    TRY_ASSIGN(auto mapping, read_mapping(invocation));
    if (verb == "set") {
        TRY_ASSIGN(mapping.id, invocation.word(4, "the campaign's or agent's id"));
        TRY(invocation.no_more_than(5));
        TRY(directory.put_mapping(mapping));
    } else if (verb == "delete") {
        TRY(invocation.no_more_than(4));
        TRY(directory.delete_mapping(mapping));
    } else {
        return fail(ErrorCode::Invalid, "mappings {}: expected set, list or delete", verb);
    }
    TRY(map_again(*store));
    return 0;
}

}  // namespace

Command campaigns_command() {
    return {.name = "campaigns",
            .summary = Message::campaigns_summary,
            .usage = {"campaigns set ID --name NAME [--spoken es] [--zone ZONE] [--speech ENGINE] "
                      "[--channel 0|1] [--retain-days N] [--approval-score N]",
                      "campaigns list", "campaigns delete ID"},
            .examples = {"oidor campaigns set 1 --name Ventas --spoken es",
                         "oidor campaigns set 3 --name Care --spoken en --channel 0"},
            .options = {{"name", "NAME", Message::directory_option_name},
                        {"spoken", "LANGUAGE", Message::campaigns_option_spoken},
                        {"zone", "ZONE", Message::campaigns_option_zone},
                        {"speech", "ENGINE", Message::campaigns_option_speech},
                        {"channel", "0|1", Message::campaigns_option_channel},
                        {"retain-days", "N", Message::campaigns_option_retain_days},
                        {"approval-score", "N", Message::campaigns_option_approval_score}},
            .run = run_campaigns};
}

Command agents_command() {
    return {.name = "agents",
            .summary = Message::agents_summary,
            .usage = {"agents set ID --name NAME", "agents list", "agents delete ID"},
            .examples = {"oidor agents set 300 --name Lucía"},
            .options = {{"name", "NAME", Message::directory_option_name}},
            .run = run_agents};
}

Command mappings_command() {
    return {
        .name = "mappings",
        .summary = Message::mappings_summary,
        .usage = {"mappings set campaign|agent KIND VALUE ID [--source anura] [--account default]",
                  "mappings list", "mappings delete campaign|agent KIND VALUE"},
        .examples = {"oidor mappings set campaign tag ventas 1",
                     "oidor mappings set agent extension 412 300 --source anura --account default"},
        .options = {{"source", "SOURCE", Message::mappings_option_source},
                    {"account", "ACCOUNT", Message::mappings_option_account}},
        .run = run_mappings};
}

}  // namespace oidor::cli
