#include "pipeline/questions.hpp"

#include "base/sha256.hpp"
#include "redact/redact.hpp"

namespace oidor::pipeline {
namespace {

std::optional<Speaker> speaker_of(audit::BoundSpeaker bound) {
    switch (bound) {
        case audit::BoundSpeaker::Agent: return Speaker::Agent;
        case audit::BoundSpeaker::Customer: return Speaker::Customer;
        case audit::BoundSpeaker::Bot: return Speaker::Bot;
        // Of the house is an agent or a bot: the auditor tells.
        case audit::BoundSpeaker::House:
        case audit::BoundSpeaker::Any: break;
    }
    return std::nullopt;
}

models::Question to_question(const audit::Criterion& criterion) {
    models::Question question;
    question.id = criterion.id;
    question.text = criterion.question.text;
    question.speaker = speaker_of(criterion.speaker);
    if (criterion.question.answer == audit::AnswerForm::Score) {
        question.kind = models::Question::Kind::Score;
        question.max = criterion.question.score_max;
    }
    return question;
}

}  // namespace

models::Inquiry make_inquiry(const audit::Scorecard& scorecard, const InquiryPlace& place,
                             bool fields) {
    models::Inquiry inquiry;
    for (const auto& criterion : scorecard.criteria) {
        if (criterion.kind == audit::CriterionKind::Question) {
            inquiry.questions.push_back(to_question(criterion));
        }
    }
    inquiry.fields = fields;
    inquiry.language = place.language;
    inquiry.country = place.country;
    inquiry.masking = redact::version();
    return inquiry;
}

bool is_empty(const models::Inquiry& inquiry) {
    return inquiry.questions.empty() && !inquiry.fields;
}

Result<audit::ModelAnswers> to_audit_answers(std::string_view stored) {
    TRY_ASSIGN(const auto read, models::parse_answers(stored));
    audit::ModelAnswers answers;
    answers.sha256 = sha256_hex(stored);
    for (const auto& answer : read.answers) {
        audit::ModelAnswer out;
        out.criterion = answer.question;
        out.value = answer.value;
        for (const auto& quote : answer.quotes) {
            out.quotes.push_back({.segment = quote.segment, .quote = quote.quote});
        }
        answers.answers.push_back(std::move(out));
    }
    return answers;
}

}  // namespace oidor::pipeline
