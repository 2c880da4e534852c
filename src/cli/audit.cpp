#include <unistd.h>

#include <cstdio>
#include <map>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "audit/audio_measures.hpp"
#include "audit/auditor.hpp"
#include "base/json.hpp"
#include "cli/audit_inputs.hpp"
#include "cli/audit_stored.hpp"
#include "cli/audit_text.hpp"
#include "cli/commands.hpp"
#include "cli/drafts.hpp"
#include "cli/model_text.hpp"
#include "cli/redaction.hpp"
#include "pipeline/model_endpoint.hpp"
#include "pipeline/questions.hpp"
#include "pipeline/speech_engines.hpp"
#include "redact/json_masking.hpp"

namespace oidor::cli {
namespace {

/// Auditors by scorecard name; each is opened once in a batch.
class Auditors {
  public:
    Result<const audit::Auditor*> get(const std::string& name) {
        const auto known = open_.find(name);
        if (known != open_.end()) {
            return known->second.get();
        }
        TRY_ASSIGN(auto draft, read_draft(name));
        TRY_ASSIGN(auto auditor, audit::Auditor::open(std::move(draft.scorecard)));
        return open_.emplace(name, std::move(auditor)).first->second.get();
    }

  private:
    std::map<std::string, std::unique_ptr<audit::Auditor>> open_ = {};
};

struct Batch {
    const Invocation& invocation;
    ReadOptions reading = {};
    std::optional<std::string> language =
        {};  ///< As given; else the transcript's, else the configuration's.
    pipeline::Hearing hearing;
    Auditors auditors = {};
    std::unique_ptr<pipeline::ModelEndpoint> model = {};  ///< With --model.
    std::unique_ptr<pipeline::RunPurse> purse = {};
    std::string country = {};  ///< Of the calls, as given: by it identifiers are found.
    std::optional<redact::Options> redaction = {};  ///< Set: what is printed is masked.
};

Result<std::string> mask_audit_text(const std::string& audit, const Transcript& transcript,
                                    const redact::Options& options) {
    TRY_ASSIGN(auto value, parse_json(audit));
    redact::mask_audit(value, redact::look_at(transcript, options));
    return format_json(value);
}

Result<const audit::Auditor*> choose_auditor(Batch& batch, const AuditInput& input) {
    if (const auto name = batch.invocation.find("scorecard")) {
        return batch.auditors.get(*name);
    }
    const auto language = batch.language
                              ? *batch.language
                              : input.transcript.language.value_or(batch.reading.language);
    auto auditor = batch.auditors.get("general-" + language);
    if (!auditor && auditor.error().code == ErrorCode::NotFound) {
        return fail(ErrorCode::Unsupported,
                    "no scorecard ships for language {}: name one with --scorecard", language);
    }
    return auditor;
}

/// What the model says to the scorecard's questions, and of the call; nothing where nothing is
/// asked, or there is no model.
struct Said {
    std::optional<audit::ModelAnswers> answers = {};
    json::value fields = nullptr;
};

Result<Said> ask_model(Batch& batch, const audit::Auditor& auditor, const Transcript& transcript) {
    Said said;
    const bool fields = batch.invocation.has("fields");
    if (!batch.model || (!auditor.has_questions() && !fields)) {
        return said;
    }
    const auto inquiry =
        pipeline::make_inquiry(auditor.scorecard(),
                               {.language = transcript.language.value_or(batch.reading.language),
                                .country = batch.country},
                               fields);
    TRY_ASSIGN(const auto answers, batch.model->asker->ask(transcript, inquiry, *batch.purse));
    const auto stored = models::format_answers(answers);
    TRY_ASSIGN(said.answers, pipeline::to_audit_answers(stored));
    if (fields) {
        TRY_ASSIGN(const auto value, parse_json(stored));
        said.fields = value.as_object().at("fields");
    }
    return said;
}

/// The audit's JSON with what the model said of the call behind it.
Result<std::string> with_fields(const std::string& audit, json::value fields) {
    TRY_ASSIGN(auto value, parse_json(audit));
    value.as_object()["fields"] = std::move(fields);
    return format_json(value);
}

/// Judges what would be stored, with an auditor made anew: the receipt promises the same bytes
/// (P5).
Result<void> verify(const Batch& batch, const audit::Scorecard& scorecard,
                    const Transcript& transcript, const audit::Facts& facts,
                    const audit::ModelAnswers* answers, const audit::Audit& judged) {
    if (!batch.invocation.has("verify")) {
        return {};
    }
    TRY_ASSIGN(const auto stored, parse_transcript(format_transcript(transcript)));
    TRY_ASSIGN(const auto auditor, audit::Auditor::open(scorecard));
    const auto again = auditor->judge(
        stored, facts, {.audio_sha256 = judged.receipt.audio_sha256, .transcript_sha256 = {}},
        answers);
    if (audit::format_audit(again, {}) != audit::format_audit(judged, {})) {
        return fail(ErrorCode::Corrupt,
                    "the audit cannot be recomputed from its receipt: report this as a bug");
    }
    return {};
}

Result<void> audit_one(Batch& batch, const std::string& path) {
    TRY_ASSIGN(const auto input, read_input(path, batch.reading, batch.hearing));
    TRY_ASSIGN(const auto* const auditor, choose_auditor(batch, input));
    audit::Facts facts;
    facts.duration = input.transcript.duration;
    facts.chat = input.chat;
    if (input.analysis) {
        facts.speech = input.analysis->duration - input.analysis->silence;
        audit::add_audio_measures(*input.analysis, input.transcript, facts);
    }
    TRY_ASSIGN(auto said, ask_model(batch, *auditor, input.transcript));
    const auto* const answers = said.answers ? &*said.answers : nullptr;
    const auto judged =
        auditor->judge(input.transcript, facts,
                       {.audio_sha256 = input.audio_sha256, .transcript_sha256 = {}}, answers);
    TRY(verify(batch, auditor->scorecard(), input.transcript, facts, answers, judged));
    auto text_form = audit::format_audit(judged, {.input = path,
                                                  .conversation_id = {},
                                                  .agent = {},
                                                  .engine = input.engine,
                                                  .quality_note = input.quality_note});
    if (batch.invocation.has("fields")) {
        TRY_ASSIGN(text_form, with_fields(text_form, std::move(said.fields)));
    }
    if (batch.redaction) {
        TRY_ASSIGN(text_form, mask_audit_text(text_form, input.transcript, *batch.redaction));
    }
    if (batch.invocation.json) {
        fmt::print("{}\n", text_form);
    } else {
        TRY_ASSIGN(const auto value, parse_json(text_form));
        const auto& object = value.as_object();
        fmt::print("{}", format_audit_text(object, batch.invocation.language));
        if (const auto* const fields = object.if_contains("fields")) {
            fmt::print("{}", format_fields_text(*fields, batch.invocation.language));
        }
    }
    std::fflush(stdout);
    return {};
}

void print_failure(const Batch& batch, const std::string& path, const Error& error) {
    const auto& faces = faces_of(error.code);
    if (batch.invocation.json) {
        fmt::print("{}\n", format_json(json::object{
                               {"input", path},
                               {"error", {{"code", faces.name}, {"message", error.message}}}}));
        std::fflush(stdout);
    }
    fmt::print(stderr, "oidor: {}: {}: {}\n", path, faces.name, error.message);
}

/// A counter on a terminal; the data goes to stdout, which may be a file.
void show_progress(std::size_t done, std::size_t count, UiLanguage language) {
    static const bool on_terminal = isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 0;
    if (on_terminal && count > 1) {
        fmt::print(stderr, "\r{}{}", say<Message::audit_progress>(language, done, count),
                   done == count ? "\n" : "");
    }
}

Result<int> run_audit(const Invocation& invocation) {
    if (invocation.has("stored")) {
        TRY_ASSIGN(const auto settings, load_settings(invocation));
        return run_stored_audits(invocation, settings);
    }
    if (invocation.has("criteria") || (invocation.has("fields") && !invocation.has("model"))) {
        return fail(ErrorCode::Invalid, "--criteria goes with --stored ID, --fields with --model");
    }
    if (invocation.words.empty()) {
        return fail(ErrorCode::Invalid,
                    "name a file, a folder, or - for standard input: --help shows how");
    }
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    const SystemClock clock;
    Batch batch{
        .invocation = invocation,
        .hearing = pipeline::Hearing({}, pipeline::to_engine_options(settings.installation))};
    batch.reading.language = settings.installation.language;
    if (!settings.installation.speech_engine.empty()) {
        batch.reading.engine = settings.installation.speech_engine;
    }
    batch.reading.agent_channel = settings.installation.agent_channel;
    for (const auto& [name, value] : invocation.flags) {
        if (name == "language") {
            batch.language = primary_language(value);
        }
    }
    batch.reading.phrases = settings.installation.speech_phrases;
    if (!batch.language) {
        batch.reading.language_candidates = pipeline::spoken_languages(settings.installation);
    }
    if (invocation.has("model")) {
        TRY_ASSIGN(batch.model,
                   pipeline::open_model(settings.installation, clock, pipeline::masking()));
        if (!batch.model) {
            return fail(ErrorCode::Unsupported,
                        "--model: no model is configured: set models.url and models.model");
        }
        batch.purse = std::make_unique<pipeline::RunPurse>(*batch.model);
    }
    TRY_ASSIGN(const auto masking, read_redaction(invocation, batch.reading.language));
    batch.country = masking.country;
    if (invocation.has("redact")) {
        batch.redaction = masking;
    }
    // A faulty scorecard is everybody's fault, not one input's: say so once.
    if (const auto name = invocation.find("scorecard")) {
        TRY(batch.auditors.get(*name));
    }
    const auto inputs = expand_inputs(invocation.words);
    if (inputs.empty()) {
        return fail(ErrorCode::NotFound, "no file in {}", fmt::join(invocation.words, ", "));
    }
    int exit_code = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        show_progress(i, inputs.size(), invocation.language);
        if (const auto done = audit_one(batch, inputs[i]); !done) {
            print_failure(batch, inputs[i], done.error());
            exit_code = exit_code != 0 ? exit_code : faces_of(done.error().code).exit_code;
        }
    }
    show_progress(inputs.size(), inputs.size(), invocation.language);
    return exit_code;
}

}  // namespace

Command audit_command() {
    return {.name = "audit",
            .summary = Message::audit_summary,
            .usage = {"audit FILE|DIR|-… [--scorecard NAME|PATH] [--language es] [--engine NAME] "
                      "[--agent-channel 0|1] [--model [--fields]] [--verify] [--redact] "
                      "[--country AR] [--json]",
                      "audit --stored ID|all --verify [--json]", "audit --stored ID --criteria"},
            .examples = {"oidor audit call.json",
                         "oidor audit --scorecard classic-es --json calls/ > audits.jsonl",
                         "oidor audit --language en --agent-channel 0 call.mp3",
                         "oidor audit - < call.json", "oidor audit --stored all --verify"},
            .options = {{"scorecard", "NAME|PATH", Message::audit_option_scorecard},
                        {"model", "", Message::audit_option_model},
                        {"fields", "", Message::audit_option_fields},
                        {"verify", "", Message::audit_option_verify},
                        {"stored", "ID|all", Message::audit_option_stored},
                        {"criteria", "", Message::audit_option_criteria},
                        {"redact", "", Message::audit_option_redact},
                        {"country", "AR", Message::redact_option_country}},
            .run = run_audit};
}

}  // namespace oidor::cli
