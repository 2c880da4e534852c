// What a model said of a conversation, as a person reads it on a terminal.
#pragma once

#include <string>

#include "base/json.hpp"
#include "base/messages.hpp"

namespace oidor::cli {

/// A line for each field that has a value, with the words that it rests on, and the tags. `fields`:
/// as answers are stored; null gives nothing.
std::string format_fields_text(const json::value& fields, UiLanguage language);

/// An answer in free words with its quotes, or that the transcript does not show it.
std::string format_chat_text(const json::object& entry, UiLanguage language);

}  // namespace oidor::cli
