#include "proving/words.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace oidor::proving {
namespace {

constexpr std::size_t kGroupsShown = 20;

std::string list_text(const std::vector<std::string>& texts, UiLanguage language) {
    if (texts.empty()) {
        return std::string(text(Message::proving_nothing, language));
    }
    std::string all;
    for (const auto& one : texts) {
        all += fmt::format("{}«{}»", all.empty() ? "" : ", ", one);
    }
    return all;
}

std::string value_text(const std::string& value, UiLanguage language) {
    return value.empty() ? std::string(text(Message::proving_nothing, language)) : value;
}

std::string mean_text(Decimal sum, std::int64_t count) {
    if (count == 0) {
        return "–";
    }
    const auto hundredths = sum.scaled(Decimal::from_int(100), Decimal::from_int(count));
    return Decimal::from_micros(hundredths.round_half_even() * 10'000).text();
}

void add_group(std::string& lines, const std::string& id, const GroupShift& group, bool is_agent,
               UiLanguage language) {
    const auto before = mean_text(group.before_sum, group.audits);
    const auto after = mean_text(group.after_sum, group.audits);
    lines += is_agent ? say<Message::backtest_agent>(language, id, group.audits, before, after,
                                                     group.pass_to_fail, group.fail_to_pass)
                      : say<Message::backtest_campaign>(language, id, group.audits, before, after,
                                                        group.pass_to_fail, group.fail_to_pass);
    lines += '\n';
    for (const auto& sample : group.samples.kept) {
        lines += say<Message::backtest_example>(language, sample.conversation.text(),
                                                sample.before->text(), sample.after->text()) +
                 "\n";
    }
}

/// Those that lose most first.
void add_groups(std::string& lines, const std::map<std::string, GroupShift>& groups, bool is_agent,
                UiLanguage language) {
    std::vector<const std::pair<const std::string, GroupShift>*> sorted;
    for (const auto& group : groups) {
        sorted.push_back(&group);
    }
    std::ranges::stable_sort(sorted, std::greater(),
                             [](const auto* group) { return group->second.pass_to_fail; });
    for (std::size_t i = 0; i < std::min(sorted.size(), kGroupsShown); ++i) {
        add_group(lines, sorted[i]->first, sorted[i]->second, is_agent, language);
    }
    if (sorted.size() > kGroupsShown) {
        lines += say<Message::backtest_more>(language, sorted.size() - kGroupsShown) + "\n";
    }
}

void add_criterion(std::string& lines, const CriterionShift& shift, UiLanguage language) {
    lines += say<Message::backtest_criterion>(
                 language, shift.criterion, shift.count(audit::Outcome::Pass, audit::Outcome::Fail),
                 shift.count(audit::Outcome::Fail, audit::Outcome::Pass)) +
             "\n";
    for (const auto* samples : {&shift.pass_to_fail, &shift.fail_to_pass}) {
        for (const auto& sample : samples->kept) {
            lines += say<Message::backtest_example>(language, sample.conversation.text(),
                                                    sample.before ? sample.before->text() : "–",
                                                    sample.after ? sample.after->text() : "–") +
                     "\n";
        }
    }
}

}  // namespace

std::string advice_text(const Mutant& mutant, UiLanguage language) {
    const auto plain = [language](Message message) { return std::string(text(message, language)); };
    switch (mutant.operation) {
        case Operator::DropPhrase: return say<Message::advice_drop_phrase>(language, mutant.from);
        case Operator::DropPattern: return say<Message::advice_drop_pattern>(language, mutant.from);
        case Operator::DropPack: return say<Message::advice_drop_pack>(language, mutant.from);
        case Operator::DropAccent: return say<Message::advice_drop_accent>(language, mutant.from);
        case Operator::FlipNeed: return plain(Message::advice_flip_need);
        case Operator::FlipEdge:
        case Operator::DropWindow: return plain(Message::advice_outside_window);
        case Operator::ResizeWindow:
            return say<Message::advice_resize_window>(language, mutant.from, mutant.to);
        case Operator::ChangeSpeaker:
            return say<Message::advice_speaker>(language, mutant.from, mutant.to);
        case Operator::ChangeCount:
            return say<Message::advice_count>(language, mutant.from, mutant.to);
        case Operator::DropNear:
        case Operator::ResizeNear: return plain(Message::advice_near);
        case Operator::DropBefore: return plain(Message::advice_before);
        case Operator::DropTolerance: return plain(Message::advice_tolerance);
        case Operator::FlipBound:
        case Operator::ShiftBound:
        case Operator::DropFailBelow:
        case Operator::ShiftFailBelow: return say<Message::advice_bound>(language, mutant.from);
        case Operator::DropBand:
        case Operator::ChangeBandPoints:
        case Operator::FlipBand: return plain(Message::advice_band);
        case Operator::ChangePoints:
        case Operator::DropLinear: return plain(Message::advice_points);
        case Operator::DropPenalty:
        case Operator::DropPenaltyMax: return plain(Message::advice_penalty);
        case Operator::FlipMissing: return plain(Message::advice_missing);
        case Operator::DropDirection:
        case Operator::DropCondition: return plain(Message::advice_applies);
    }
    return {};
}

std::string lint_text(const LintFinding& finding, UiLanguage language) {
    const auto& text = finding.text;
    const auto& other = finding.other;
    switch (finding.rule) {
        case LintRule::LongerThanWindow:
            return say<Message::lint_longer_than_window>(language, text, other);
        case LintRule::DecomposedAccents:
            return say<Message::lint_decomposed_accents>(language, text);
        case LintRule::OddSpaces: return say<Message::lint_odd_spaces>(language, text);
        case LintRule::LostSigns: return say<Message::lint_lost_signs>(language, text, other);
        case LintRule::AccentedWithoutEffect:
            return say<Message::lint_accented_without_effect>(language, text);
        case LintRule::Contradiction:
            return say<Message::lint_contradiction>(language, text, other);
        case LintRule::TooShort: return say<Message::lint_too_short>(language, text);
        case LintRule::OnlyStopWords: return say<Message::lint_only_stop_words>(language, text);
        case LintRule::CannotFail: return say<Message::lint_cannot_fail>(language, text);
        case LintRule::CannotPass: return say<Message::lint_cannot_pass>(language, text);
        case LintRule::BandNeverApplies:
            return say<Message::lint_band_never_applies>(language, text);
        case LintRule::WeighsNothing: return say<Message::lint_weighs_nothing>(language, text);
        case LintRule::ReviewNeverAsked:
            return say<Message::lint_review_never_asked>(language, text);
        case LintRule::Shadowed: return say<Message::lint_shadowed>(language, text, other);
        case LintRule::Duplicate: return say<Message::lint_duplicate>(language, text, other);
    }
    return {};
}

std::string change_text(const Change& change, UiLanguage language) {
    const auto where = change.criterion.empty()
                           ? std::string(text(Message::diff_scorecard, language))
                           : change.criterion;
    switch (change.kind) {
        case ChangeKind::CriterionAdded:
            return say<Message::diff_criterion_added>(language, where, change.to);
        case ChangeKind::CriterionRemoved:
            return say<Message::diff_criterion_removed>(language, where, change.from);
        case ChangeKind::ValueChanged:
            return say<Message::diff_value>(language, where, change.key,
                                            value_text(change.from, language),
                                            value_text(change.to, language));
        case ChangeKind::TextsChanged:
            return say<Message::diff_texts>(language, where, change.key,
                                            list_text(change.added, language),
                                            list_text(change.removed, language));
    }
    return {};
}

std::string report_text(const BacktestReport& report, UiLanguage language) {
    const auto& figures = report.figures;
    const auto older = report.older_version > 0
                           ? fmt::format("{}@{}", report.older_id, report.older_version)
                           : report.older_id;
    std::string lines =
        say<Message::backtest_head>(language, report.newer_id, report.newer_version, older,
                                    figures.conversations, figures.compared) +
        "\n";
    if (figures.questions_unknown_before + figures.questions_unknown_after > 0) {
        lines += say<Message::backtest_questions>(language, figures.questions_unknown_before,
                                                  figures.questions_unknown_after) +
                 "\n";
    }
    for (std::size_t i = 0; i < kNotComparableCount; ++i) {
        if (figures.not_comparable[i] > 0) {
            lines +=
                say<Message::backtest_not_comparable>(
                    language, format(static_cast<NotComparable>(i)), figures.not_comparable[i]) +
                "\n";
        }
    }
    lines += say<Message::backtest_scores>(
                 language, mean_text(figures.before.sum, figures.compared),
                 mean_text(figures.after.sum, figures.compared), report.pass_mark,
                 figures.before.passing, figures.after.passing, figures.higher, figures.lower) +
             "\n";
    lines +=
        say<Message::backtest_crossings>(language, figures.pass_to_fail, figures.fail_to_pass) +
        "\n";
    for (std::size_t i = 0; i < figures.before.bins.size(); ++i) {
        lines += say<Message::backtest_bin>(language, i * 10, i == 9 ? 100 : i * 10 + 9,
                                            figures.before.bins[i], figures.after.bins[i]) +
                 "\n";
    }
    for (const auto& shift : figures.criteria) {
        add_criterion(lines, shift, language);
    }
    add_groups(lines, figures.agents, true, language);
    add_groups(lines, figures.campaigns, false, language);
    return lines;
}

}  // namespace oidor::proving
