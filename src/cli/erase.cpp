// `oidor erase`: a conversation or a customer, in every copy. Says what goes before it does.
#include <unistd.h>

#include <iostream>
#include <limits>

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/json.hpp"
#include "cli/commands.hpp"
#include "cli/opening.hpp"
#include "cli/people.hpp"
#include "domain/masking.hpp"
#include "pipeline/erasure.hpp"
#include "server/views.hpp"

namespace oidor::cli {
namespace {

/// One line of the access log: who erased what, by ids.
Result<void> record(store::Store& store, const Clock& clock, std::string_view action,
                    const std::string& subject, const Result<void>& outcome) {
    return store.keyring().append_access(
        {{.at = clock.now(),
          .key = {},
          .action = std::string(action),
          .subject = fmt::format("{} by {}", subject, system_user()),
          .address = "cli",
          .status = outcome ? 200 : faces_of(outcome.error().code).http_status}});
}

Result<store::ErasureSubject> read_subject(const Invocation& invocation,
                                           const config::Settings& settings) {
    const auto conversation = invocation.find("conversation");
    const auto customer = invocation.find("customer");
    if (conversation.has_value() == customer.has_value()) {
        return fail(ErrorCode::Invalid, "erase: --conversation ID or --customer NUMBER");
    }
    store::ErasureSubject subject;
    if (customer) {
        TRY_ASSIGN(subject.customer_key, read_customer(*customer, settings));
        return subject;
    }
    subject.conversation = ConversationId::parse(*conversation);
    if (!subject.conversation) {
        return fail(ErrorCode::Invalid, "--conversation {}: expected an id of a conversation",
                    *conversation);
    }
    return subject;
}

enum class Told { Plan, Done };

void print_plan(const Invocation& invocation, const store::ErasurePlan& plan, Told told) {
    const auto& counts = plan.counts;
    if (invocation.json) {
        json::array holds;
        for (const auto& hold : plan.holds) {
            holds.emplace_back(hold.id.text());
        }
        fmt::print("{}\n", format_json(json::object{{told == Told::Done ? "erased" : "would_erase",
                                                     server::counts_view(counts)},
                                                    {"holds", std::move(holds)}}));
        return;
    }
    fmt::print("{}\n", say<Message::erase_counts>(invocation.language, counts.conversations,
                                                  counts.events, counts.recordings,
                                                  counts.transcripts, counts.audits, counts.blobs));
}

bool answered_yes(const Invocation& invocation) {
    fmt::print(stderr, "{}", text(Message::erase_ask, invocation.language));
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "sí" || answer == "si" || answer == "s" || answer == "yes" || answer == "y";
}

/// The whole of it, in an order in which each step may be the last.
Result<store::ErasureCounts> erase_subject(store::Store& store, pipeline::Eraser& eraser,
                                           const store::ErasureSubject& subject,
                                           const Clock& clock) {
    if (subject.customer_key) {
        return eraser.erase_customer(*subject.customer_key, system_user(), clock.now());
    }
    return pipeline::erase_conversation(store, *subject.conversation, store::ErasureCause::Asked);
}

/// What is to be said of it; nothing when all is clean.
std::optional<Message> message_of(store::ScrubOutcome outcome) {
    switch (outcome) {
        case store::ScrubOutcome::Clean: return std::nullopt;
        case store::ScrubOutcome::TooLarge: return Message::erase_too_large;
        case store::ScrubOutcome::Busy: return Message::erase_busy;
        case store::ScrubOutcome::ByServer: return Message::erase_by_server;
    }
    return std::nullopt;
}

Result<void> clean_up(const Invocation& invocation, pipeline::Eraser& eraser) {
    TRY(eraser.remove_blobs({}));
    const auto bound = invocation.has("compact") ? std::numeric_limits<std::int64_t>::max()
                                                 : pipeline::kScrubBytesMax;
    TRY_ASSIGN(const auto scrubbed, eraser.scrub(bound));
    if (const auto message = message_of(scrubbed)) {
        fmt::print(stderr, "{}\n", text(*message, invocation.language));
    }
    return {};
}

Result<int> run_erase(const Invocation& invocation) {
    TRY(invocation.no_more_than(0));
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    const SystemClock clock;
    TRY_ASSIGN(const auto store, open_store(settings, clock));
    TRY_ASSIGN(const auto blobs, open_blobs(settings, clock));
    pipeline::Eraser eraser(*store, *blobs);
    const bool subjectless = !invocation.find("conversation") && !invocation.find("customer");
    if (subjectless && invocation.has("compact")) {
        TRY(clean_up(invocation, eraser));
        return 0;
    }
    TRY_ASSIGN(const auto subject, read_subject(invocation, settings));
    TRY_ASSIGN(auto plan, store->erasure().plan(subject));
    for (const auto& hold : plan.holds) {
        fmt::print(stderr, "{}\n",
                   say<Message::erase_held>(invocation.language, hold.id.text(), hold.reason,
                                            hold.created_by, format_rfc3339(hold.created_at)));
    }
    if (invocation.has("dry-run")) {
        print_plan(invocation, plan, Told::Plan);
        return 0;
    }
    if (plan.holds.empty() && !invocation.has("yes")) {
        if (isatty(STDIN_FILENO) != 1) {
            return fail(ErrorCode::Invalid, "erase: --yes, where nobody can be asked");
        }
        print_plan(invocation, plan, Told::Plan);
        if (!answered_yes(invocation)) {
            fmt::print(stderr, "{}\n", text(Message::erase_declined, invocation.language));
            return 0;
        }
    }
    const auto what = subject.conversation
                          ? fmt::format("conversation {}", subject.conversation->text())
                          : std::string("customer");
    auto counts = erase_subject(*store, eraser, subject, clock);
    const auto outcome = counts ? Result<void>() : fail(counts.error());
    TRY(record(*store, clock, "erase", what, outcome));
    TRY_ASSIGN(plan.counts, std::move(counts));
    // Also when nothing was there any more: an earlier run may have ended before this.
    TRY(clean_up(invocation, eraser));
    if (subject.conversation && plan.counts.conversations == 0) {
        return fail(ErrorCode::NotFound, "erase: there is no such conversation (any more)");
    }
    print_plan(invocation, plan, Told::Done);
    fmt::print(stderr, "{}\n", text(Message::erase_done, invocation.language));
    return 0;
}

/// The number is masked, as at every exit.
json::object hold_view(const store::HoldRow& hold) {
    return {{"id", hold.id.text()},
            {"conversation", hold.conversation ? json::value(hold.conversation->text()) : nullptr},
            {"customer", hold.customer_key ? json::value(mask_phone(*hold.customer_key)) : nullptr},
            {"reason", hold.reason},
            {"by", hold.created_by},
            {"since", format_rfc3339(hold.created_at)}};
}

Result<int> add_hold(const Invocation& invocation, const config::Settings& settings,
                     store::Store& store, const Clock& clock) {
    TRY(invocation.no_more_than(1));
    TRY_ASSIGN(const auto subject, read_subject(invocation, settings));
    const auto reason = invocation.find("reason").value_or("");
    if (reason.empty() || reason.size() > 1000) {
        return fail(ErrorCode::Invalid, "hold add: --reason TEXT, up to 1000 bytes");
    }
    const store::HoldRow hold{.id = store::HoldId::make(),
                              .conversation = subject.conversation,
                              .customer_key = subject.customer_key,
                              .reason = reason,
                              .created_by = invocation.find("by").value_or(system_user()),
                              .created_at = clock.now()};
    const auto outcome = store.erasure().insert_hold(hold);
    TRY(record(store, clock, "hold_add", fmt::format("hold {}", hold.id.text()), outcome));
    TRY(outcome);
    if (invocation.json) {
        fmt::print("{}\n", format_json(hold_view(hold)));
    } else {
        fmt::print("{}\n", hold.id.text());
    }
    return 0;
}

Result<int> remove_hold(const Invocation& invocation, store::Store& store, const Clock& clock) {
    TRY(invocation.no_more_than(2));
    TRY_ASSIGN(const auto word, invocation.word(1, "the hold's id"));
    const auto id = store::HoldId::parse(word);
    if (!id) {
        return fail(ErrorCode::Invalid, "{} is no hold's id: oidor hold list shows them", word);
    }
    const auto outcome = store.erasure().delete_hold(*id);
    TRY(record(store, clock, "hold_remove", fmt::format("hold {}", id->text()), outcome));
    TRY(outcome);
    return 0;
}

Result<int> list_holds(const Invocation& invocation, store::Store& store) {
    TRY(invocation.no_more_than(1));
    TRY_ASSIGN(const auto holds, store.erasure().list_holds());
    for (const auto& hold : holds) {
        if (invocation.json) {
            fmt::print("{}\n", format_json(hold_view(hold)));
        } else {
            fmt::print(
                "{} {} {} {} {}\n", hold.id.text(), format_rfc3339(hold.created_at),
                hold.conversation ? hold.conversation->text() : mask_phone(*hold.customer_key),
                hold.created_by, hold.reason);
        }
    }
    return 0;
}

Result<int> run_hold(const Invocation& invocation) {
    TRY_ASSIGN(const auto verb, invocation.word(0, "add, remove or list"));
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    const SystemClock clock;
    TRY_ASSIGN(const auto store, open_store(settings, clock));
    if (verb == "add") {
        return add_hold(invocation, settings, *store, clock);
    }
    if (verb == "remove") {
        return remove_hold(invocation, *store, clock);
    }
    if (verb == "list") {
        return list_holds(invocation, *store);
    }
    return fail(ErrorCode::Invalid, "hold {}: expected add, remove or list", verb);
}

}  // namespace

Command erase_command() {
    return {.name = "erase",
            .summary = Message::erase_summary,
            .usage = {"erase --conversation ID [--dry-run] [--yes]",
                      "erase --customer NUMBER [--dry-run] [--yes]", "erase --compact"},
            .examples = {"oidor erase --customer +541145678900 --dry-run",
                         "oidor erase --conversation 01890a5d-ac96-774b-bcce-b302099a8057"},
            .options = {{"conversation", "ID", Message::erase_option_conversation},
                        {"customer", "NUMBER", Message::erase_option_customer},
                        {"dry-run", "", Message::erase_option_dry_run},
                        {"yes", "", Message::erase_option_yes},
                        {"compact", "", Message::erase_option_compact}},
            .run = run_erase};
}

Command hold_command() {
    return {.name = "hold",
            .summary = Message::hold_summary,
            .usage = {"hold add --conversation ID | --customer NUMBER --reason TEXT [--by NAME]",
                      "hold remove ID", "hold list"},
            .examples = {"oidor hold add --customer +541145678900 --reason \"Oficio 123/2026\"",
                         "oidor hold list"},
            .options = {{"conversation", "ID", Message::erase_option_conversation},
                        {"customer", "NUMBER", Message::erase_option_customer},
                        {"reason", "TEXT", Message::hold_option_reason},
                        {"by", "NAME", Message::hold_option_by}},
            .run = run_hold};
}

}  // namespace oidor::cli
