// The step `transcribe`: stored recordings become one transcript on one timeline.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "blobs/blob_store.hpp"
#include "domain/timeline.hpp"
#include "pipeline/account_options.hpp"
#include "pipeline/hearing.hpp"
#include "pipeline/speech_desk.hpp"
#include "store/store.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor::pipeline {

/// Language, engine and agent's channel of a conversation: of the campaign, else the account, else
/// the installation.
struct HearingChoice {
    std::string language = "es";
    std::optional<std::string> engine = {};
    std::optional<int> agent_channel = {};
    /// What it may be spoken in, where no campaign says.
    std::vector<std::string> language_candidates = {};
};
Result<HearingChoice> choose_hearing(store::Directory& directory, const Conversation& conversation,
                                     const AccountOptions& account);

/// Idempotent: a conversation that has a transcript of all its recordings is not heard again,
/// unless somebody asked for it (hear_again.hpp); then the older transcript stays behind the new
/// one, for the receipts that name it. Safe to call from many threads.
class TranscribeStep {
  public:
    TranscribeStep(store::Store& store, const blobs::BlobStore& blobs, AccountLookup accounts,
                   Hearing& hearing, const Clock& clock, telemetry::Telemetry* telemetry = nullptr,
                   SpeechCosts costs = {})
        : store_(store),
          blobs_(blobs),
          accounts_(std::move(accounts)),
          hearing_(hearing),
          clock_(clock),
          telemetry_(telemetry),
          desk_(store.speech_records(), clock, std::move(costs), telemetry) {}

    /// Measures and hears every stored recording and queues `audit`. Errors: those of the decoder,
    /// the engine and the desk where it is paid.
    Result<void> run(ConversationId id, const std::stop_token& stop);
    /// The conversation failed, and why.
    Result<void> give_up(ConversationId id, const Error& error);
    /// Until when nothing is to be heard: the day's budget is used up.
    [[nodiscard]] std::optional<Timestamp> closed_until() const { return desk_.closed_until(); }

  private:
    struct Task;
    struct Heard;
    /// A recording on its way to be heard.
    struct Measured {
        Recording recording = {};
        std::shared_ptr<const std::filesystem::path> file = {};  ///< It lives as long as this.
        AudioAnalysis analysis = {};
    };
    Result<Task> prepare(ConversationId id, const std::stop_token& stop);
    Result<AudioAnalysis> measure(const Conversation& conversation, Recording recording,
                                  const std::string& path, const Watch& watch);
    Result<void> measure_only(const Task& task);
    Result<std::vector<Measured>> measure_all(const Task& task);
    /// How what was recorded differs from the call's own record, as a warning of the first one.
    Result<std::optional<std::string_view>> compare_with_call(const Task& task,
                                                              std::vector<Measured>& measured,
                                                              const Timeline& timeline);
    Result<HeardRecording> hear_one(const Task& task, const Measured& measured);
    Result<Heard> hear_all(const Task& task, std::vector<Measured> measured);
    Result<void> keep(const Task& task, const Heard& heard);
    void say(telemetry::Event event, const Conversation& conversation, telemetry::Fields fields);

    store::Store& store_;
    const blobs::BlobStore& blobs_;
    AccountLookup accounts_;
    Hearing& hearing_;
    const Clock& clock_;
    telemetry::Telemetry* telemetry_;
    SpeechDesk desk_;
};

}  // namespace oidor::pipeline
