// `oidor deliver`: what goes out, how it stands, and the same again.
#include <algorithm>
#include <thread>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "cli/commands.hpp"
#include "cli/destinations.hpp"
#include "cli/opening.hpp"

namespace oidor::cli {
namespace {

/// Another process may have the turn: it is waited for.
constexpr std::chrono::minutes kWaitMax{5};
constexpr std::chrono::milliseconds kWaitStep{100};

template <typename T>
json::value or_null(const std::optional<T>& value) {
    return value ? json::value(*value) : json::value(nullptr);
}

json::value or_null(const std::optional<Timestamp>& time) {
    return time ? json::value(format_rfc3339(*time)) : json::value(nullptr);
}

std::string_view state_of(const store::SinkStatus& sink, bool configured) {
    if (sink.forgotten) {
        return "forgotten";
    }
    if (sink.paused_at) {
        return "paused";
    }
    if (!configured) {
        return "not_configured";
    }
    return sink.failures > 0 ? "failing" : "delivering";
}

bool is_configured(const config::Settings& settings, const std::string& name) {
    return std::ranges::find(settings.sinks, name, &config::SinkSettings::name) !=
           settings.sinks.end();
}

void print_sink(const store::SinkStatus& sink, std::int64_t rows_held, std::string_view state,
                bool as_json) {
    if (as_json) {
        fmt::print("{}\n", format_json(json::object{{"sink", sink.name},
                                                    {"kind", sink.kind},
                                                    {"state", state},
                                                    {"backfilling", sink.backfilling},
                                                    {"waiting", sink.waiting},
                                                    {"oldest_at", or_null(sink.oldest_at)},
                                                    {"refused", sink.refused},
                                                    {"needs_attention", sink.needs_attention},
                                                    {"rows_held", rows_held},
                                                    {"rows_delivered", sink.rows_delivered},
                                                    {"delivered_at", or_null(sink.delivered_at)},
                                                    {"failures", sink.failures},
                                                    {"next_at", or_null(sink.next_at)},
                                                    {"error_code", or_null(sink.error_code)},
                                                    {"error", or_null(sink.error_message)}}));
        return;
    }
    fmt::print(
        "{:<16} {:<8} {:<14} waiting {:>6}  refused {:>4}  needs_attention {:>4}  rows "
        "{:>8}{}{}\n",
        sink.name, sink.kind, state, sink.waiting, sink.refused, sink.needs_attention, rows_held,
        sink.error_message ? "  " : "", sink.error_message.value_or(""));
}

Result<int> print_status(const Invocation& invocation, const config::Settings& settings,
                         store::Store& store, const std::string& only) {
    TRY_ASSIGN(const auto sinks, store.outbox().list_sinks());
    bool found = false;
    for (const auto& sink : sinks) {
        if (only.empty() || sink.name == only) {
            found = true;
            TRY_ASSIGN(const auto held, store.outbox().count_held(sink.name));
            print_sink(sink, held, state_of(sink, is_configured(settings, sink.name)),
                       invocation.json);
        }
    }
    if (!only.empty() && !found) {
        return fail(ErrorCode::NotFound,
                    "sink {}: there is none: a new one is known once a worker has started with it",
                    only);
    }
    if (!found && !invocation.json) {
        fmt::print(stderr, "{}\n", say<Message::deliver_none>(invocation.language));
    }
    return 0;
}

Result<std::optional<std::string>> read_day(const Invocation& invocation, std::string_view option) {
    const auto day = invocation.find(option);
    if (day && (day->size() != 10 || !parse_rfc3339(*day + "T00:00:00Z"))) {
        return fail(ErrorCode::Invalid, "--{}: expected a day, such as 2026-02-10", option);
    }
    return day;
}

/// Delivers what waits, here; what another process delivers meanwhile is waited for.
Result<void> deliver_now(const Invocation& invocation, const config::Settings& settings,
                         store::Store& store, const std::string& name) {
    if (!is_configured(settings, name)) {
        return fail(ErrorCode::NotFound,
                    "sink {}: it is not in this configuration: [sinks.{}] with its kind", name,
                    name);
    }
    const SystemClock clock;
    TRY_ASSIGN(auto destinations, open_destinations(settings));
    pipeline::Deliveries deliveries({.store = store, .clock = clock}, std::move(destinations));
    TRY(deliveries.register_sinks());
    TRY_ASSIGN(const auto from, read_day(invocation, "from"));
    TRY_ASSIGN(const auto to, read_day(invocation, "to"));
    if (from || to) {
        TRY_ASSIGN(const auto count, store.outbox().deliver_again(name, from, to));
        fmt::print(stderr, "{}\n", say<Message::deliver_noted>(invocation.language, name, count));
    }
    int delivered = 0;
    const auto deadline = Deadline::after(kWaitMax);
    for (;;) {
        TRY_ASSIGN(const int count, deliveries.run_all(name, {}));
        delivered += count;
        TRY_ASSIGN(const auto glance, store.outbox().glance(name, 1));
        const bool more = glance.backfilling || glance.waiting > 0;
        if (!glance.ready || !more || glance.next_at || deadline.expired()) {
            break;
        }
        std::this_thread::sleep_for(kWaitStep);
    }
    fmt::print(stderr, "{}\n",
               say<Message::deliver_delivered>(invocation.language, name, delivered));
    return {};
}

Result<int> run_deliver(const Invocation& invocation) {
    TRY(invocation.no_more_than(1));
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    const SystemClock clock;
    TRY_ASSIGN(const auto store, open_store(settings, clock));
    if (invocation.words.empty()) {
        return print_status(invocation, settings, *store, "");
    }
    const auto& name = invocation.words.front();
    auto& outbox = store->outbox();
    if (invocation.has("pause")) {
        TRY(outbox.pause(name));
    } else if (invocation.has("forget")) {
        if (is_configured(settings, name)) {
            return fail(ErrorCode::Conflict,
                        "sink {}: it is in the configuration: take [sinks.{}] out of it first",
                        name, name);
        }
        TRY(outbox.forget(name));
    } else if (invocation.has("resume")) {
        TRY(outbox.resume(name));
    } else if (invocation.has("retry")) {
        TRY(outbox.retry(name));
    } else if (!invocation.has("status")) {
        TRY(deliver_now(invocation, settings, *store, name));
    }
    return print_status(invocation, settings, *store, name);
}

}  // namespace

Command deliver_command() {
    return {.name = "deliver",
            .summary = Message::deliver_summary,
            .usage = {"deliver", "deliver SINK [--from DAY] [--to DAY]", "deliver SINK --status",
                      "deliver SINK --pause | --resume | --retry | --forget"},
            .examples = {"oidor deliver --status", "oidor deliver tablero --from 2026-02-01",
                         "oidor deliver tablero --pause"},
            .options = {{"from", "DAY", Message::deliver_option_from},
                        {"to", "DAY", Message::deliver_option_to},
                        {"status", "", Message::deliver_option_status},
                        {"pause", "", Message::deliver_option_pause},
                        {"resume", "", Message::deliver_option_resume},
                        {"retry", "", Message::deliver_option_retry},
                        {"forget", "", Message::deliver_option_forget}},
            .run = run_deliver};
}

}  // namespace oidor::cli
