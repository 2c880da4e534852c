#include "cli/scorecard_proving.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "audit/auditor.hpp"
#include "base/json.hpp"
#include "cli/opening.hpp"
#include "proving/report.hpp"
#include "proving/words.hpp"

namespace oidor::cli {
namespace {

/// What a scorecard is held to was not met.
int unmet_exit_code() { return faces_of(ErrorCode::Invalid).exit_code; }

std::string share_text(const std::optional<Decimal>& share) { return share ? share->text() : "–"; }

Result<std::optional<Decimal>> read_percent(const Invocation& invocation, std::string_view name) {
    const auto text = invocation.find(name);
    if (!text) {
        return std::optional<Decimal>();
    }
    const auto percent = Decimal::parse(*text);
    if (!percent || *percent < Decimal{} || *percent > Decimal::from_int(100)) {
        return fail(ErrorCode::Invalid, "--{} {}: expected a number from 0 to 100", name, *text);
    }
    return percent;
}

struct TestOptions {
    std::optional<std::string> examples_path = {};
    proving::MutationOptions mutation = {};
    bool mutants = true;
    std::optional<Decimal> mutation_min = {};
};

Result<TestOptions> read_test_options(const Invocation& invocation) {
    TestOptions options;
    options.examples_path = invocation.find("examples");
    TRY_ASSIGN(const auto seed,
               read_number(invocation, "seed", 1, 0, std::numeric_limits<std::int64_t>::max()));
    TRY_ASSIGN(const auto most, read_number(invocation, "mutants-max", 5'000, 0, 1'000'000));
    TRY_ASSIGN(options.mutation_min, read_percent(invocation, "mutation-min"));
    TRY_ASSIGN(const auto threads,
               read_number(invocation, "threads",
                           std::max<std::int64_t>(std::thread::hardware_concurrency(), 1), 1, 256));
    options.mutation.seed = static_cast<std::uint64_t>(seed);
    options.mutation.mutants_max = static_cast<std::size_t>(most);
    options.mutation.threads = static_cast<unsigned>(threads);
    options.mutants = most > 0;
    if (options.mutation_min && !options.mutants) {
        return fail(ErrorCode::Invalid, "--mutation-min: no faults are tried with --mutants-max 0");
    }
    return options;
}

Result<proving::TestReport> make_report(const Draft& draft, const TestOptions& options) {
    proving::TestReport report;
    report.path = draft.path;
    report.id = draft.scorecard.id;
    report.version = draft.scorecard.version;
    report.seed = options.mutation.seed;
    TRY_ASSIGN(report.examples, read_examples(draft, options.examples_path));
    TRY_ASSIGN(const auto auditor, audit::Auditor::open(draft.scorecard));
    report.trial = proving::try_examples(*auditor, report.examples);
    if (options.mutants) {
        const auto mutants = proving::make_mutants(draft.scorecard, draft.toml);
        TRY_ASSIGN(report.mutation, proving::try_mutants(draft.scorecard, mutants, report.examples,
                                                         report.trial, options.mutation));
    }
    return report;
}

void print_failures(const proving::TestReport& report, UiLanguage language) {
    const auto came = [](audit::Outcome outcome, const std::optional<Decimal>& points) {
        return points ? fmt::format("{} ({})", audit::format(outcome), points->text())
                      : std::string(audit::format(outcome));
    };
    for (std::size_t i = 0; i < report.examples.size(); ++i) {
        const auto& tried = report.trial.tried[i];
        if (tried.holds) {
            continue;
        }
        const auto& [criterion, example, path] = report.examples[i];
        fmt::print("{}\n",
                   say<Message::proving_failure>(
                       language, path, example.line, report.trial.criteria[criterion].criterion,
                       came(example.outcome, example.points),
                       came(tried.outcome, example.points ? tried.points : std::nullopt)));
    }
}

void print_mutation(const proving::TestReport& report, const proving::Mutation& mutation,
                    UiLanguage language) {
    fmt::print("{}\n", say<Message::proving_mutation>(language, mutation.noticed, mutation.tried,
                                                      mutation.score().text(), mutation.equivalent,
                                                      report.seed));
    if (mutation.tried + mutation.equivalent < mutation.made) {
        fmt::print("{}\n", say<Message::proving_sampled>(
                               language, mutation.tried + mutation.equivalent, mutation.made));
    }
    for (const auto& mutant : mutation.survivors) {
        fmt::print("{}\n",
                   say<Message::proving_survivor>(
                       language, report.path, mutant.line,
                       report.trial.criteria[mutant.criterion].criterion,
                       proving::format(mutant.operation), mutant.from,
                       mutant.to.empty() ? std::string(text(Message::proving_nothing, language))
                                         : mutant.to,
                       proving::advice_text(mutant, language)));
    }
}

void print_report(const proving::TestReport& report, UiLanguage language) {
    fmt::print("{}\n", say<Message::proving_head>(language, report.path, report.examples.size(),
                                                  report.trial.held()));
    print_failures(report, language);
    for (const auto& criterion : report.trial.criteria) {
        fmt::print("{}\n", say<Message::proving_criterion>(language, criterion.criterion,
                                                           criterion.examples,
                                                           share_text(criterion.fail.precision()),
                                                           share_text(criterion.fail.recall())));
    }
    if (report.mutation) {
        print_mutation(report, *report.mutation, language);
    }
}

/// Whether it is all that was asked for; says what is not.
bool is_met(const proving::TestReport& report, const Draft& draft, const TestOptions& options,
            UiLanguage language) {
    if (report.examples.empty()) {
        fmt::print(
            stderr, "{}\n",
            say<Message::proving_no_examples>(language, draft.path, examples_path_of(draft)));
        return false;
    }
    const bool below = options.mutation_min && report.mutation->score() < *options.mutation_min;
    if (below) {
        fmt::print(
            stderr, "{}\n",
            say<Message::proving_below>(language, draft.path, report.mutation->score().text(),
                                        options.mutation_min->text()));
    }
    return !below && report.trial.held() == static_cast<std::int64_t>(report.examples.size());
}

Result<std::vector<std::string>> named(const Invocation& invocation) {
    TRY(invocation.word(1, "the scorecard's file or id"));
    return std::vector<std::string>(invocation.words.begin() + 1, invocation.words.end());
}

/// A scorecard of the store's only where it is asked for: files and those that ship need none.
Result<Draft> read_any(const Invocation& invocation, const std::string& name) {
    auto draft = read_draft(name);
    if (draft || draft.error().code != ErrorCode::NotFound || name.contains('/') ||
        name.ends_with(".toml")) {
        return draft;
    }
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    const SystemClock clock;
    TRY_ASSIGN(const auto store, open_store(settings, clock));
    return read_draft(name, store->directory());
}

Result<int> test(const Invocation& invocation) {
    TRY_ASSIGN(const auto names, named(invocation));
    TRY_ASSIGN(const auto options, read_test_options(invocation));
    if (options.examples_path && names.size() > 1) {
        return fail(ErrorCode::Invalid, "--examples: goes with one scorecard");
    }
    bool met = true;
    for (const auto& name : names) {
        TRY_ASSIGN(const auto draft, read_any(invocation, name));
        TRY_ASSIGN(const auto report, make_report(draft, options));
        if (invocation.json) {
            fmt::print("{}\n", format_json(proving::to_json(report, invocation.language)));
        } else {
            print_report(report, invocation.language);
        }
        met = is_met(report, draft, options, invocation.language) && met;
    }
    return met ? 0 : unmet_exit_code();
}

std::string finding_line(const proving::LintFinding& finding, const Draft& draft,
                         UiLanguage language) {
    return say<Message::lint_finding>(
        language, draft.path, finding.line,
        finding.criterion.empty() ? std::string(text(Message::diff_scorecard, language))
                                  : finding.criterion,
        proving::lint_text(finding, language), proving::format(finding.rule));
}

Result<int> lint(const Invocation& invocation) {
    TRY_ASSIGN(const auto names, named(invocation));
    std::size_t warnings = 0;
    for (const auto& name : names) {
        TRY_ASSIGN(const auto draft, read_any(invocation, name));
        const auto findings = proving::lint(draft.scorecard, draft.toml);
        for (const auto& finding : findings) {
            warnings += proving::level_of(finding.rule) == proving::LintLevel::Warning ? 1U : 0U;
            if (invocation.json) {
                fmt::print("{}\n",
                           format_json(proving::to_json(finding, draft.path, invocation.language)));
            } else {
                fmt::print("{}\n", finding_line(finding, draft, invocation.language));
            }
        }
        if (findings.empty()) {
            fmt::print(stderr, "{}\n", say<Message::lint_none>(invocation.language, draft.path));
        }
    }
    return invocation.has("strict") && warnings > 0 ? unmet_exit_code() : 0;
}

Result<int> diff(const Invocation& invocation) {
    TRY_ASSIGN(const auto older_name, invocation.word(1, "the older scorecard"));
    TRY_ASSIGN(const auto newer_name, invocation.word(2, "the newer scorecard"));
    TRY(invocation.no_more_than(3));
    TRY_ASSIGN(const auto older, read_any(invocation, older_name));
    TRY_ASSIGN(const auto newer, read_any(invocation, newer_name));
    const auto changes = proving::differences(older.scorecard, newer.scorecard);
    for (const auto& change : changes) {
        fmt::print("{}\n", invocation.json ? format_json(proving::to_json(change))
                                           : proving::change_text(change, invocation.language));
    }
    const bool judges = std::ranges::any_of(changes, [](const proving::Change& change) {
        return change.judges && !(change.criterion.empty() && change.key == "version");
    });
    if (!judges) {
        fmt::print(stderr, "{}\n", text(Message::diff_same, invocation.language));
    }
    return 0;
}

using Run = Result<int> (*)(const Invocation&);
constexpr std::array<std::pair<std::string_view, Run>, 4> kWords = {
    {{"test", test}, {"lint", lint}, {"diff", diff}, {"backtest", run_backtest}}};

Run find_run(std::string_view word) {
    const auto* const found =
        std::ranges::find(kWords, word, &std::pair<std::string_view, Run>::first);
    return found != kWords.end() ? found->second : nullptr;
}

}  // namespace

bool is_proving_word(std::string_view word) { return find_run(word) != nullptr; }

Result<std::int64_t> read_number(const Invocation& invocation, std::string_view name,
                                 std::int64_t fallback, std::int64_t min, std::int64_t max) {
    const auto text = invocation.find(name);
    if (!text) {
        return fallback;
    }
    std::int64_t number = 0;
    const auto* end = text->data() + text->size();
    const auto read = std::from_chars(text->data(), end, number);
    if (read.ec != std::errc() || read.ptr != end || number < min || number > max) {
        return fail(ErrorCode::Invalid, "--{} {}: expected a number from {} to {}", name, *text,
                    min, max);
    }
    return number;
}

void print_warnings(const Invocation& invocation, const Draft& draft) {
    for (const auto& finding : proving::lint(draft.scorecard, draft.toml)) {
        if (proving::level_of(finding.rule) == proving::LintLevel::Warning) {
            fmt::print(stderr, "{}\n", finding_line(finding, draft, invocation.language));
        }
    }
}

Result<int> run_proving(const Invocation& invocation) {
    const auto run = invocation.words.empty() ? nullptr : find_run(invocation.words.front());
    if (run == nullptr) {
        return fail(ErrorCode::Invalid, "expected test, lint, diff or backtest");
    }
    return run(invocation);
}

}  // namespace oidor::cli
