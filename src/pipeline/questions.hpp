// Joins the scorecard's language with the models': questions out of criteria, and answers for the
// auditor out of what a model said.
#pragma once

#include <string>
#include <string_view>

#include "audit/answers.hpp"
#include "audit/scorecard.hpp"
#include "models/question.hpp"

namespace oidor::pipeline {

/// What an inquiry takes from its conversation.
struct InquiryPlace {
    std::string language = "es";
    std::string country = {};  ///< Of the account: by it identifiers are found and masked.
};

/// Everything that a scorecard has a model asked.
models::Inquiry make_inquiry(const audit::Scorecard& scorecard, const InquiryPlace& place,
                             bool fields);
/// True when there is nothing to ask.
bool is_empty(const models::Inquiry& inquiry);

/// For the auditor, who verifies them again. `stored`: format_answers' bytes. Errors: Corrupt.
Result<audit::ModelAnswers> to_audit_answers(std::string_view stored);

}  // namespace oidor::pipeline
