#include "server/webhook.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/failpoint.hpp"
#include "base/json.hpp"
#include "base/time_zone.hpp"
#include "net/http_parse.hpp"

namespace oidor::server {
namespace {

constexpr std::string_view kPrefix = "/webhook/";
constexpr std::string_view kJson = "application/json";

store::NewEvent to_new_event(connectors::IncomingEvent&& event, std::string_view content_type,
                             Timestamp now) {
    const auto hash = sha256(event.normalised.empty() ? event.raw : event.normalised);
    return {.conversation = std::move(event.conversation),
            .external_id = std::move(event.external_id),
            .kind = std::move(event.kind),
            .body_sha256 = hash,
            .normalised = std::move(event.normalised),
            .raw = std::move(event.raw),
            .content_type = std::string(content_type),
            .received_at = now};
}

net::Response rejection(const connectors::Connector::Rejected& rejected) {
    static constexpr int kUnprocessable = 422;
    const int status =
        rejected.unusable ? kUnprocessable : faces_of(rejected.error.code).http_status;
    return detail_response(status, rejected.error.message);
}

/// How a connector sees a request that came by `path`.
connectors::WebhookRequest to_webhook_request(const WebhookPath& path, const net::Request& request,
                                              Timestamp now) {
    return {.method = request.method,
            .path = path.rest,
            .content_type = request.headers.find("Content-Type").value_or(""),
            .body = request.body,
            .received_at = now,
            .headers = &request.headers};
}

/// The predecessor's answer, one for the delivery: its first event stands for it. The store's
/// thread, which every delivery waits for, only has to add what it alone knows. `warnings` name
/// variables that could not be read, never their values.
std::string begin_answer(const store::NewEvent& event, const std::vector<std::string>& warnings,
                         bool names_event_type) {
    json::object object{{"success", true},
                        {"message", fmt::format("Webhook processed successfully: {}", event.kind)},
                        {"call_id", event.external_id}};
    if (names_event_type) {
        object["event_type"] = event.kind;
    }
    if (!warnings.empty()) {
        object["warnings"] = json::array(warnings.begin(), warnings.end());
    }
    auto answer = format_json(object);
    answer.pop_back();
    return answer;
}

net::Response kept_response(std::string answer, const store::EventReceipt& receipt,
                            bool names_call_log) {
    if (receipt.erased) {
        // Acknowledged, so that it is not sent again; there is no task to ask for.
        if (names_call_log) {
            answer.append(R"(,"call_log_id":null)");
        }
        answer.append(R"(,"task_id":null,"recording_downloaded":false})");
        return net::make_response(200, kJson, std::move(answer));
    }
    const auto task = receipt.conversation.text();
    if (names_call_log) {
        answer.append(R"(,"call_log_id":")").append(task).append("\"");
    }
    answer.append(R"(,"task_id":")").append(task);
    answer.append(R"(","recording_downloaded":)")
        .append(receipt.recording_stored ? "true}" : "false}");
    return net::make_response(200, kJson, std::move(answer));
}

/// Answers a delivery once it is kept, or could not be: the store's thread calls it.
struct Answering {
    telemetry::Telemetry& telemetry;
    std::string_view source;
    Timestamp now;
    std::chrono::steady_clock::time_point begun;
    bool call_log;
    std::shared_ptr<std::atomic<std::int64_t>> failed_at;
    std::string answer;
    net::Responder respond;

    void operator()(Result<std::vector<store::EventReceipt>> receipts) {
        if (!receipts) {
            failed_at->store(now.time_since_epoch().count());
            telemetry.emit(
                telemetry::Event::delivery_rejected,
                {.source = source, .error = &receipts.error(), .stage = telemetry::Stage::Receive});
            auto response = detail_response(faces_of(receipts.error().code).http_status,
                                            "The event could not be kept; send it again later");
            response.headers.set("Retry-After", "1");
            respond(std::move(response));
            return;
        }
        pass<Failpoint::inbox_keep_after>();
        if (failed_at->load(std::memory_order_relaxed) != 0) {
            failed_at->store(0);
        }
        const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
            std::chrono::steady_clock::now() - begun);
        for (const auto& receipt : *receipts) {
            if (receipt.erased) {
                telemetry.emit(telemetry::Event::event_erased,
                               {.source = source, .stage = telemetry::Stage::Receive});
                continue;
            }
            telemetry.emit(
                receipt.repeated ? telemetry::Event::event_repeated : telemetry::Event::event_kept,
                {.source = source,
                 .event_id = receipt.event.uuid,
                 .conversation_id = receipt.conversation.uuid,
                 .duration = took,
                 .stage = telemetry::Stage::Receive});
        }
        auto response = kept_response(std::move(answer), receipts->front(), call_log);
        pass<Failpoint::server_answer_before>();
        respond(std::move(response));
    }
};

}  // namespace

Error predecessor_refusal(CredentialKind kind) {
    const auto error = [](ErrorCode code, std::string_view message) {
        return Error{.code = code, .message = std::string(message), .retry_after = {}};
    };
    switch (kind) {
        case CredentialKind::None:
            return error(ErrorCode::Unauthenticated, "Authentication required");
        case CredentialKind::ApiKeyHeader: return error(ErrorCode::Forbidden, "Invalid API Key");
        default: return error(ErrorCode::Unauthenticated, "Invalid or expired token");
    }
}

net::Response detail_response(int status, std::string_view detail) {
    return net::make_response(status, kJson, format_json(json::object{{"detail", detail}}));
}

std::optional<WebhookPath> parse_webhook_path(std::string_view path) {
    auto clean = net::collapse_slashes(path);
    if (clean.ends_with('/')) {
        clean.pop_back();
    }
    if (!clean.starts_with(kPrefix)) {
        return std::nullopt;
    }
    std::string_view left = std::string_view(clean).substr(kPrefix.size());
    const auto take = [&left] {
        const auto end = std::min(left.find('/'), left.size());
        const auto part = left.substr(0, end);
        left.remove_prefix(std::min(end + 1, left.size()));
        return std::string(part);
    };
    WebhookPath found;
    found.connector = connectors::find_connector(take());
    if (found.connector == nullptr || !found.connector->capabilities().webhook) {
        return std::nullopt;
    }
    const auto is_rest = [](std::string_view part) { return part == "health" || part == "test"; };
    auto part = take();
    if (!part.empty() && !is_rest(part)) {
        found.account = std::move(part);
        part = take();
    }
    if ((!part.empty() && !is_rest(part)) || !left.empty()) {
        return std::nullopt;
    }
    found.rest = std::move(part);
    return found;
}

void WebhookIntake::answer_health(const WebhookPath& path, net::Responder respond) const {
    // A full disk shows only when something is written: what happened to the last delivery counts
    // for so long.
    static constexpr std::chrono::seconds kFailureCounts{10};
    const auto now = clock_.now();
    inbox_.keep(
        {}, [service = fmt::format("oidor {} Integration", path.connector->capabilities().title),
             now, failed_at = failed_at_, respond = std::move(respond)](
                const Result<std::vector<store::EventReceipt>>& kept) mutable {
            const Timestamp failed{std::chrono::microseconds(failed_at->load())};
            const bool ready = kept.has_value() && now - failed > kFailureCounts;
            respond(net::make_response(
                ready ? 200 : 503, kJson,
                format_json(json::object{{"status", ready ? "ok" : "unavailable"},
                                         {"service", service},
                                         {"webhook_ready", ready}})));
        });
}

connectors::AccountContext WebhookIntake::context_of(std::string_view source,
                                                     const std::string& account) const {
    const auto options = accounts_(source, account);
    return {.name = account,
            .country = options.country,
            .time_zone = options.time_zone,
            .utc_offset = &utc_offset,
            .own = options.own};
}

net::Response WebhookIntake::answer_test(const WebhookPath& path,
                                         const net::Request& request) const {
    const auto& source = path.connector->capabilities().source;
    const auto account = path.account.empty() ? std::string("default") : path.account;
    const auto context = context_of(source, account);
    const auto explained =
        path.connector->explain_delivery(to_webhook_request(path, request, clock_.now()), context);
    return explained ? net::make_response(explained->http_status, kJson, explained->body_json)
                     : detail_response(404, "this source has no test page");
}

Result<WebhookIntake::Caller> WebhookIntake::check(const WebhookPath& path,
                                                   const Credential& credential,
                                                   std::optional<KeyId>& known) const {
    const std::string source(path.connector->capabilities().source);
    if (credential.kind == CredentialKind::None) {
        return fail(predecessor_refusal(credential.kind));
    }
    const auto principal = access_.authenticate(credential.key.reveal());
    if (!principal && principal.error().code == ErrorCode::Unauthenticated) {
        return fail(predecessor_refusal(credential.kind));
    }
    if (!principal) {
        return fail(principal.error());
    }
    auto account =
        path.account.empty() ? principal->only_account(source).value_or("default") : path.account;
    if (!principal->allows(fmt::format("webhook:{}/{}", source, account))) {
        known = principal->key;
        return fail(ErrorCode::Forbidden, "The key lacks the scope webhook:{}/{}", source, account);
    }
    return Caller{.key = principal->key, .account = std::move(account)};
}

Result<std::string> WebhookIntake::check_signature(const WebhookPath& path,
                                                   const net::Request& request) const {
    const auto source = path.connector->capabilities().source;
    auto account = path.account.empty() ? std::string("default") : path.account;
    const auto context = context_of(source, account);
    const auto checked =
        path.connector->check_signature(to_webhook_request(path, request, clock_.now()), context);
    if (checked) {
        return account;
    }
    // The account stands in the path of whoever asks: only the setting's own name is said.
    const auto missing = path.connector->find_missing_secret(context);
    const auto setting =
        missing.empty() ? std::string() : fmt::format("accounts.{}.*.{}", source, missing);
    telemetry_.emit(telemetry::Event::signature_refused,
                    {.source = source, .stage = telemetry::Stage::Receive, .setting = setting});
    return fail(checked.error());
}

std::optional<WebhookIntake::Rejection> WebhookIntake::keep(const WebhookPath& path,
                                                            const std::string& account,
                                                            const net::Request& request,
                                                            net::Responder respond) const {
    const auto source = path.connector->capabilities().source;
    const auto now = clock_.now();
    const auto begun = std::chrono::steady_clock::now();
    const auto content_type = request.headers.find("Content-Type").value_or("");
    auto delivery = path.connector->parse_delivery(to_webhook_request(path, request, now),
                                                   context_of(source, account));
    if (delivery.rejected) {
        telemetry_.emit(telemetry::Event::delivery_rejected, {.source = source,
                                                              .error = &delivery.rejected->error,
                                                              .stage = telemetry::Stage::Receive});
        auto answer = rejection(*delivery.rejected);
        const Rejection rejected{.status = answer.status,
                                 .message = delivery.rejected->error.message};
        respond(std::move(answer));
        return rejected;
    }
    if (delivery.events.empty()) {
        respond(net::make_response(200, kJson, R"({"success":true,"message":"Nothing to keep"})"));
        return std::nullopt;
    }
    std::vector<store::NewEvent> events;
    events.reserve(delivery.events.size());
    const auto warnings = std::move(delivery.events.front().warnings);
    for (auto& event : delivery.events) {
        events.push_back(to_new_event(std::move(event), content_type, now));
    }
    const bool call_log = path.connector->capabilities().answers_call_log;
    auto answer = begin_answer(events.front(), warnings, call_log);
    // The answer is sent by the store's thread after the commit: acknowledged means durable (P1).
    // It may come after this object is gone: the store ends later than the server does.
    Answering done{.telemetry = telemetry_,
                   .source = source,
                   .now = now,
                   .begun = begun,
                   .call_log = call_log,
                   .failed_at = failed_at_,
                   .answer = std::move(answer),
                   .respond = std::move(respond)};
    if (auto reached = fail_at<Failpoint::inbox_keep_before>(); !reached) {
        done(fail(std::move(reached).error()));
    } else {
        inbox_.keep(std::move(events), std::move(done));
    }
    return std::nullopt;
}

}  // namespace oidor::server
