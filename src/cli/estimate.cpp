// `oidor estimate`: what some days will cost, before anybody pays for them.
#include <array>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "cli/commands.hpp"
#include "cli/house_costs.hpp"
#include "cli/opening.hpp"
#include "cli/sources.hpp"
#include "server/cost_sources.hpp"

namespace oidor::cli {
namespace {

constexpr std::array kBasisTexts = {Message::basis_price_and_history,
                                    Message::basis_price_and_length,
                                    Message::basis_price,
                                    Message::basis_history,
                                    Message::basis_free,
                                    Message::basis_no_price,
                                    Message::basis_no_engine,
                                    Message::basis_no_history,
                                    Message::basis_no_length};
static_assert(kBasisTexts.size() == static_cast<std::size_t>(costs::Basis::NoLength) + 1);

double hours(std::int64_t ms) { return static_cast<double>(ms) / 3'600'000; }

void print_part(std::string_view name, const costs::Part& part, const std::string& currency,
                UiLanguage language) {
    const auto amount = part.cost_micros ? config::format_money(*part.cost_micros, currency)
                                         : std::string(text(Message::costs_unknown, language));
    std::string line =
        fmt::format("    {:<16} {:>16}  {}", name, amount,
                    text(kBasisTexts[static_cast<std::size_t>(part.basis)], language));
    if (part.cost_micros && part.not_counted > 0) {
        line += fmt::format("; {}", say<Message::estimate_not_counted>(language, part.not_counted));
    }
    fmt::print("{}\n", line);
}

void print_line(const costs::EstimateLine& line, const costs::Estimate& all, UiLanguage language) {
    fmt::print("{}/{}  {}  {}\n", line.source, line.account,
               line.campaign ? say<Message::estimate_campaign>(language, *line.campaign)
                             : std::string(text(Message::costs_no_campaign, language)),
               line.engine ? *line.engine + (line.model.empty() ? "" : ":" + line.model)
                           : std::string(text(Message::basis_no_engine, language)));
    fmt::print("    {}\n", say<Message::estimate_calls>(language, line.calls, line.announced,
                                                        fmt::format("{:.2f}", hours(line.audio_ms)),
                                                        line.length_unknown));
    if (line.transcribed + line.not_recorded > 0) {
        fmt::print("    {}\n",
                   say<Message::estimate_beside>(language, line.transcribed, line.not_recorded));
    }
    print_part(text(Message::estimate_recording, language), line.recording, all.currency, language);
    print_part(text(Message::estimate_speech, language), line.speech, all.currency, language);
    print_part(text(Message::estimate_model, language), line.model_questions, all.model_currency,
               language);
}

void print_estimate(const costs::Estimate& all, UiLanguage language) {
    if (all.lines.empty()) {
        fmt::print("{}\n", text(Message::estimate_nothing, language));
        return;
    }
    for (const auto& line : all.lines) {
        print_line(line, all, language);
    }
    fmt::print("\n{}\n", say<Message::estimate_total>(
                             language, all.calls, fmt::format("{:.2f}", hours(all.audio_ms)),
                             config::format_money(all.recording_micros, all.currency),
                             config::format_money(all.speech_micros, all.currency),
                             config::format_money(all.model_micros, all.model_currency)));
    if (!all.whole) {
        fmt::print("{}\n", text(Message::estimate_not_whole, language));
    }
}

Result<int> run_estimate(const Invocation& invocation) {
    TRY(invocation.no_more_than(0));
    const auto from = invocation.find("from");
    const auto to = invocation.find("to");
    if (!from || !to) {
        return fail(ErrorCode::Invalid,
                    "--from and --to are needed, as in --from 2026-02-09 --to 2026-02-16");
    }
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    const SystemClock clock;
    TRY_ASSIGN(const auto store, open_store(settings, clock));
    const auto accounts = account_lookup(std::make_shared<const config::Settings>(settings));
    const auto house = house_costs(settings);
    // --engine is a setting's flag: here it is what would hear every call.
    std::optional<std::string> engine;
    for (const auto& [flag, value] : invocation.flags) {
        engine = flag == "engine" ? std::optional(value) : engine;
    }
    TRY_ASSIGN(const auto sources,
               server::estimate_sources(*store, accounts, house, clock.now(), engine));
    TRY_ASSIGN(const auto all, costs::estimate(store->speech_records(), *from, *to, sources));
    if (invocation.json) {
        auto view = server::estimate_view(all);
        view["from"] = *from;
        view["to"] = *to;
        fmt::print("{}\n", format_json(view));
    } else {
        print_estimate(all, invocation.language);
    }
    return 0;
}

}  // namespace

Command estimate_command() {
    return {.name = "estimate",
            .summary = Message::estimate_summary,
            .usage = {"estimate --from DAY --to DAY [--engine NAME] [--json]"},
            .examples = {"oidor estimate --from 2026-02-09 --to 2026-02-16",
                         "oidor estimate --from 2026-02-09 --to 2026-02-16 --engine azure"},
            .options = {{"from", "DAY", Message::costs_option_from},
                        {"to", "DAY", Message::costs_option_to}},
            .run = run_estimate};
}

}  // namespace oidor::cli
