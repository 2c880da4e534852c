// The front door for HTTP: finds the route, checks the caller, limits, logs who looked, answers.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "access/access_control.hpp"
#include "base/messages.hpp"
#include "net/http.hpp"
#include "net/rate_limit.hpp"
#include "net/server.hpp"
#include "server/api_routes.hpp"
#include "server/executor.hpp"
#include "server/routes.hpp"
#include "server/webhook.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor::server {

/// What the front allows and how much of it; rates are token buckets.
struct FrontOptions {
    UiLanguage language = UiLanguage::Spanish;
    bool query_api_key = false;  ///< `?api_key=` is read.
    std::vector<net::Network> trusted_proxies = {};
    bool secure_cookie = false;  ///< Under TLS, here or at a proxy in front.
    int api_threads = 2;
    int intake_threads = 2;
    std::size_t api_waiting_max = 1000;
    double failures_per_minute = 30;  ///< Failed credentials and open test calls, per address.
    double failures_per_minute_global = 600;
    double key_requests_per_second = 50'000;  ///< Of one valid key; bursts of twice that.
};

/// The routes of every role, and the parts behind them. Safe to call from many threads.
class Front {
  public:
    /// `routes` are found before webhooks; a null `intake` takes no webhooks.
    Front(std::vector<Route> routes, WebhookIntake* intake, access::AccessControl& access,
          const Clock& clock, telemetry::Telemetry& telemetry, FrontOptions options);

    /// Called on I/O threads; does not block.
    void handle(net::Request&& request, net::Responder respond);
    /// What is done with a body, once its header was read: those that a route takes as they arrive
    /// need a caller who may, so strangers send none. Called on I/O threads; does not block.
    net::BodyPlan plan_body(const net::Request& head, std::size_t body_bytes_max);
    [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

  private:
    void handle_webhook(const WebhookPath& path, net::Request&& request, net::Responder respond);
    /// The same for a source whose signature is the credential.
    void handle_signed(const WebhookPath& path, const net::Request& request,
                       net::Responder respond);
    /// A delivery that was not taken leaves a line in the access log: /api/v1/events/rejected.
    void record_rejection(const WebhookPath& path, const WebhookIntake::Caller& caller,
                          const net::Request& request, const WebhookIntake::Rejection& rejected);
    void handle_route(net::Request&& request, net::Responder respond);
    /// An answer and the pattern of the route that gave it.
    struct Answered {
        net::Response response = {};
        std::string_view route = {};
    };
    Answered dispatch(const net::Request& request);
    net::Response answer(const Match& match, const net::Request& request);
    net::Response sign_in(const net::Request& request);
    net::Response sign_out(const net::Request& request);
    /// Fills in who calls, also when they may not.
    Result<void> admit(const Route& route, Call& call);
    Result<access::Principal> session_of(const net::Request& request) const;
    net::Response refuse(const Route& route, const net::Request& request, const Error& error);
    /// A failure in the form of its route: a page for people, for programs what
    /// its path promises.
    [[nodiscard]] net::Response failure(const Route& route, const Error& error) const;
    [[nodiscard]] net::Response failure_page(const Error& error) const;
    /// Writes one line of the access log; a failure is said, too.
    Result<void> record(const net::Request& request, KeyId key, std::string_view action,
                        int status);
    /// The same from an I/O thread, which does not wait for it.
    void record_later(const net::Request& request, KeyId key, std::string_view action, int status);
    /// Counts a failed credential; the answer to give instead when there were too many.
    std::optional<net::Response> count_failure(const net::Request& request);
    [[nodiscard]] std::string session_cookie(std::string_view value,
                                             std::chrono::seconds life) const;

    std::vector<Route> routes_;
    WebhookIntake* intake_;
    access::AccessControl& access_;
    const Clock& clock_;
    telemetry::Telemetry& telemetry_;
    FrontOptions options_;
    net::RateLimiter failures_;
    net::RateLimiter failures_global_;
    net::RateLimiter keys_;
    Executor executor_;
    Executor intake_executor_;  ///< Takes bodies: a slow disk must not hold up who reads the API.
};

}  // namespace oidor::server
