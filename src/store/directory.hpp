// The house's own campaigns and agents, the table that maps a source's names to them, and the
// scorecards.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace oidor::store {

/// A campaign of the house, with the settings that are nearer than the account's.
struct Campaign {
    std::string id = {};  ///< The house's id; digits where the predecessor's rule is to find it.
    std::string name = {};
    std::optional<std::string> language = {};
    std::optional<std::string> time_zone = {};
    std::optional<std::string> speech_engine = {};
    std::optional<int> agent_channel = {};
    std::optional<int> retain_days = {};     ///< Null: as the installation says.
    std::optional<int> approval_score = {};  ///< A score from here on is approved; null: 70.
    bool operator==(const Campaign&) const = default;
};

/// An agent of the house.
struct Agent {
    std::string id = {};
    std::string name = {};
    bool operator==(const Agent&) const = default;
};

/// `campaign` or `agent`.
enum class MappingTarget { Campaign, Agent };
std::string_view format(MappingTarget target);
std::optional<MappingTarget> parse_mapping_target(std::string_view text);

/// One line of the explicit table: in an account of a source, a name of some kind means one of
/// ours.
struct Mapping {
    MappingTarget target = MappingTarget::Campaign;
    std::string source = {};
    std::string account = {};
    std::string kind =
        {};  ///< `tag`, `queue`, `extension`, `agent_name` …: what the connector looks up.
    std::string value =
        {};  ///< As the source names it; compared without regard to case and outer space.
    std::string id = {};  ///< Of the campaign or agent.
    bool operator==(const Mapping&) const = default;
};

/// A published scorecard: immutable bytes.
struct ScorecardVersion {
    std::string id = {};
    int version = 1;
    std::string language = {};
    std::string toml = {};
    std::string sha256_hex = {};
    Timestamp published_at = {};
};

/// Which version serves which campaign, channel, language from which date; null matches everything.
struct Binding {
    std::optional<std::string> campaign = {};
    std::optional<std::string> channel = {};
    std::optional<std::string> language = {};
    std::string scorecard_id = {};
    std::optional<int> version = {};  ///< Null: the newest.
    Timestamp from = {};
};

/// Safe to call from many threads. Writes are durable when they return.
class Directory {
  public:
    virtual ~Directory() = default;

    virtual Result<void> put_campaign(const Campaign& campaign) = 0;
    virtual Result<void> delete_campaign(const std::string& id) = 0;  ///< NotFound.
    [[nodiscard]] virtual Result<std::optional<Campaign>> find_campaign(
        const std::string& id) const = 0;
    [[nodiscard]] virtual Result<std::vector<Campaign>> list_campaigns() const = 0;

    virtual Result<void> put_agent(const Agent& agent) = 0;
    virtual Result<void> delete_agent(const std::string& id) = 0;  ///< NotFound.
    [[nodiscard]] virtual Result<std::optional<Agent>> find_agent(const std::string& id) const = 0;
    [[nodiscard]] virtual Result<std::vector<Agent>> list_agents() const = 0;

    /// NotFound when the campaign or agent does not exist.
    virtual Result<void> put_mapping(const Mapping& mapping) = 0;
    virtual Result<void> delete_mapping(
        const Mapping& mapping) = 0;  ///< By all but `id`; NotFound.
    [[nodiscard]] virtual Result<std::vector<Mapping>> list_mappings() const = 0;
    /// The house's id for one name; nothing when the table has no line for it.
    [[nodiscard]] virtual Result<std::optional<std::string>> find_mapping(
        MappingTarget target, const std::string& source, const std::string& account,
        const std::string& kind, const std::string& value) const = 0;

    /// Stores a version; the same bytes again do nothing; other bytes for a version that is there:
    /// Conflict.
    virtual Result<void> insert_scorecard(const ScorecardVersion& scorecard) = 0;
    /// The newest version when `version` is null.
    [[nodiscard]] virtual Result<std::optional<ScorecardVersion>> find_scorecard(
        const std::string& id, std::optional<int> version) const = 0;
    [[nodiscard]] virtual Result<std::vector<ScorecardVersion>> list_scorecards() const = 0;
    /// Replaces the binding with the same campaign, channel, language and date.
    virtual Result<void> put_binding(const Binding& binding) = 0;
    /// By campaign, channel, language and date; NotFound.
    virtual Result<void> delete_binding(const Binding& binding) = 0;
    [[nodiscard]] virtual Result<std::vector<Binding>> list_bindings() const = 0;
};

}  // namespace oidor::store
