// The step `map`: all events of a conversation become one conversation with the house's own
// campaign and agents.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "connectors/connector.hpp"
#include "pipeline/account_options.hpp"
#include "pipeline/upload.hpp"
#include "store/store.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor::pipeline {

/// What a source's words for a campaign or an agent mean in an account (DESIGN §4.7), in this
/// order: the explicit table by `lookups`, the id that is `wanted` if it exists, `fallback` when
/// nothing was named, else unmapped.
struct NamesToMap {
    store::MappingTarget target = store::MappingTarget::Campaign;
    std::string source = {};
    std::string account = {};
    std::vector<std::pair<std::string, std::string>> lookups = {};
    std::optional<std::string> wanted = {};
    std::optional<std::string> fallback = {};
};
Result<Mapped> map_names(const store::Directory& directory, const NamesToMap& names);

/// Idempotent: the same events give the same rows, however often it runs. Safe to call from many
/// threads.
class MapStep {
  public:
    MapStep(store::Store& store, AccountLookup accounts, telemetry::Telemetry* telemetry = nullptr)
        : store_(store), accounts_(std::move(accounts)), telemetry_(telemetry) {}

    /// Merges the events, maps, stores, and queues what comes next (fetch, transcribe, audit).
    /// Errors: NotFound (no such conversation), Invalid (no event can be read), the store's.
    Result<void> run(ConversationId id);

  private:
    Result<std::vector<Participation>> map_participations(
        const ConversationKey& key, const connectors::ConversationDraft& draft,
        const AccountOptions& account) const;
    Result<UploadedCall> draft_of(const store::ConversationRow& row,
                                  const AccountOptions& account) const;
    /// Uploaded audio is in the house already: its row says so.
    Result<void> store_uploaded(store::ConversationRow& row, const UploadedAudio& audio);
    Result<void> queue_next(const store::ConversationRow& row,
                            const connectors::ConversationDraft& draft);
    void say(telemetry::Event event, const Conversation& conversation,
             const Error* error = nullptr);

    store::Store& store_;
    AccountLookup accounts_;
    telemetry::Telemetry* telemetry_;
};

}  // namespace oidor::pipeline
