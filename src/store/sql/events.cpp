#include "store/sql/events.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace oidor::store::sql {
namespace {

constexpr std::string_view kEventColumns =
    "SELECT id, sequence, conversation_id, source, account, external_id, kind, body_sha256, "
    "normalised, raw, received_at FROM events";

StoredEvent to_event(const Row& row) {
    return {.id = row.id<EventId>(0),
            .sequence = row.int64(1),
            .conversation = row.id<ConversationId>(2),
            .source = row.text(3),
            .account = row.text(4),
            .external_id = row.text(5),
            .kind = row.text(6),
            .body_sha256_hex = to_hex(row.sha256(7)),
            .normalised = row.text(8),
            .raw = row.optional_text(9),
            .received_at = row.time(10)};
}

/// `SELECT` of a filtered page, put together with its values.
class PageQuery {
  public:
    explicit PageQuery(const EventFilter& filter) : filter_(filter) {
        if (filter.source) {
            source_ = add(*filter.source);
        }
        if (filter.account) {
            account_ = add(*filter.account);
        }
    }

    void build(std::int64_t before, int limit) {
        sql = fmt::format("{} WHERE sequence < {}{}", kEventColumns, add(before), scope_of(""));
        if (filter_.external_id) {
            // By the two indexes that know it.
            const auto id = add(*filter_.external_id);
            sql += fmt::format(
                " AND sequence IN (SELECT e.sequence FROM conversations c "
                "JOIN events e ON e.conversation_id = c.id "
                "WHERE c.external_id = {0} AND e.external_id = {0}{1} UNION ALL "
                "SELECT sequence FROM events WHERE has_own_id = 1 AND external_id = {0}{2})",
                id, scope_of("c."), scope_of(""));
        }
        if (filter_.conversation) {
            sql += fmt::format(" AND conversation_id = {}", add(*filter_.conversation));
        }
        sql += fmt::format(" ORDER BY sequence DESC LIMIT {}", add(limit));
    }

    std::string sql = {};
    std::vector<Param> params = {};

  private:
    template <typename T>
    std::string add(const T& value) {
        params.push_back(to_param(value));
        return fmt::format("?{}", params.size());
    }
    [[nodiscard]] std::string scope_of(std::string_view table) const {
        std::string scope;
        if (!source_.empty()) {
            scope += fmt::format(" AND {}source = {}", table, source_);
        }
        if (!account_.empty()) {
            scope += fmt::format(" AND {}account = {}", table, account_);
        }
        return scope;
    }

    const EventFilter& filter_;
    std::string source_ = {};
    std::string account_ = {};
};

}  // namespace

Result<std::vector<StoredEvent>> SqlInbox::list_events_of(ConversationId conversation) const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<StoredEvent>> {
        std::vector<StoredEvent> events;
        TRY(connection.each(
            std::string(kEventColumns) + " WHERE conversation_id = ? ORDER BY sequence",
            [&](const Row& row) { events.push_back(to_event(row)); }, conversation));
        return events;
    });
}

Result<std::vector<StoredEvent>> SqlInbox::list_events(const EventFilter& filter,
                                                       std::optional<std::int64_t> before,
                                                       int limit) const {
    PageQuery page(filter);
    page.build(before.value_or(std::numeric_limits<std::int64_t>::max()),
               std::clamp(limit, 1, 500));
    return readers_.with([&](Connection& connection) -> Result<std::vector<StoredEvent>> {
        std::vector<StoredEvent> events;
        TRY(connection.each_of(page.sql, page.params,
                               [&](const Row& row) { events.push_back(to_event(row)); }));
        return events;
    });
}

}  // namespace oidor::store::sql
