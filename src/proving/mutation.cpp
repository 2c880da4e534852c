#include "proving/mutation.hpp"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <optional>
#include <set>
#include <thread>

#include "audit/auditor.hpp"

namespace oidor::proving {
namespace {

enum class Fate { Noticed, Survived, Equivalent };

/// The next number of a generator that is the same everywhere (SplitMix64).
std::uint64_t next_number(std::uint64_t& state) {
    std::uint64_t value = state += 0x9e3779b97f4a7c15U;
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31U);
}

/// Which mutants are tried, in their order.
std::vector<std::size_t> choose(std::size_t count, const MutationOptions& options) {
    std::vector<std::size_t> chosen(count);
    std::iota(chosen.begin(), chosen.end(), 0U);
    const auto wanted = std::max<std::size_t>(options.mutants_max, 1);
    if (count <= wanted) {
        return chosen;
    }
    auto state = options.seed;
    for (std::size_t i = 0; i < wanted; ++i) {
        std::swap(chosen[i], chosen[i + next_number(state) % (count - i)]);
    }
    chosen.resize(wanted);
    std::ranges::sort(chosen);
    return chosen;
}

/// The scorecard with only what decides one criterion: itself and those that its conditions name.
audit::Scorecard reduce(const audit::Scorecard& scorecard, std::size_t index) {
    std::set<std::string> wanted = {scorecard.criteria[index].id};
    for (bool grew = true; grew;) {
        grew = false;
        for (const auto& criterion : scorecard.criteria) {
            if (wanted.contains(criterion.id) && criterion.only_if &&
                criterion.only_if->criterion) {
                grew = wanted.insert(*criterion.only_if->criterion).second || grew;
            }
        }
    }
    auto reduced = scorecard;
    std::erase_if(reduced.criteria, [&](const audit::Criterion& criterion) {
        return !wanted.contains(criterion.id);
    });
    for (auto& criterion : reduced.criteria) {
        criterion.examples.clear();
    }
    return reduced;
}

/// The text of a dropped phrase, said by who must say it.
audit::Example said_alone(const audit::Criterion& criterion, const std::string& words) {
    using audit::BoundSpeaker;
    audit::Example example;
    auto& segment = example.transcript.segments.emplace_back();
    segment.speaker = criterion.speaker == BoundSpeaker::Customer ? Speaker::Customer
                      : criterion.speaker == BoundSpeaker::Bot    ? Speaker::Bot
                                                                  : Speaker::Agent;
    segment.text = words;
    return example;
}

class Tester {
  public:
    Tester(const audit::Scorecard& scorecard, std::span<const ProvingExample> examples,
           const Trial& trial)
        : scorecard_(scorecard),
          reduced_(scorecard.criteria.size()),
          examples_(scorecard.criteria.size()) {
        for (std::size_t i = 0; i < examples.size(); ++i) {
            if (trial.tried[i].holds) {
                examples_[examples[i].criterion].push_back(&examples[i].example);
            }
        }
        for (std::size_t i = 0; i < reduced_.size(); ++i) {
            reduced_[i] = reduce(scorecard, i);
        }
    }

    [[nodiscard]] Result<Fate> test(const Mutant& mutant) const {
        const auto& criterion = scorecard_.criteria[mutant.criterion];
        auto changed = reduced_[mutant.criterion];
        mutant.apply(*std::ranges::find(changed.criteria, criterion.id, &audit::Criterion::id));
        TRY_ASSIGN(const auto auditor, audit::Auditor::open(std::move(changed)));
        for (const auto* example : examples_[mutant.criterion]) {
            if (!try_example(*auditor, criterion.id, *example).holds) {
                return Fate::Noticed;
            }
        }
        if (mutant.operation == Operator::DropPhrase && criterion.need != audit::Need::All &&
            criterion.need != audit::Need::Sequence) {
            TRY_ASSIGN(const bool same, is_heard_without(mutant, criterion, *auditor));
            return same ? Fate::Equivalent : Fate::Survived;
        }
        return Fate::Survived;
    }

  private:
    [[nodiscard]] Result<bool> is_heard_without(const Mutant& mutant,
                                                const audit::Criterion& criterion,
                                                const audit::Auditor& without) const {
        TRY_ASSIGN(const auto with, audit::Auditor::open(reduced_[mutant.criterion]));
        const auto example = said_alone(criterion, mutant.from);
        const auto before = try_example(*with, criterion.id, example);
        const auto after = try_example(without, criterion.id, example);
        const bool heard =
            before.outcome ==
            (criterion.need == audit::Need::None ? audit::Outcome::Fail : audit::Outcome::Pass);
        return heard && before.outcome == after.outcome && before.points == after.points;
    }

    const audit::Scorecard& scorecard_;
    std::vector<audit::Scorecard> reduced_;
    std::vector<std::vector<const audit::Example*>> examples_;
};

}  // namespace

Decimal Mutation::score() const {
    if (tried == 0) {
        return Decimal::from_int(100);
    }
    // Rounded down: what is said to be reached is reached.
    const auto thousandths = noticed * 1000 / tried;
    return Decimal::from_micros(static_cast<std::int64_t>(thousandths) * 100'000);
}

Result<Mutation> try_mutants(const audit::Scorecard& scorecard, std::span<const Mutant> mutants,
                             std::span<const ProvingExample> examples, const Trial& trial,
                             const MutationOptions& options) {
    const Tester tester(scorecard, examples, trial);
    const auto chosen = choose(mutants.size(), options);
    std::vector<std::optional<Result<Fate>>> fates(chosen.size());
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        for (auto i = next++; i < chosen.size() && !options.stop.stop_requested(); i = next++) {
            fates[i].emplace(tester.test(mutants[chosen[i]]));
        }
    };
    {
        std::vector<std::jthread> threads;
        for (unsigned i = 1; i < options.threads; ++i) {
            threads.emplace_back(work);
        }
        work();
    }
    Mutation mutation{.made = mutants.size()};
    mutation.operators.resize(operator_names().size());
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        if (!fates[i]) {
            return fail(ErrorCode::Cancelled, "mutants: stopped after {} of {}", i, chosen.size());
        }
        TRY_ASSIGN(const auto fate, std::move(*fates[i]));
        if (fate == Fate::Equivalent) {
            ++mutation.equivalent;
            continue;
        }
        auto& count = mutation.operators[static_cast<std::size_t>(mutants[chosen[i]].operation)];
        ++mutation.tried;
        ++count.tried;
        if (fate == Fate::Noticed) {
            ++mutation.noticed;
            ++count.noticed;
        } else {
            mutation.survivors.push_back(mutants[chosen[i]]);
        }
    }
    return mutation;
}

}  // namespace oidor::proving
