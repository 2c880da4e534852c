// Campaigns, agents, mappings, scorecards and bindings as rows.
#pragma once

#include "store/directory.hpp"
#include "store/sql/work.hpp"

namespace oidor::store::sql {

class SqlDirectory final : public Directory {
  public:
    SqlDirectory(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}

    Result<void> put_campaign(const Campaign& campaign) override;
    Result<void> delete_campaign(const std::string& id) override;
    [[nodiscard]] Result<std::optional<Campaign>> find_campaign(
        const std::string& id) const override;
    [[nodiscard]] Result<std::vector<Campaign>> list_campaigns() const override;
    Result<void> put_agent(const Agent& agent) override;
    Result<void> delete_agent(const std::string& id) override;
    [[nodiscard]] Result<std::optional<Agent>> find_agent(const std::string& id) const override;
    [[nodiscard]] Result<std::vector<Agent>> list_agents() const override;
    Result<void> put_mapping(const Mapping& mapping) override;
    Result<void> delete_mapping(const Mapping& mapping) override;
    [[nodiscard]] Result<std::vector<Mapping>> list_mappings() const override;
    [[nodiscard]] Result<std::optional<std::string>> find_mapping(
        MappingTarget target, const std::string& source, const std::string& account,
        const std::string& kind, const std::string& value) const override;
    Result<void> insert_scorecard(const ScorecardVersion& scorecard) override;
    [[nodiscard]] Result<std::optional<ScorecardVersion>> find_scorecard(
        const std::string& id, std::optional<int> version) const override;
    [[nodiscard]] Result<std::vector<ScorecardVersion>> list_scorecards() const override;
    Result<void> put_binding(const Binding& binding) override;
    Result<void> delete_binding(const Binding& binding) override;
    [[nodiscard]] Result<std::vector<Binding>> list_bindings() const override;

  private:
    Result<void> delete_row(std::string_view table, const std::string& id);

    Writer& writer_;
    Readers& readers_;
};

}  // namespace oidor::store::sql
