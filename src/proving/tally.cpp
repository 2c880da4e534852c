#include "proving/tally.hpp"

#include <algorithm>

namespace oidor::proving {
namespace {

using audit::Outcome;

constexpr std::array<std::string_view, kNotComparableCount> kReasons = {
    "faulty_transcript", "other_language", "not_judged_yet",   "no_scorecard",
    "not_auditable",     "no_score",       "no_participation",
};

void put(Distribution& distribution, const audit::Audit& audit, bool passes) {
    const auto bin = std::clamp<std::int64_t>(audit.score->micros() / (Decimal::kScale * 10), 0, 9);
    ++distribution.bins[static_cast<std::size_t>(bin)];
    if (audit.category) {
        ++distribution.categories[*audit.category];
    }
    distribution.passing += passes ? 1 : 0;
    distribution.sum += *audit.score;
}

void merge_into(Distribution& sum, const Distribution& other) {
    for (std::size_t i = 0; i < sum.bins.size(); ++i) {
        sum.bins[i] += other.bins[i];
    }
    for (const auto& [category, count] : other.categories) {
        sum.categories[category] += count;
    }
    sum.passing += other.passing;
    sum.sum += other.sum;
}

void merge_into(GroupShift& sum, const GroupShift& other) {
    sum.audits += other.audits;
    sum.before_sum += other.before_sum;
    sum.after_sum += other.after_sum;
    sum.pass_to_fail += other.pass_to_fail;
    sum.fail_to_pass += other.fail_to_pass;
    for (const auto& [criterion, counts] : other.criteria) {
        sum.criteria[criterion][0] += counts[0];
        sum.criteria[criterion][1] += counts[1];
    }
    sum.samples.merge(other.samples);
}

void merge_into(CriterionShift& sum, const CriterionShift& other) {
    for (std::size_t from = 0; from < sum.outcomes.size(); ++from) {
        for (std::size_t to = 0; to < sum.outcomes.size(); ++to) {
            sum.outcomes[from][to] += other.outcomes[from][to];
        }
    }
    sum.added += other.added;
    sum.pass_to_fail.merge(other.pass_to_fail);
    sum.fail_to_pass.merge(other.fail_to_pass);
}

}  // namespace

/// What one audit adds to its agent and its campaign.
struct Tally::Crossing {
    bool scored = false;
    bool pass_to_fail = false;
    bool fail_to_pass = false;
    std::vector<std::pair<const std::string*, std::size_t>> criteria = {};
};

std::string_view format(NotComparable reason) { return kReasons[static_cast<std::size_t>(reason)]; }

void Samples::add(const Sample& sample) {
    const auto place = std::ranges::upper_bound(kept, sample.sequence, {}, &Sample::sequence);
    if (place == kept.end() && kept.size() == kMax) {
        return;
    }
    kept.insert(place, sample);
    if (kept.size() > kMax) {
        kept.pop_back();
    }
}

void Samples::merge(const Samples& others) {
    for (const auto& sample : others.kept) {
        add(sample);
    }
}

Tally::Tally(const audit::Scorecard& newer, std::int64_t pass_mark) : pass_mark_(pass_mark) {
    for (const auto& criterion : newer.criteria) {
        figures_.criteria.push_back({.criterion = criterion.id});
    }
}

void Tally::compare_criteria(const Sample& sample, const audit::Audit& older,
                             const audit::Audit& newer, Crossing& crossing) {
    for (std::size_t i = 0; i < newer.criteria.size(); ++i) {
        const auto& after = newer.criteria[i];
        auto& shift = figures_.criteria[i];
        const bool same_place = i < older.criteria.size() && older.criteria[i].id == after.id;
        const auto before =
            same_place ? older.criteria.begin() + static_cast<std::ptrdiff_t>(i)
                       : std::ranges::find(older.criteria, after.id, &audit::CriterionResult::id);
        if (before == older.criteria.end()) {
            ++shift.added;
            continue;
        }
        ++shift.outcomes[static_cast<std::size_t>(before->outcome)]
                        [static_cast<std::size_t>(after.outcome)];
        if (before->outcome == Outcome::Pass && after.outcome == Outcome::Fail) {
            shift.pass_to_fail.add(sample);
            crossing.criteria.emplace_back(&shift.criterion, 0);
        } else if (before->outcome == Outcome::Fail && after.outcome == Outcome::Pass) {
            shift.fail_to_pass.add(sample);
            crossing.criteria.emplace_back(&shift.criterion, 1);
        }
    }
    for (const auto& before : older.criteria) {
        if (std::ranges::find(newer.criteria, before.id, &audit::CriterionResult::id) ==
            newer.criteria.end()) {
            ++figures_.gone[before.id];
        }
    }
}

void Tally::compare_scores(const audit::Audit& older, const audit::Audit& newer,
                           Crossing& crossing) {
    if (!older.score || !newer.score) {
        leave_out(NotComparable::NoScore);
        return;
    }
    crossing.scored = true;
    ++figures_.compared;
    const bool passed = passes(*older.score);
    const bool passes_now = passes(*newer.score);
    crossing.pass_to_fail = passed && !passes_now;
    crossing.fail_to_pass = !passed && passes_now;
    figures_.pass_to_fail += crossing.pass_to_fail ? 1 : 0;
    figures_.fail_to_pass += crossing.fail_to_pass ? 1 : 0;
    figures_.higher += *newer.score > *older.score ? 1 : 0;
    figures_.lower += *newer.score < *older.score ? 1 : 0;
    put(figures_.before, older, passed);
    put(figures_.after, newer, passes_now);
}

void Tally::compare(const Subject& subject, const audit::Audit& older, const audit::Audit& newer) {
    if (!older.auditable || !newer.auditable) {
        leave_out(NotComparable::NotAuditable);
        return;
    }
    const Sample sample = {.sequence = subject.sequence,
                           .conversation = subject.conversation.id,
                           .participation = subject.participation.id,
                           .agent = subject.participation.agent.id,
                           .before = older.score,
                           .after = newer.score};
    Crossing crossing;
    compare_criteria(sample, older, newer, crossing);
    compare_scores(older, newer, crossing);
    const auto put_group = [&](const Mapped& mapped, std::map<std::string, GroupShift>& groups,
                               std::int64_t& left_out) {
        if (mapped.state != MappingState::Mapped || !mapped.id) {
            ++left_out;
            return;
        }
        auto& group = groups[*mapped.id];
        for (const auto& [criterion, way] : crossing.criteria) {
            ++group.criteria[*criterion][way];
        }
        if (crossing.scored) {
            ++group.audits;
            group.before_sum += *older.score;
            group.after_sum += *newer.score;
            group.pass_to_fail += crossing.pass_to_fail ? 1 : 0;
            group.fail_to_pass += crossing.fail_to_pass ? 1 : 0;
        }
        if (crossing.pass_to_fail) {
            group.samples.add(sample);
        }
    };
    put_group(subject.participation.agent, figures_.agents, figures_.agents_left_out);
    put_group(subject.conversation.campaign, figures_.campaigns, figures_.campaigns_left_out);
}

void Tally::merge(const Tally& other) {
    const auto& more = other.figures_;
    figures_.conversations += more.conversations;
    figures_.compared += more.compared;
    figures_.questions_unknown_before += more.questions_unknown_before;
    figures_.questions_unknown_after += more.questions_unknown_after;
    figures_.pass_to_fail += more.pass_to_fail;
    figures_.fail_to_pass += more.fail_to_pass;
    figures_.higher += more.higher;
    figures_.lower += more.lower;
    figures_.agents_left_out += more.agents_left_out;
    figures_.campaigns_left_out += more.campaigns_left_out;
    for (std::size_t i = 0; i < kNotComparableCount; ++i) {
        figures_.not_comparable[i] += more.not_comparable[i];
    }
    merge_into(figures_.before, more.before);
    merge_into(figures_.after, more.after);
    for (std::size_t i = 0; i < figures_.criteria.size(); ++i) {
        merge_into(figures_.criteria[i], more.criteria[i]);
    }
    for (const auto& [criterion, count] : more.gone) {
        figures_.gone[criterion] += count;
    }
    for (const auto& [agent, group] : more.agents) {
        merge_into(figures_.agents[agent], group);
    }
    for (const auto& [campaign, group] : more.campaigns) {
        merge_into(figures_.campaigns[campaign], group);
    }
}

}  // namespace oidor::proving
