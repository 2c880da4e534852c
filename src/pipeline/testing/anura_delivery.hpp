// What the intake makes of an Anura webhook, for tests that speak to the store themselves.
#pragma once

#include <string>
#include <vector>

#include "base/sha256.hpp"
#include "base/time_zone.hpp"
#include "connectors/connector.hpp"
#include "store/store.hpp"

namespace oidor::pipeline::testing {

/// The events of one JSON body, for the account `default` of an Argentine house.
inline std::vector<store::NewEvent> read_anura_delivery(const std::string& body,
                                                        const std::string& time_zone,
                                                        Timestamp now) {
    auto delivery = connectors::find_connector("anura")->parse_delivery(
        {.method = "POST",
         .path = "",
         .content_type = "application/json",
         .body = body,
         .received_at = now},
        {.name = "default", .country = "AR", .time_zone = time_zone, .utc_offset = &utc_offset});
    std::vector<store::NewEvent> events;
    for (auto& event : delivery.events) {
        events.push_back({.conversation = event.conversation,
                          .external_id = event.external_id,
                          .kind = event.kind,
                          .body_sha256 = sha256(event.normalised),
                          .normalised = event.normalised,
                          .raw = event.raw,
                          .content_type = "application/json",
                          .received_at = now});
    }
    return events;
}

}  // namespace oidor::pipeline::testing
