#include "server/front.hpp"

#include <array>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "net/http_parse.hpp"
#include "server/credentials.hpp"
#include "server/page.hpp"
#include "server/page_routes.hpp"

namespace oidor::server {
namespace {

constexpr std::string_view kCookie = "oidor_session";
constexpr std::string_view kSignIn = "/sign-in";
constexpr std::string_view kSignOut = "/sign-out";

/// Slashes doubled or at the end do not matter.
std::string normal_path(std::string_view path) {
    auto clean = net::collapse_slashes(path);
    if (clean.size() > 1 && clean.ends_with('/')) {
        clean.pop_back();
    }
    return clean;
}

net::Response redirect_to(std::string_view location) {
    auto response = net::make_response(303, "text/plain; charset=utf-8", "");
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
      executor_(options_.api_threads, options_.api_waiting_max) {}

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
    const auto credential =
        read_credential(request, {.lenient = true, .query = options_.query_api_key});
    const auto caller = intake_->check(path, credential);
    if (!caller) {
        const auto& error = caller.error();
        if (error.code == ErrorCode::Unauthenticated || error.code == ErrorCode::Forbidden) {
            telemetry_.emit(telemetry::Event::authentication_failed, {.error = &error});
            if (auto limited = count_failure(request)) {
                respond(*std::move(limited));
                return;
            }
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

void Front::record_rejection(const WebhookPath& path, const WebhookIntake::Caller& caller,
                             const net::Request& request,
                             const WebhookIntake::Rejection& rejected) {
    store::AccessEntry entry{
        .sequence = 0,
        .at = clock_.now(),
        .key = caller.key,
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
    std::move_only_function<void()> task = [this, waiting] {
        const auto path = normal_path(waiting->request.path);
        if (path == kSignIn) {
            waiting->respond(sign_in(waiting->request));
            return;
        }
        if (path == kSignOut) {
            waiting->respond(sign_out(waiting->request));
            return;
        }
        const auto match = find_route(routes_, waiting->request.method, path);
        if (!match) {
            auto problem = match.error().code == ErrorCode::Unsupported
                               ? net::make_problem(405, match.error())
                               : net::make_problem(match.error());
            if (const auto allowed = format_allowed_methods(routes_, path); !allowed.empty()) {
                problem.headers.set("Allow", allowed);
            }
            waiting->respond(std::move(problem));
            return;
        }
        waiting->respond(answer(*match, waiting->request));
    };
    if (!executor_.submit(task)) {
        waiting->respond(net::make_problem({.code = ErrorCode::Unavailable,
                                            .message = "too many requests are waiting",
                                            .retry_after = std::chrono::seconds(1)}));
    }
}

net::Response Front::answer(const Match& match, const net::Request& request) {
    auto call = admit(*match.route, request);
    if (!call) {
        return refuse(*match.route, request, call.error());
    }
    call->path_values = match.path_values;
    auto response = match.route->handler(*call);
    if (!response && faces_of(response.error().code).http_status >= 500) {
        telemetry_.emit(telemetry::Event::request_failed,
                        {.error = &response.error(), .route = match.route->pattern});
    }
    const bool page = match.route->gate == Gate::Page;
    auto answered =
        response ? *std::move(response)
                 : (page ? html_response(
                               faces_of(response.error().code).http_status,
                               format_message_page(text(Message::page_failed, options_.language),
                                                   text(Message::page_not_found, options_.language),
                                                   options_.language))
                         : failure(*match.route, response.error()));
    if (match.route->logged) {
        if (const auto recorded = record(*call, *match.route, answered.status); !recorded) {
            // Nothing is shown that cannot be accounted for.
            telemetry_.emit(telemetry::Event::request_failed,
                            {.error = &recorded.error(), .route = match.route->pattern});
            return net::make_problem(recorded.error());
        }
    }
    return answered;
}

Result<Call> Front::admit(const Route& route, const net::Request& request) {
    Call call{.request = request, .principal = {}, .path_values = {}};
    if (route.gate == Gate::Open || (route.gate == Gate::OffLoopback && is_from_here(request))) {
        return call;
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
    return call;
}

net::Response Front::failure(const Route& route, const Error& error) {
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
    telemetry_.emit(telemetry::Event::request_rejected, {.error = &error, .route = route.pattern});
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
    Result<Secret> session = fail(ErrorCode::Unauthenticated, "no key");
    const bool link = request.method == "GET";
    if (link) {
        const auto token = request.find_query("token");
        if (!token) {
            return html_response(200, format_sign_in_page(options_.language, false));
        }
        session = access_.take_link(*token);
    } else if (request.method == "POST") {
        const auto form = net::parse_query(request.body);
        const auto* key = form ? net::find_parameter(*form, "key") : nullptr;
        const auto principal =
            key != nullptr ? access_.authenticate(*key)
                           : Result<access::Principal>(fail(ErrorCode::Unauthenticated, "no key"));
        if (principal && principal->allows("audits:read")) {
            session = access_.sign_in(*key);
        }
    } else {
        return net::make_problem(
            405, {.code = ErrorCode::Unsupported, .message = "GET or POST", .retry_after = {}});
    }
    if (!session) {
        telemetry_.emit(telemetry::Event::authentication_failed, {.error = &session.error()});
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
    response.headers.set("Set-Cookie",
                         session_cookie(session->reveal(), access::AccessControl::kSessionLife));
    return response;
}

net::Response Front::sign_out(const net::Request& request) {
    if (request.method != "POST") {
        return net::make_problem(
            405, {.code = ErrorCode::Unsupported, .message = "POST", .retry_after = {}});
    }
    const auto cookies = net::parse_cookies(request.headers.find("Cookie").value_or(""));
    if (const auto* value = net::find_parameter(cookies, kCookie)) {
        if (const auto done = access_.sign_out(*value); !done) {
            return net::make_problem(done.error());
        }
    }
    auto response = redirect_to("/");
    response.headers.set("Set-Cookie", session_cookie("", std::chrono::seconds(0)));
    return response;
}

Result<void> Front::record(const Call& call, const Route& route, int status) {
    const bool known = call.principal.key != KeyId{};
    return access_.record({.sequence = 0,
                           .at = clock_.now(),
                           .key = known ? std::optional(call.principal.key) : std::nullopt,
                           .action = std::string(route.name),
                           .subject = subject_of(call.request),
                           .address = call.request.peer.to_string(),
                           .status = status});
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
