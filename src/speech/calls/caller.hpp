// Calls to an engine behind HTTP: deadlines, heartbeats, errors by class, short waits.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/confined_process.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "net/client.hpp"
#include "speech/engine.hpp"

namespace oidor::speech::calls {

/// What a provider said when it refused. For our own judgement: its sentence may repeat the
/// request, so it is never shown.
struct Refusal {
    int status = 0;  ///< 0: nothing was refused.
    std::string code = {};
    std::string param = {};
    std::string message = {};  ///< Lower case, at most 2,000 bytes.
};

/// Reads the body of an error in whichever of the forms providers have.
Refusal read_refusal(int status, std::string_view body);

/// The failure of a status of 300 or above, by class, with the provider's own word for it when that
/// is a word.
Error to_error(const net::ClientResponse& response, const Refusal& refusal, Timestamp now);

/// How long one request may take: what its audio takes at worst, and a floor.
struct Patience {
    std::chrono::milliseconds at_least = std::chrono::minutes(2);
    double of_the_audio = 0.5;
    std::chrono::milliseconds at_most = std::chrono::minutes(30);
};
/// Never later than `watch` allows.
Deadline deadline_for(const Patience& patience, Milliseconds audio, const Watch& watch);

/// Makes the request of one try; called again for each.
using MakeRequest = std::function<Result<net::ClientRequest>()>;
/// Reads a 2xx answer. An Unavailable is tried once more: a reply that is cut, or not of this
/// audio. More often would be paid, and rarely be another.
using ReadReply = std::function<Result<void>(const net::ClientResponse&)>;

/// Called for each try that the provider may count: it answered with 2xx, or did not in time.
using MayBeBilled = std::function<void()>;

/// Safe to call from many threads.
class Caller {
  public:
    static constexpr int kAttemptsMax = 3;
    static constexpr int kUnbelievedMax = 2;

    /// `engine` begins every message: `engine azure`.
    Caller(std::string engine, const EngineOptions& options);

    /// Sends until a reply was read, or it is no use: errors that may pass are tried three times,
    /// with pauses of at most 10 s; whoever asks for a longer one gets it from the queue
    /// (`retry_after`). A time-out is not tried again here, as it may have been paid. `refusal`,
    /// when given, has what the last refused try said.
    Result<void> call(const MakeRequest& make, const ReadReply& read, const Watch& watch,
                      Refusal* refusal = nullptr, int attempts_max = kAttemptsMax,
                      const MayBeBilled& billed = {}) const;

    [[nodiscard]] const std::string& engine() const { return engine_; }
    [[nodiscard]] const std::shared_ptr<const net::OperatorClient>& client() const {
        return client_;
    }
    /// Waits; false when stopped meanwhile.
    [[nodiscard]] bool pause(std::chrono::milliseconds pause, const Watch& watch) const;

  private:
    struct Tried;
    Tried try_once(const MakeRequest& make, const ReadReply& read, const Watch& watch,
                   const MayBeBilled& billed) const;

    std::string engine_;
    std::shared_ptr<const net::OperatorClient> client_ = {};
    std::function<bool(std::chrono::milliseconds, const std::stop_token&)> pause_;
};

/// The heartbeat, then: Cancelled or Timeout when there is no more to be done.
Result<void> check_watch(const Watch& watch, std::string_view engine);

}  // namespace oidor::speech::calls
