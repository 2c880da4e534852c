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
                   Hearing& hearing, const Clock& clock)
        : store_(store),
          blobs_(blobs),
          accounts_(std::move(accounts)),
          hearing_(hearing),
          clock_(clock) {}

    /// Measures and hears every stored recording and queues `audit`. Errors: those of the decoder
    /// and the engine.
    Result<void> run(ConversationId id, const std::stop_token& stop);
    /// The conversation failed, and why.
    Result<void> give_up(ConversationId id, const Error& error);

  private:
    Result<AudioAnalysis> measure(Recording recording, const std::string& path, const Watch& watch);

    store::Store& store_;
    const blobs::BlobStore& blobs_;
    AccountLookup accounts_;
    Hearing& hearing_;
    const Clock& clock_;
};

}  // namespace oidor::pipeline
