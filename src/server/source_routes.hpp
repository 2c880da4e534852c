// What the pages of all sources have in common on the paths that predecessors published: campaigns,
// figures, and what names would be mapped to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "connectors/connector.hpp"
#include "server/api_routes.hpp"

namespace oidor::server {

/// An id of digits as the number that the predecessor gives; any other as it is.
json::value id_value(const std::optional<std::string>& id);

/// The account of `source` that a call is about. Forbidden without `audits:read` and without a
/// webhook of that account.
Result<std::string> account_of_call(const Call& call, std::string_view source);

/// The campaigns that the caller may see; with `tags`, the one that names each.
enum class Tags { With, Without };
Result<net::Response> show_campaigns(const ApiParts& parts, const Call& call, Tags tags);

/// The conversations of one account of a source: all, those of the last 24 hours, the last ten.
Result<net::Response> show_stats(const ApiParts& parts, const Call& call, std::string_view source);

/// Names to be tried, as an event of their source would bring them.
struct MappingQuestion {
    std::string source = {};
    std::string account = {};
    connectors::KeptEvent event = {};
    std::optional<std::string> tag = {};        ///< What names the campaign there.
    std::optional<std::string> extension = {};  ///< What names the agent there.
    std::optional<std::string> name = {};
    std::string no_campaign_named = {};  ///< What to do about it, for people.
    std::string no_agent_named = {};
};
/// Which campaign and agent they would lead to, and what to do where they lead nowhere. `input` is
/// what was sent, to be repeated.
Result<net::Response> answer_mapping(const ApiParts& parts, const Call& call,
                                     const MappingQuestion& question, const json::object& input);

}  // namespace oidor::server
