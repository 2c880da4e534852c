#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/json.hpp"
#include "cli/commands.hpp"
#include "cli/opening.hpp"
#include "server/views.hpp"

namespace oidor::cli {
namespace {

constexpr int kPage = 500;

Result<int> list(const Invocation& invocation, store::Store& store) {
    TRY(invocation.no_more_than(1));
    std::optional<store::JobState> state;
    if (const auto text = invocation.find("state")) {
        state = store::parse_job_state(*text);
        if (!state) {
            return fail(ErrorCode::Invalid,
                        "--state {}: expected queued, running, done, dead, skipped or discarded",
                        *text);
        }
    }
    std::optional<JobId> after;
    for (;;) {
        TRY_ASSIGN(const auto jobs,
                   store.queue().list_jobs(state, invocation.find("kind"), after, kPage));
        for (const auto& job : jobs) {
            if (invocation.json) {
                fmt::print("{}\n", format_json(server::job_view(job)));
            } else {
                fmt::print("{} {:<11} {:<9} {:>3} {} {}{}{}\n", job.id.text(), job.kind,
                           store::format(job.state), job.attempts, job.key,
                           job.error_code.value_or(""), job.error_message ? ": " : "",
                           job.error_message.value_or(""));
            }
        }
        if (static_cast<int>(jobs.size()) < kPage) {
            return 0;
        }
        after = jobs.back().id;
    }
}

Result<JobId> read_id(const Invocation& invocation) {
    TRY_ASSIGN(const auto text, invocation.word(1, "the job's id"));
    const auto id = JobId::parse(text);
    if (!id) {
        return fail(ErrorCode::Invalid, "{} is no job's id: oidor jobs list shows them", text);
    }
    return *id;
}

Result<int> retry_all(const Invocation& invocation, store::Store& store) {
    int count = 0;
    for (const auto state : {store::JobState::Dead, store::JobState::Skipped}) {
        for (;;) {
            TRY_ASSIGN(const auto jobs, store.queue().list_jobs(state, invocation.find("kind"),
                                                                std::nullopt, kPage));
            for (const auto& job : jobs) {
                TRY(store.queue().retry(job.id));
                ++count;
            }
            if (jobs.empty()) {
                break;
            }
        }
    }
    fmt::print(stderr, "{}\n", say<Message::jobs_retried>(invocation.language, count));
    return 0;
}

Result<int> run(const Invocation& invocation) {
    TRY_ASSIGN(const auto verb, invocation.word(0, "list, retry, discard, pause or resume"));
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    const SystemClock clock;
    TRY_ASSIGN(const auto store, open_store(settings, clock));
    if (verb == "list") {
        return list(invocation, *store);
    }
    TRY(invocation.no_more_than(2));
    if (verb == "retry" && invocation.has("all")) {
        return retry_all(invocation, *store);
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
    return {
        .name = "jobs",
        .summary = Message::jobs_summary,
        .usage = {"jobs list [--state STATE] [--kind KIND]", "jobs retry ID | --all [--kind KIND]",
                  "jobs discard ID", "jobs pause KIND", "jobs resume KIND"},
        .examples = {"oidor jobs list --state dead", "oidor jobs retry --all --kind fetch"},
        .options = {{"state", "STATE", Message::jobs_option_state},
                    {"kind", "KIND", Message::jobs_option_kind},
                    {"all", "", Message::jobs_option_all}},
        .run = run};
}

}  // namespace oidor::cli
