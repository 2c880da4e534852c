#include "proving/mutants.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "proving/source_map.hpp"

namespace oidor::proving {
namespace {

using audit::BoundSpeaker;
using audit::Criterion;
using audit::Need;
using audit::ValueBand;
using audit::Window;

constexpr std::array<std::string_view, 28> kOperatorNames = {
    "drop_phrase",  "drop_pattern",     "drop_pack",          "drop_accent",      "flip_need",
    "flip_edge",    "resize_window",    "drop_window",        "change_speaker",   "change_count",
    "drop_near",    "resize_near",      "drop_before",        "drop_tolerance",   "flip_bound",
    "shift_bound",  "drop_band",        "change_band_points", "flip_band",        "change_points",
    "drop_penalty", "drop_penalty_max", "drop_fail_below",    "shift_fail_below", "drop_linear",
    "flip_missing", "drop_direction",   "drop_condition",
};

std::string text_of(Decimal value) {
    auto text = value.text();
    if (text.ends_with(".0")) {
        text.resize(text.size() - 2);
    }
    return text;
}

std::string_view name_of(Need need) { return audit::need_names()[static_cast<std::size_t>(need)]; }

/// A tenth of the value, and not nothing.
Decimal step_of(Decimal value) {
    const auto size = value < Decimal{} ? -value : value;
    const auto tenth = size.scaled(Decimal::from_int(1), Decimal::from_int(10));
    return tenth == Decimal{} ? Decimal::from_micros(100'000) : tenth;
}

void drop_at(std::vector<std::string>& texts, std::size_t index) {
    texts.erase(texts.begin() + static_cast<std::ptrdiff_t>(index));
}

void drop_between(std::vector<std::string>& texts, std::size_t begin, std::size_t end) {
    texts.erase(texts.begin() + static_cast<std::ptrdiff_t>(begin),
                texts.begin() + static_cast<std::ptrdiff_t>(end));
}

/// The mutants of one criterion.
class Maker {
  public:
    Maker(const Criterion& criterion, std::size_t index, const SourceMap& lines,
          std::vector<Mutant>& mutants)
        : criterion_(criterion), index_(index), lines_(lines), mutants_(mutants) {}

    void make() {
        if (criterion_.kind == audit::CriterionKind::Question) {
            return;  // What a model answers is no part of an example.
        }
        if (criterion_.is_about_phrases()) {
            words();
            need();
            window();
            counts();
            neighbours();
        } else {
            values();
        }
        if (criterion_.kind != audit::CriterionKind::Measure) {
            speaker();
        }
        points();
        when();
    }

  private:
    void add(Operator operation, std::size_t line, std::string from, std::string to,
             std::function<void(Criterion&)> apply) {
        mutants_.push_back({.operation = operation,
                            .criterion = index_,
                            .line = line,
                            .from = std::move(from),
                            .to = std::move(to),
                            .apply = std::move(apply)});
    }
    void add(Operator operation, std::string_view key, std::string from, std::string to,
             std::function<void(Criterion&)> apply) {
        add(operation, lines_.key(index_, key), std::move(from), std::move(to), std::move(apply));
    }

    /// One's own, one by one; of a pack the author can only take all or nothing.
    void words() {
        for (std::size_t p = 0; p < criterion_.own.phrases; ++p) {
            const auto& phrase = criterion_.phrases[p];
            add(Operator::DropPhrase, lines_.text(index_, "phrases", phrase), phrase, "",
                [p](Criterion& changed) {
                    std::erase(changed.accented, changed.phrases[p]);
                    drop_at(changed.phrases, p);
                    if (p < changed.steps.size()) {
                        changed.steps.erase(changed.steps.begin() + static_cast<std::ptrdiff_t>(p));
                    }
                });
        }
        for (std::size_t p = 0; p < criterion_.own.patterns; ++p) {
            const auto& pattern = criterion_.patterns[p];
            add(Operator::DropPattern, lines_.text(index_, "patterns", pattern), pattern, "",
                [p](Criterion& changed) { drop_at(changed.patterns, p); });
        }
        const std::span own(criterion_.phrases.data(), criterion_.own.phrases);
        for (std::size_t a = 0; a < criterion_.accented.size(); ++a) {
            const auto& phrase = criterion_.accented[a];
            if (std::ranges::find(own, phrase) != own.end()) {
                add(Operator::DropAccent, lines_.text(index_, "accented", phrase), phrase, "",
                    [a](Criterion& changed) { drop_at(changed.accented, a); });
            }
        }
        packs();
    }

    void packs() {
        auto begin = criterion_.own;
        for (std::size_t p = 0; p < criterion_.pack_ends.size(); ++p) {
            const auto end = criterion_.pack_ends[p];
            // Another one has all of its words: without it the same is found.
            if (begin.phrases < end.phrases || begin.patterns < end.patterns) {
                add(Operator::DropPack, "packs", criterion_.packs[p], "",
                    [begin, end](Criterion& changed) {
                        for (auto i = begin.phrases; i < end.phrases; ++i) {
                            std::erase(changed.accented, changed.phrases[i]);
                        }
                        drop_between(changed.phrases, begin.phrases, end.phrases);
                        drop_between(changed.patterns, begin.patterns, end.patterns);
                    });
            }
            begin = end;
        }
    }

    void need() {
        for (const auto other : {Need::Any, Need::All, Need::None}) {
            // One phrase: any of it is all of it.
            const bool same = criterion_.phrases.size() + criterion_.patterns.size() < 2 &&
                              criterion_.need != Need::None && other != Need::None;
            if (other != criterion_.need && !same) {
                add(Operator::FlipNeed, "need", std::string(name_of(criterion_.need)),
                    std::string(name_of(other)), [other](Criterion& changed) {
                        changed.need = other;
                        changed.steps.clear();
                    });
            }
        }
    }

    void resize(std::optional<std::int64_t> Window::*part, std::string_view unit) {
        const auto size = criterion_.window.*part;
        if (!size) {
            return;
        }
        for (const auto other : {*size * 2, *size / 2}) {
            if (other > 0) {
                add(Operator::ResizeWindow, "window", fmt::format("{} {}", *size, unit),
                    fmt::format("{} {}", other, unit),
                    [part, other](Criterion& changed) { changed.window.*part = other; });
            }
        }
    }

    void window() {
        const auto& window = criterion_.window;
        if (!window.seconds && !window.turns && !window.characters) {
            return;
        }
        const bool from_start = window.edge == audit::Edge::Start;
        add(Operator::FlipEdge, "window", from_start ? "start" : "end",
            from_start ? "end" : "start", [from_start](Criterion& changed) {
                changed.window.edge = from_start ? audit::Edge::End : audit::Edge::Start;
            });
        add(Operator::DropWindow, "window", "window", "",
            [](Criterion& changed) { changed.window = {}; });
        resize(&Window::seconds, "seconds");
        resize(&Window::turns, "turns");
        resize(&Window::characters, "characters");
    }

    void speaker() {
        using enum BoundSpeaker;
        const auto is = criterion_.speaker;
        const std::array<BoundSpeaker, 2> others = is == Any     ? std::array{Agent, Customer}
                                                   : is == Agent ? std::array{Any, Customer}
                                                                 : std::array{Any, Agent};
        for (const auto other : others) {
            add(Operator::ChangeSpeaker, "speaker", std::string(audit::format(is)),
                std::string(audit::format(other)),
                [other](Criterion& changed) { changed.speaker = other; });
        }
    }

    void count(std::optional<std::int64_t> audit::PhraseRule::*part, std::string_view key) {
        const auto is = criterion_.*part;
        if (!is) {
            return;
        }
        for (const auto other : {*is + 1, *is - 1}) {
            if (other >= 0) {
                add(Operator::ChangeCount, key, fmt::format("{} {}", key, *is),
                    fmt::format("{} {}", key, other),
                    [part, other](Criterion& changed) { changed.*part = other; });
            }
        }
    }

    void counts() {
        count(&audit::PhraseRule::at_least, "at_least");
        count(&audit::PhraseRule::at_most, "at_most");
        if (criterion_.tolerance > 0) {
            add(Operator::DropTolerance, "tolerance", std::to_string(criterion_.tolerance), "0",
                [](Criterion& changed) { changed.tolerance = 0; });
        }
    }

    void resize_near(std::optional<std::int64_t> audit::Near::*part, std::string_view unit) {
        const auto size = (*criterion_.near).*part;
        if (!size) {
            return;
        }
        for (const auto other : {*size * 2 + 1, *size / 2}) {
            if (other != *size) {
                add(Operator::ResizeNear, "near", fmt::format("{} {}", *size, unit),
                    fmt::format("{} {}", other, unit),
                    [part, other](Criterion& changed) { (*changed.near).*part = other; });
            }
        }
    }

    void neighbours() {
        if (criterion_.near) {
            add(Operator::DropNear, "near", "near", "",
                [](Criterion& changed) { changed.near.reset(); });
            resize_near(&audit::Near::within_words, "words");
            resize_near(&audit::Near::within_seconds, "seconds");
        }
        if (criterion_.before) {
            add(Operator::DropBefore, "before", "before", "",
                [](Criterion& changed) { changed.before.reset(); });
        }
    }

    void bound(std::size_t b, std::size_t line) {
        const auto& band = criterion_.bands[b];
        if (!band.below && !band.up_to) {
            return;
        }
        const auto value = band.below ? *band.below : *band.up_to;
        const bool below = band.below.has_value();
        add(Operator::FlipBound, line, fmt::format("below {}", text_of(value)),
            fmt::format("up_to {}", text_of(value)),
            [b](Criterion& changed) { std::swap(changed.bands[b].below, changed.bands[b].up_to); });
        if (!below) {
            std::swap(mutants_.back().from, mutants_.back().to);
        }
        for (const auto shifted : {value + step_of(value), value - step_of(value)}) {
            add(Operator::ShiftBound, line, text_of(value), text_of(shifted),
                [b, below, shifted](Criterion& changed) {
                    (below ? changed.bands[b].below : changed.bands[b].up_to) = shifted;
                });
        }
        add(Operator::DropBand, line, text_of(value), "", [b](Criterion& changed) {
            changed.bands.erase(changed.bands.begin() + static_cast<std::ptrdiff_t>(b));
        });
    }

    void values() {
        for (std::size_t b = 0; b < criterion_.bands.size(); ++b) {
            const auto line = lines_.element(index_, "bands", b);
            bound(b, line);
            const auto points = criterion_.bands[b].points;
            const auto other = points + Decimal::from_int(1);
            add(Operator::ChangeBandPoints, line, text_of(points), text_of(other),
                [b, other](Criterion& changed) { changed.bands[b].points = other; });
            const bool passes = criterion_.bands[b].passes;
            add(Operator::FlipBand, line, passes ? "pass" : "fail", passes ? "fail" : "pass",
                [b](Criterion& changed) { changed.bands[b].passes = !changed.bands[b].passes; });
        }
        if (criterion_.linear) {
            add(Operator::DropLinear, "linear", "linear", "",
                [](Criterion& changed) { changed.linear = false; });
        }
        if (const auto limit = criterion_.fail_below) {
            add(Operator::DropFailBelow, "fail_below", text_of(*limit), "",
                [](Criterion& changed) { changed.fail_below.reset(); });
            for (const auto other : {*limit + step_of(*limit), *limit - step_of(*limit)}) {
                add(Operator::ShiftFailBelow, "fail_below", text_of(*limit), text_of(other),
                    [other](Criterion& changed) { changed.fail_below = other; });
            }
        }
        if (criterion_.kind == audit::CriterionKind::Measure) {
            using audit::Missing;
            const bool unknown = criterion_.missing == Missing::Unknown;
            add(Operator::FlipMissing, "missing", unknown ? "unknown" : "not_applicable",
                unknown ? "not_applicable" : "unknown", [unknown](Criterion& changed) {
                    changed.missing = unknown ? Missing::NotApplicable : Missing::Unknown;
                });
        }
    }

    void points() {
        // Bands and penalties say what is earned; elsewhere it is the points themselves.
        if (criterion_.bands.empty() && criterion_.points_max > Decimal{}) {
            const auto other = criterion_.points_max + Decimal::from_int(1);
            add(Operator::ChangePoints, "points", text_of(criterion_.points_max), text_of(other),
                [other](Criterion& changed) { changed.points_max = other; });
        }
        if (criterion_.penalty > Decimal{}) {
            add(Operator::DropPenalty, "penalty", text_of(criterion_.penalty), "",
                [](Criterion& changed) { changed.penalty = {}; });
        }
        if (criterion_.penalty_max) {
            add(Operator::DropPenaltyMax, "penalty_max", text_of(*criterion_.penalty_max), "",
                [](Criterion& changed) { changed.penalty_max.reset(); });
        }
    }

    void when() {
        for (std::size_t d = 0; d < criterion_.directions.size(); ++d) {
            add(Operator::DropDirection, "applies", std::string(format(criterion_.directions[d])),
                "", [d](Criterion& changed) {
                    changed.directions.erase(changed.directions.begin() +
                                             static_cast<std::ptrdiff_t>(d));
                });
        }
        if (criterion_.only_if) {
            add(Operator::DropCondition, "only_if", "only_if", "",
                [](Criterion& changed) { changed.only_if.reset(); });
        }
    }

    const Criterion& criterion_;
    std::size_t index_;
    const SourceMap& lines_;
    std::vector<Mutant>& mutants_;
};

}  // namespace

std::string_view format(Operator operation) {
    return kOperatorNames[static_cast<std::size_t>(operation)];
}

std::span<const std::string_view> operator_names() { return kOperatorNames; }

std::vector<Mutant> make_mutants(const audit::Scorecard& scorecard, std::string_view toml) {
    const SourceMap lines(toml);
    std::vector<Mutant> mutants;
    for (std::size_t i = 0; i < scorecard.criteria.size(); ++i) {
        Maker(scorecard.criteria[i], i, lines, mutants).make();
    }
    return mutants;
}

}  // namespace oidor::proving
