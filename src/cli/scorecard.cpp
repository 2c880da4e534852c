#include <fmt/format.h>
#include <boost/json.hpp>

#include "audit/auditor.hpp"
#include "audit/phrase_pack.hpp"
#include "audit/scorecard_schema.hpp"
#include "base/json.hpp"
#include "cli/commands.hpp"
#include "cli/opening.hpp"
#include "cli/scorecard_bindings.hpp"
#include "cli/scorecard_proving.hpp"
#include "pipeline/bindings.hpp"

namespace oidor::cli {
namespace {

Result<int> check(const Invocation& invocation) {
    TRY_ASSIGN(const auto path, invocation.word(1, "the scorecard's file"));
    TRY(invocation.no_more_than(2));
    TRY_ASSIGN(const auto draft, read_draft(path));
    const auto id = draft.scorecard.id;
    TRY(audit::Auditor::open(draft.scorecard));
    print_warnings(invocation, draft);
    fmt::print(stderr, "{}\n", say<Message::scorecard_fine>(invocation.language, id));
    return 0;
}

/// `schema`: of a scorecard's file; `schema pack`: of a phrase pack's.
Result<int> print_schema(const Invocation& invocation) {
    TRY(invocation.no_more_than(2));
    const auto what = invocation.words.size() > 1 ? invocation.words[1] : std::string("scorecard");
    if (what != "scorecard" && what != "pack") {
        return fail(ErrorCode::Invalid, "scorecard schema {}: expected scorecard or pack", what);
    }
    fmt::print("{}", what == "pack" ? audit::phrase_pack_schema() : audit::scorecard_schema());
    return 0;
}

Result<int> list_scorecards(const Invocation& invocation, store::Store& store) {
    TRY_ASSIGN(const auto versions, store.directory().list_scorecards());
    for (const auto& version : versions) {
        if (invocation.json) {
            fmt::print("{}\n", format_json(json::object{
                                   {"id", version.id},
                                   {"version", version.version},
                                   {"language", version.language},
                                   {"sha256", version.sha256_hex},
                                   {"published_at", format_rfc3339(version.published_at)}}));
        } else {
            fmt::print("{:<24} v{:<4} {:<4} {}\n", version.id, version.version, version.language,
                       version.sha256_hex.substr(0, 12));
        }
    }
    return 0;
}

Result<int> show(const Invocation& invocation, store::Store& store) {
    TRY_ASSIGN(const auto id, invocation.word(1, "the scorecard's id"));
    TRY(invocation.no_more_than(2));
    TRY_ASSIGN(const auto version, read_version(invocation));
    TRY_ASSIGN(const auto found, store.directory().find_scorecard(id, version));
    if (!found) {
        return fail(ErrorCode::NotFound, "no scorecard {}: oidor scorecard list shows them", id);
    }
    fmt::print("{}", found->toml);
    return 0;
}

Result<int> publish(const Invocation& invocation, store::Store& store, const Clock& clock) {
    TRY_ASSIGN(const auto path, invocation.word(1, "the scorecard's file"));
    TRY(invocation.no_more_than(2));
    TRY_ASSIGN(const auto draft, read_draft(path));
    TRY_ASSIGN(const auto published,
               pipeline::publish_scorecard(store.directory(), draft.toml, path,
                                           pack_reader_beside(path), clock.now()));
    fmt::print(stderr, "{}\n",
               say<Message::scorecard_published>(invocation.language, published.version.id,
                                                 published.version.version));
    return 0;
}

Result<int> run_scorecard(const Invocation& invocation) {
    static constexpr std::string_view kVerbs =
        "check, schema, list, show, publish, bind, unbind or bindings";
    TRY_ASSIGN(const auto verb, invocation.word(0, kVerbs));
    if (verb == "check") {
        return check(invocation);
    }
    if (verb == "schema") {
        return print_schema(invocation);
    }
    if (is_proving_word(verb)) {
        return run_proving(invocation);
    }
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    const SystemClock clock;
    TRY_ASSIGN(const auto store, open_store(settings, clock));
    if (verb == "list") {
        return list_scorecards(invocation, *store);
    }
    if (verb == "show") {
        return show(invocation, *store);
    }
    if (verb == "publish") {
        return publish(invocation, *store, clock);
    }
    if (is_binding_word(verb)) {
        return run_bindings(invocation, settings, *store);
    }
    return fail(ErrorCode::Invalid, "scorecard {}: expected {}", verb, kVerbs);
}

}  // namespace

Command scorecard_command() {
    return {.name = "scorecard",
            .summary = Message::scorecard_summary,
            .usage = {"scorecard check FILE", "scorecard schema [pack]", "scorecard list",
                      "scorecard show ID [--version N]", "scorecard publish FILE",
                      "scorecard bind ID [--version N] [--campaign ID] [--channel voice] [--spoken "
                      "es] [--from DATE]",
                      "scorecard unbind [--campaign ID] [--channel voice] [--spoken es] "
                      "[--from DATE]",
                      "scorecard bindings [--json]",
                      "scorecard test FILE|ID … [--examples FILE] [--mutation-min PERCENT]",
                      "scorecard lint FILE|ID … [--strict]", "scorecard diff OLD NEW",
                      "scorecard backtest NEW [--against OLD|current] [--from DATE] [--to DATE] "
                      "[--campaign ID]"},
            .examples = {"oidor scorecard check mine.toml", "oidor scorecard test general-es",
                         "oidor scorecard backtest mine.toml --against general-es@1",
                         "oidor scorecard bind classic-es --campaign 2",
                         "oidor scorecard unbind --campaign 2"},
            .options = {{"version", "N", Message::scorecard_option_version},
                        {"campaign", "ID", Message::scorecard_option_campaign},
                        {"channel", "CHANNEL", Message::scorecard_option_channel},
                        {"spoken", "LANGUAGE", Message::scorecard_option_spoken},
                        {"from", "DATE", Message::scorecard_option_from},
                        {"to", "DATE", Message::scorecard_option_until},
                        {"zone", "NAME", Message::scorecard_option_zone},
                        {"against", "OLD", Message::scorecard_option_against},
                        {"pass-mark", "SCORE", Message::scorecard_option_pass_mark},
                        {"threads", "N", Message::scorecard_option_threads},
                        {"examples", "FILE", Message::scorecard_option_examples},
                        {"seed", "N", Message::scorecard_option_seed},
                        {"mutants-max", "N", Message::scorecard_option_mutants_max},
                        {"mutation-min", "PERCENT", Message::scorecard_option_mutation_min},
                        {"strict", "", Message::scorecard_option_strict}},
            .run = run_scorecard};
}

}  // namespace oidor::cli
