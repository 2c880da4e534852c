// What is sent to the model, and the form in which it must reply.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "domain/transcript.hpp"
#include "models/asker.hpp"
#include "models/chat_model.hpp"
#include "models/question.hpp"

namespace oidor::models {

/// The two messages of an inquiry. `texts`: one for each segment. `boundary`: random for each call,
/// so that nothing that was said can end the transcript.
std::vector<ChatMessage> make_inquiry_prompt(const Transcript& transcript,
                                             const std::vector<std::string>& texts,
                                             const Inquiry& inquiry, std::string_view boundary);
/// The reply's JSON Schema, within what providers' strict modes take: every object closed, every
/// property required, no bounds of numbers or lengths.
json::object make_inquiry_schema(const Inquiry& inquiry);

/// What is said when a reply's quotes or form are wrong: the faults, one a line.
std::string make_repair_message(const std::vector<std::string>& faults);

/// The same for a question in free words.
std::vector<ChatMessage> make_chat_prompt(const Transcript& transcript,
                                          const std::vector<std::string>& texts,
                                          const std::vector<ChatTurn>& history,
                                          std::string_view question, std::string_view language,
                                          std::string_view boundary);
json::object make_chat_schema();

/// The feelings that a reply may name.
const std::vector<std::string>& feelings();

}  // namespace oidor::models
