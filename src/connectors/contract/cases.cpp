#include "connectors/contract/cases.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include <boost/json.hpp>

#include "base/assert.hpp"

namespace oidor::connectors::contract {
namespace {

json::value text_or_null(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}

json::value time_or_null(const std::optional<Timestamp>& time) {
    return time ? json::value(format_rfc3339(*time)) : json::value(nullptr);
}

json::array pairs(const std::vector<std::pair<std::string, std::string>>& lookups) {
    json::array array;
    for (const auto& [kind, value] : lookups) {
        array.emplace_back(json::array{kind, value});
    }
    return array;
}

json::array strings(const std::vector<std::string>& texts) {
    json::array array;
    for (const auto& text : texts) {
        array.emplace_back(text);
    }
    return array;
}

json::object delivery_outcome(const Connector::Delivery& delivery) {
    if (delivery.rejected) {
        const int status =
            delivery.rejected->unusable ? 422 : faces_of(delivery.rejected->error.code).http_status;
        return {{"status", status}, {"message", delivery.rejected->error.message}};
    }
    json::array events;
    for (const auto& event : delivery.events) {
        events.emplace_back(json::object{{"external_id", event.external_id},
                                         {"kind", event.kind},
                                         {"warnings", strings(event.warnings)}});
    }
    return {{"status", 200}, {"events", std::move(events)}};
}

WebhookRequest to_request(const GivenDelivery& given) {
    return {.method = "POST",
            .path = "",
            .content_type = given.content_type,
            .body = given.body,
            .received_at = given.received_at};
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<Case> list_cases(std::string_view source) {
    const auto root = std::filesystem::path(OIDOR_SOURCE_DIR) / "src" / "connectors" /
                      std::string(source) / "testdata" / "cases";
    std::vector<Case> cases;
    for (const auto& entry : std::filesystem::directory_iterator(root)) {
        Case found{.name = entry.path().filename().string(), .folder = entry.path()};
        const auto given = parse_json(read_file(entry.path() / "given.json"));
        ASSERT(given && given->is_object(), "a case has a readable given.json");
        const auto* deliveries = find_array(given->get_object(), "deliveries");
        ASSERT(deliveries != nullptr, "a case has deliveries");
        for (const auto& item : *deliveries) {
            const auto& delivery = item.as_object();
            const auto& body = delivery.at("body");
            const auto at = parse_rfc3339(find_string(delivery, "received_at").value_or(""));
            ASSERT(at.has_value(), "a delivery says when it was received");
            found.deliveries.push_back(
                {.content_type = find_string(delivery, "content_type").value_or("application/json"),
                 .body = body.is_string() ? std::string(body.get_string()) : format_json(body),
                 .received_at = *at});
        }
        cases.push_back(std::move(found));
    }
    std::ranges::sort(cases, {}, &Case::name);
    return cases;
}

AccountContext account_of(const Capabilities& capabilities) {
    using std::chrono::minutes;
    return {.name = "default",
            .country = std::string(capabilities.country),
            .time_zone = std::string(capabilities.time_zone),
            .utc_offset = [](std::string_view zone, std::chrono::local_seconds) {
                if (zone == "America/Argentina/Buenos_Aires") {
                    return minutes(-180);
                }
                return zone == "Asia/Tokyo" ? minutes(540) : minutes(0);
            }};
}

std::vector<KeptEvent> kept_events(const Connector& connector, const Case& given) {
    const auto account = account_of(connector.capabilities());
    std::vector<KeptEvent> events;
    std::set<std::pair<std::string, std::string>> seen;
    for (const auto& sent : given.deliveries) {
        for (auto& event : connector.parse_delivery(to_request(sent), account).events) {
            if (seen.emplace(event.kind, event.normalised).second) {
                events.push_back({.kind = std::move(event.kind),
                                  .normalised = std::move(event.normalised),
                                  .received_at = sent.received_at});
            }
        }
    }
    return events;
}

json::object outcome_of(const Connector& connector, const Case& given) {
    const auto account = account_of(connector.capabilities());
    json::array deliveries;
    for (const auto& sent : given.deliveries) {
        deliveries.emplace_back(
            delivery_outcome(connector.parse_delivery(to_request(sent), account)));
    }
    const auto draft = connector.merge(kept_events(connector, given), account);
    return {{"deliveries", std::move(deliveries)},
            {"conversation", draft ? json::value(to_json(*draft)) : json::value(nullptr)}};
}

json::object to_json(const ConversationDraft& draft) {
    json::array participations;
    for (const auto& part : draft.participations) {
        participations.emplace_back(json::object{{"leg", part.leg},
                                                 {"wanted", text_or_null(part.wanted)},
                                                 {"lookups", pairs(part.lookups)},
                                                 {"name", text_or_null(part.name)},
                                                 {"from", time_or_null(part.from)},
                                                 {"to", time_or_null(part.to)}});
    }
    json::array recordings;
    for (const auto& recording : draft.recordings) {
        recordings.emplace_back(
            json::object{{"external_id", recording.external_id},
                         {"candidate_urls", strings(recording.candidate_urls)}});
    }
    return {
        {"kind", format(draft.kind)},
        {"direction", format(draft.direction)},
        {"outcome", format(draft.outcome)},
        {"ended", draft.ended},
        {"recorded", draft.recorded ? json::value(*draft.recorded) : json::value(nullptr)},
        {"started_at", time_or_null(draft.started_at)},
        {"ended_at", time_or_null(draft.ended_at)},
        {"duration_s", draft.duration_s ? json::value(*draft.duration_s) : json::value(nullptr)},
        {"address_from", text_or_null(draft.address_from)},
        {"address_to", text_or_null(draft.address_to)},
        {"campaign_wanted", text_or_null(draft.campaign_wanted)},
        {"campaign_lookups", pairs(draft.campaign_lookups)},
        {"participations", std::move(participations)},
        {"recordings", std::move(recordings)},
        {"details",
         draft.details_json ? parse_json(*draft.details_json).value() : json::value(nullptr)}};
}

}  // namespace oidor::connectors::contract
