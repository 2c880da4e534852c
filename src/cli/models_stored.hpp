// The words of `oidor models` about stored conversations: ask, answers.
#pragma once

#include <string_view>

#include "cli/command.hpp"

namespace oidor::cli {

/// `models ask CONVERSATION QUESTION`: answered by the configured model and kept, as over the API.
/// Errors: NotFound, Unsupported (no model), those of the model.
Result<int> ask_stored(const Invocation& invocation);

/// `models answers CONVERSATION`: the newest answers, fields and tags. NotFound.
Result<int> show_answers(const Invocation& invocation);

}  // namespace oidor::cli
