#include "reports/selection.hpp"

namespace oidor::reports {

void Selection::clear() {
    counts_ = {};
    scorecards_.clear();
    unreadable_.clear();
    last_.reset();
}

std::int64_t* Selection::apart(const store::JudgedPart& part, const store::JudgedAudit& audit) {
    const bool other =
        question_.scorecard &&
        (audit.scorecard_id != *question_.scorecard ||
         audit.scorecard_version != question_.scorecard_version.value_or(audit.scorecard_version));
    if (other) {
        return &counts_.other_scorecards;
    }
    if (!audit.auditable) {
        ++counts_.not_auditable_reasons[audit.reason.value_or("unknown")];
        return &counts_.not_auditable;
    }
    if (!audit.quality_score && unscored_ == Unscored::Apart) {
        return &counts_.without_score;
    }
    if ((question_.by == By::Agent || question_.agent) &&
        part.agent_state != MappingState::Mapped) {
        return part.agent_state == MappingState::Defaulted ? &counts_.agents_defaulted
                                                           : &counts_.agents_unmapped;
    }
    if ((question_.by == By::Campaign || question_.campaign) &&
        part.campaign_state != MappingState::Mapped) {
        return part.campaign_state == MappingState::Defaulted ? &counts_.campaigns_defaulted
                                                              : &counts_.campaigns_unmapped;
    }
    if (audit.unreadable) {
        name_unreadable(part);
        return &counts_.unreadable;
    }
    return nullptr;
}

void Selection::name_unreadable(const store::JudgedPart& part) {
    if (unreadable_.size() < kUnreadableNamed) {
        unreadable_.push_back(part.conversation.text());
    }
}

void Selection::put_apart(const store::JudgedPart& part) {
    --counts_.figures;
    counts_.needs_review -= part.audit->needs_review ? 1 : 0;
    ++counts_.unreadable;
    name_unreadable(part);
}

Tail Selection::tail() const {
    Tail tail;
    tail.counts = counts_;
    tail.scorecards = scorecards_;
    tail.unreadable = unreadable_;
    return tail;
}

std::optional<Group> Selection::place(const store::JudgedPart& part) {
    if (last_ != part.conversation) {
        last_ = part.conversation;
        ++counts_.conversations;
    }
    if (!part.audit) {
        ++counts_.not_judged;
        return std::nullopt;
    }
    const auto& audit = *part.audit;
    ++counts_.audits;
    if (auto* const count = apart(part, audit)) {
        ++*count;
        return std::nullopt;
    }
    ++counts_.figures;
    counts_.needs_review += audit.needs_review ? 1 : 0;
    scorecards_[audit.scorecard_id].insert(audit.scorecard_version);
    Group group{.scorecard = audit.scorecard_id, .id = {}};
    if (question_.by == By::Agent) {
        group.id = part.agent.value_or("");
    } else if (question_.by == By::Campaign) {
        group.id = part.campaign.value_or("");
    }
    return group;
}

}  // namespace oidor::reports
