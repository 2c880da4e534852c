// Webhook intake: check the key, read the delivery, keep its events, answer once they are durable.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "access/access_control.hpp"
#include "base/time.hpp"
#include "connectors/connector.hpp"
#include "net/http.hpp"
#include "pipeline/account_options.hpp"
#include "server/credentials.hpp"
#include "store/inbox.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor::server {

/// `/webhook/<source>[/<account>][/health|/test]`, taken apart.
struct WebhookPath {
    const connectors::Connector* connector = nullptr;
    std::string account = {};  ///< Empty: of the key, else `default`.
    std::string rest = {};     ///< ``, `health`, `test`.
};
/// Nothing when the path is no webhook of a known source. Slashes at the end and doubled ones do
/// not matter.
std::optional<WebhookPath> parse_webhook_path(std::string_view path);

/// Safe to call from many threads; runs on I/O threads and never waits for the disk.
class WebhookIntake {
  public:
    WebhookIntake(store::Inbox& inbox, access::AccessControl& access,
                  pipeline::AccountLookup accounts, const Clock& clock,
                  telemetry::Telemetry& telemetry)
        : inbox_(inbox),
          access_(access),
          accounts_(std::move(accounts)),
          clock_(clock),
          telemetry_(telemetry) {}

    /// The open `health` path: 200 when a delivery would be kept now, else 503. It takes the way of
    /// a delivery through the store, with nothing in it, so it waits for no disk either.
    void answer_health(const WebhookPath& path, net::Responder respond) const;
    /// The open `test` path: says what was understood; keeps nothing, fetches nothing.
    [[nodiscard]] net::Response answer_test(const WebhookPath& path,
                                            const net::Request& request) const;

    /// Who calls, and the account that they may write to. Unauthenticated (401) or Forbidden (403).
    struct Caller {
        KeyId key = {};
        std::string account = {};
    };
    /// `known` becomes the key of a caller who is known and may not.
    [[nodiscard]] Result<Caller> check(const WebhookPath& path, const Credential& credential,
                                       std::optional<KeyId>& known) const;
    /// The account of a delivery of a source that signs, once its signature was found good.
    /// Forbidden otherwise, and said in the log: an account without a secret refuses everything.
    [[nodiscard]] Result<std::string> check_signature(const WebhookPath& path,
                                                      const net::Request& request) const;
    /// A delivery that was not taken; the message repeats nothing of it.
    struct Rejection {
        int status = 0;
        std::string message = {};
    };
    /// Keeps the delivery of a checked caller and answers. Gives why it was rejected, when the
    /// connector could not use it.
    std::optional<Rejection> keep(const WebhookPath& path, const std::string& account,
                                  const net::Request& request, net::Responder respond) const;

  private:
    [[nodiscard]] connectors::AccountContext context_of(std::string_view source,
                                                        const std::string& account) const;

    store::Inbox& inbox_;
    access::AccessControl& access_;
    pipeline::AccountLookup accounts_;
    const Clock& clock_;
    telemetry::Telemetry& telemetry_;
    /// When a delivery could not be kept, and none was since; microseconds, 0: never. Shared,
    /// because the store may call back after this object is gone.
    std::shared_ptr<std::atomic<std::int64_t>> failed_at_ =
        std::make_shared<std::atomic<std::int64_t>>(0);
};

/// What a missing or wrong credential is answered on the paths that predecessors published: a wrong
/// `X-API-Key` is Forbidden (403), everything else Unauthenticated (401).
Error predecessor_refusal(CredentialKind kind);

/// `{"detail": …}` with the code's status: the errors of the paths that predecessors published.
net::Response detail_response(int status, std::string_view detail);

}  // namespace oidor::server
