#include "server/scorecard_routes.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "audit/auditor.hpp"
#include "base/time_zone.hpp"
#include "pipeline/audit_step.hpp"
#include "proving/embedded.hpp"
#include "proving/report.hpp"
#include "server/backtest_runs.hpp"
#include "server/responses.hpp"
#include "server/turns.hpp"

namespace oidor::server {
namespace {

/// A request is answered by one of few threads: the command line tries more.
constexpr std::int64_t kMutantsDefault = 500;
constexpr std::int64_t kMutantsMax = 2'000;
constexpr unsigned kBacktestThreads = 2;
/// A scorecard of 5,000 phrases has about 150 KB. Whoever may only read sends no more than that.
constexpr std::size_t kReaderBodyBytesMax = std::size_t{256} << 10U;
constexpr std::size_t kAdminBodyBytesMax = std::size_t{8} << 20U;

struct Named {
    std::string path = {};
    std::string toml = {};
    audit::Scorecard scorecard = {};
    bool published = false;
};

Result<json::object> read_proving_body(const Call& call,
                                       std::size_t bytes_max = kAdminBodyBytesMax) {
    if (call.request.body.size() > bytes_max) {
        return fail(ErrorCode::TooLarge, "the body has more than {} bytes", bytes_max);
    }
    TRY_ASSIGN(auto value, parse_json(call.request.body, {.size_bytes_max = bytes_max}));
    auto* object = value.if_object();
    if (object == nullptr) {
        return fail(ErrorCode::Invalid, "expected a JSON object");
    }
    return std::move(*object);
}

Result<std::int64_t> read_integer(const json::object& body, std::string_view key,
                                  std::int64_t fallback, std::int64_t min, std::int64_t max) {
    if (!body.contains(key)) {
        return fallback;
    }
    const auto number = find_int64(body, key);
    if (!number || *number < min || *number > max) {
        return fail(ErrorCode::Invalid, "{}: expected a number from {} to {}", key, min, max);
    }
    return *number;
}

/// `{"toml": …}`, or `{"id": …, "version": …}` of a published one.
Result<Named> read_scorecard(const ApiParts& parts, const json::object& body) {
    Named named;
    if (const auto toml = find_string(body, "toml")) {
        named.path = "toml";
        named.toml = *toml;
    } else if (const auto id = find_string(body, "id")) {
        TRY_ASSIGN(const auto version, read_integer(body, "version", 0, 1, 1'000'000));
        TRY_ASSIGN(auto found,
                   parts.store.directory().find_scorecard(
                       *id, version > 0 ? std::optional(static_cast<int>(version)) : std::nullopt));
        if (!found) {
            return fail(ErrorCode::NotFound, "no such scorecard");
        }
        named.path = fmt::format("{}@{}", found->id, found->version);
        named.toml = std::move(found->toml);
        named.published = true;
    } else {
        return fail(ErrorCode::Invalid, "expected toml, or the id of a published scorecard");
    }
    TRY_ASSIGN(named.scorecard, audit::parse_scorecard(named.toml, named.path));
    return named;
}

Result<Named> read_scorecard(const ApiParts& parts, const json::object& body,
                             std::string_view key) {
    const auto* object = find_object(body, key);
    if (object == nullptr) {
        return fail(ErrorCode::Invalid, "{}: expected an object with toml, or with id", key);
    }
    return read_scorecard(parts, *object);
}

json::array findings_of(const Named& named, UiLanguage language) {
    json::array findings;
    for (const auto& finding : proving::lint(named.scorecard, named.toml)) {
        findings.push_back(proving::to_json(finding, named.path, language));
    }
    return findings;
}

Result<net::Response> list_scorecards(const ApiParts& parts, const Call& /*call*/) {
    TRY_ASSIGN(const auto versions, parts.store.directory().list_scorecards());
    json::array items;
    for (const auto& version : versions) {
        items.push_back(json::object{{"id", version.id},
                                     {"version", version.version},
                                     {"language", version.language},
                                     {"sha256", version.sha256_hex},
                                     {"published_at", format_rfc3339(version.published_at)}});
    }
    return private_json(json::object{{"items", std::move(items)}, {"next", nullptr}});
}

Result<net::Response> get_scorecard(const ApiParts& parts, const Call& call) {
    std::optional<int> version;
    if (const auto text = call.query("version")) {
        const auto number = Decimal::parse(*text);
        if (!number || number->micros() % Decimal::kScale != 0 || *number < Decimal::from_int(1) ||
            *number > Decimal::from_int(1'000'000)) {
            return fail(ErrorCode::Invalid, "version: expected a number from 1");
        }
        version = static_cast<int>(number->round_half_even());
    }
    TRY_ASSIGN(const auto found,
               parts.store.directory().find_scorecard(call.path_values.at("id"), version));
    if (!found) {
        return fail(ErrorCode::NotFound, "no such scorecard");
    }
    return private_json(json::object{{"id", found->id},
                                     {"version", found->version},
                                     {"language", found->language},
                                     {"sha256", found->sha256_hex},
                                     {"published_at", format_rfc3339(found->published_at)},
                                     {"toml", found->toml}});
}

Result<net::Response> check_scorecard(const ApiParts& parts, Turns& turns, const Call& call) {
    TRY_ASSIGN(const auto body, read_proving_body(call, kReaderBodyBytesMax));
    TRY_ASSIGN(const auto turn, Turn::take(turns, "checks of scorecards"));
    const auto named = read_scorecard(parts, body);
    const bool names_one = find_string(body, "toml") || find_string(body, "id");
    if (!named && !names_one) {
        return fail(named.error());
    }
    if (!named && named.error().code != ErrorCode::Invalid) {
        return fail(named.error());
    }
    json::array faults;
    if (!named) {
        std::string_view rest = named.error().message;
        while (!rest.empty()) {
            const auto end = std::min(rest.find('\n'), rest.size());
            faults.emplace_back(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    json::object answer = {{"valid", named.has_value()}, {"faults", std::move(faults)}};
    answer["findings"] = named ? findings_of(*named, parts.language) : json::array();
    return private_json(answer);
}

Result<std::vector<proving::ProvingExample>> read_examples(const Named& named,
                                                           const json::object& body) {
    auto examples = proving::examples_inside(named.scorecard, named.path);
    const auto given = find_string(body, "examples");
    const auto shipped = proving::shipped_examples();
    const auto embedded = std::ranges::find(shipped, named.scorecard.id, &EmbeddedFile::name);
    std::string_view beside;
    if (given) {
        beside = *given;
    } else if (named.published && embedded != shipped.end()) {
        beside = embedded->bytes;
    } else {
        return examples;
    }
    TRY_ASSIGN(auto more, proving::parse_examples(beside, "examples", named.scorecard));
    std::ranges::move(more, std::back_inserter(examples));
    return examples;
}

Result<net::Response> test_scorecard(const ApiParts& parts, Turns& turns, const Call& call) {
    TRY_ASSIGN(const auto body, read_proving_body(call));
    TRY_ASSIGN(const auto turn, Turn::take(turns, "checks of scorecards"));
    TRY_ASSIGN(const auto seed, read_integer(body, "seed", 1, 0, INT64_MAX));
    TRY_ASSIGN(const auto most, read_integer(body, "mutants_max", kMutantsDefault, 0, kMutantsMax));
    TRY_ASSIGN(const auto named, read_scorecard(parts, body));
    proving::TestReport report;
    report.path = named.path;
    report.id = named.scorecard.id;
    report.version = named.scorecard.version;
    report.seed = static_cast<std::uint64_t>(seed);
    TRY_ASSIGN(report.examples, read_examples(named, body));
    TRY_ASSIGN(const auto auditor, audit::Auditor::open(named.scorecard));
    report.trial = proving::try_examples(*auditor, report.examples);
    if (most > 0) {
        const auto mutants = proving::make_mutants(named.scorecard, named.toml);
        proving::MutationOptions options;
        options.seed = report.seed;
        options.mutants_max = static_cast<std::size_t>(most);
        TRY_ASSIGN(report.mutation, proving::try_mutants(named.scorecard, mutants, report.examples,
                                                         report.trial, options));
    }
    return private_json(proving::to_json(report, parts.language));
}

Result<net::Response> diff_scorecards(const ApiParts& parts, Turns& turns, const Call& call) {
    TRY_ASSIGN(const auto body, read_proving_body(call, kReaderBodyBytesMax));
    TRY_ASSIGN(const auto turn, Turn::take(turns, "checks of scorecards"));
    TRY_ASSIGN(const auto older, read_scorecard(parts, body, "old"));
    TRY_ASSIGN(const auto newer, read_scorecard(parts, body, "new"));
    json::array changes;
    for (const auto& change : proving::differences(older.scorecard, newer.scorecard)) {
        changes.push_back(proving::to_json(change));
    }
    return private_json(json::object{{"changes", std::move(changes)}});
}

/// A day is each call's own, as reports have it.
Result<void> read_bound(const json::object& body, std::string_view key,
                        std::optional<std::string>& day, std::optional<Timestamp>& moment) {
    const auto text = find_string(body, key);
    if (!text) {
        return body.contains(key)
                   ? Result<void>(fail(ErrorCode::Invalid, "{}: expected a time", key))
                   : Result<void>();
    }
    if (local_day_start("UTC", *text)) {
        day = *text;
        return {};
    }
    moment = parse_rfc3339(*text);
    if (!moment) {
        return fail(ErrorCode::Invalid, "{}: expected a day such as 2026-02-10, or RFC 3339", key);
    }
    return {};
}

Result<std::string> run_backtest(const ApiParts& parts, const audit::Auditor& newer,
                                 const audit::Auditor* older,
                                 const proving::BacktestOptions& options) {
    pipeline::Judges judges(parts.store.directory());
    proving::Backtest backtest(
        parts.store.conversations(), pipeline::facts_of,
        [&judges](const std::string& id, int version) { return judges.get(id, version); });
    TRY_ASSIGN(const auto report, backtest.run(newer, older, options));
    return format_json(proving::to_json(report));
}

Result<net::Response> start_backtest(const std::shared_ptr<const ApiParts>& parts,
                                     const std::shared_ptr<BacktestRuns>& runs, const Call& call) {
    TRY_ASSIGN(const auto body, read_proving_body(call));
    TRY_ASSIGN(auto named, read_scorecard(*parts, body, "new"));
    TRY_ASSIGN(auto newer, audit::Auditor::open(std::move(named.scorecard)));
    std::unique_ptr<audit::Auditor> older;
    if (const auto against = find_string(body, "against").value_or("current");
        find_object(body, "against") != nullptr) {
        TRY_ASSIGN(auto old, read_scorecard(*parts, body, "against"));
        TRY_ASSIGN(older, audit::Auditor::open(std::move(old.scorecard)));
    } else if (against != "current") {
        return fail(ErrorCode::Invalid, "against: expected current, or an object with toml or id");
    }
    proving::BacktestOptions options;
    options.threads = kBacktestThreads;
    options.filter.campaigns_allowed = call.principal.campaigns;
    options.filter.campaign = find_string(body, "campaign");
    TRY(read_bound(body, "from", options.filter.day_from, options.filter.from));
    TRY(read_bound(body, "to", options.filter.day_to, options.filter.to));
    TRY_ASSIGN(options.pass_mark, read_integer(body, "pass_mark", 70, 0, 100));
    TRY_ASSIGN(const auto id,
               runs->start(
                   [parts, options = std::move(options), newer = std::move(newer),
                    older = std::move(older)](const std::stop_token& stop,
                                              const BacktestRuns::Progress& progress) mutable {
                       options.stop = stop;
                       options.on_progress = progress;
                       return run_backtest(*parts, *newer, older.get(), options);
                   },
                   call.principal.campaigns));
    return private_json({{"id", id}, {"state", "running"}}, 201);
}

Result<BacktestRun> find_run(const BacktestRuns& runs, const Call& call) {
    auto run = runs.find(call.path_values.at("run"));
    if (!run || run->campaigns != call.principal.campaigns) {
        return fail(ErrorCode::NotFound,
                    "no such back-test: the newest {} are kept until a restart",
                    BacktestRuns::kKept);
    }
    return std::move(*run);
}

Result<net::Response> get_backtest(const BacktestRuns& runs, const Call& call) {
    TRY_ASSIGN(const auto run, find_run(runs, call));
    json::object answer = {
        {"id", run.id}, {"state", format(run.state)}, {"done", run.done}, {"all", run.all}};
    answer["error"] = run.error ? json::value(json::object{{"code", faces_of(run.error->code).name},
                                                           {"message", run.error->message}})
                                : json::value(nullptr);
    answer["report"] = nullptr;
    if (!run.report.empty()) {
        TRY_ASSIGN(answer["report"], parse_json(run.report));
    }
    return private_json(answer);
}

Result<net::Response> cancel_backtest(BacktestRuns& runs, const Call& call) {
    TRY_ASSIGN(const auto run, find_run(runs, call));
    runs.cancel(run.id);
    return get_backtest(runs, call);
}

std::vector<Route> backtest_routes(const std::shared_ptr<const ApiParts>& parts) {
    const auto runs = std::make_shared<BacktestRuns>();
    return {
        {.method = "POST",
         .pattern = "/api/v1/scorecards/backtest",
         .name = "start_backtest",
         .summary =
             "Judges the stored conversations by a scorecard beside another; 201 with the id "
             "under which it is found. 409 while another one runs.",
         .scope = "admin",
         .schema = "BacktestStarted",
         .body = "BacktestOrder",
         .creates = true,
         .handler = [parts, runs](const Call& call) { return start_backtest(parts, runs, call); }},
        {.method = "GET",
         .pattern = "/api/v1/scorecards/backtest/{run}",
         .name = "get_backtest",
         .summary = "How far a back-test is; its report when it is done.",
         .scope = "admin",
         .schema = "Backtest",
         .logged = false,
         .handler = [runs](const Call& call) { return get_backtest(*runs, call); }},
        {.method = "DELETE",
         .pattern = "/api/v1/scorecards/backtest/{run}",
         .name = "cancel_backtest",
         .summary = "Ends a back-test without a report; how far it was.",
         .scope = "admin",
         .schema = "Backtest",
         .handler = [runs](const Call& call) { return cancel_backtest(*runs, call); }},
    };
}

}  // namespace

std::vector<Route> scorecard_routes(const std::shared_ptr<const ApiParts>& parts) {
    const auto with = [parts](auto function) {
        return [parts, function](const Call& call) { return function(*parts, call); };
    };
    const auto in_turn = [parts, turns = std::make_shared<Turns>(kTurnsAtOnce)](auto function) {
        return
            [parts, turns, function](const Call& call) { return function(*parts, *turns, call); };
    };
    std::vector<Route> routes = {
        {.method = "GET",
         .pattern = "/api/v1/scorecards",
         .name = "list_scorecards",
         .summary = "The published scorecards.",
         .scope = "audits:read",
         .schema = "ScorecardPage",
         .handler = with(list_scorecards)},
        {.method = "GET",
         .pattern = "/api/v1/scorecards/{id}",
         .name = "get_scorecard",
         .summary = "A published scorecard with its text.",
         .scope = "audits:read",
         .schema = "ScorecardVersion",
         .parameters = {{"version", "The newest when not given."}},
         .handler = with(get_scorecard)},
        {.method = "POST",
         .pattern = "/api/v1/scorecards/check",
         .name = "check_scorecard",
         .summary =
             "What is wrong with a scorecard, and what its linter finds. 503 with Retry-After "
             "while two others are checked.",
         .scope = "audits:read",
         .schema = "ScorecardCheck",
         .body = "ScorecardChoice",
         .handler = in_turn(check_scorecard)},
        {.method = "POST",
         .pattern = "/api/v1/scorecards/test",
         .name = "test_scorecard",
         .summary = "Runs a scorecard's examples, and tries them by seeded faults.",
         .scope = "admin",
         .schema = "ScorecardTest",
         .body = "ScorecardChoice",
         .handler = in_turn(test_scorecard)},
        {.method = "POST",
         .pattern = "/api/v1/scorecards/diff",
         .name = "diff_scorecards",
         .summary = "What two scorecards would judge differently.",
         .scope = "audits:read",
         .schema = "ScorecardChanges",
         .body = "ScorecardPair",
         .handler = in_turn(diff_scorecards)},
    };
    std::ranges::move(backtest_routes(parts), std::back_inserter(routes));
    return routes;
}

}  // namespace oidor::server
