// Reads a connector's testdata/cases and writes what a connector made of one. For tests alone.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "connectors/connector.hpp"

namespace oidor::connectors::contract {

/// One request of a case.
struct GivenDelivery {
    std::string content_type = {};
    std::string body = {};
    Timestamp received_at = {};
};

/// `testdata/cases/<name>`: `given.json` is `{"deliveries": [{"content_type", "received_at",
/// "body"}]}`; a body that is no string is sent as JSON.
struct Case {
    std::string name = {};
    std::filesystem::path folder = {};
    std::vector<GivenDelivery> deliveries = {};
};

/// All cases of a source, by name. A broken case ends the test program.
std::vector<Case> list_cases(std::string_view source);

/// An account as the configuration would resolve it for a source; its zones are fixed offsets:
/// Buenos Aires −3 h, Tokyo +9 h, anything else UTC.
AccountContext account_of(const Capabilities& capabilities);

/// The inbox after a case: each event once (DESIGN §4.6), in order of arrival.
std::vector<KeptEvent> kept_events(const Connector& connector, const Case& given);

/// What became of a case: `{"deliveries": […], "conversation": {…}}`, for expected.json.
json::object outcome_of(const Connector& connector, const Case& given);

json::object to_json(const ConversationDraft& draft);

std::string read_file(const std::filesystem::path& path);

}  // namespace oidor::connectors::contract
