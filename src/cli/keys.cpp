#include <charconv>

#include <fmt/format.h>

#include <boost/json.hpp>

#include "access/access_control.hpp"
#include "base/json.hpp"
#include "cli/commands.hpp"
#include "cli/opening.hpp"

namespace oidor::cli {
namespace {

Result<int> create(const Invocation& invocation, store::Store& store, const Clock& clock) {
    TRY(invocation.no_more_than(1));
    access::AccessControl access(store.keyring(), clock);
    TRY_ASSIGN(const auto made, access.create_key({.name = invocation.find("name").value_or(""),
                                                   .scopes = invocation.all("scope"),
                                                   .campaigns = invocation.all("campaign")}));
    if (invocation.json) {
        fmt::print("{}\n",
                   format_json(json::object{{"id", made.id.text()}, {"key", made.key.reveal()}}));
    } else if (invocation.has("plain")) {
        fmt::print("{}\n", made.key.reveal());
    } else {
        fmt::print("{}\n", made.key.reveal());
        fmt::print(stderr, "{}\n", text(Message::keys_shown_once, invocation.language));
    }
    return 0;
}

constexpr int kDaysMax = 31;

Result<int> read_days(const Invocation& invocation) {
    const auto text = invocation.find("days").value_or("1");
    int days = 0;
    const auto* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, days);
    if (error != std::errc() || end != last || days < 1 || days > kDaysMax) {
        return fail(ErrorCode::Invalid, "--days: expected a number from 1 to {}", kDaysMax);
    }
    return days;
}

Result<int> list_keys(const Invocation& invocation, store::Store& store, const Clock& clock) {
    TRY(invocation.no_more_than(1));
    TRY_ASSIGN(const int days, read_days(invocation));
    TRY_ASSIGN(const auto keys, store.keyring().list_keys());
    for (const auto& key : keys) {
        TRY_ASSIGN(const auto by_day,
                   access::list_key_uses(store.keyring(), key.id, clock.now(), days));
        const auto uses = by_day.front().second;
        if (invocation.json) {
            json::object object = {{"id", key.id.text()},
                                   {"name", key.name},
                                   {"prefix", key.prefix},
                                   {"scopes", json::value_from(key.scopes)},
                                   {"campaigns", json::value_from(key.campaigns)},
                                   {"created_at", format_rfc3339(key.created_at)},
                                   {"uses_today", uses}};
            object["revoked_at"] = key.revoked_at ? json::value(format_rfc3339(*key.revoked_at))
                                                  : json::value(nullptr);
            json::object uses_by_day;
            for (const auto& [day, count] : by_day) {
                uses_by_day[day] = count;
            }
            object["uses"] = std::move(uses_by_day);
            fmt::print("{}\n", format_json(object));
        } else {
            fmt::print("{:<20} {:<16} {:<8} {:>8} {}\n", key.name, key.prefix + "…",
                       text(key.revoked_at ? Message::keys_revoked_state : Message::keys_active,
                            invocation.language),
                       uses, fmt::join(key.scopes, " "));
            for (const auto& [day, count] : by_day) {
                if (days > 1) {
                    fmt::print("    {} {:>8}\n", day, count);
                }
            }
        }
    }
    return 0;
}

Result<int> run_keys(const Invocation& invocation) {
    TRY_ASSIGN(const auto verb, invocation.word(0, "create, list or revoke"));
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    const SystemClock clock;
    TRY_ASSIGN(const auto store, open_store(settings, clock));
    if (verb == "create") {
        return create(invocation, *store, clock);
    }
    if (verb == "list") {
        return list_keys(invocation, *store, clock);
    }
    if (verb == "revoke") {
        TRY_ASSIGN(const auto name, invocation.word(1, "the key's name or id"));
        TRY(invocation.no_more_than(2));
        TRY(store->keyring().revoke_key(name, clock.now()));
        fmt::print(stderr, "{}\n", say<Message::keys_revoked>(invocation.language, name));
        return 0;
    }
    if (verb == "link") {
        TRY_ASSIGN(const auto name, invocation.word(1, "the key's name"));
        TRY(invocation.no_more_than(2));
        TRY_ASSIGN(const auto keys, store->keyring().list_keys());
        for (const auto& key : keys) {
            if (key.name == name && !key.revoked_at) {
                access::AccessControl access(store->keyring(), clock);
                TRY_ASSIGN(const auto token, access.create_link(key.id));
                fmt::print("/sign-in?token={}\n", token.reveal());
                return 0;
            }
        }
        return fail(ErrorCode::NotFound, "no key in force is called {}", name);
    }
    return fail(ErrorCode::Invalid, "keys {}: expected create, list, link or revoke", verb);
}

}  // namespace

Command keys_command() {
    return {
        .name = "keys",
        .summary = Message::keys_summary,
        .usage = {"keys create --name NAME --scope SCOPE… [--campaign ID…] [--plain]",
                  "keys list [--days N]", "keys link NAME", "keys revoke NAME"},
        .examples =
            {"oidor keys create --name pbx --scope webhook:anura/default --plain",
             "oidor keys create --name ana --scope audits:read --scope content:read --campaign 1",
             "oidor keys list --days 7"},
        .options = {{"name", "NAME", Message::keys_option_name},
                    {"scope", "SCOPE", Message::keys_option_scope},
                    {"campaign", "ID", Message::keys_option_campaign},
                    {"plain", "", Message::keys_option_plain},
                    {"days", "N", Message::keys_option_days}},
        .run = run_keys};
}

}  // namespace oidor::cli
