#include "store/sql/conversation_filter.hpp"

#include <fmt/format.h>

namespace oidor::store::sql {
namespace {

void add_text(FilterQuery& query, std::string_view column, const std::optional<std::string>& text) {
    if (text) {
        query.add(fmt::format("{} = ?", column), *text);
    }
}

std::int64_t micros(Timestamp time) { return time.time_since_epoch().count(); }

}  // namespace

void FilterQuery::add(std::string_view condition, Value value) {
    sql += fmt::format(" AND {}", condition);
    values.push_back(std::move(value));
}

void FilterQuery::add_filter(const ConversationFilter& filter) {
    add_text(*this, "c.source", filter.source);
    add_text(*this, "c.account", filter.account);
    add_text(*this, "c.external_id", filter.external_id);
    add_text(*this, "c.campaign_id", filter.campaign);
    add_text(*this, "c.day", filter.day);
    if (filter.day_from) {
        add("c.day >= ?", *filter.day_from);
    }
    if (filter.day_to) {
        add("c.day < ?", *filter.day_to);
    }
    if (filter.state) {
        // The second half lets the index of the others serve.
        add(*filter.state == ConversationState::Open ? "c.state = ?"
                                                     : "c.state = ? AND c.state <> 'open'",
            std::string(format(*filter.state)));
    }
    if (filter.agent) {
        add("c.id IN (SELECT conversation_id FROM participations WHERE agent_id = ?)",
            *filter.agent);
    }
    if (!filter.campaigns_allowed.empty()) {
        sql += " AND c.campaign_id IN (";
        for (const auto& campaign : filter.campaigns_allowed) {
            sql += sql.ends_with('(') ? "?" : ", ?";
            values.emplace_back(campaign);
        }
        sql += ")";
    }
    if (filter.from) {
        add("c.listed_at >= ?", micros(*filter.from));
    }
    if (filter.to) {
        add("c.listed_at < ?", micros(*filter.to));
    }
}

std::vector<Param> FilterQuery::params() const {
    std::vector<Param> params;
    params.reserve(values.size());
    for (const auto& value : values) {
        params.push_back(std::visit([](const auto& held) { return to_param(held); }, value));
    }
    return params;
}

}  // namespace oidor::store::sql
