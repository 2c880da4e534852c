// Questions in free words about one conversation, asked by people.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "models/question.hpp"
#include "pipeline/account_options.hpp"
#include "pipeline/model_endpoint.hpp"
#include "store/store.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor::pipeline {

/// A question, and what the model answered; `answer` is null when the transcript does not show it.
struct ChatEntry {
    std::string question = {};
    std::optional<std::string> answer = {};
    std::vector<models::Citation> quotes = {};
    std::string asked_by = {};
    Timestamp asked_at = {};
};

/// Safe to call from many threads.
class ModelChat {
  public:
    /// So many wait for the model at once; more are Unavailable.
    static constexpr int kAskingMax = 2;

    /// All outlive it; `telemetry` may be null.
    ModelChat(store::Store& store, AccountLookup accounts, const Clock& clock,
              ModelEndpoint& endpoint, telemetry::Telemetry* telemetry)
        : store_(store),
          accounts_(std::move(accounts)),
          clock_(clock),
          endpoint_(endpoint),
          telemetry_(telemetry) {}

    /// Asks and keeps both. Blocks for as long as the model takes. Errors: NotFound (no transcript
    /// yet), Invalid, TooLarge, RateLimited (the day's budget), Unavailable, Timeout, and the
    /// endpoint's.
    Result<ChatEntry> ask(ConversationId id, const std::string& question,
                          const std::string& asked_by);

  private:
    store::Store& store_;
    AccountLookup accounts_;
    const Clock& clock_;
    ModelEndpoint& endpoint_;
    telemetry::Telemetry* telemetry_;
    std::atomic<int> asking_ = 0;
};

/// What was asked about a conversation, oldest first; also where no model is configured any more.
Result<std::vector<ChatEntry>> list_chat(store::Store& store, ConversationId id);

}  // namespace oidor::pipeline
