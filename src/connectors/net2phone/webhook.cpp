#include "connectors/net2phone/webhook.hpp"

#include <array>
#include <optional>
#include <string>

#include <boost/json.hpp>

#include "base/hmac.hpp"
#include "base/json.hpp"
#include "connectors/net2phone/config.hpp"
#include "connectors/net2phone/mapping.hpp"
#include "connectors/net2phone/shapes.hpp"

namespace oidor::connectors::net2phone {
namespace {

constexpr std::size_t kBodyBytesMax = std::size_t{1} << 20U;

Connector::Delivery reject(Error error, bool unusable) {
    return {.events = {},
            .rejected = Connector::Rejected{.error = std::move(error), .unusable = unusable}};
}

/// The only value of a header: two could be read differently by two readers.
std::optional<std::string_view> only_value(const net::Headers* headers, std::string_view name) {
    return headers != nullptr && headers->count(name) == 1 ? headers->find(name) : std::nullopt;
}

/// A signed time must say its zone: without one nobody knows when it was.
std::optional<Timestamp> read_signed_time(std::string_view text) {
    constexpr std::size_t kLongest = 64;
    return text.size() <= kLongest ? parse_rfc3339(text) : std::nullopt;
}

Result<json::value> parse_body(std::string_view body) {
    if (body.size() > kBodyBytesMax) {
        return fail(ErrorCode::TooLarge, "body of {} bytes: at most {} are read", body.size(),
                    kBodyBytesMax);
    }
    if (body.starts_with("\xEF\xBB\xBF")) {
        body.remove_prefix(3);
    }
    auto parsed = parse_json(body);
    if (!parsed) {
        return fail(std::move(parsed).error().within("body"));
    }
    if (!parsed->is_object()) {
        return fail(ErrorCode::Invalid, "body: expected an object");
    }
    keep_long_numbers(*parsed);
    return parsed;
}

json::object understood(const ConversationDraft& draft) {
    json::array agents;
    for (const auto& participation : draft.participations) {
        if (participation.wanted) {
            agents.emplace_back(*participation.wanted);
        }
    }
    const auto time = [](const std::optional<Timestamp>& at) {
        return at ? json::value(format_rfc3339(*at)) : json::value(nullptr);
    };
    return {
        {"direction", format(draft.direction)},
        {"outcome", format(draft.outcome)},
        {"ended", draft.ended},
        {"recorded", draft.recorded ? json::value(*draft.recorded) : json::value(nullptr)},
        {"started_at", time(draft.started_at)},
        {"ended_at", time(draft.ended_at)},
        {"duration_s", draft.duration_s ? json::value(*draft.duration_s) : json::value(nullptr)},
        {"agents_wanted", std::move(agents)}};
}

}  // namespace

Result<void> check_signature(const WebhookRequest& request, const AccountContext& account) {
    const auto own = account.own ? net2phone_spec().read(*account.own) : Net2phoneConfig{};
    const auto signature = only_value(request.headers, "x-net2phone-signature");
    const auto timestamp = only_value(request.headers, "x-net2phone-timestamp");
    // What is signed is the text of the header; without one the work is the same.
    std::string text(timestamp.value_or(""));
    text.append(":").append(request.body);
    const auto expected = hmac_sha256(own.secret.reveal(), text);
    // Digests are compared, so the case of the digits does not matter.
    const auto given = parse_sha256(signature.value_or(""));
    const auto& bytes = given ? *given : Sha256{};
    const bool same =
        equal_in_constant_time({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                               {reinterpret_cast<const char*>(expected.data()), expected.size()});
    const auto signed_at = read_signed_time(timestamp.value_or(""));
    const bool fresh = signed_at && request.received_at - *signed_at <= kSignatureLife &&
                       *signed_at - request.received_at <= kSignatureLife;
    if (own.secret.empty() || !given || !same || !fresh) {
        return fail(ErrorCode::Forbidden, "the signature is missing, wrong or old");
    }
    return {};
}

Connector::Delivery parse_delivery(const WebhookRequest& request, const AccountContext& account) {
    const auto item = parse_body(request.body);
    if (!item) {
        return reject(item.error(), /*unusable=*/false);
    }
    auto call = to_call_event(item->get_object(), account);
    if (!call.call_id || !is_usable_external_id(*call.call_id)) {
        return reject(
            {.code = ErrorCode::Invalid,
             .message = call.call_id ? "call_id: over 255 bytes, or with control characters"
                                     : "call_id: missing",
             .retry_after = {}},
            /*unusable=*/true);
    }
    Connector::Delivery delivery;
    auto& event = delivery.events.emplace_back();
    event.external_id = *call.call_id;
    event.kind = kept_kind(call);
    event.conversation = {.source = "net2phone",
                          .account = account.name,
                          .channel = Channel::Voice,
                          .external_id = *call.call_id};
    event.normalised = canonical_json(*item);
    event.raw = request.body;
    event.warnings = std::move(call.warnings);
    return delivery;
}

Connector::Explanation explain_delivery(const WebhookRequest& request,
                                        const AccountContext& account) {
    const auto delivery = parse_delivery(request, account);
    const auto refused = [](int status, const Error& error) {
        return Connector::Explanation{
            .http_status = status,
            .body_json = format_json(json::object{{"detail", error.message}})};
    };
    if (delivery.rejected) {
        const auto& rejected = *delivery.rejected;
        return refused(rejected.unusable ? 422 : faces_of(rejected.error.code).http_status,
                       rejected.error);
    }
    const auto& event = delivery.events.front();
    const KeptEvent kept = {
        .kind = event.kind, .normalised = event.normalised, .received_at = request.received_at};
    const auto draft = merge(std::span(&kept, 1), account);
    if (!draft) {
        return refused(faces_of(draft.error().code).http_status, draft.error());
    }
    // `recording_url` is in the predecessor's shape; the link itself is not repeated to whoever
    // asks this open page.
    const json::object body = {
        {"status", "validated"},
        {"message", "Payload understood: " + event.kind},
        {"trigger", event.kind},
        {"event_type", event.kind},
        {"call_id", event.external_id},
        {"has_recording", !draft->recordings.empty()},
        {"recording_url", nullptr},
        {"understood", understood(*draft)},
        {"warnings", json::array(event.warnings.begin(), event.warnings.end())}};
    return {.http_status = 200, .body_json = format_json(body)};
}

}  // namespace oidor::connectors::net2phone
