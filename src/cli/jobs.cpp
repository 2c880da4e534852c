#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/json.hpp"
#include "cli/commands.hpp"
#include "cli/opening.hpp"
#include "server/views.hpp"

namespace oidor::cli {
namespace {

constexpr int kJobsPage = 500;

/// What a command asks for: `--state`, `--kind`, `--reason`.
struct Wanted {
    std::optional<store::JobState> state = {};
    std::optional<std::string> kind = {};
    std::optional<std::string> reason = {};
};

Result<Wanted> read_wanted(const Invocation& invocation) {
    Wanted wanted{
        .state = {}, .kind = invocation.find("kind"), .reason = invocation.find("reason")};
    if (const auto text = invocation.find("state")) {
        wanted.state = store::parse_job_state(*text);
        if (!wanted.state) {
            return fail(ErrorCode::Invalid,
                        "--state {}: expected queued, running, done, dead, skipped or discarded",
                        *text);
        }
    }
    if (wanted.reason && !find_error_code(*wanted.reason)) {
        return fail(ErrorCode::Invalid, "--reason {}: expected an error code such as Timeout",
                    *wanted.reason);
    }
    return wanted;
}

/// Calls `visit` with each job that is wanted, page by page.
template <typename Visit>
Result<void> each_job(store::Queue& queue, const Wanted& wanted, Visit&& visit) {
    std::optional<JobId> after;
    for (;;) {
        TRY_ASSIGN(const auto jobs, queue.list_jobs(wanted.state, wanted.kind, after, kJobsPage));
        for (const auto& job : jobs) {
            if (!wanted.reason || job.error_code == wanted.reason) {
                TRY(visit(job));
            }
        }
        if (static_cast<int>(jobs.size()) < kJobsPage) {
            return {};
        }
        after = jobs.back().id;
    }
}

Result<int> list_jobs(const Invocation& invocation, store::Store& store) {
    TRY(invocation.no_more_than(1));
    TRY_ASSIGN(const auto wanted, read_wanted(invocation));
    TRY(each_job(store.queue(), wanted, [&](const store::JobRow& job) -> Result<void> {
        if (invocation.json) {
            fmt::print("{}\n", format_json(server::job_view(job)));
        } else {
            fmt::print("{} {:<11} {:<9} {:>3} {} {}{}{}\n", job.id.text(), job.kind,
                       store::format(job.state), job.attempts, job.key, job.error_code.value_or(""),
                       job.error_message ? ": " : "", job.error_message.value_or(""));
        }
        return {};
    }));
    return 0;
}

Result<JobId> read_id(const Invocation& invocation) {
    TRY_ASSIGN(const auto text, invocation.word(1, "the job's id"));
    const auto id = JobId::parse(text);
    if (!id) {
        return fail(ErrorCode::Invalid, "{} is no job's id: oidor jobs list shows them", text);
    }
    return *id;
}

/// All that were given up, and for `retry` all that were skipped: of a kind, with a reason, or all.
enum class Change { Retry, Discard };
Result<int> change_all(const Invocation& invocation, store::Store& store, Change change) {
    const bool retried = change == Change::Retry;
    TRY_ASSIGN(auto wanted, read_wanted(invocation));
    if (wanted.state && *wanted.state != store::JobState::Dead &&
        !(retried && *wanted.state == store::JobState::Skipped)) {
        return fail(ErrorCode::Invalid, "--all: expected --state dead{}",
                    retried ? " or skipped" : "");
    }
    std::vector<store::JobState> states = {store::JobState::Dead, store::JobState::Skipped};
    if (wanted.state) {
        states = {*wanted.state};
    } else if (!retried) {
        states = {store::JobState::Dead};
    }
    int count = 0;
    for (const auto state : states) {
        wanted.state = state;
        TRY(each_job(store.queue(), wanted, [&](const store::JobRow& job) -> Result<void> {
            const auto done = retried ? store.queue().retry(job.id) : store.queue().discard(job.id);
            // Somebody else was quicker with it.
            const bool overtaken = !done && (done.error().code == ErrorCode::Conflict ||
                                             done.error().code == ErrorCode::NotFound);
            count += done ? 1 : 0;
            return overtaken ? Result<void>() : done;
        }));
    }
    if (invocation.json) {
        fmt::print("{}\n", format_json(json::object{{retried ? "retried" : "discarded", count}}));
    }
    fmt::print(stderr, "{}\n",
               retried ? say<Message::jobs_retried>(invocation.language, count)
                       : say<Message::jobs_discarded>(invocation.language, count));
    return 0;
}

Result<int> run_jobs(const Invocation& invocation) {
    TRY_ASSIGN(const auto verb, invocation.word(0, "list, retry, discard, pause or resume"));
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    const SystemClock clock;
    TRY_ASSIGN(const auto store, open_store(settings, clock));
    if (verb == "list") {
        return list_jobs(invocation, *store);
    }
    TRY(invocation.no_more_than(2));
    if ((verb == "retry" || verb == "discard") && invocation.has("all")) {
        return change_all(invocation, *store, verb == "retry" ? Change::Retry : Change::Discard);
    }
    if (verb == "retry" || verb == "discard") {
        TRY_ASSIGN(const auto id, read_id(invocation));
        TRY(verb == "retry" ? store->queue().retry(id) : store->queue().discard(id));
        return 0;
    }
    if (verb == "pause" || verb == "resume") {
        TRY_ASSIGN(const auto kind, invocation.word(1, "the kind (map, fetch, transcribe, audit)"));
        TRY(verb == "pause" ? store->queue().pause(kind) : store->queue().resume(kind));
        return 0;
    }
    return fail(ErrorCode::Invalid, "jobs {}: expected list, retry, discard, pause or resume",
                verb);
}

}  // namespace

Command jobs_command() {
    return {.name = "jobs",
            .summary = Message::jobs_summary,
            .usage = {"jobs list [--state STATE] [--kind KIND] [--reason CODE]",
                      "jobs retry ID | --all [--state STATE] [--kind KIND] [--reason CODE]",
                      "jobs discard ID | --all [--kind KIND] [--reason CODE]", "jobs pause KIND",
                      "jobs resume KIND"},
            .examples = {"oidor jobs list --state dead",
                         "oidor jobs retry --all --kind fetch --reason Timeout"},
            .options = {{"state", "STATE", Message::jobs_option_state},
                        {"kind", "KIND", Message::jobs_option_kind},
                        {"reason", "CODE", Message::jobs_option_reason},
                        {"all", "", Message::jobs_option_all}},
            .run = run_jobs};
}

}  // namespace oidor::cli
