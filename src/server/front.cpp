#include "server/front.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "net/http_parse.hpp"
#include "server/admitted_body.hpp"
#include "server/credentials.hpp"
#include "server/page.hpp"
#include "server/page_routes.hpp"
#include "server/redaction.hpp"

namespace oidor::server {
namespace {

constexpr std::string_view kCookie = "oidor_session";
constexpr std::string_view kSignIn = "/sign-in";
constexpr std::string_view kSignOut = "/sign-out";
constexpr int kSeeOther = 303;

net::Response redirect_to(std::string_view location) {
    auto response = net::make_response(kSeeOther, "text/plain; charset=utf-8", "");
    response.headers.set("Location", location);
    response.headers.set("Cache-Control", "no-store");
    return response;
}

net::Response unauthenticated(net::Response response) {
    response.headers.set("WWW-Authenticate", "Bearer realm=\"oidor\"");
    return response;
}

/// From this computer itself: a proxy here, trusted or not, speaks for somebody else and says so.
bool is_from_here(const net::Request& request) {
    return net::is_loopback(request.peer) && !request.headers.find("X-Forwarded-For") &&
           !request.headers.find("Forwarded") && !request.headers.find("Via");
}

/// What the access log says of a request's subject: path and filters by id, never text.
std::string subject_of(const net::Request& request) {
    static constexpr std::size_t kSubjectMax = 300;
    static constexpr std::array<std::string_view, 6> kNamed = {"source", "account", "campaign",
                                                               "agent",  "day",     "state"};
    auto subject = request.path;
    for (const auto name : kNamed) {
        if (const auto value = request.find_query(name)) {
            subject += fmt::format(" {}={}", name, *value);
        }
    }
    return subject.substr(0, kSubjectMax);
}

/// The original was asked for: the access log says so instead of the route, whose path it has.
constexpr std::string_view kUnmaskAction = "unmask";

bool asks_to_unmask(const Route& route, const net::Request& request) {
    return request.find_query(kUnmask.name) == "true" &&
           std::ranges::find(route.parameters, kUnmask.name, &Parameter::name) !=
               route.parameters.end();
}

store::AccessEntry entry_of(const net::Request& request, KeyId key, std::string_view action,
                            int status, Timestamp at) {
    return {.sequence = 0,
            .at = at,
            .key = key != KeyId{} ? std::optional(key) : std::nullopt,
            .action = std::string(action),
            .subject = subject_of(request),
            .address = request.peer.to_string(),
            .status = status};
}

}  // namespace

Front::Front(std::vector<Route> routes, WebhookIntake* intake, access::AccessControl& access,
             const Clock& clock, telemetry::Telemetry& telemetry, FrontOptions options)
    : routes_(std::move(routes)),
      intake_(intake),
      access_(access),
      clock_(clock),
      telemetry_(telemetry),
      options_(std::move(options)),
      failures_(
          {.per_second = options_.failures_per_minute / 60, .burst = options_.failures_per_minute},
          clock),
      failures_global_({.per_second = options_.failures_per_minute_global / 60,
                        .burst = options_.failures_per_minute_global,
                        .names_max = 1},
                       clock),
      keys_({.per_second = options_.key_requests_per_second,
             .burst = 2 * options_.key_requests_per_second},
            clock),
      executor_(options_.api_threads, options_.api_waiting_max),
      intake_executor_(options_.intake_threads, options_.api_waiting_max) {}

void Front::handle(net::Request&& request, net::Responder respond) {
    request.peer = net::origin_of(request, options_.trusted_proxies);
    if (intake_ != nullptr && request.path.find("/webhook") != std::string::npos) {
        if (const auto path = parse_webhook_path(request.path)) {
            handle_webhook(*path, std::move(request), std::move(respond));
            return;
        }
    }
    handle_route(std::move(request), std::move(respond));
}

void Front::handle_webhook(const WebhookPath& path, net::Request&& request,
                           net::Responder respond) {
    if (path.rest == "health") {
        intake_->answer_health(path, std::move(respond));
        return;
    }
    if (request.method != "POST") {
        auto response = detail_response(405, "Method Not Allowed");
        response.headers.set("Allow", "POST");
        respond(std::move(response));
        return;
    }
    if (path.rest == "test") {
        // Open to everybody, so as rare as failures.
        auto limited = count_failure(request);
        respond(limited ? *std::move(limited) : intake_->answer_test(path, request));
        return;
    }
    if (path.connector->capabilities().signs) {
        handle_signed(path, request, std::move(respond));
        return;
    }
    const auto credential =
        read_credential(request, {.lenient = true, .query = options_.query_api_key});
    std::optional<KeyId> known;
    const auto caller = intake_->check(path, credential, known);
    if (!caller) {
        const auto& error = caller.error();
        if (error.code == ErrorCode::Unauthenticated || error.code == ErrorCode::Forbidden) {
            telemetry_.emit(telemetry::Event::authentication_failed, {.error = &error});
            if (auto limited = count_failure(request)) {
                respond(*std::move(limited));
                return;
            }
        }
        if (known) {
            record_later(request, *known, "receive", faces_of(error.code).http_status);
        }
        auto response = detail_response(faces_of(error.code).http_status, error.message);
        respond(error.code == ErrorCode::Unauthenticated ? unauthenticated(std::move(response))
                                                         : std::move(response));
        return;
    }
    if (const auto allowed = keys_.take(caller->key.text()); !allowed) {
        telemetry_.emit(telemetry::Event::request_rate_limited, {.key_id = caller->key.uuid});
        respond(net::make_problem(allowed.error()));
        return;
    }
    if (auto rejected = intake_->keep(path, caller->account, request, std::move(respond))) {
        record_rejection(path, *caller, request, *rejected);
    }
}

void Front::handle_signed(const WebhookPath& path, const net::Request& request,
                          net::Responder respond) {
    auto account = intake_->check_signature(path, request);
    if (!account) {
        if (auto limited = count_failure(request)) {
            respond(*std::move(limited));
            return;
        }
        // Nothing says which part was wrong.
        respond(net::make_response(faces_of(account.error().code).http_status,
                                   "text/plain; charset=utf-8", ""));
        return;
    }
    const WebhookIntake::Caller caller{.key = {}, .account = *std::move(account)};
    if (const auto allowed =
            keys_.take(fmt::format("{}/{}", path.connector->capabilities().source, caller.account));
        !allowed) {
        telemetry_.emit(telemetry::Event::request_rate_limited);
        respond(net::make_problem(allowed.error()));
        return;
    }
    if (auto rejected = intake_->keep(path, caller.account, request, std::move(respond))) {
        record_rejection(path, caller, request, *rejected);
    }
}

void Front::record_rejection(const WebhookPath& path, const WebhookIntake::Caller& caller,
                             const net::Request& request,
                             const WebhookIntake::Rejection& rejected) {
    store::AccessEntry entry{
        .sequence = 0,
        .at = clock_.now(),
        .key = caller.key != KeyId{} ? std::optional(caller.key) : std::nullopt,
        .action = std::string(kRejectedDelivery),
        .subject = fmt::format("{}/{} {}", path.connector->capabilities().source, caller.account,
                               rejected.message),
        .address = request.peer.to_string(),
        .status = rejected.status};
    std::move_only_function<void()> task = [this, entry = std::move(entry)] {
        if (const auto recorded = access_.record(entry); !recorded) {
            telemetry_.emit(telemetry::Event::request_failed, {.error = &recorded.error()});
        }
    };
    // At the executor's bound the line is left out: the answer and the metric said it already.
    static_cast<void>(executor_.submit(task));
}

void Front::handle_route(net::Request&& request, net::Responder respond) {
    // Shared, because a task that the executor refuses still has to be answered here.
    struct Waiting {
        net::Request request;
        net::Responder respond;
    };
    const std::shared_ptr<Waiting> waiting(
        new Waiting{.request = std::move(request), .respond = std::move(respond)});
    std::move_only_function<void()> task = [this, waiting,
                                            begun = std::chrono::steady_clock::now()] {
        auto answered = dispatch(waiting->request);
        telemetry_.emit(telemetry::Event::request_served,
                        {.duration = std::chrono::duration_cast<std::chrono::microseconds>(
                             std::chrono::steady_clock::now() - begun),
                         .status = answered.response.status,
                         .route = answered.route});
        waiting->respond(std::move(answered.response));
    };
    if (!executor_.submit(task)) {
        waiting->respond(net::make_problem({.code = ErrorCode::Unavailable,
                                            .message = "too many requests are waiting",
                                            .retry_after = std::chrono::seconds(1)}));
    }
}

Front::Answered Front::dispatch(const net::Request& request) {
    const auto path = normal_path(request.path);
    if (path == kSignIn) {
        return {.response = sign_in(request), .route = kSignIn};
    }
    if (path == kSignOut) {
        return {.response = sign_out(request), .route = kSignOut};
    }
    const auto match = find_route(routes_, request.method, path);
    if (!match) {
        auto problem = match.error().code == ErrorCode::Unsupported
                           ? net::make_problem(405, match.error())
                           : net::make_problem(match.error());
        if (const auto allowed = format_allowed_methods(routes_, path); !allowed.empty()) {
            problem.headers.set("Allow", allowed);
        }
        return {.response = std::move(problem), .route = {}};
    }
    return {.response = answer(*match, request), .route = match->route->pattern};
}

net::Response Front::answer(const Match& match, const net::Request& request) {
    Call call{.request = request, .principal = {}, .path_values = match.path_values};
    if (request.stream) {
        // Let in by its header, and counted then.
        const auto& body = static_cast<const AdmittedBody&>(*request.stream);
        call.principal = body.principal();
        call.intake = body.intake();
        call.intake->take(request.body);
    } else if (const auto admitted = admit(*match.route, call); !admitted) {
        auto refused = refuse(*match.route, request, admitted.error());
        if (admitted.error().code == ErrorCode::Forbidden && call.principal.key != KeyId{}) {
            static_cast<void>(
                record(request, call.principal.key, match.route->name, refused.status));
        }
        return refused;
    }
    auto response = match.route->handler(call);
    if (!response && faces_of(response.error().code).http_status >= 500) {
        telemetry_.emit(telemetry::Event::request_failed,
                        {.error = &response.error(), .route = match.route->pattern});
    }
    auto answered = response ? *std::move(response) : failure(*match.route, response.error());
    if (match.route->logged) {
        const auto action =
            asks_to_unmask(*match.route, request) ? kUnmaskAction : match.route->name;
        if (const auto recorded = record(request, call.principal.key, action, answered.status);
            !recorded) {
            // Nothing is shown that cannot be accounted for.
            return failure(*match.route, recorded.error());
        }
    }
    return answered;
}

Result<void> Front::admit(const Route& route, Call& call) {
    const auto& request = call.request;
    if (route.gate == Gate::Open || (route.gate == Gate::OffLoopback && is_from_here(request))) {
        return {};
    }
    const auto credential =
        read_credential(request, {.lenient = false, .query = options_.query_api_key});
    // The page's cookie opens pages alone: what a browser sends by itself must not reach the API.
    if (route.gate == Gate::Page) {
        TRY_ASSIGN(call.principal, session_of(request));
    } else {
        if (credential.kind == CredentialKind::None) {
            return fail(ErrorCode::Unauthenticated,
                        "a key is needed: Authorization: Bearer KEY or X-API-Key: KEY");
        }
        TRY_ASSIGN(call.principal, access_.authenticate(credential.key.reveal()));
        TRY(keys_.take(call.principal.key.text()));
    }
    if (!route.scope.empty() && !call.principal.allows(route.scope)) {
        return fail(ErrorCode::Forbidden, "the key lacks the scope {}", route.scope);
    }
    return {};
}

net::Response Front::failure_page(const Error& error) const {
    const int status = faces_of(error.code).http_status;
    auto why =
        error.code == ErrorCode::Forbidden ? Message::page_forbidden : Message::page_not_found;
    if (status >= 500) {
        why = Message::page_server_fault;
    }
    return html_response(status,
                         format_message_page(text(Message::page_failed, options_.language),
                                             text(why, options_.language), options_.language));
}

net::Response Front::failure(const Route& route, const Error& error) const {
    if (route.gate == Gate::Page) {
        return failure_page(error);
    }
    auto problem = net::make_problem(error);
    if (route.failures == Failures::Problem) {
        return problem;
    }
    auto response = detail_response(problem.status, error.message);
    if (const auto wait = problem.headers.find("Retry-After")) {
        response.headers.set("Retry-After", *wait);
    }
    return response;
}

net::Response Front::refuse(const Route& route, const net::Request& request, const Error& error) {
    if (route.gate == Gate::Page && error.code == ErrorCode::Unauthenticated) {
        return html_response(401, format_sign_in_page(options_.language, false));
    }
    if (error.code == ErrorCode::Unauthenticated) {
        telemetry_.emit(telemetry::Event::authentication_failed,
                        {.error = &error, .route = route.pattern});
        if (auto limited = count_failure(request)) {
            return *std::move(limited);
        }
        if (route.failures == Failures::Detail) {
            const auto refused = predecessor_refusal(
                read_credential(request, {.lenient = false, .query = options_.query_api_key}).kind);
            auto response = failure(route, refused);
            if (refused.code == ErrorCode::Unauthenticated) {
                return unauthenticated(std::move(response));
            }
            return response;
        }
        return unauthenticated(net::make_problem(error));
    }
    telemetry_.emit(faces_of(error.code).http_status >= 500 ? telemetry::Event::request_failed
                                                            : telemetry::Event::request_rejected,
                    {.error = &error, .route = route.pattern});
    return failure(route, error);
}

Result<access::Principal> Front::session_of(const net::Request& request) const {
    const auto cookies = net::parse_cookies(request.headers.find("Cookie").value_or(""));
    const auto* value = net::find_parameter(cookies, kCookie);
    if (value == nullptr) {
        return fail(ErrorCode::Unauthenticated, "no session");
    }
    return access_.find_session(*value);
}

std::string Front::session_cookie(std::string_view value, std::chrono::seconds life) const {
    return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{}", kCookie, value,
                       life.count(), options_.secure_cookie ? "; Secure" : "");
}

net::Response Front::sign_in(const net::Request& request) {
    Result<access::NewSession> session = fail(ErrorCode::Unauthenticated, "no key");
    std::optional<KeyId> known;
    const bool link = request.method == "GET";
    const std::string_view action = link ? "sign_in_by_link" : "sign_in";
    if (link) {
        const auto token = request.find_query("token");
        if (!token) {
            return html_response(200, format_sign_in_page(options_.language, false));
        }
        session = access_.take_link(*token);
    } else if (request.method == "POST") {
        const auto form = net::parse_query(request.body);
        const auto* key = form ? net::find_parameter(*form, "key") : nullptr;
        if (key != nullptr) {
            const auto principal = access_.authenticate(*key);
            known = principal ? std::optional(principal->key) : std::nullopt;
            session = access_.sign_in(*key);
        }
    } else {
        return net::make_problem(
            405, {.code = ErrorCode::Unsupported, .message = "GET or POST", .retry_after = {}});
    }
    if (!session && faces_of(session.error().code).http_status >= 500) {
        telemetry_.emit(telemetry::Event::request_failed,
                        {.error = &session.error(), .route = kSignIn});
        return failure_page(session.error());
    }
    if (!session) {
        telemetry_.emit(telemetry::Event::authentication_failed, {.error = &session.error()});
        if (known) {
            static_cast<void>(record(request, *known, action, 401));
        }
        if (auto limited = count_failure(request)) {
            return *std::move(limited);
        }
        return html_response(
            401, link ? format_message_page(text(Message::page_sign_in, options_.language),
                                            text(Message::page_link_used, options_.language),
                                            options_.language)
                      : format_sign_in_page(options_.language, true));
    }
    auto response = redirect_to("/");
    if (const auto recorded = record(request, session->key, action, response.status); !recorded) {
        return failure_page(recorded.error());
    }
    response.headers.set(
        "Set-Cookie", session_cookie(session->token.reveal(), access::AccessControl::kSessionLife));
    return response;
}

net::Response Front::sign_out(const net::Request& request) {
    if (request.method != "POST") {
        return net::make_problem(
            405, {.code = ErrorCode::Unsupported, .message = "POST", .retry_after = {}});
    }
    const auto cookies = net::parse_cookies(request.headers.find("Cookie").value_or(""));
    if (const auto* value = net::find_parameter(cookies, kCookie)) {
        const auto principal = access_.find_session(*value);
        if (const auto done = access_.sign_out(*value); !done) {
            telemetry_.emit(telemetry::Event::request_failed,
                            {.error = &done.error(), .route = kSignOut});
            return failure_page(done.error());
        }
        if (principal) {
            // They are out, also when that cannot be written down.
            static_cast<void>(record(request, principal->key, "sign_out", kSeeOther));
        }
    }
    auto response = redirect_to("/");
    response.headers.set("Set-Cookie", session_cookie("", std::chrono::seconds(0)));
    return response;
}

Result<void> Front::record(const net::Request& request, KeyId key, std::string_view action,
                           int status) {
    auto recorded = access_.record(entry_of(request, key, action, status, clock_.now()));
    if (!recorded) {
        telemetry_.emit(telemetry::Event::request_failed, {.error = &recorded.error()});
    }
    return recorded;
}

void Front::record_later(const net::Request& request, KeyId key, std::string_view action,
                         int status) {
    std::move_only_function<void()> task =
        [this, entry = entry_of(request, key, action, status, clock_.now())] {
            if (const auto recorded = access_.record(entry); !recorded) {
                telemetry_.emit(telemetry::Event::request_failed, {.error = &recorded.error()});
            }
        };
    // At the executor's bound the line is left out: the answer and the metric said it already.
    static_cast<void>(executor_.submit(task));
}

std::optional<net::Response> Front::count_failure(const net::Request& request) {
    // Failures alone are limited: whoever shares an address with a guesser (a proxy, a PBX) keeps
    // its valid key.
    auto allowed = failures_.take(request.peer.limit_key());
    if (allowed) {
        allowed = failures_global_.take("");
    }
    if (allowed) {
        return std::nullopt;
    }
    telemetry_.emit(telemetry::Event::request_rate_limited);
    return net::make_problem(allowed.error());
}

}  // namespace oidor::server
