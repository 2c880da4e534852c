#include "models/question.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json.hpp>

#include "base/json.hpp"
#include "base/sha256.hpp"
#include "models/asker.hpp"

namespace oidor::models {
namespace {

constexpr std::array<std::pair<AnswerState, std::string_view>, 10> kStates = {{
    {AnswerState::Verified, "verified"},
    {AnswerState::NotAnswered, "not_answered"},
    {AnswerState::QuoteNotFound, "quote_not_found"},
    {AnswerState::WrongSpeaker, "wrong_speaker"},
    {AnswerState::NotEvidence, "not_evidence"},
    {AnswerState::OutOfSchema, "out_of_schema"},
    {AnswerState::Refused, "refused"},
    {AnswerState::Cut, "cut"},
    {AnswerState::TooLong, "too_long"},
    {AnswerState::Failed, "failed"},
}};

json::value to_json(const std::optional<Citation>& citation) {
    return citation ? json::value{{"segment", citation->segment}, {"quote", citation->quote}}
                    : json::value(nullptr);
}

json::value to_json(const std::optional<Field>& field) {
    return field ? json::value{{"value", field->value}, {"evidence", to_json(field->quote)}}
                 : json::value(nullptr);
}

json::array to_json(const std::vector<Citation>& quotes) {
    json::array list;
    for (const auto& quote : quotes) {
        list.push_back(to_json(std::optional(quote)));
    }
    return list;
}

json::value to_json(const Fields& fields) {
    json::array tags;
    for (const auto& tag : fields.tags) {
        tags.push_back(to_json(std::optional(tag)));
    }
    return json::object{{"reason", to_json(fields.reason)},
                        {"summary", to_json(fields.summary)},
                        {"initial_feeling", to_json(fields.initial_feeling)},
                        {"final_feeling", to_json(fields.final_feeling)},
                        {"product", to_json(fields.product)},
                        {"typification", to_json(fields.typification)},
                        {"agent_channel", fields.agent_channel ? json::value(*fields.agent_channel)
                                                               : json::value(nullptr)},
                        {"agent_evidence", to_json(fields.agent_quote)},
                        {"tags", std::move(tags)}};
}

Failure corrupt(std::string_view what) {
    return fail(ErrorCode::Corrupt, "stored answers: {}", what);
}

Result<Citation> read_citation(const json::value& value) {
    const auto* const object = value.if_object();
    if (object == nullptr) {
        return corrupt("a quote is no object");
    }
    const auto segment = find_int64(*object, "segment");
    auto quote = find_string(*object, "quote");
    if (!segment || *segment < 0 || !quote) {
        return corrupt("a quote lacks its segment or words");
    }
    return Citation{.segment = static_cast<std::size_t>(*segment), .quote = std::move(*quote)};
}

Result<std::optional<Citation>> read_optional_citation(const json::object& object,
                                                       std::string_view key) {
    const auto* const value = object.if_contains(key);
    if (value == nullptr || value->is_null()) {
        return std::optional<Citation>();
    }
    TRY_ASSIGN(auto citation, read_citation(*value));
    return std::optional(std::move(citation));
}

Result<std::optional<Field>> read_field(const json::value& value) {
    if (value.is_null()) {
        return std::optional<Field>();
    }
    const auto* const object = value.if_object();
    auto text = object != nullptr ? find_string(*object, "value") : std::nullopt;
    if (!text) {
        return corrupt("a field lacks its value");
    }
    TRY_ASSIGN(auto quote, read_optional_citation(*object, "evidence"));
    return std::optional(Field{.value = std::move(*text), .quote = std::move(quote)});
}

Result<Fields> read_fields(const json::object& object) {
    Fields fields;
    const std::array<std::pair<std::string_view, std::optional<Field>*>, 6> members = {
        {{"reason", &fields.reason},
         {"summary", &fields.summary},
         {"initial_feeling", &fields.initial_feeling},
         {"final_feeling", &fields.final_feeling},
         {"product", &fields.product},
         {"typification", &fields.typification}}};
    for (const auto& [key, member] : members) {
        if (const auto* const value = object.if_contains(key)) {
            TRY_ASSIGN(*member, read_field(*value));
        }
    }
    if (const auto channel = find_int64(object, "agent_channel")) {
        fields.agent_channel = static_cast<int>(*channel);
    }
    TRY_ASSIGN(fields.agent_quote, read_optional_citation(object, "agent_evidence"));
    if (const auto* const tags = find_array(object, "tags")) {
        for (const auto& tag : *tags) {
            TRY_ASSIGN(auto field, read_field(tag));
            if (field) {
                fields.tags.push_back(std::move(*field));
            }
        }
    }
    return fields;
}

Result<Answer> read_answer(const json::value& value) {
    const auto* const object = value.if_object();
    if (object == nullptr) {
        return corrupt("an answer is no object");
    }
    auto question = find_string(*object, "question");
    const auto state = parse_answer_state(find_string(*object, "state").value_or(""));
    const auto* const quotes = find_array(*object, "quotes");
    if (!question || !state || quotes == nullptr) {
        return corrupt("an answer lacks a member");
    }
    Answer answer;
    answer.question = std::move(*question);
    answer.state = *state;
    if (const auto text = find_string(*object, "value")) {
        answer.value = Decimal::parse(*text);
        if (!answer.value) {
            return corrupt("a value is no number");
        }
    }
    for (const auto& quote : *quotes) {
        TRY_ASSIGN(auto citation, read_citation(quote));
        answer.quotes.push_back(std::move(citation));
    }
    return answer;
}

}  // namespace

std::string_view format(AnswerState state) {
    const auto* const found =
        std::ranges::find(kStates, state, &std::pair<AnswerState, std::string_view>::first);
    return found->second;
}

std::optional<AnswerState> parse_answer_state(std::string_view text) {
    for (const auto& [state, name] : kStates) {
        if (name == text) {
            return state;
        }
    }
    return std::nullopt;
}

std::string format_answers(const Answers& answers) {
    json::array list;
    for (const auto& answer : answers.answers) {
        // As text: a number of JSON is a binary float on its way.
        list.push_back(json::object{
            {"question", answer.question},
            {"state", format(answer.state)},
            {"value", answer.value ? json::value(answer.value->text()) : json::value(nullptr)},
            {"quotes", to_json(answer.quotes)}});
    }
    return canonical_json(
        json::object{{"prompt_version", answers.prompt_version},
                     {"model", answers.model},
                     {"answers", std::move(list)},
                     {"fields", answers.fields ? to_json(*answers.fields) : json::value(nullptr)}});
}

Result<Answers> parse_answers(std::string_view json_text) {
    const auto value = parse_json(json_text);
    const auto* const object = value ? value->if_object() : nullptr;
    const auto* const list = object != nullptr ? find_array(*object, "answers") : nullptr;
    if (list == nullptr) {
        return corrupt("not the form that was stored");
    }
    Answers answers;
    answers.prompt_version = find_string(*object, "prompt_version").value_or("");
    answers.model = find_string(*object, "model").value_or("");
    for (const auto& item : *list) {
        TRY_ASSIGN(auto answer, read_answer(item));
        answers.answers.push_back(std::move(answer));
    }
    if (const auto* const fields = find_object(*object, "fields")) {
        TRY_ASSIGN(answers.fields, read_fields(*fields));
    }
    return answers;
}

Answers unanswered(const Inquiry& inquiry, AnswerState state) {
    Answers answers;
    answers.prompt_version = kPromptVersion;
    for (const auto& question : inquiry.questions) {
        answers.answers.push_back(
            {.question = question.id, .state = state, .value = {}, .quotes = {}});
    }
    if (inquiry.fields) {
        answers.fields = Fields{};
    }
    return answers;
}

std::string inquiry_sha256(const Inquiry& inquiry, std::string_view transcript_sha256,
                           std::string_view model) {
    json::array questions;
    for (const auto& question : inquiry.questions) {
        questions.push_back(json::object{
            {"id", question.id},
            {"text", question.text},
            {"kind", question.kind == Question::Kind::YesNo ? "yes_no" : "score"},
            {"min", question.min.text()},
            {"max", question.max.text()},
            {"speaker", question.speaker ? json::value(format_speaker(*question.speaker))
                                         : json::value(nullptr)}});
    }
    return sha256_hex(canonical_json(json::object{{"transcript", transcript_sha256},
                                                  {"questions", std::move(questions)},
                                                  {"fields", inquiry.fields},
                                                  {"language", inquiry.language},
                                                  {"country", inquiry.country},
                                                  {"masking", inquiry.masking},
                                                  {"prompt_version", kPromptVersion},
                                                  {"model", model}}));
}

}  // namespace oidor::models
