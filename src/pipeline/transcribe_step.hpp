// The step `transcribe`: stored recordings become one transcript on one timeline.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "blobs/blob_store.hpp"
#include "pipeline/account_options.hpp"
#include "pipeline/hearing.hpp"
#include "store/store.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor::pipeline {

/// Language, engine and agent's channel of a conversation: of the campaign, else the account, else
/// the installation.
struct HearingChoice {
    std::string language = "es";
    std::optional<std::string> engine = {};
    std::optional<int> agent_channel = {};
};
Result<HearingChoice> choose_hearing(store::Directory& directory, const Conversation& conversation,
                                     const AccountOptions& account);

/// Idempotent: a conversation that has a transcript is not heard again. Safe to call from many
/// threads.
class TranscribeStep {
  public:
    TranscribeStep(store::Store& store, const blobs::BlobStore& blobs, AccountLookup accounts,
                   Hearing& hearing, const Clock& clock, telemetry::Telemetry* telemetry = nullptr)
        : store_(store),
          blobs_(blobs),
          accounts_(std::move(accounts)),
          hearing_(hearing),
          clock_(clock),
          telemetry_(telemetry) {}

    /// Measures and hears every stored recording and queues `audit`. Errors: those of the decoder
    /// and the engine.
    Result<void> run(ConversationId id, const std::stop_token& stop);
    /// The conversation failed, and why.
    Result<void> give_up(ConversationId id, const Error& error);

  private:
    Result<AudioAnalysis> measure(const Conversation& conversation, Recording recording,
                                  const std::string& path, const Watch& watch);
    void say(telemetry::Event event, const Conversation& conversation, telemetry::Fields fields);

    store::Store& store_;
    const blobs::BlobStore& blobs_;
    AccountLookup accounts_;
    Hearing& hearing_;
    const Clock& clock_;
    telemetry::Telemetry* telemetry_;
};

}  // namespace oidor::pipeline
