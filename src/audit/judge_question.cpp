#include <algorithm>

#include "audit/criterion_judges.hpp"

namespace oidor::audit {
namespace {

constexpr std::size_t kQuotesMax = 50;

/// Beyond ASCII it may be a letter: then the folded text tells.
bool may_be_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80;
}

/// Where the quote stands byte by byte as whole words, as it was verified when it was answered: a
/// chat is folded as it is meant, its quotes are as they were typed.
std::optional<Stretch> find_bytes(std::string_view text, std::string_view quote,
                                  std::uint32_t part) {
    for (auto at = text.find(quote); at != std::string_view::npos; at = text.find(quote, at + 1)) {
        const auto end = at + quote.size();
        const bool begins = at == 0 || !may_be_letter(text[at - 1]);
        const bool ends = end == text.size() || !may_be_letter(text[end]);
        if (begins && ends) {
            return Stretch{.begin = {.part = part, .offset = static_cast<std::uint32_t>(at)},
                           .end = {.part = part, .offset = static_cast<std::uint32_t>(end)}};
        }
    }
    return std::nullopt;
}

/// Where the quote stands in its segment, as typed or read as folded text; nothing when it does
/// not.
std::optional<Stretch> find_quote(const Reading& reading, const Cited& cited) {
    const auto& parts = reading.parts();
    const auto part = std::ranges::lower_bound(parts, cited.segment, {}, &Part::index);
    const auto wanted = fold(reading.written_out(cited.quote));
    if (part == parts.end() || part->index != cited.segment || wanted.empty()) {
        return std::nullopt;
    }
    const auto place = static_cast<std::uint32_t>(part - parts.begin());
    if (auto found = find_bytes(part->segment->text, cited.quote, place)) {
        return found;
    }
    const auto& text = reading.folded();
    const auto& words = text.words();
    const auto first = std::ranges::lower_bound(words, place, {}, &WordSpan::part);
    const auto beyond = std::ranges::upper_bound(words, place, {}, &WordSpan::part);
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
    bool by_speaker = false;  ///< One is of the speaker asked about.
    bool surely = false;      ///< … and surely heard.
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
        const bool bound = is_bound(criterion.speaker, part.segment->speaker);
        verified.by_speaker = verified.by_speaker || bound;
        verified.surely = verified.surely || (bound && part.sure);
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
    if (!verified->by_speaker) {
        // Somebody else's words prove nothing of the one who was asked about, neither way.
        result.outcome = Outcome::Unknown;
        result.points.reset();
    } else if (!verified->surely || (result.outcome == Outcome::Fail &&
                                     (reading.is_suspect() || reading.is_incomplete()))) {
        // The model read words that nobody may have said, or not all that was said: it may praise
        // on them, not blame.
        doubt(result);
    }
    return result;
}

}  // namespace oidor::audit
