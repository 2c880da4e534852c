// Conversations with their transcripts in bulk: four statements a page, whatever it holds.
#include <algorithm>
#include <unordered_map>

#include "store/sql/conversation_filter.hpp"
#include "store/sql/conversation_rows.hpp"
#include "store/sql/conversations.hpp"

namespace oidor::store::sql {
namespace {

constexpr int kHeardMax = 5'000;
/// Past the columns of a conversation.
constexpr int kListedAt = 23;

/// The conversations outermost, by their listing: SQLite keeps to the order of CROSS JOIN, so that
/// a page costs what it holds, not what the table holds.
constexpr std::string_view kHeard =
    "FROM conversations c CROSS JOIN conversation_transcripts x CROSS JOIN transcripts t "
    "WHERE x.conversation_id = c.id AND x.is_current = 1 AND t.sha256 = x.sha256";

void add_bound(FilterQuery& query, std::string_view comparison, const ConversationCursor& cursor) {
    query.add(fmt::format("(c.listed_at, c.id) {} (?, ", comparison),
              cursor.at.time_since_epoch().count());
    query.sql += "?)";
    query.values.emplace_back(cursor.id);
}

/// One page, filled by a statement for each kind of row.
class PageReader {
  public:
    PageReader(Connection& connection, const ConversationFilter& filter,
               const std::optional<ConversationCursor>& after)
        : connection_(connection), filter_(filter), after_(after) {}

    Result<HeardPage> read(const HeardPageLimits& limits) {
        TRY(read_conversations(limits));
        if (!page_.conversations.empty()) {
            TRY(read_bodies());
            TRY(read_participations());
            TRY(read_recordings());
            TRY(read_audits());
        }
        return std::move(page_);
    }

  private:
    Result<void> read_conversations(const HeardPageLimits& limits) {
        const int count = std::clamp(limits.count_max, 1, kHeardMax);
        FilterQuery query;
        query.sql = fmt::format("SELECT {}, c.listed_at, t.sha256, t.size_bytes, length(t.body) {}",
                                kConversationColumns, kHeard);
        query.add_filter(filter_);
        if (after_) {
            add_bound(query, ">", *after_);
        }
        query.sql += " ORDER BY c.listed_at, c.id LIMIT ?";
        query.values.emplace_back(std::int64_t{count});
        int rows = 0;
        std::int64_t bytes = 0;
        TRY(connection_.each_of(query.sql, query.params(), [&](const Row& row) {
            ++rows;
            bytes += row.int64(kListedAt + 3);
            if (bytes > limits.body_bytes_max && !page_.conversations.empty()) {
                cut_ = true;
            }
            if (cut_) {
                return;
            }
            auto& heard = page_.conversations.emplace_back();
            heard.row.conversation = to_conversation(row);
            heard.transcript.sha256_hex = to_hex(row.sha256(kListedAt + 1));
            heard.transcript.size_bytes = row.int64(kListedAt + 2);
            last_ = {.at = row.time(kListedAt), .id = heard.row.conversation.id};
            places_.emplace(heard.row.conversation.id, page_.conversations.size() - 1);
        }));
        if (cut_ || rows == count) {
            page_.next = last_;
        }
        return {};
    }

    /// Runs over what belongs to the page's conversations; `read` gets each row's conversation,
    /// whose id stands in column `id_column`.
    template <typename Read>
    Result<void> each_of_page(std::string_view select, std::string_view from,
                              std::string_view order, int id_column, Read&& read) {
        FilterQuery query;
        query.sql = fmt::format("SELECT {}, c.id {}", select, from);
        query.add_filter(filter_);
        if (after_) {
            add_bound(query, ">", *after_);
        }
        add_bound(query, "<=", last_);
        query.sql += fmt::format(" ORDER BY c.listed_at, c.id{}", order);
        return connection_.each_of(query.sql, query.params(), [&](const Row& row) {
            if (const auto place = places_.find(row.id<ConversationId>(id_column));
                place != places_.end()) {
                read(row, page_.conversations[place->second]);
            }
        });
    }

    Result<void> read_bodies() {
        return each_of_page("t.body", kHeard, "", 1, [](const Row& row, HeardConversation& heard) {
            heard.transcript.body = row.text(0);
        });
    }

    Result<void> read_participations() {
        return each_of_page(
            kParticipationColumns,
            "FROM conversations c CROSS JOIN participations p WHERE p.conversation_id = c.id",
            ", p.position", 8, [](const Row& row, HeardConversation& heard) {
                heard.row.participations.push_back(to_participation(row));
            });
    }

    Result<void> read_recordings() {
        Result<void> outcome;
        TRY(each_of_page(
            kRecordingColumns,
            "FROM conversations c CROSS JOIN recordings r WHERE r.conversation_id = c.id",
            ", r.position", 11, [&](const Row& row, HeardConversation& heard) {
                auto recording = to_recording(row);
                if (recording) {
                    heard.row.recordings.push_back(std::move(*recording));
                } else {
                    outcome = fail(std::move(recording).error());
                }
            }));
        return outcome;
    }

    Result<void> read_audits() {
        return each_of_page("a.participation_id, a.scorecard_id, a.scorecard_version, a.created_at",
                            "FROM conversations c CROSS JOIN audits a "
                            "WHERE a.conversation_id = c.id AND a.is_current = 1",
                            ", a.participation_id, a.scorecard_id", 4,
                            [](const Row& row, HeardConversation& heard) {
                                heard.audits.push_back({.participation = row.id<ParticipationId>(0),
                                                        .scorecard_id = row.text(1),
                                                        .scorecard_version = row.int32(2),
                                                        .created_at = row.time(3)});
                            });
    }

    Connection& connection_;
    const ConversationFilter& filter_;
    const std::optional<ConversationCursor>& after_;
    HeardPage page_ = {};
    ConversationCursor last_ = {};
    bool cut_ = false;
    std::unordered_map<ConversationId, std::size_t> places_ = {};
};

}  // namespace

Result<HeardPage> SqlConversations::list_heard(const ConversationFilter& filter,
                                               std::optional<ConversationCursor> after,
                                               const HeardPageLimits& limits) const {
    return readers_.with(
        [&](Connection& connection) { return PageReader(connection, filter, after).read(limits); });
}

Result<std::int64_t> SqlConversations::count_heard(const ConversationFilter& filter) const {
    FilterQuery query;
    query.sql =
        "SELECT count(*) FROM conversations c CROSS JOIN conversation_transcripts x "
        "WHERE x.conversation_id = c.id AND x.is_current = 1";
    query.add_filter(filter);
    return readers_.with([&](Connection& connection) -> Result<std::int64_t> {
        std::int64_t count = 0;
        TRY(connection.each_of(query.sql, query.params(),
                               [&](const Row& row) { count = row.int64(0); }));
        return count;
    });
}

}  // namespace oidor::store::sql
