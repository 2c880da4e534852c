// What reports are counted from: each part of each conversation with its current audits, in the
// order of days.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "domain/conversation.hpp"

namespace oidor::store {

/// A current audit as reports need it.
struct JudgedAudit {
    std::string scorecard_id = {};
    int scorecard_version = 1;
    bool auditable = true;
    std::optional<std::string> reason = {};
    std::optional<int> quality_score = {};
    std::optional<std::string> quality_category = {};
    bool needs_review = false;
    std::string json = {};    ///< The whole audit; empty where it was not asked for.
    bool unreadable = false;  ///< It was asked for, and its stored bytes fail their check.
    bool operator==(const JudgedAudit&) const = default;
};

/// One participation with one of its current audits: a line for each audit, one without an audit
/// where it has none, one without a participation for a conversation that has none.
struct JudgedPart {
    ConversationId conversation = {};
    std::string external_id = {};
    std::string day = {};
    Timestamp listed_at = {};  ///< Its start; its arrival where none is known.
    Direction direction = Direction::Unknown;
    std::optional<std::int64_t> duration_s = {};
    std::optional<std::string> address_from = {};  ///< Raw.
    std::optional<std::string> address_to = {};
    std::optional<std::string> campaign = {};
    MappingState campaign_state = MappingState::Unmapped;
    std::optional<ParticipationId> participation = {};
    std::optional<std::string> agent = {};
    MappingState agent_state = MappingState::Unmapped;
    std::optional<std::string> agent_name = {};
    std::optional<JudgedAudit> audit = {};
    bool operator==(const JudgedPart&) const = default;
};

/// Whether the audits' JSON is read, too.
enum class Bodies { Without, With };

/// Which parts are asked for; what is not set, is not asked.
struct JudgedFilter {
    std::string from = {};  ///< Stored local days, half-open; at most 400 of them.
    std::string to = {};
    std::optional<std::string> campaign = {};
    std::vector<std::string> campaigns_allowed = {};  ///< Of a limited key; empty: all.
    std::optional<std::string> agent = {};            ///< Only this agent's parts.
    Bodies bodies = Bodies::Without;
};

/// Where a list goes on: the last conversation that was listed.
struct JudgedCursor {
    std::string day = {};
    Timestamp listed_at = {};
    ConversationId id = {};
    bool operator==(const JudgedCursor&) const = default;
};

/// Some conversations' parts, all of each of them.
struct JudgedPage {
    std::vector<JudgedPart> parts = {};
    std::optional<JudgedCursor> next = {};  ///< Nothing: that was the last.
};

/// Takes the parts of a walk.
class JudgedVisitor {
  public:
    virtual ~JudgedVisitor() = default;
    /// The walk begins; a second time when the store had to begin anew: what was taken is void.
    virtual void begin() = 0;
    /// A failure ends the walk with it.
    virtual Result<void> take(JudgedPart part) = 0;
};

/// Safe to call from many threads.
class Reports {
  public:
    virtual ~Reports() = default;

    /// Shows every part of the filter once: by day, within a day by start, all parts of a
    /// conversation together in their order, its audits by scorecard id; all of one state of the
    /// store, in bounded memory. Conversations without a day (not mapped yet) are in no report.
    /// An audit that cannot be read holds nothing up: it says so. Errors: Invalid (days), those of
    /// the visitor.
    [[nodiscard]] virtual Result<void> walk_judged(const JudgedFilter& filter,
                                                   JudgedVisitor& visitor) const = 0;
    /// The same, page by page; 1 to 5,000 conversations a page, of one state of the store each.
    [[nodiscard]] virtual Result<JudgedPage> list_judged(const JudgedFilter& filter,
                                                         const std::optional<JudgedCursor>& after,
                                                         int conversations) const = 0;
};

}  // namespace oidor::store
