#include "store/sql/directory.hpp"

#include "store/folding.hpp"
#include "store/sql/conversation_rows.hpp"

namespace oidor::store::sql {
namespace {

constexpr std::string_view kCampaigns =
    "SELECT id, name, language, time_zone, speech_engine, agent_channel, retain_days, "
    "approval_score FROM campaigns";
constexpr std::string_view kScorecards =
    "SELECT id, version, language, toml, sha256, published_at FROM scorecards";

Campaign to_campaign(const Row& row) {
    Campaign campaign = {.id = row.text(0),
                         .name = row.text(1),
                         .language = row.optional_text(2),
                         .time_zone = row.optional_text(3),
                         .speech_engine = row.optional_text(4)};
    if (const auto channel = row.optional_int64(5)) {
        campaign.agent_channel = static_cast<int>(*channel);
    }
    if (const auto days = row.optional_int64(6)) {
        campaign.retain_days = static_cast<int>(*days);
    }
    if (const auto score = row.optional_int64(7)) {
        campaign.approval_score = static_cast<int>(*score);
    }
    return campaign;
}

Agent to_agent(const Row& row) { return {.id = row.text(0), .name = row.text(1)}; }

ScorecardVersion to_scorecard(const Row& row) {
    return {.id = row.text(0),
            .version = row.int32(1),
            .language = row.text(2),
            .toml = row.text(3),
            .sha256_hex = to_hex(row.sha256(4)),
            .published_at = row.time(5)};
}

/// All rows of a list that stays small.
template <typename T, typename Convert>
Result<std::vector<T>> list_all(Readers& readers, const std::string& sql, Convert convert) {
    return readers.with([&](Connection& connection) -> Result<std::vector<T>> {
        std::vector<T> rows;
        TRY(connection.each(sql, [&](const Row& row) { rows.push_back(convert(row)); }));
        return rows;
    });
}

template <typename T, typename Convert, typename... Args>
Result<std::optional<T>> find_one(Readers& readers, const std::string& sql, Convert convert,
                                  const Args&... args) {
    return readers.with([&](Connection& connection) -> Result<std::optional<T>> {
        std::optional<T> found;
        TRY(connection.first(
            sql, [&](const Row& row) { found = convert(row); }, args...));
        return found;
    });
}

}  // namespace

Result<void> SqlDirectory::delete_row(std::string_view table, const std::string& id) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        const auto deleted =
            context.connection.run(fmt::format("DELETE FROM {} WHERE id = ?", table), id);
        if (!deleted && deleted.error().code == ErrorCode::Conflict) {
            return fail(ErrorCode::Conflict,
                        "delete {} from {}: mappings still name it; delete them first", id, table);
        }
        TRY(deleted);
        if (*deleted == 0) {
            return fail(ErrorCode::NotFound, "delete {} from {}: there is none", id, table);
        }
        return {};
    });
}

Result<void> SqlDirectory::put_campaign(const Campaign& campaign) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(context.connection.run(
            "INSERT INTO campaigns (id, name, language, time_zone, speech_engine, agent_channel, "
            "retain_days, approval_score) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET name = excluded.name, "
            "language = excluded.language, time_zone = excluded.time_zone, "
            "speech_engine = excluded.speech_engine, agent_channel = excluded.agent_channel, "
            "retain_days = excluded.retain_days, approval_score = excluded.approval_score",
            campaign.id, campaign.name, campaign.language, campaign.time_zone,
            campaign.speech_engine, campaign.agent_channel, campaign.retain_days,
            campaign.approval_score));
        return {};
    });
}

Result<void> SqlDirectory::delete_campaign(const std::string& id) {
    return delete_row("campaigns", id);
}

Result<std::optional<Campaign>> SqlDirectory::find_campaign(const std::string& id) const {
    return find_one<Campaign>(readers_, std::string(kCampaigns) + " WHERE id = ?", to_campaign, id);
}

Result<std::vector<Campaign>> SqlDirectory::list_campaigns() const {
    return list_all<Campaign>(readers_, std::string(kCampaigns) + " ORDER BY id", to_campaign);
}

Result<void> SqlDirectory::put_agent(const Agent& agent) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(
            context.connection.run("INSERT INTO agents (id, name) VALUES (?, ?) "
                                   "ON CONFLICT (id) DO UPDATE SET name = excluded.name",
                                   agent.id, agent.name));
        return {};
    });
}

Result<void> SqlDirectory::delete_agent(const std::string& id) { return delete_row("agents", id); }

Result<std::optional<Agent>> SqlDirectory::find_agent(const std::string& id) const {
    return find_one<Agent>(readers_, "SELECT id, name FROM agents WHERE id = ?", to_agent, id);
}

Result<std::vector<Agent>> SqlDirectory::list_agents() const {
    return list_all<Agent>(readers_, "SELECT id, name FROM agents ORDER BY id", to_agent);
}

Result<void> SqlDirectory::put_mapping(const Mapping& mapping) {
    const bool campaign = mapping.target == MappingTarget::Campaign;
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY_ASSIGN(const bool found, context.connection.first(
                                         campaign ? "SELECT 1 FROM campaigns WHERE id = ?"
                                                  : "SELECT 1 FROM agents WHERE id = ?",
                                         [](const Row&) {}, mapping.id));
        if (!found) {
            return fail(ErrorCode::NotFound, "mapping: there is no {} {}", format(mapping.target),
                        mapping.id);
        }
        const auto id = std::optional(mapping.id);
        TRY(context.connection.run(
            "INSERT INTO mappings (target, source, account, kind, value_folded, value, "
            "campaign_id, agent_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (target, source, account, kind, value_folded) DO UPDATE SET "
            "value = excluded.value, campaign_id = excluded.campaign_id, "
            "agent_id = excluded.agent_id",
            format(mapping.target), mapping.source, mapping.account, mapping.kind,
            fold_name(mapping.value), mapping.value, campaign ? id : std::nullopt,
            campaign ? std::nullopt : id));
        return {};
    });
}

Result<void> SqlDirectory::delete_mapping(const Mapping& mapping) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY_ASSIGN(const auto deleted,
                   context.connection.run(
                       "DELETE FROM mappings WHERE target = ? AND source = ? AND account = ? "
                       "AND kind = ? AND value_folded = ?",
                       format(mapping.target), mapping.source, mapping.account, mapping.kind,
                       fold_name(mapping.value)));
        if (deleted == 0) {
            return fail(ErrorCode::NotFound, "mapping: the table has no such line");
        }
        return {};
    });
}

Result<std::vector<Mapping>> SqlDirectory::list_mappings() const {
    return list_all<Mapping>(
        readers_,
        "SELECT target, source, account, kind, value, coalesce(campaign_id, agent_id) "
        "FROM mappings ORDER BY target, source, account, kind, value_folded",
        [](const Row& row) {
            return Mapping{
                .target = parse_mapping_target(row.view(0)).value_or(MappingTarget::Campaign),
                .source = row.text(1),
                .account = row.text(2),
                .kind = row.text(3),
                .value = row.text(4),
                .id = row.text(5)};
        });
}

Result<std::optional<std::string>> SqlDirectory::find_mapping(MappingTarget target,
                                                              const std::string& source,
                                                              const std::string& account,
                                                              const std::string& kind,
                                                              const std::string& value) const {
    return find_one<std::string>(
        readers_,
        "SELECT coalesce(campaign_id, agent_id) FROM mappings WHERE target = ? AND source = ? "
        "AND account = ? AND kind = ? AND value_folded = ?",
        [](const Row& row) { return row.text(0); }, format(target), source, account, kind,
        fold_name(value));
}

Result<void> SqlDirectory::insert_scorecard(const ScorecardVersion& scorecard) {
    TRY_ASSIGN(const auto hash, read_hash(scorecard.sha256_hex, "scorecard"));
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY_ASSIGN(const auto inserted,
                   context.connection.run(
                       "INSERT INTO scorecards (id, version, language, toml, sha256, published_at) "
                       "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                       scorecard.id, scorecard.version, scorecard.language, scorecard.toml, hash,
                       scorecard.published_at));
        if (inserted > 0) {
            return {};
        }
        TRY_ASSIGN(const bool same,
                   context.connection.first(
                       "SELECT 1 FROM scorecards WHERE id = ? AND version = ? AND toml = ?",
                       [](const Row&) {}, scorecard.id, scorecard.version, scorecard.toml));
        if (!same) {
            return fail(ErrorCode::Conflict,
                        "scorecard {} version {} is published with other bytes; publish the next "
                        "version",
                        scorecard.id, scorecard.version);
        }
        return {};
    });
}

Result<std::optional<ScorecardVersion>> SqlDirectory::find_scorecard(
    const std::string& id, std::optional<int> version) const {
    return find_one<ScorecardVersion>(
        readers_,
        std::string(kScorecards) +
            " WHERE id = ?1 AND version = coalesce(?2, (SELECT max(version) FROM scorecards "
            "WHERE id = ?1))",
        to_scorecard, id, version);
}

Result<std::vector<ScorecardVersion>> SqlDirectory::list_scorecards() const {
    return list_all<ScorecardVersion>(readers_, std::string(kScorecards) + " ORDER BY id, version",
                                      to_scorecard);
}

Result<void> SqlDirectory::put_binding(const Binding& binding) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(context.connection.run(
            "INSERT INTO bindings (campaign, channel, language, from_at, scorecard_id, version) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (coalesce(campaign, ''), "
            "coalesce(channel, ''), coalesce(language, ''), from_at) "
            "DO UPDATE SET scorecard_id = excluded.scorecard_id, version = excluded.version",
            binding.campaign, binding.channel, binding.language, binding.from, binding.scorecard_id,
            binding.version));
        return {};
    });
}

Result<void> SqlDirectory::delete_binding(const Binding& binding) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY_ASSIGN(const auto deleted,
                   context.connection.run(
                       "DELETE FROM bindings WHERE coalesce(campaign, '') = ? AND "
                       "coalesce(channel, '') = ? AND coalesce(language, '') = ? AND from_at = ?",
                       binding.campaign.value_or(""), binding.channel.value_or(""),
                       binding.language.value_or(""), binding.from));
        if (deleted == 0) {
            return fail(ErrorCode::NotFound, "binding: there is none of these names and date");
        }
        return {};
    });
}

Result<std::vector<Binding>> SqlDirectory::list_bindings() const {
    return list_all<Binding>(
        readers_,
        "SELECT campaign, channel, language, scorecard_id, version, from_at FROM bindings "
        "ORDER BY campaign NULLS FIRST, channel NULLS FIRST, language NULLS FIRST, from_at",
        [](const Row& row) {
            Binding binding = {.campaign = row.optional_text(0),
                               .channel = row.optional_text(1),
                               .language = row.optional_text(2),
                               .scorecard_id = row.text(3),
                               .from = row.time(5)};
            if (const auto version = row.optional_int64(4)) {
                binding.version = static_cast<int>(*version);
            }
            return binding;
        });
}

}  // namespace oidor::store::sql
