#include <algorithm>

#include "audit/criterion_judges.hpp"

namespace oidor::audit {
namespace {

constexpr std::size_t kQuotesMax = 50;

/// Where the quote stands in its segment, read as folded text; nothing when it does not.
std::optional<Stretch> find_quote(const Reading& reading, const Cited& cited) {
    const auto& parts = reading.parts();
    const auto part = std::ranges::lower_bound(parts, cited.segment, {}, &Part::index);
    const auto wanted = fold(cited.quote);
    if (part == parts.end() || part->index != cited.segment || wanted.empty()) {
        return std::nullopt;
    }
    const auto& text = reading.folded();
    const auto& words = text.words();
    const auto number = static_cast<std::uint32_t>(part - parts.begin());
    const auto first = std::ranges::lower_bound(words, number, {}, &WordSpan::part);
    const auto beyond = std::ranges::upper_bound(words, number, {}, &WordSpan::part);
    if (first == beyond) {
        return std::nullopt;
    }
    // The spaces around words are their borders.
    const std::size_t begin = first->begin - 1;
    const auto& last = *std::prev(beyond);
    const auto said = text.bytes().substr(begin, last.begin + last.size_bytes + 1 - begin);
    const auto at = said.find(" " + wanted + " ");
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    return reading.origin_of(text, begin + at + 1, begin + at + 1 + wanted.size());
}

/// The quotes as evidence; nothing when one of them is not in the transcript.
struct Verified {
    std::vector<Evidence> evidence = {};
    bool by_speaker = false;  ///< One is of the speaker asked about, surely heard.
};
std::optional<Verified> verify(const Criterion& criterion, Reading& reading,
                               const ModelAnswer& answer) {
    Verified verified;
    if (answer.quotes.empty() || answer.quotes.size() > kQuotesMax) {
        return std::nullopt;
    }
    for (const auto& cited : answer.quotes) {
        const auto stretch = find_quote(reading, cited);
        if (!stretch) {
            return std::nullopt;
        }
        const auto& part = reading.parts()[stretch->begin.part];
        verified.by_speaker = verified.by_speaker ||
                              (part.sure && is_bound(criterion.speaker, part.segment->speaker));
        for (auto& quote : reading.quotes_of(*stretch)) {
            verified.evidence.emplace_back(std::move(quote));
        }
    }
    return verified;
}

void judge_answer(const Criterion& criterion, Decimal value, CriterionResult& result) {
    const auto& question = criterion.question;
    if (question.answer == AnswerForm::YesNo) {
        const bool yes = value == Decimal::from_int(1);
        if (!yes && value != Decimal{}) {
            return;  // Neither yes nor no: not an answer.
        }
        result.outcome = yes == question.fail_when_yes ? Outcome::Fail : Outcome::Pass;
        result.points = result.outcome == Outcome::Pass ? criterion.points_max : Decimal{};
        result.evidence.emplace_back(Measured{.measure = "answer", .value = value, .unit = "yes"});
        return;
    }
    const auto score = std::clamp(value, Decimal{}, question.score_max);
    result.outcome = score >= question.pass_from ? Outcome::Pass : Outcome::Fail;
    result.points = criterion.points_max.scaled(score, question.score_max);
    result.evidence.emplace_back(Measured{.measure = "answer", .value = score, .unit = "score"});
}

}  // namespace

CriterionResult judge_question(const Criterion& criterion, Reading& reading,
                               const ModelAnswers* answers) {
    CriterionResult result;
    result.searched = whole_window(reading, criterion.speaker);
    const auto* answer = answers != nullptr ? answers->find(criterion.id) : nullptr;
    if (answer == nullptr || !answer->value) {
        return result;
    }
    auto verified = verify(criterion, reading, *answer);
    if (!verified) {
        return result;
    }
    result.evidence = std::move(verified->evidence);
    judge_answer(criterion, *answer->value, result);
    // The model read words that nobody may have said: it may praise on them, not blame.
    if (!verified->by_speaker || (result.outcome == Outcome::Fail && reading.is_suspect())) {
        doubt(result);
    }
    return result;
}

}  // namespace oidor::audit
