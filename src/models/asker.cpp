#include "models/asker.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/id.hpp"
#include "base/sha256.hpp"
#include "models/answer_check.hpp"
#include "models/json_schema.hpp"
#include "models/prompt.hpp"

namespace oidor::models {
namespace {

constexpr std::size_t kBoundaryBytes = 16;
constexpr std::size_t kFaultsShown = 20;
constexpr std::size_t kChatTurnsMax = 10;
constexpr std::size_t kChatQuestionBytesMax = 2'000;
constexpr std::size_t kChatAnswerBytesMax = 4'000;

std::string make_boundary() {
    const auto bytes = random_bytes(kBoundaryBytes);
    return to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

/// A reply that keeps the schema, or what is wrong with it.
struct ReadReply {
    std::optional<json::object> object = {};
    std::string fault = {};
};

ReadReply read_reply(const std::string& text, const json::object& schema) {
    auto object = extract_object(text);
    if (!object) {
        return {.object = {}, .fault = "the reply is not one JSON object"};
    }
    if (auto fault = find_schema_fault(json::value(*object), schema)) {
        return {.object = {}, .fault = std::move(*fault)};
    }
    return {.object = std::move(*object), .fault = {}};
}

CheckedReply check_text(const std::string& text, const json::object& schema, const Inquiry& inquiry,
                        const Transcript& transcript) {
    auto read = read_reply(text, schema);
    if (!read.object) {
        return {.answers = unanswered(inquiry, AnswerState::OutOfSchema),
                .faults = {std::move(read.fault)}};
    }
    return check_reply(*read.object, inquiry, transcript);
}

std::optional<AnswerState> state_of(Finish finish) {
    switch (finish) {
        case Finish::Complete: return std::nullopt;
        case Finish::Cut: return AnswerState::Cut;
        case Finish::Refused:
        case Finish::Filtered: return AnswerState::Refused;
    }
    return std::nullopt;
}

std::size_t size_of(const std::vector<std::string>& texts) {
    std::size_t size = 0;
    for (const auto& text : texts) {
        size += text.size();
    }
    return size;
}

std::vector<ChatMessage> ask_again(std::vector<ChatMessage> messages, const std::string& reply,
                                   std::vector<std::string> faults) {
    if (faults.size() > kFaultsShown) {
        faults.resize(kFaultsShown);
    }
    messages.push_back({.role = "assistant", .content = reply});
    messages.push_back({.role = "user", .content = make_repair_message(faults)});
    return messages;
}

}  // namespace

std::vector<std::string> Asker::sendable(const Transcript& transcript,
                                         const MaskingPlace& place) const {
    if (options_.mask.segments) {
        auto texts = options_.mask.segments(transcript, place);
        ASSERT(texts.size() == transcript.segments.size(), "masking keeps the segments");
        return texts;
    }
    std::vector<std::string> texts;
    for (const auto& segment : transcript.segments) {
        texts.push_back(segment.text);
    }
    return texts;
}

std::string Asker::sendable(const std::string& words, const MaskingPlace& place) const {
    return options_.mask.words ? options_.mask.words(words, place) : words;
}

Result<Completion> Asker::complete(std::vector<ChatMessage> messages, json::object schema,
                                   std::string_view name, Purse& purse,
                                   const std::stop_token& stop) {
    CompletionRequest request;
    request.messages = std::move(messages);
    request.schema_name = name;
    request.schema = std::move(schema);
    request.tokens_max = options_.reply_tokens_max;
    request.deadline = Deadline::after(options_.timeout);
    request.stop = stop;
    TRY_ASSIGN(auto reply, model_.complete(request, purse));
    if (reply.finish == Finish::Cut) {
        // Once more with room for twice as much; a reply that is cut again is no answer.
        request.tokens_max *= 2;
        request.deadline = Deadline::after(options_.timeout);
        return model_.complete(request, purse);
    }
    return reply;
}

Result<Answers> Asker::ask(const Transcript& transcript, const Inquiry& inquiry, Purse& purse,
                           const std::stop_token& stop) {
    if (inquiry.questions.size() > kQuestionsMax) {
        return fail(ErrorCode::TooLarge, "ask the model: more than {} questions", kQuestionsMax);
    }
    const auto texts =
        sendable(transcript, {.country = inquiry.country, .language = inquiry.language});
    if (size_of(texts) > options_.transcript_bytes_max) {
        return unanswered(inquiry, AnswerState::TooLong);
    }
    const auto schema = make_inquiry_schema(inquiry);
    auto messages = make_inquiry_prompt(transcript, texts, inquiry, make_boundary());
    auto reply = complete(messages, schema, "conversation_form", purse, stop);
    if (!reply && reply.error().code == ErrorCode::TooLarge) {
        return unanswered(inquiry, AnswerState::TooLong);  // more than the model can read
    }
    TRY(reply);
    const auto model = reply->model;
    const auto finished = [&](Answers answers) {
        answers.model = model;
        return answers;
    };
    if (const auto state = state_of(reply->finish)) {
        return finished(unanswered(inquiry, *state));
    }
    auto first = check_text(reply->text, schema, inquiry, transcript);
    if (first.faults.empty()) {
        return finished(std::move(first.answers));
    }
    const auto again =
        complete(ask_again(std::move(messages), reply->text, std::move(first.faults)), schema,
                 "conversation_form", purse, stop);
    if (!again) {
        // What was proved is paid for and stays, unless there may be more later.
        if (faces_of(again.error().code).fate == JobFate::Stop ||
            again.error().code == ErrorCode::TooLarge) {
            return finished(std::move(first.answers));
        }
        return fail(again.error());
    }
    if (again->finish != Finish::Complete) {
        return finished(std::move(first.answers));
    }
    const auto second = check_text(again->text, schema, inquiry, transcript);
    return finished(join_answers(std::move(first.answers), second.answers));
}

Result<ChatReply> Asker::chat(const Transcript& transcript, const ChatInquiry& inquiry,
                              Purse& purse, const std::stop_token& stop) {
    if (inquiry.question.empty() || inquiry.question.size() > kChatQuestionBytesMax) {
        return fail(ErrorCode::Invalid, "a question has 1 to {} bytes", kChatQuestionBytesMax);
    }
    const auto texts = sendable(transcript, inquiry.place);
    if (size_of(texts) > options_.transcript_bytes_max) {
        return fail(ErrorCode::TooLarge, "the transcript has more than {} bytes",
                    options_.transcript_bytes_max);
    }
    const auto& history = inquiry.history;
    std::vector<ChatTurn> recent;
    for (auto i = history.size() - std::min(history.size(), kChatTurnsMax); i < history.size();
         ++i) {
        recent.push_back({.question = sendable(history[i].question, inquiry.place),
                          .answer = sendable(history[i].answer, inquiry.place)});
    }
    const auto schema = make_chat_schema();
    auto messages =
        make_chat_prompt(transcript, texts, recent, sendable(inquiry.question, inquiry.place),
                         inquiry.place.language, make_boundary());
    for (int attempt = 0; attempt < 2; ++attempt) {
        TRY_ASSIGN(const auto reply, complete(messages, schema, "answer", purse, stop));
        if (reply.finish != Finish::Complete) {
            return ChatReply{};
        }
        const auto read = read_reply(reply.text, schema);
        auto fault = read.fault;
        if (read.object) {
            const auto* const words = read.object->at("answer").if_string();
            if (words == nullptr || words->empty()) {
                return ChatReply{};
            }
            auto checked =
                check_quotes(read.object->at("quotes").as_array(), std::nullopt, transcript);
            if (checked.state == AnswerState::Verified && words->size() <= kChatAnswerBytesMax) {
                return ChatReply{.answer = std::string(*words),
                                 .quotes = std::move(checked.quotes)};
            }
            fault = "quotes: not all stand in their segments letter by letter";
        }
        messages = ask_again(std::move(messages), reply.text, {fault});
    }
    return ChatReply{};
}

}  // namespace oidor::models
