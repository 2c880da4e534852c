#include "connectors/anura/webhook.hpp"

#include <algorithm>
#include <array>

#include <boost/json.hpp>

#include "base/json.hpp"
#include "connectors/anura/body.hpp"
#include "connectors/anura/mapping.hpp"
#include "connectors/anura/shapes.hpp"

namespace oidor::connectors::anura {
namespace {

/// What an item of 1 KB takes; a larger one takes more from the heap.
constexpr std::size_t kItemBytes = 8192;

Connector::Delivery reject(Error error, bool unusable) {
    return {.events = {},
            .rejected = Connector::Rejected{.error = std::move(error), .unusable = unusable}};
}

json::value optional_text(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}

json::value optional_time(const std::optional<Timestamp>& time) {
    return time ? json::value(format_rfc3339(*time)) : json::value(nullptr);
}

json::array strings(const std::vector<std::string>& texts) {
    json::array array;
    for (const auto& text : texts) {
        array.emplace_back(text);
    }
    return array;
}

json::object understood(const ConversationDraft& draft) {
    json::array agents;
    for (const auto& participation : draft.participations) {
        if (participation.wanted) {
            agents.emplace_back(*participation.wanted);
        }
    }
    return {
        {"direction", format(draft.direction)},
        {"outcome", format(draft.outcome)},
        {"ended", draft.ended},
        {"recorded", draft.recorded ? json::value(*draft.recorded) : json::value(nullptr)},
        {"started_at", optional_time(draft.started_at)},
        {"ended_at", optional_time(draft.ended_at)},
        {"duration_s", draft.duration_s ? json::value(*draft.duration_s) : json::value(nullptr)},
        {"campaign_wanted", optional_text(draft.campaign_wanted)},
        {"agents_wanted", std::move(agents)}};
}

}  // namespace

std::string panel_template() {
    // In the order in which people look for them; RECORDING and END need what stands here, START
    // and TALK leave the rest empty.
    static constexpr std::array<std::string_view, 32> kNames = {"hooktrigger",
                                                                "hookid",
                                                                "hookname",
                                                                "cdrid",
                                                                "dialtime",
                                                                "direction",
                                                                "calling",
                                                                "called",
                                                                "status",
                                                                "duration",
                                                                "billseconds",
                                                                "price",
                                                                "wasrecorded",
                                                                "audio_file_mp3",
                                                                "audio_file_wav",
                                                                "answerextension",
                                                                "accountextension",
                                                                "accounttags",
                                                                "queuename",
                                                                "queuewaittime",
                                                                "queuetalktime",
                                                                "queueagentname",
                                                                "queueagentextension",
                                                                "tenantid",
                                                                "accountid",
                                                                "accountname",
                                                                "custom1",
                                                                "custom2",
                                                                "custom3",
                                                                "custom4",
                                                                "custom5",
                                                                "custom6"};
    std::string body = "{";
    for (const auto name : kNames) {
        body += body.size() > 1 ? ",\n " : "";
        body.append("\"").append(name).append("\": \"{{ ").append(name).append(" }}\"");
    }
    return body + "}";
}

Connector::Delivery parse_delivery(const WebhookRequest& request, const AccountContext& account) {
    // An item's hundred small pieces are dropped together: no need to ask for each apart.
    std::array<unsigned char, kItemBytes> buffer;
    json::monotonic_resource memory(buffer.data(), buffer.size());
    const auto item = parse_body(request.body, request.content_type, &memory);
    if (!item) {
        return reject(item.error(), /*unusable=*/false);
    }
    auto call = to_call_event(*item, account);
    const auto id = call.text("cdrid");
    if (!id || !is_usable_external_id(*id)) {
        return reject(
            {.code = ErrorCode::Invalid,
             .message = id ? "cdrid: over 255 bytes, or with control characters" : "cdrid: missing",
             .retry_after = {}},
            /*unusable=*/true);
    }
    IncomingEvent event;
    event.external_id = *id;
    event.kind = kind_of(call);
    event.conversation = {
        .source = "anura", .account = account.name, .channel = Channel::Voice, .external_id = *id};
    event.normalised = canonical_json(*item);
    event.raw = request.body;
    event.warnings = std::move(call.warnings);
    Connector::Delivery delivery;
    delivery.events.push_back(std::move(event));
    return delivery;
}

Connector::Explanation explain_delivery(const WebhookRequest& request,
                                        const AccountContext& account) {
    const auto delivery = parse_delivery(request, account);
    if (delivery.rejected) {
        const auto& rejected = *delivery.rejected;
        const int status = rejected.unusable ? 422 : faces_of(rejected.error.code).http_status;
        return {.http_status = status,
                .body_json = format_json(json::object{{"detail", rejected.error.message}})};
    }
    const auto& event = delivery.events.front();
    const KeptEvent kept = {
        .kind = event.kind, .normalised = event.normalised, .received_at = request.received_at};
    const auto draft = merge(std::span(&kept, 1), account);
    if (!draft) {
        return {.http_status = faces_of(draft.error().code).http_status,
                .body_json = format_json(json::object{{"detail", draft.error().message}})};
    }
    const bool has_recording =
        !draft->recordings.empty() && !draft->recordings.front().candidate_urls.empty();
    // `recording_url` is in the predecessor's shape; the link itself is not repeated to whoever
    // asks this open page.
    const json::object body = {{"status", "validated"},
                               {"message", "Payload understood: " + event.kind},
                               {"trigger", event.kind},
                               {"call_id", event.external_id},
                               {"has_recording", has_recording},
                               {"recording_url", nullptr},
                               {"understood", understood(*draft)},
                               {"warnings", strings(event.warnings)}};
    return {.http_status = 200, .body_json = format_json(body)};
}

}  // namespace oidor::connectors::anura
