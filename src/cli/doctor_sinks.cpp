// What `oidor doctor` says of the sinks.
#include "cli/doctor_sinks.hpp"

#include <algorithm>

#include "cli/opening.hpp"
#include "sinks/registry.hpp"

namespace oidor::cli {
namespace {

SinkFinding check_place(const config::SinkSettings& settings) {
    auto sink = sinks::open_sink(settings);
    if (!sink) {
        return {.name = settings.name, .bad = true, .words = sink.error().message};
    }
    const auto words = (*sink)->probe();
    return {.name = settings.name, .bad = !words, .words = words ? *words : words.error().message};
}

/// What an operator should know of a sink's deliveries; empty when there is nothing.
std::string words_of(const store::SinkStatus& sink, bool configured) {
    std::string words;
    const auto add = [&words](std::string more) {
        words += (words.empty() ? "" : "; ") + std::move(more);
    };
    if (!configured && !sink.forgotten) {
        add(
            fmt::format("it is not in this configuration, and {} conversations wait for it: "
                        "configure it, or oidor deliver {} --forget",
                        sink.waiting, sink.name));
    }
    if (sink.paused_at) {
        add(fmt::format("paused since {}: oidor deliver {} --resume",
                        format_rfc3339(*sink.paused_at), sink.name));
    }
    if (sink.failures > 0) {
        add(fmt::format("failed {} times in a row: {}", sink.failures,
                        sink.error_message.value_or("")));
    }
    if (sink.refused + sink.needs_attention > 0) {
        add(fmt::format("{} conversations refused, {} in doubt: oidor deliver {} --retry",
                        sink.refused, sink.needs_attention, sink.name));
    }
    return words;
}

}  // namespace

std::vector<SinkFinding> check_sinks(const config::Settings& settings) {
    std::vector<SinkFinding> findings;
    for (const auto& sink : settings.sinks) {
        findings.push_back(check_place(sink));
    }
    const SystemClock clock;
    const auto store = open_store(settings, clock);
    if (!store) {
        // The finding about the store says why.
        return findings;
    }
    const auto sinks = (*store)->outbox().list_sinks();
    if (!sinks) {
        findings.push_back({.name = "outbox", .bad = true, .words = sinks.error().message});
        return findings;
    }
    for (const auto& sink : *sinks) {
        const auto found = std::ranges::find(findings, sink.name, &SinkFinding::name);
        const auto words = words_of(sink, found != findings.end());
        if (words.empty()) {
            continue;
        }
        if (found == findings.end()) {
            findings.push_back({.name = sink.name, .odd = true, .words = words});
        } else {
            found->odd = true;
            found->words += "; " + words;
        }
    }
    return findings;
}

}  // namespace oidor::cli
