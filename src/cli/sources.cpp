#include "cli/sources.hpp"

#include <fmt/format.h>

#include "connectors/connector.hpp"
#include "pipeline/speech_engines.hpp"

namespace oidor::cli {
namespace {

std::optional<std::string> not_empty(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

std::vector<config::AccountSpec> account_specs() {
    std::vector<config::AccountSpec> specs;
    for (const auto& connector : connectors::all_connectors()) {
        const auto& capabilities = connector->capabilities();
        specs.push_back(
            {.source = std::string(capabilities.source),
             .title = std::string(capabilities.title),
             .keys = {connector->account_keys().begin(), connector->account_keys().end()},
             .country = std::string(capabilities.country),
             .time_zone = std::string(capabilities.time_zone),
             .recording_hosts = capabilities.recording_hosts});
    }
    specs.push_back({.source = "file",
                     .title = "Files",
                     .keys = {},
                     .country = {},
                     .time_zone = {},
                     .recording_hosts = {}});
    return specs;
}

pipeline::AccountLookup account_lookup(std::shared_ptr<const config::Settings> settings) {
    return [settings = std::move(settings)](std::string_view source, std::string_view name) {
        const auto account = settings->find_account(source, name).value_or(config::Account{});
        const auto hearing = config::resolve_hearing(*settings, account);
        pipeline::AccountOptions options;
        options.country = account.common.country;
        options.time_zone = account.common.time_zone.empty() ? "UTC" : account.common.time_zone;
        options.recording_hosts = account.common.recording_hosts;
        options.private_hosts = account.common.private_hosts;
        options.language = hearing.language;
        options.speech_engine = not_empty(hearing.speech_engine);
        options.agent_channel = hearing.agent_channel;
        options.agent_channel_outbound = account.common.agent_channel_outbound;
        if (account.common.language.empty()) {
            options.speech_languages = pipeline::spoken_languages(settings->installation);
        }
        options.speech_phrases = settings->installation.speech_phrases;
        options.default_campaign_id = not_empty(account.common.default_campaign_id);
        options.default_agent_id = not_empty(account.common.default_agent_id);
        for (const auto& delay : account.common.recording_retry_delays) {
            options.recording_retry_delays.push_back(
                config::parse_duration(delay).value_or(std::chrono::hours(1)));
        }
        options.recording_give_up_after = account.common.recording_give_up_after;
        options.recording_covers_call = account.common.recording_covers_call;
        options.recording_price = config::parse_audio_rate(account.common.recording_price);
        if (const auto* connector = connectors::find_connector(source)) {
            options.recording_access = connector->recording_access(account.values);
            options.own = std::make_shared<const config::Values>(account.values);
        }
        return options;
    };
}

std::vector<MissingSecret> list_missing_secrets(const config::Settings& settings) {
    std::vector<MissingSecret> missing;
    for (const auto& account : settings.accounts) {
        const auto* connector = connectors::find_connector(account.source);
        if (connector == nullptr || !connector->capabilities().signs) {
            continue;
        }
        connectors::AccountContext context;
        context.name = account.name;
        context.own = std::make_shared<const config::Values>(account.values);
        if (const auto key = connector->find_missing_secret(context); !key.empty()) {
            missing.push_back(
                {.source = account.source,
                 .path = fmt::format("accounts.{}.{}.{}", account.source, account.name, key),
                 .configured = account.configured});
        }
    }
    return missing;
}

}  // namespace oidor::cli
