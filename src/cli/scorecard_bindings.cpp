#include "cli/scorecard_bindings.hpp"

#include <charconv>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "cli/sources.hpp"
#include "pipeline/bindings.hpp"
#include "server/report_sources.hpp"
#include "server/views.hpp"

namespace oidor::cli {
namespace {

pipeline::BindingMatch read_match(const Invocation& invocation) {
    return {.campaign = invocation.find("campaign"),
            .channel = invocation.find("channel"),
            .language = invocation.find("spoken"),
            .from = invocation.find("from")};
}

/// Whom it serves, in words.
std::string format_match(const store::Binding& binding, UiLanguage language) {
    std::string words;
    const auto add = [&words](const std::string& more) {
        words += words.empty() ? more : ", " + more;
    };
    if (binding.campaign) {
        add(say<Message::binding_campaign>(language, *binding.campaign));
    }
    if (binding.channel) {
        add(say<Message::binding_channel>(language, *binding.channel));
    }
    if (binding.language) {
        add(say<Message::binding_language>(language, *binding.language));
    }
    if (words.empty()) {
        add(std::string(text(Message::binding_all, language)));
    }
    add(binding.from == Timestamp{}
            ? std::string(text(Message::binding_ever, language))
            : say<Message::binding_from>(language, format_rfc3339(binding.from)));
    return words;
}

std::string format_scorecard(const store::Binding& binding, UiLanguage language) {
    return fmt::format("{} ({})", binding.scorecard_id,
                       binding.version ? say<Message::binding_version>(language, *binding.version)
                                       : std::string(text(Message::binding_newest, language)));
}

/// `kWhat`: binding_put or binding_removed.
template <Message kWhat>
int say_done(const store::Binding& binding, UiLanguage language) {
    fmt::print(
        stderr, "{}\n",
        say<kWhat>(language, format_scorecard(binding, language), format_match(binding, language)));
    return 0;
}

Result<int> list_bindings(const Invocation& invocation, store::Store& store) {
    TRY(invocation.no_more_than(1));
    TRY_ASSIGN(const auto bindings, store.directory().list_bindings());
    for (const auto& binding : bindings) {
        if (invocation.json) {
            fmt::print("{}\n", format_json(server::binding_view(binding)));
        } else {
            fmt::print("{:<32} {}\n", format_scorecard(binding, invocation.language),
                       format_match(binding, invocation.language));
        }
    }
    if (bindings.empty() && !invocation.json) {
        fmt::print(stderr, "{}\n", text(Message::binding_none, invocation.language));
    }
    return 0;
}

}  // namespace

Result<std::optional<int>> read_version(const Invocation& invocation) {
    const auto text = invocation.find("version");
    if (!text) {
        return std::optional<int>();
    }
    int version = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), version);
    if (error != std::errc() || end != text->data() + text->size() || version < 1) {
        return fail(ErrorCode::Invalid, "--version {}: expected a number from 1", *text);
    }
    return std::optional(version);
}

bool is_binding_word(std::string_view word) {
    return word == "bind" || word == "unbind" || word == "bindings";
}

Result<int> run_bindings(const Invocation& invocation, const config::Settings& settings,
                         store::Store& store) {
    TRY_ASSIGN(const auto verb, invocation.word(0, "bind, unbind or bindings"));
    if (verb == "bindings") {
        return list_bindings(invocation, store);
    }
    const auto zone =
        server::house_zone(account_lookup(std::make_shared<const config::Settings>(settings)));
    auto& directory = store.directory();
    if (verb == "unbind") {
        TRY(invocation.no_more_than(1));
        TRY_ASSIGN(const auto binding,
                   pipeline::find_binding(directory, read_match(invocation), zone));
        TRY(directory.delete_binding(binding));
        return say_done<Message::binding_removed>(binding, invocation.language);
    }
    TRY_ASSIGN(const auto id, invocation.word(1, "the scorecard's id"));
    TRY(invocation.no_more_than(2));
    TRY_ASSIGN(const auto version, read_version(invocation));
    TRY_ASSIGN(const auto binding,
               pipeline::read_binding(directory, read_match(invocation), id, version, zone));
    TRY(directory.put_binding(binding));
    return say_done<Message::binding_put>(binding, invocation.language);
}

}  // namespace oidor::cli
