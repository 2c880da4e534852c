#include <algorithm>

#include <fmt/format.h>

#include "config/read/reader.hpp"

namespace oidor::config {

Entry Reader::stated(const AccountSpec& source, const Key& key) const {
    Entry entry = {.origin = "default",
                   .kind = key.kind,
                   .format = key.options.format,
                   .live = key.options.effect == Effect::Live};
    if (key.fallback) {
        entry.value = *key.fallback;
    } else if (key.options.key == "country") {
        entry.value = source.country;
    } else if (key.options.key == "time_zone") {
        entry.value = source.time_zone;
    } else if (key.options.key == "recording_hosts" && !source.recording_hosts.empty()) {
        entry.value = source.recording_hosts;
    }
    return entry;
}

Account Reader::make_account(const AccountSpec& source, const std::string& name) {
    Account account = {.source = source.source,
                       .name = name,
                       .configured = configured_.contains({source.source, name})};
    for (const auto* key : keys_of(&source)) {
        const auto path = fmt::format("accounts.{}.{}.{}", source.source, name, key->options.key);
        const auto winner = winners_.find(path);
        if (winner != winners_.end()) {
            account.values[std::string(key->options.key)] = winner->second.entry;
            continue;
        }
        if (account.configured && key->options.need == Need::Required) {
            fault(fmt::format("{}: is needed and not set: put it into the file, or into {}", path,
                              environment_name(path)));
        }
        auto entry = stated(source, *key);
        const auto* text = std::get_if<std::string>(&entry.value);
        if (text == nullptr || !text->empty()) {
            account.values[std::string(key->options.key)] = std::move(entry);
        }
    }
    account.common = account_common_spec().read(account.values);
    return account;
}

SinkSettings Reader::make_sink(const std::string& name) {
    SinkSettings sink{.name = name};
    const auto kind_path = path_of(&sinks_, name, "kind");
    const auto chosen = winners_.find(kind_path);
    const auto* word =
        chosen == winners_.end() ? nullptr : std::get_if<std::string>(&chosen->second.entry.value);
    const auto kind = word == nullptr ? inputs_.sinks.end()
                                      : std::ranges::find(inputs_.sinks, *word, &SinkKind::kind);
    if (word != nullptr && kind == inputs_.sinks.end()) {
        std::vector<std::string> known;
        std::ranges::transform(inputs_.sinks, std::back_inserter(known), &SinkKind::kind);
        fault(fmt::format("{}: {}: this version has only {}", chosen->second.entry.origin,
                          kind_path, fmt::join(known, ", ")));
        return sink;
    }
    const auto is_of_kind = [&](const Key& key) {
        const auto same = [&key](const Key& other) { return other.options.key == key.options.key; };
        return std::ranges::any_of(sink_common_spec().keys(), same) ||
               (kind != inputs_.sinks.end() && std::ranges::any_of(kind->keys, same));
    };
    for (const auto* key : keys_of(&sinks_)) {
        const auto path = path_of(&sinks_, name, key->options.key);
        const auto winner = winners_.find(path);
        if (winner != winners_.end() && kind != inputs_.sinks.end() && !is_of_kind(*key)) {
            fault(fmt::format("{}: {}: is no setting of the kind {}", winner->second.entry.origin,
                              path, kind->kind));
        } else if (winner != winners_.end()) {
            sink.values[std::string(key->options.key)] = winner->second.entry;
        } else if (key->options.need == Need::Required && is_of_kind(*key)) {
            fault(fmt::format("{}: is needed and not set: put it into the file, or into {}", path,
                              environment_name(path)));
        } else if (key->fallback && is_of_kind(*key)) {
            sink.values[std::string(key->options.key)] = stated(sinks_, *key);
        }
    }
    sink.common = sink_common_spec().read(sink.values);
    return sink;
}

Settings Reader::finish() {
    Settings settings;
    for (const auto* key : keys_of(nullptr)) {
        const auto path = std::string(key->options.key);
        const auto winner = winners_.find(path);
        if (winner != winners_.end()) {
            settings.values[path] = winner->second.entry;
        } else if (key->fallback) {
            settings.values[path] = {.value = *key->fallback,
                                     .origin = "default",
                                     .kind = key->kind,
                                     .format = key->options.format,
                                     .live = key->options.effect == Effect::Live};
        }
    }
    settings.installation = installation_spec().read(settings.values);
    for (const auto& source : inputs_.accounts) {
        // No account is named so: what it holds is what the source states.
        settings.sources.push_back(make_account(source, ""));
    }
    auto named = configured_;
    for (const auto& source : inputs_.accounts) {
        named.emplace(source.source, "default");
    }
    for (const auto& [source, name] : named) {
        if (source == sinks_.source) {
            auto sink = make_sink(name);
            for (const auto& [key, entry] : sink.values) {
                settings.values[path_of(&sinks_, name, key)] = entry;
            }
            settings.sinks.push_back(std::move(sink));
            continue;
        }
        auto account = make_account(*find_source(source), name);
        for (const auto& [key, entry] : account.values) {
            settings.values[fmt::format("accounts.{}.{}.{}", source, name, key)] = entry;
        }
        settings.accounts.push_back(std::move(account));
    }
    settings.warnings = warnings_;
    return settings;
}

}  // namespace oidor::config
