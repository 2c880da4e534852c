#include "cli/models_stored.hpp"

#include <memory>
#include <string>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "cli/model_text.hpp"
#include "cli/opening.hpp"
#include "cli/sources.hpp"
#include "pipeline/model_chat.hpp"
#include "pipeline/model_endpoint.hpp"
#include "server/model_views.hpp"
#include "server/redaction.hpp"

namespace oidor::cli {
namespace {

/// Who asks on the command line, beside the names of keys.
constexpr std::string_view kAskedBy = "oidor models ask";

/// A stored conversation, and how its account masks.
struct Stored {
    config::Settings settings = {};
    SystemClock clock = {};
    std::unique_ptr<store::Store> store = {};
    pipeline::AccountLookup accounts = {};
    ConversationId id = {};
    redact::Options redaction = {};
};

Result<std::unique_ptr<Stored>> open(const Invocation& invocation) {
    TRY_ASSIGN(const auto text, invocation.word(1, "the conversation's id"));
    const auto id = ConversationId::parse(text);
    if (!id) {
        return fail(ErrorCode::Invalid, "{}: expected a conversation's id", text);
    }
    auto stored = std::make_unique<Stored>();
    TRY_ASSIGN(stored->settings, load_settings(invocation));
    TRY_ASSIGN(stored->store, open_store(stored->settings, stored->clock));
    TRY_ASSIGN(const auto row, stored->store->conversations().find_conversation(*id));
    if (!row) {
        return fail(ErrorCode::NotFound, "no conversation {}", id->text());
    }
    stored->id = *id;
    stored->accounts = account_lookup(std::make_shared<const config::Settings>(stored->settings));
    const auto& key = row->conversation.key;
    stored->redaction = server::redaction_of(stored->accounts(key.source, key.account));
    return stored;
}

/// The value as it leaves the house.
Result<json::value> masked(const Stored& stored, json::value value) {
    TRY_ASSIGN(const auto look, server::look_at_stored(*stored.store, stored.id, stored.redaction));
    server::mask_said(value, look);
    return value;
}

}  // namespace

Result<int> ask_stored(const Invocation& invocation) {
    TRY_ASSIGN(const auto question, invocation.word(2, "the question"));
    TRY(invocation.no_more_than(3));
    TRY_ASSIGN(const auto stored, open(invocation));
    TRY_ASSIGN(const auto endpoint, pipeline::open_model(stored->settings.installation,
                                                         stored->clock, pipeline::masking()));
    if (!endpoint) {
        return fail(ErrorCode::Unsupported, "{}", text(Message::models_none, invocation.language));
    }
    pipeline::ModelChat chat(*stored->store, stored->accounts, stored->clock, *endpoint, nullptr);
    TRY_ASSIGN(const auto entry, chat.ask(stored->id, question, std::string(kAskedBy)));
    TRY_ASSIGN(const auto view, masked(*stored, server::chat_view(entry)));
    if (invocation.json) {
        fmt::print("{}\n", format_json(view));
    } else {
        fmt::print("{}", format_chat_text(view.as_object(), invocation.language));
    }
    return 0;
}

Result<int> show_answers(const Invocation& invocation) {
    TRY(invocation.no_more_than(2));
    TRY_ASSIGN(const auto stored, open(invocation));
    TRY_ASSIGN(auto answers, server::find_answers(*stored->store, stored->id));
    if (answers.is_null()) {
        return fail(ErrorCode::NotFound, "no model was asked about conversation {}",
                    stored->id.text());
    }
    TRY_ASSIGN(const auto view, masked(*stored, std::move(answers)));
    if (invocation.json) {
        fmt::print("{}\n", format_json(view));
        return 0;
    }
    const auto& object = view.as_object();
    for (const auto& item : object.at("answers").as_array()) {
        const auto& answer = item.as_object();
        fmt::print("{}: {} ({})\n", find_string(answer, "question").value_or(""),
                   find_string(answer, "value").value_or("—"),
                   find_string(answer, "state").value_or(""));
    }
    fmt::print("{}", format_fields_text(object.at("fields"), invocation.language));
    return 0;
}

}  // namespace oidor::cli
