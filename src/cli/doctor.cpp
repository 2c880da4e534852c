// `oidor doctor`: what would go wrong, said before it does, each with its cure.
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "audio/decoder.hpp"
#include "base/failpoint.hpp"
#include "base/json.hpp"
#include "cli/commands.hpp"
#include "cli/doctor_costs.hpp"
#include "cli/doctor_models.hpp"
#include "cli/doctor_sinks.hpp"
#include "cli/opening.hpp"
#include "cli/sources.hpp"
#include "pipeline/speech_engines.hpp"

namespace oidor::cli {
namespace {

enum class Verdict { Fine, Odd, Bad };

struct Finding {
    std::string subject = {};
    Verdict verdict = Verdict::Fine;
    std::string words = {};
};

std::string_view format(Verdict verdict) {
    if (verdict == Verdict::Fine) {
        return "fine";
    }
    return verdict == Verdict::Odd ? "odd" : "bad";
}

Finding from_error(std::string subject, const Error& error) {
    return {.subject = std::move(subject), .verdict = Verdict::Bad, .words = error.message};
}

Finding check_folder(const std::string& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error || ::access(folder.c_str(), W_OK) != 0) {
        return {
            .subject = "data_dir",
            .verdict = Verdict::Bad,
            .words = fmt::format(
                "{} cannot be written: check its owner, or choose another with --data", folder)};
    }
    struct statvfs space {};
    static constexpr std::uint64_t kFreeMin = std::uint64_t{1} << 30U;
    if (statvfs(folder.c_str(), &space) == 0) {
        const auto free = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
        return {.subject = "data_dir",
                .verdict = free < kFreeMin ? Verdict::Odd : Verdict::Fine,
                .words = fmt::format("{}: {} MiB free{}", folder, free >> 20U,
                                     free < kFreeMin ? ": a recording needs room; free some" : "")};
    }
    return {.subject = "data_dir", .verdict = Verdict::Fine, .words = folder};
}

Finding check_store(const config::Settings& settings) {
    const SystemClock clock;
    const auto store = open_store(settings, clock);
    if (!store) {
        return from_error("store", store.error());
    }
    const auto health = (*store)->health();
    if (!health) {
        return from_error("store", health.error());
    }
    const auto counts = (*store)->queue().count_jobs();
    std::int64_t dead = 0;
    if (counts) {
        for (const auto& count : *counts) {
            dead += count.state == store::JobState::Dead ? count.count : 0;
        }
    }
    return {
        .subject = "store",
        .verdict = dead > 0 ? Verdict::Odd : Verdict::Fine,
        .words = fmt::format(
            "{} {}, schema {}, {} MiB{}", health->backend, health->version, health->schema_version,
            health->size_bytes >> 20U,
            dead > 0 ? fmt::format("; {} jobs were given up: oidor jobs list --state dead", dead)
                     : "")};
}

/// The pieces of what is to be erased, and what hinders it.
struct Pending {
    std::vector<std::string> words = {};
    bool odd = false;

    void add(std::string text, Verdict verdict) {
        words.push_back(std::move(text));
        odd = odd || verdict != Verdict::Fine;
    }
};

Result<void> look_at_erasure(store::Store& store, const config::Settings& settings,
                             Pending& pending) {
    auto& erasure = store.erasure();
    TRY_ASSIGN(const auto key, erasure.seal_key_state());
    if (key == store::SealKeyState::Missing || key == store::SealKeyState::Other) {
        pending.add(fmt::format("the seal key is {}: what was erased may come back; put the file "
                                "back that seal_key_file names",
                                key == store::SealKeyState::Other ? "another one" : "missing"),
                    Verdict::Odd);
    }
    TRY_ASSIGN(const auto holds, erasure.list_holds());
    if (!holds.empty()) {
        pending.add(fmt::format("{} holds: oidor hold list", holds.size()), Verdict::Fine);
    }
    TRY_ASSIGN(const auto requests, erasure.list_requests());
    if (!requests.empty()) {
        pending.add(fmt::format("{} erasures are not finished: start oidor serve, or repeat them",
                                requests.size()),
                    Verdict::Odd);
    }
    TRY_ASSIGN(const auto blobs, erasure.count_unchecked_blobs());
    if (blobs > 0) {
        pending.add(fmt::format("{} audio files wait for their removal: start oidor serve", blobs),
                    Verdict::Odd);
    }
    const auto days = settings.installation.retention_days;
    static constexpr int kPage = 500;
    TRY_ASSIGN(
        const auto overdue,
        erasure.list_overdue(
            {.installation = days > 0 ? std::optional(std::chrono::days(days)) : std::nullopt},
            kPage));
    if (!overdue.empty()) {
        pending.add(fmt::format("{}{} conversations are over their retention: start oidor serve",
                                overdue.size() == kPage ? "at least " : "", overdue.size()),
                    Verdict::Odd);
    }
    return {};
}

Finding check_erasure(const config::Settings& settings) {
    const SystemClock clock;
    const auto store = open_store(settings, clock);
    if (!store) {
        return from_error("erasure", store.error());
    }
    Pending pending;
    if (const auto looked = look_at_erasure(**store, settings, pending); !looked) {
        return from_error("erasure", looked.error());
    }
    return {.subject = "erasure",
            .verdict = pending.odd ? Verdict::Odd : Verdict::Fine,
            .words = pending.words.empty() ? "nothing is pending"
                                           : fmt::format("{}", fmt::join(pending.words, "; "))};
}

Finding check_blobs(const config::Settings& settings) {
    const SystemClock clock;
    const auto blobs = open_blobs(settings, clock);
    if (!blobs) {
        return from_error("blobs", blobs.error());
    }
    const auto words = (*blobs)->probe();
    return words ? Finding{.subject = "blobs",
                           .verdict = Verdict::Fine,
                           .words = fmt::format("{}: {}", settings.installation.blobs_url, *words)}
                 : from_error("blobs", words.error());
}

Finding check_decoder() {
    const audio::Decoder decoder;
    const auto confinement = decoder.find_confinement(
        {.deadline = Deadline::after(std::chrono::seconds(10)), .stop = {}, .heartbeat = {}});
    if (!confinement) {
        return from_error("decoder", confinement.error());
    }
    const bool weak = *confinement != "seccomp";
    return {.subject = "decoder",
            .verdict = weak ? Verdict::Odd : Verdict::Fine,
            .words = weak ? fmt::format("confined by {} alone: the kernel refuses a seccomp filter",
                                        *confinement)
                          : "confined by seccomp"};
}

Finding check_engine(const config::Settings& settings) {
    const auto& chosen = settings.installation.speech_engine;
    const auto& language = settings.installation.language;
    const auto options = pipeline::to_engine_options(settings.installation);
    for (const auto& name : speech::list_engine_names()) {
        const auto engine = speech::open_engine(name, options);
        if (!engine || (!chosen.empty() && name != chosen)) {
            continue;
        }
        const auto& capabilities = (*engine)->capabilities();
        if (!chosen.empty() && !capabilities.missing.empty()) {
            return {.subject = "speech",
                    .verdict = Verdict::Bad,
                    .words = fmt::format("{}: set {}", name, capabilities.missing)};
        }
        // What is sent out of the house is somebody's choice, never found by itself.
        const bool usable =
            capabilities.missing.empty() && (!chosen.empty() || capabilities.offline);
        if (usable && speech::hears_language(capabilities, language)) {
            return {.subject = "speech",
                    .verdict = Verdict::Fine,
                    .words = fmt::format("{} hears {}", name, language)};
        }
    }
    return {.subject = "speech",
            .verdict = Verdict::Odd,
            .words = fmt::format(
                "no engine hears {}: calls need transcripts (PUT /api/v1/transcripts), or another "
                "speech.engine",
                language)};
}

std::optional<Finding> check_failpoints() {
    const auto armed = list_armed_failpoints();
    if (armed.empty()) {
        return std::nullopt;
    }
    return Finding{.subject = "failpoints",
                   .verdict = Verdict::Bad,
                   .words = fmt::format("OIDOR_FAILPOINTS makes this program fail on purpose, for "
                                        "tests; take it out of the environment: {}",
                                        fmt::join(armed, "; "))};
}

Result<int> run_doctor(const Invocation& invocation, const std::string& version) {
    TRY(invocation.no_more_than(0));
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    std::vector<Finding> findings = {
        {.subject = "version", .verdict = Verdict::Fine, .words = "oidor " + version},
        check_folder(settings.installation.data_dir),
        check_store(settings),
        check_erasure(settings),
        check_blobs(settings),
        check_decoder(),
        check_engine(settings)};
    auto model = check_model(settings);
    findings.push_back({.subject = "models",
                        .verdict = model.bad   ? Verdict::Bad
                                   : model.odd ? Verdict::Odd
                                               : Verdict::Fine,
                        .words = std::move(model.words)});
    auto costs = check_costs(settings);
    findings.push_back({.subject = "costs",
                        .verdict = costs.bad   ? Verdict::Bad
                                   : costs.odd ? Verdict::Odd
                                               : Verdict::Fine,
                        .words = std::move(costs.words)});
    for (auto& sink : check_sinks(settings)) {
        findings.push_back({.subject = "sinks." + sink.name,
                            .verdict = sink.bad   ? Verdict::Bad
                                       : sink.odd ? Verdict::Odd
                                                  : Verdict::Fine,
                            .words = std::move(sink.words)});
    }
    for (const auto& missing : list_missing_secrets(settings)) {
        findings.push_back(
            {.subject = missing.source,
             .verdict = missing.configured ? Verdict::Odd : Verdict::Fine,
             .words =
                 fmt::format("signed deliveries are all refused until {} is set", missing.path)});
    }
    for (const auto& warning : settings.warnings) {
        findings.push_back({.subject = "config", .verdict = Verdict::Odd, .words = warning});
    }
    if (auto failpoints = check_failpoints()) {
        findings.push_back(*std::move(failpoints));
    }
    bool bad = false;
    for (const auto& finding : findings) {
        bad = bad || finding.verdict == Verdict::Bad;
        if (invocation.json) {
            fmt::print("{}\n", format_json(json::object{{"subject", finding.subject},
                                                        {"verdict", format(finding.verdict)},
                                                        {"words", finding.words}}));
        } else {
            fmt::print("{:<5} {:<10} {}\n", format(finding.verdict), finding.subject,
                       finding.words);
        }
    }
    return bad ? faces_of(ErrorCode::Unavailable).exit_code : 0;
}

}  // namespace

Command doctor_command(const CommandParts& parts) {
    return {.name = "doctor",
            .summary = Message::doctor_summary,
            .usage = {"doctor"},
            .examples = {"oidor doctor", "oidor doctor --data /var/lib/oidor --json"},
            .options = {},
            .run = [version = parts.version](const Invocation& invocation) {
                return run_doctor(invocation, version);
            }};
}

}  // namespace oidor::cli
