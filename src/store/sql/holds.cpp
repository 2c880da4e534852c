// Holds, and what is due where none stands against it.
#include <algorithm>

#include "store/sql/conversation_rows.hpp"
#include "store/sql/erasure.hpp"

namespace oidor::store::sql {
namespace {

constexpr std::string_view kHoldColumns =
    "SELECT h.id, h.conversation_id, h.customer_key, h.reason, h.created_by, h.created_at "
    "FROM holds h";
/// A conversation `c` that nothing holds.
constexpr std::string_view kNotHeld =
    "NOT EXISTS (SELECT 1 FROM holds h WHERE h.conversation_id = c.id) AND "
    "NOT EXISTS (SELECT 1 FROM holds h WHERE h.customer_key = c.customer_key)";

HoldRow to_hold(const Row& row) {
    HoldRow hold = {.id = row.id<HoldId>(0),
                    .customer_key = row.optional_text(2),
                    .reason = row.text(3),
                    .created_by = row.text(4),
                    .created_at = row.time(5)};
    if (!row.is_null(1)) {
        hold.conversation = row.id<ConversationId>(1);
    }
    return hold;
}

template <typename... Args>
Result<std::vector<HoldRow>> read_holds(Connection& connection, const std::string& condition,
                                        const Args&... args) {
    std::vector<HoldRow> holds;
    TRY(connection.each(
        fmt::format("{} {} ORDER BY h.created_at, h.id", kHoldColumns, condition),
        [&](const Row& row) { holds.push_back(to_hold(row)); }, args...));
    return holds;
}

}  // namespace

Result<std::vector<HoldRow>> find_holds(Connection& connection, ConversationId id,
                                        const std::optional<std::string>& customer_key) {
    return read_holds(connection, "WHERE h.conversation_id = ? OR h.customer_key = ?", id,
                      customer_key);
}

Result<std::vector<HoldRow>> find_holds(Connection& connection, const std::string& customer_key) {
    return read_holds(connection,
                      "WHERE h.customer_key = ?1 OR h.conversation_id IN "
                      "(SELECT id FROM conversations WHERE customer_key = ?1)",
                      customer_key);
}

Result<void> SqlErasure::insert_hold(const HoldRow& hold) {
    if (hold.conversation.has_value() == hold.customer_key.has_value()) {
        return fail(ErrorCode::Invalid, "hold: a conversation or a customer, not both");
    }
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        if (hold.conversation) {
            // An erasure that is under way comes first, or waits and finds the hold.
            TRY_ASSIGN(const bool found, lock_conversation(context, *hold.conversation));
            if (!found) {
                return fail(ErrorCode::NotFound, "conversation {}: there is none",
                            hold.conversation->text());
            }
        }
        const auto inserted = context.connection.run(
            "INSERT INTO holds (id, conversation_id, customer_key, reason, created_by, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            hold.id, hold.conversation, hold.customer_key, hold.reason, hold.created_by,
            hold.created_at);
        TRY(inserted);
        return *inserted > 0 ? Result<void>()
                             : fail(ErrorCode::Conflict, "hold: there is one on it already");
    });
}

Result<std::vector<HoldRow>> SqlErasure::list_holds() const {
    return readers_.with([&](Connection& connection) { return read_holds(connection, ""); });
}

Result<void> SqlErasure::delete_hold(HoldId id) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY_ASSIGN(const auto deleted,
                   context.connection.run("DELETE FROM holds WHERE id = ?", id));
        return deleted > 0 ? Result<void>()
                           : fail(ErrorCode::NotFound, "hold {}: there is none", id.text());
    });
}

Result<std::vector<ConversationId>> SqlErasure::list_overdue(const RetentionRule& rule,
                                                             int limit) const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<ConversationId>> {
        std::vector<ConversationId> ids;
        const auto left = [&] { return std::clamp(limit, 1, 500) - static_cast<int>(ids.size()); };
        const auto take = [&](const Row& row) { ids.push_back(row.id<ConversationId>(0)); };
        std::vector<std::pair<std::string, std::int64_t>> campaigns;
        TRY(connection.each(
            "SELECT id, retain_days FROM campaigns WHERE retain_days IS NOT NULL",
            [&](const Row& row) { campaigns.emplace_back(row.text(0), row.int64(1)); }));
        const auto now = clock_.now();
        for (const auto& [campaign, days] : campaigns) {
            if (left() > 0) {
                TRY(connection.each(
                    fmt::format("SELECT c.id FROM conversations c WHERE c.campaign_id = ? "
                                "AND c.listed_at < ? AND {} ORDER BY c.listed_at LIMIT ?",
                                kNotHeld),
                    take, campaign, Timestamp(now - std::chrono::days(days)), left()));
            }
        }
        if (rule.installation && left() > 0) {
            TRY(connection.each(
                fmt::format("SELECT c.id FROM conversations c WHERE c.listed_at < ? AND "
                            "NOT EXISTS (SELECT 1 FROM campaigns p WHERE p.id = c.campaign_id "
                            "AND p.retain_days IS NOT NULL) AND {} ORDER BY c.listed_at LIMIT ?",
                            kNotHeld),
                take, Timestamp(now - *rule.installation), left()));
        }
        return ids;
    });
}

Result<std::int64_t> SqlErasure::expire_raw_bodies(Timestamp before, int limit) {
    return writer_.call<std::int64_t>([&](WriteContext& context) {
        return context.connection.run(
            fmt::format(
                "UPDATE events SET raw = NULL WHERE sequence IN (SELECT e.sequence FROM events e "
                "JOIN conversations c ON c.id = e.conversation_id "
                "WHERE e.raw IS NOT NULL AND e.received_at < ? AND {} "
                "ORDER BY e.received_at LIMIT ?)",
                kNotHeld),
            before, std::clamp(limit, 1, 1000));
    });
}

}  // namespace oidor::store::sql
