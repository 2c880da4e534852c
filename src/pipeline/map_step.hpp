// The step `map`: all events of a conversation become one conversation with the house's own
// campaign and agents.
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "connectors/connector.hpp"
#include "pipeline/account_options.hpp"
#include "store/store.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor::pipeline {

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
    Result<Mapped> map_name(store::MappingTarget target, const ConversationKey& key,
                            const std::vector<std::pair<std::string, std::string>>& lookups,
                            const std::optional<std::string>& wanted,
                            const std::optional<std::string>& fallback) const;
    Result<bool> exists(store::MappingTarget target, const std::string& id) const;
    Result<std::vector<Participation>> map_participations(
        const ConversationKey& key, const connectors::ConversationDraft& draft,
        const AccountOptions& account) const;
    Result<connectors::ConversationDraft> draft_of(const store::ConversationRow& row,
                                                   const AccountOptions& account) const;
    Result<void> queue_next(const store::ConversationRow& row,
                            const connectors::ConversationDraft& draft);
    void say(telemetry::Event event, const Conversation& conversation,
             const Error* error = nullptr);

    store::Store& store_;
    AccountLookup accounts_;
    telemetry::Telemetry* telemetry_;
};

}  // namespace oidor::pipeline
