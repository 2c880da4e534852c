#include "cli/audit_stored.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "cli/opening.hpp"
#include "cli/progress.hpp"
#include "cli/sources.hpp"
#include "pipeline/verification.hpp"
#include "server/model_views.hpp"
#include "server/redaction.hpp"
#include "server/verification_routes.hpp"

namespace oidor::cli {
namespace {

constexpr int kPage = 500;

/// What was compared, and how often each end came.
struct Tally {
    std::int64_t audits = 0;
    std::map<std::string, std::int64_t, std::less<>> others = {};
};

Result<void> verify_one(const Invocation& invocation, store::Store& store, pipeline::Judges& judges,
                        ConversationId id, Tally& tally) {
    TRY_ASSIGN(const auto audits, pipeline::verify_audits(store, judges, id));
    for (const auto& audit : audits) {
        ++tally.audits;
        const auto verdict = std::string(pipeline::format(audit.verdict));
        const bool same = audit.verdict == pipeline::Verdict::Same;
        if (!same) {
            ++tally.others[verdict];
        }
        if (invocation.json) {
            fmt::print("{}\n", format_json(server::verified_view(audit)));
        } else if (!same) {
            fmt::print("{} {}@{} {}\n", audit.conversation.text(), audit.scorecard_id,
                       audit.scorecard_version, verdict);
        }
    }
    return {};
}

Result<void> verify_all(const Invocation& invocation, store::Store& store, pipeline::Judges& judges,
                        Tally& tally) {
    std::optional<ConversationId> after;
    ProgressLine line;
    while (true) {
        TRY_ASSIGN(const auto ids, store.conversations().list_ids(after, kPage));
        for (const auto& id : ids) {
            const auto done = verify_one(invocation, store, judges, id, tally);
            // Erased since the list was made.
            if (!done && done.error().code != ErrorCode::NotFound) {
                return fail(done.error().within(fmt::format("conversation {}", id.text())));
            }
            if (line.is_due()) {
                line.show(say<Message::audit_verifying>(invocation.language, tally.audits));
            }
        }
        if (static_cast<int>(ids.size()) < kPage) {
            line.clear();
            return {};
        }
        after = ids.back();
    }
}

Result<ConversationId> read_id(const std::string& text) {
    const auto id = ConversationId::parse(text);
    if (!id) {
        return fail(ErrorCode::Invalid, "--stored {}: expected a conversation's id, or all", text);
    }
    return *id;
}

Result<int> verify(const Invocation& invocation, store::Store& store, const std::string& which) {
    pipeline::Judges judges(store.directory());
    Tally tally;
    if (which == "all") {
        TRY(verify_all(invocation, store, judges, tally));
    } else {
        TRY_ASSIGN(const auto id, read_id(which));
        TRY(verify_one(invocation, store, judges, id, tally));
    }
    std::string others;
    for (const auto& [verdict, count] : tally.others) {
        others += fmt::format("{}{} {}", others.empty() ? "" : ", ", verdict, count);
    }
    if (others.empty()) {
        fmt::print(stderr, "{}\n", say<Message::audit_verified>(invocation.language, tally.audits));
        return 0;
    }
    fmt::print(stderr, "{}\n",
               say<Message::audit_not_verified>(invocation.language, tally.audits, others));
    return faces_of(ErrorCode::Corrupt).exit_code;
}

/// Masked as every exit is, by the account's country.
Result<int> show_criteria(const config::Settings& settings, store::Store& store,
                          const std::string& which) {
    TRY_ASSIGN(const auto id, read_id(which));
    TRY_ASSIGN(const auto row, store.conversations().find_conversation(id));
    if (!row) {
        return fail(ErrorCode::NotFound, "no conversation {}", id.text());
    }
    TRY_ASSIGN(auto audits, store.conversations().list_audits(id));
    TRY_ASSIGN(auto transcript, store.conversations().find_transcript(id));
    const auto lookup = account_lookup(std::make_shared<const config::Settings>(settings));
    const auto& key = row->conversation.key;
    server::redact_rows(transcript, audits, server::redaction_of(lookup(key.source, key.account)));
    if (audits.empty()) {
        return fail(ErrorCode::NotFound, "conversation {} has not been audited yet (state: {})",
                    id.text(), format(row->conversation.state));
    }
    TRY_ASSIGN(const auto view, server::criteria_audits_view(store, *row, audits, {}));
    fmt::print("{}\n", format_json(view));
    return 0;
}

}  // namespace

Result<int> run_stored_audits(const Invocation& invocation, const config::Settings& settings) {
    TRY(invocation.no_more_than(0));
    const auto which = invocation.find("stored").value_or("");
    const bool criteria = invocation.has("criteria");
    if (criteria == invocation.has("verify")) {
        return fail(ErrorCode::Invalid, "--stored: expected --verify or --criteria with it");
    }
    const SystemClock clock;
    TRY_ASSIGN(const auto store, open_store(settings, clock));
    return criteria ? show_criteria(settings, *store, which) : verify(invocation, *store, which);
}

}  // namespace oidor::cli
