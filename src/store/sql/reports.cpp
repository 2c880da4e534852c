#include "store/sql/reports.hpp"

#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/time_zone.hpp"
#include "store/sql/compression.hpp"
#include "store/sql/conversation_filter.hpp"

namespace oidor::store::sql {
namespace {

constexpr int kDaysMax = 400;
/// Conversations of one statement of a walk: with their audits some MB.
constexpr int kWalkPage = 500;
constexpr int kListMax = 5'000;

constexpr std::string_view kConversations =
    "SELECT c.id, c.external_id, c.day, c.listed_at, c.direction, c.duration_s, c.address_from, "
    "c.address_to, c.campaign_id, c.campaign_state FROM conversations c WHERE 1 = 1";

/// A page of conversations of one day, and what belongs to each.
FilterQuery page_query(const JudgedFilter& filter, const JudgedCursor& after, int conversations) {
    FilterQuery query{.sql = std::string(kConversations)};
    query.add_filter({.campaign = filter.campaign,
                      .campaigns_allowed = filter.campaigns_allowed,
                      .agent = filter.agent,
                      .day = after.day});
    query.sql += " AND (c.listed_at, c.id) > (?, ?) ORDER BY c.listed_at, c.id LIMIT ?";
    query.values.emplace_back(std::int64_t{after.listed_at.time_since_epoch().count()});
    query.values.emplace_back(after.id);
    query.values.emplace_back(std::int64_t{conversations});
    std::string only_agent;
    if (filter.agent) {
        only_agent = " AND p.agent_id = ?";
        query.values.emplace_back(*filter.agent);
    }
    query.sql = fmt::format(
        "SELECT c.id, c.external_id, c.day, c.listed_at, c.direction, c.duration_s, "
        "c.address_from, c.address_to, c.campaign_id, c.campaign_state, "
        "p.id, p.agent_id, p.agent_state, p.agent_name, a.scorecard_id, a.scorecard_version, "
        "a.auditable, a.reason, a.quality_score, a.quality_category, a.needs_review{} FROM ({}) c "
        "LEFT JOIN participations p ON p.conversation_id = c.id{} "
        "LEFT JOIN audits a ON a.participation_id = p.id AND a.is_current = 1 "
        "ORDER BY c.listed_at, c.id, p.position, a.scorecard_id",
        filter.bodies == Bodies::With ? ", a.size_bytes, a.body" : "", query.sql, only_agent);
    return query;
}

MappingState mapping_state(const Row& row, int column) {
    return parse_mapping_state(row.view(column)).value_or(MappingState::Unmapped);
}

JudgedPart to_part(const Row& row, Bodies bodies) {
    JudgedPart part = {.conversation = row.id<ConversationId>(0),
                       .external_id = row.text(1),
                       .day = row.text(2),
                       .listed_at = row.time(3),
                       .direction = parse_direction(row.view(4)).value_or(Direction::Unknown),
                       .duration_s = row.optional_int64(5),
                       .address_from = row.optional_text(6),
                       .address_to = row.optional_text(7),
                       .campaign = row.optional_text(8),
                       .campaign_state = mapping_state(row, 9)};
    if (row.is_null(10)) {
        return part;
    }
    part.participation = row.id<ParticipationId>(10);
    part.agent = row.optional_text(11);
    part.agent_state = mapping_state(row, 12);
    part.agent_name = row.optional_text(13);
    if (row.is_null(14)) {
        return part;
    }
    auto& audit = part.audit.emplace();
    audit.scorecard_id = row.text(14);
    audit.scorecard_version = row.int32(15);
    audit.auditable = row.boolean(16);
    audit.reason = row.optional_text(17);
    if (!row.is_null(18)) {
        audit.quality_score = row.int32(18);
    }
    audit.quality_category = row.optional_text(19);
    audit.needs_review = row.boolean(20);
    if (bodies == Bodies::With) {
        auto json = decompress(row.view(22), static_cast<std::size_t>(row.int64(21)));
        audit.unreadable = !json;
        if (json) {
            audit.json = std::move(*json);
        }
    }
    return part;
}

/// The lines of one page of one day; how many conversations it had.
Result<int> read_page(Connection& connection, const JudgedFilter& filter, const JudgedCursor& after,
                      int conversations, std::vector<JudgedPart>& parts) {
    const auto query = page_query(filter, after, conversations);
    int count = 0;
    std::optional<ConversationId> last;
    TRY(connection.each_of(query.sql, query.params(), [&](const Row& row) {
        parts.push_back(to_part(row, filter.bodies));
        if (last != parts.back().conversation) {
            last = parts.back().conversation;
            ++count;
        }
    }));
    return count;
}

JudgedCursor start_of(const std::string& day) {
    return {
        .day = day,
        .listed_at = Timestamp(std::chrono::microseconds(std::numeric_limits<std::int64_t>::min())),
        .id = {}};
}

JudgedCursor end_of(const std::vector<JudgedPart>& parts) {
    const auto& last = parts.back();
    return {.day = last.day, .listed_at = last.listed_at, .id = last.conversation};
}

Result<void> check_days(const JudgedFilter& filter) {
    for (const auto& day : {filter.from, filter.to}) {
        if (!local_day_start("UTC", day)) {
            return fail(ErrorCode::Invalid, "expected days, as in 2026-02-10");
        }
    }
    if (filter.from > filter.to || add_days(filter.from, kDaysMax) < filter.to) {
        return fail(ErrorCode::Invalid, "expected at most {} days, the last behind the first",
                    kDaysMax);
    }
    return {};
}

Result<void> walk(Connection& connection, const JudgedFilter& filter, JudgedVisitor& visitor) {
    std::vector<JudgedPart> parts;
    for (auto day = filter.from; day < filter.to; day = add_days(day, 1)) {
        for (auto after = start_of(day);;) {
            parts.clear();
            TRY_ASSIGN(const int count, read_page(connection, filter, after, kWalkPage, parts));
            if (count > 0) {
                after = end_of(parts);
            }
            for (auto& part : parts) {
                TRY(visitor.take(std::move(part)));
            }
            if (count < kWalkPage) {
                break;
            }
        }
    }
    return {};
}

}  // namespace

Result<void> SqlReports::walk_judged(const JudgedFilter& filter, JudgedVisitor& visitor) const {
    TRY(check_days(filter));
    return readers_.with([&](Connection& connection) -> Result<void> {
        visitor.begin();
        return walk(connection, filter, visitor);
    });
}

Result<JudgedPage> SqlReports::list_judged(const JudgedFilter& filter,
                                           const std::optional<JudgedCursor>& after,
                                           int conversations) const {
    TRY(check_days(filter));
    if (conversations < 1 || conversations > kListMax) {
        return fail(ErrorCode::Invalid, "expected 1 to {} conversations", kListMax);
    }
    return readers_.with([&](Connection& connection) -> Result<JudgedPage> {
        JudgedPage page;
        auto place = after && after->day >= filter.from ? *after : start_of(filter.from);
        int wanted = conversations;
        while (place.day < filter.to) {
            TRY_ASSIGN(const int count, read_page(connection, filter, place, wanted, page.parts));
            wanted -= count;
            if (wanted == 0) {
                page.next = end_of(page.parts);
                break;
            }
            place = start_of(add_days(place.day, 1));
        }
        return page;
    });
}

}  // namespace oidor::store::sql
