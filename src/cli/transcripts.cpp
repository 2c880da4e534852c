// `oidor transcripts`: what was not heard, or is not believed. `oidor transcribe`: once more.
#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "cli/commands.hpp"
#include "cli/opening.hpp"
#include "pipeline/hear_again.hpp"
#include "server/cost_sources.hpp"

namespace oidor::cli {
namespace {

constexpr int kHearingsPage = 500;

Result<store::HearingFilter> read_filter(const Invocation& invocation) {
    store::HearingFilter filter;
    if (const auto state = invocation.find("state")) {
        filter.state = store::parse_hearing_state(*state);
        if (!filter.state) {
            return fail(ErrorCode::Invalid,
                        "--state {}: expected heard, no_speech, suspect, failed or waiting",
                        *state);
        }
    }
    filter.reason = invocation.find("reason");
    filter.source = invocation.find("source");
    filter.account = invocation.find("account");
    return filter;
}

void print_line(const store::HearingLine& line) {
    const auto& hearing = line.hearing;
    fmt::print("{}  {}  {}/{}  {}  {:<9} {:<14} {}\n", hearing.conversation.text(),
               format_rfc3339(line.listed_at), line.source, line.account, line.external_id,
               store::format(hearing.state), hearing.engine.value_or("—"),
               hearing.reason.value_or(""));
}

Result<int> list_hearings(const Invocation& invocation) {
    TRY(invocation.no_more_than(0));
    TRY_ASSIGN(const auto filter, read_filter(invocation));
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    const SystemClock clock;
    TRY_ASSIGN(const auto store, open_store(settings, clock));
    std::optional<store::HearingCursor> after;
    for (;;) {
        TRY_ASSIGN(const auto lines,
                   store->speech_records().list_hearings(filter, after, kHearingsPage));
        for (const auto& line : lines) {
            if (invocation.json) {
                fmt::print("{}\n", format_json(server::hearing_view(line)));
            } else {
                print_line(line);
            }
            after = {.at = line.listed_at, .id = line.hearing.conversation};
        }
        if (static_cast<int>(lines.size()) < kHearingsPage) {
            return 0;
        }
    }
}

/// `--engine` is a setting's flag everywhere: here it is the engine to try.
std::optional<std::string> chosen_engine(const Invocation& invocation) {
    std::optional<std::string> engine;
    for (const auto& [flag, value] : invocation.flags) {
        engine = flag == "engine" ? std::optional(value) : engine;
    }
    return engine;
}

Result<std::int64_t> queue_named(const Invocation& invocation, store::Store& store,
                                 const std::optional<std::string>& engine, Timestamp now) {
    std::int64_t count = 0;
    for (const auto& word : invocation.words) {
        const auto id = ConversationId::parse(word);
        if (!id) {
            return fail(ErrorCode::Invalid,
                        "{} is no conversation's id: oidor transcripts shows them", word);
        }
        TRY(pipeline::hear_again(store, *id, engine, now));
        ++count;
    }
    return count;
}

Result<int> retry(const Invocation& invocation) {
    if (!invocation.has("retry")) {
        return fail(ErrorCode::Invalid,
                    "transcribe: expected --retry, with ids or --state failed, suspect or "
                    "no_speech; calls are transcribed by oidor serve, files by oidor audit");
    }
    TRY_ASSIGN(const auto filter, read_filter(invocation));
    if (filter.state.has_value() == !invocation.words.empty()) {
        return fail(ErrorCode::Invalid, "transcribe --retry: either ids, or --state");
    }
    if (filter.state == store::HearingState::Heard ||
        filter.state == store::HearingState::Waiting) {
        return fail(ErrorCode::Invalid, "--state: expected failed, suspect or no_speech");
    }
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    const SystemClock clock;
    TRY_ASSIGN(const auto store, open_store(settings, clock));
    const auto engine = chosen_engine(invocation);
    TRY_ASSIGN(const auto count, filter.state
                                     ? pipeline::hear_all_again(*store, filter, engine, clock.now())
                                     : queue_named(invocation, *store, engine, clock.now()));
    if (invocation.json) {
        fmt::print("{}\n", format_json(json::object{{"queued", count}}));
    }
    fmt::print(stderr, "{}\n", say<Message::transcribe_queued>(invocation.language, count));
    return 0;
}

}  // namespace

Command transcripts_command() {
    return {.name = "transcripts",
            .summary = Message::transcripts_summary,
            .usage = {"transcripts [--state failed|suspect|no_speech|waiting|heard] "
                      "[--reason WORD] [--source SOURCE] [--account ACCOUNT] [--json]"},
            .examples = {"oidor transcripts --state failed",
                         "oidor transcripts --state suspect --reason repetition --json"},
            .options = {{"state", "STATE", Message::transcripts_option_state},
                        {"reason", "WORD", Message::transcripts_option_reason},
                        {"source", "SOURCE", Message::costs_option_source},
                        {"account", "ACCOUNT", Message::costs_option_account}},
            .run = list_hearings};
}

Command transcribe_command() {
    return {.name = "transcribe",
            .summary = Message::transcribe_summary,
            .usage = {"transcribe --retry ID… [--engine NAME] [--json]",
                      "transcribe --retry --state failed|suspect|no_speech [--reason WORD] "
                      "[--engine NAME] [--json]"},
            .examples = {"oidor transcribe --retry --state failed",
                         "oidor transcribe --retry --state suspect --engine azure"},
            .options = {{"retry", "", Message::transcribe_option_retry},
                        {"state", "STATE", Message::transcripts_option_state},
                        {"reason", "WORD", Message::transcripts_option_reason},
                        {"source", "SOURCE", Message::costs_option_source},
                        {"account", "ACCOUNT", Message::costs_option_account}},
            .run = retry};
}

}  // namespace oidor::cli
