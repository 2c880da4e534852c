// `oidor models`: one cheap call that proves the configured model; questions about stored calls.
#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "cli/commands.hpp"
#include "cli/models_stored.hpp"
#include "pipeline/model_endpoint.hpp"

namespace oidor::cli {
namespace {

/// A conversation of two lines, and a question that one of them answers.
Transcript sample_transcript() {
    Transcript transcript;
    transcript.language = "es";
    Segment agent;
    agent.speaker = Speaker::Agent;
    agent.text = "Buenos días, le habla la mesa de ayuda. ¿En qué puedo servirle?";
    Segment customer;
    customer.speaker = Speaker::Customer;
    customer.text = "Quiero saber el horario de atención.";
    transcript.segments = {std::move(agent), std::move(customer)};
    return transcript;
}

models::Inquiry sample_inquiry() {
    models::Question question;
    question.id = "saludo";
    question.text = "¿La persona que atiende saluda?";
    question.speaker = Speaker::Agent;
    models::Inquiry inquiry;
    inquiry.questions = {std::move(question)};
    return inquiry;
}

json::object result_view(const pipeline::ModelEndpoint& endpoint, const models::Answers& answers,
                         const store::ModelSpending& used, std::chrono::milliseconds took) {
    const auto& answer = answers.answers.front();
    return {{"model", endpoint.model->name()},
            {"model_answered", answers.model},
            {"state", models::format(answer.state)},
            {"value", answer.value ? json::value(answer.value->to_double()) : json::value(nullptr)},
            {"duration_ms", took.count()},
            {"calls", used.calls},
            {"prompt_tokens", used.prompt_tokens},
            {"completion_tokens", used.completion_tokens},
            {"cost_micros", used.cost_micros}};
}

Result<int> check_endpoint(const Invocation& invocation) {
    TRY(invocation.no_more_than(1));
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    const SystemClock clock;
    // Nobody's words are sent: there is nothing to mask.
    TRY_ASSIGN(const auto endpoint, pipeline::open_model(settings.installation, clock, {}));
    if (!endpoint) {
        return fail(ErrorCode::Unsupported, "{}", text(Message::models_none, invocation.language));
    }
    pipeline::RunPurse purse(*endpoint);
    const auto started = std::chrono::steady_clock::now();
    TRY_ASSIGN(const auto answers,
               endpoint->asker->ask(sample_transcript(), sample_inquiry(), purse));
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - started);
    const auto& used = purse.used();
    const bool quotes = answers.answers.front().state == models::AnswerState::Verified;
    if (invocation.json) {
        fmt::print("{}\n", format_json(result_view(*endpoint, answers, used, took)));
    } else if (quotes) {
        fmt::print("{}\n", say<Message::models_fine>(invocation.language, endpoint->model->name(),
                                                     took.count(), used.prompt_tokens,
                                                     used.completion_tokens, used.cost_micros));
    } else {
        fmt::print("{}\n", say<Message::models_no_quote>(invocation.language,
                                                         endpoint->model->name(), took.count()));
    }
    return quotes ? 0 : faces_of(ErrorCode::Unsupported).exit_code;
}

Result<int> run_models(const Invocation& invocation) {
    TRY_ASSIGN(const auto verb, invocation.word(0, "check, ask or answers"));
    if (verb == "check") {
        return check_endpoint(invocation);
    }
    if (verb == "ask") {
        return ask_stored(invocation);
    }
    if (verb == "answers") {
        return show_answers(invocation);
    }
    return fail(ErrorCode::Invalid, "models {}: expected check, ask or answers", verb);
}

}  // namespace

Command models_command() {
    return {.name = "models",
            .summary = Message::models_summary,
            .usage = {"models check [--json]", "models ask CONVERSATION QUESTION [--json]",
                      "models answers CONVERSATION [--json]"},
            .examples = {"oidor models check", "oidor models check --config oidor.toml --json",
                         "oidor models ask 0199d1b4-6a00-7000-8000-000000000000 \"¿Qué pidió?\""},
            .options = {},
            .run = run_models};
}

}  // namespace oidor::cli
