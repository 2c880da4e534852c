// The port to a chat model, and the one implementation: any endpoint that speaks OpenAI's chat
// completions.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "net/client.hpp"

namespace oidor::models {

using namespace std::chrono_literals;

/// One message. `role`: `system`, `user`, `assistant`.
struct ChatMessage {
    std::string role = {};
    std::string content = {};
};

/// What one call used, as the endpoint states it; null: it does not say.
struct Usage {
    std::optional<std::int64_t> prompt_tokens = {};
    std::optional<std::int64_t> cached_tokens = {};  ///< Of the prompt's.
    std::optional<std::int64_t> completion_tokens = {};
    bool operator==(const Usage&) const = default;
};

/// How a reply ended.
enum class Finish {
    Complete,
    Cut,       ///< At the bound of its length.
    Refused,   ///< The model refuses to answer.
    Filtered,  ///< The provider's filter took it.
};

/// What is asked for.
struct CompletionRequest {
    std::vector<ChatMessage> messages = {};
    std::string schema_name = {};  ///< `[A-Za-z0-9_-]`, 1 to 64.
    json::object schema = {};      ///< The reply's form.
    int tokens_max = 4'000;        ///< Of the reply.
    Deadline deadline = Deadline::after(60s);
    std::stop_token stop = {};
};

/// What came back.
struct Completion {
    Finish finish = Finish::Complete;
    std::string text = {};   ///< As written by the model.
    std::string model = {};  ///< As the endpoint names it.
    Usage usage = {};
};

/// One HTTP call, for whoever counts. `error`: null when a reply came.
struct CallRecord {
    Usage usage = {};
    std::size_t prompt_bytes = 0;  ///< Of what was said, for whoever is not told the tokens.
    std::size_t reply_bytes = 0;
    std::chrono::microseconds duration = {};
    const Error* error = nullptr;
};

/// Asked before each call and told after it. Safe to call from many threads.
class Purse {
  public:
    virtual ~Purse() = default;
    /// RateLimited, with how long to wait: today's budget is used up.
    virtual Result<void> open() = 0;
    virtual void note(const CallRecord& call) = 0;
};

/// A chat model. Safe to call from many threads.
class ChatModel {
  public:
    virtual ~ChatModel() = default;
    /// As configured: part of what answers are stored by.
    [[nodiscard]] virtual std::string name() const = 0;
    /// The errors are those of the endpoint: Unauthenticated, Forbidden (also: the account's quota
    /// is used up), NotFound (no such model), TooLarge (the prompt, or a reply beyond the bound),
    /// RateLimited, Unavailable, Timeout, Cancelled, Invalid (a request that it does not take),
    /// Corrupt (a reply of another form).
    virtual Result<Completion> complete(const CompletionRequest& request, Purse& purse) = 0;
};

/// Where the model is, and how it is spoken to.
struct EndpointOptions {
    std::string url = {};  ///< `https://api.openai.com/v1`; with or without `/v1`.
    std::string model = {};
    Secret api_key = {};                      ///< Empty: none is sent.
    std::chrono::milliseconds timeout = 60s;  ///< Of one call.
    int attempts_max = 3;                     ///< Of one request, after errors that may pass.
    std::size_t reply_bytes_max = std::size_t{1} << 20U;
    /// Waits; false when stopped meanwhile. Null: sleeps.
    std::function<bool(std::chrono::milliseconds, const std::stop_token&)> pause = {};
};

/// `client` and `clock` outlive it.
std::unique_ptr<ChatModel> open_openai_model(EndpointOptions options,
                                             const net::OperatorClient& client, const Clock& clock);

}  // namespace oidor::models
