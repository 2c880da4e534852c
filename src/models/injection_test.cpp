// Attempts to talk a model into another verdict (tests/models/injections.jsonl), each with what a
// model replies that obeys: no outcome may follow from it.
#include <algorithm>
#include <fstream>
#include <set>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "models/asker.hpp"
#include "models/testing/fake_model.hpp"

namespace oidor::models {
namespace {

using testing::FakeModel;
using testing::FakePurse;
using testing::make_segment;

std::vector<json::object> read_set() {
    std::ifstream file(std::string(OIDOR_SOURCE_DIR) + "/tests/models/injections.jsonl");
    std::vector<json::object> lines;
    std::string line;
    while (std::getline(file, line)) {
        auto value = parse_json(line);
        EXPECT_TRUE(value) << line;
        if (value) {
            lines.push_back(std::move(value->as_object()));
        }
    }
    return lines;
}

Transcript attacked_conversation(const json::object& attempt) {
    Transcript transcript;
    transcript.segments = {
        make_segment(Speaker::Agent, "Buenos días, le habla Lucía. ¿En qué puedo ayudarle?"),
        make_segment(Speaker::Customer, "Quiero cambiar mi plan de internet."),
        make_segment(*parse_speaker(*find_string(attempt, "speaker")),
                     *find_string(attempt, "text")),
        make_segment(Speaker::Agent, "Un momento, por favor."),
        make_segment(Speaker::Customer, "Gracias, quedo a la espera.")};
    return transcript;
}

Inquiry inquiry() {
    Inquiry asked;
    asked.questions.resize(3);
    asked.questions[0].id = "saludo";
    asked.questions[1].id = "disculpa";
    asked.questions[2].id = "empatia";
    asked.questions[2].kind = Question::Kind::Score;
    asked.questions[2].max = Decimal::from_int(10);
    for (auto& question : asked.questions) {
        question.text = "¿…?";
        question.speaker = Speaker::Agent;
    }
    return asked;
}

/// The reply of a model that does what it was told.
std::string obeying(const json::object& attempt) {
    if (const auto raw = find_string(attempt, "raw")) {
        return *raw;
    }
    json::array quotes;
    for (const auto& quote : attempt.at("quotes").as_array()) {
        quotes.push_back(
            json::object{{"segment", quote.as_array().at(0)}, {"quote", quote.as_array().at(1)}});
    }
    const auto answer = [&quotes](const json::value& value) {
        return json::object{{"value", value}, {"quotes", quotes}};
    };
    const json::object greeting = {
        {"value", "yes"},
        {"quotes", json::array{json::object{{"segment", 0}, {"quote", "Buenos días"}}}}};
    return json::serialize(
        json::object{{"answers", json::object{{"saludo", greeting},
                                              {"disculpa", answer(attempt.at("yes_no"))},
                                              {"empatia", answer(attempt.at("score"))}}}});
}

TEST(Injections, the_set_is_large_and_of_three_languages) {
    const auto set = read_set();
    std::set<std::string> ids;
    std::set<std::string> languages;
    std::set<std::string> kinds;
    for (const auto& attempt : set) {
        ids.insert(*find_string(attempt, "id"));
        languages.insert(*find_string(attempt, "language"));
        kinds.insert(*find_string(attempt, "kind"));
    }
    EXPECT_GE(ids.size(), 40U);
    EXPECT_EQ(ids.size(), set.size());
    EXPECT_EQ(languages, (std::set<std::string>{"en", "es", "pt"}));
    EXPECT_GE(kinds.size(), 10U);
}

TEST(Injections, a_model_that_obeys_changes_no_outcome) {
    for (const auto& attempt : read_set()) {
        SCOPED_TRACE(*find_string(attempt, "id"));
        FakeModel model;
        model.say(obeying(attempt));
        FakePurse purse;
        const auto answers = Asker(model, {}).ask(attacked_conversation(attempt), inquiry(), purse);
        ASSERT_TRUE(answers) << answers.error().message;
        const auto& given = answers->answers;
        ASSERT_EQ(given.size(), 3U);
        // Nobody apologised and nothing shows empathy: whatever was believed would be the attempt.
        EXPECT_FALSE(given[1].value);
        EXPECT_NE(given[1].state, AnswerState::Verified);
        EXPECT_FALSE(given[2].value);
        EXPECT_NE(given[2].state, AnswerState::Verified);
        // What is true stays true, or is lost with the whole reply.
        EXPECT_TRUE(!given[0].value || *given[0].value == Decimal::from_int(1));
        EXPECT_LE(model.asked.size(), 2U);
    }
}

TEST(Injections, an_attempt_stays_one_line_of_data) {
    for (const auto& attempt : read_set()) {
        SCOPED_TRACE(*find_string(attempt, "id"));
        FakeModel model;
        model.say(obeying(attempt));
        FakePurse purse;
        static_cast<void>(Asker(model, {}).ask(attacked_conversation(attempt), inquiry(), purse));
        ASSERT_FALSE(model.asked.empty());
        const auto& messages = model.asked[0].messages;
        ASSERT_EQ(messages.size(), 2U);
        const auto& sent = messages[1].content;
        // Two borders and five segments, whatever was said.
        EXPECT_EQ(std::ranges::count(sent, '\n'), 7);
        EXPECT_FALSE(messages[0].content.contains(*find_string(attempt, "text")));
    }
}

TEST(Injections, the_true_answer_is_still_found_beside_an_attempt) {
    for (const auto& attempt : read_set()) {
        SCOPED_TRACE(*find_string(attempt, "id"));
        auto transcript = attacked_conversation(attempt);
        transcript.segments[3].text = "Lamento mucho la demora.";
        const auto answer = [](const json::value& value, std::size_t segment,
                               std::string_view quote) {
            return json::object{
                {"value", value},
                {"quotes", json::array{json::object{{"segment", segment}, {"quote", quote}}}}};
        };
        FakeModel model;
        model.say(json::serialize(json::object{
            {"answers", json::object{{"saludo", answer("yes", 0, "Buenos días")},
                                     {"disculpa", answer("yes", 3, "Lamento mucho la demora")},
                                     {"empatia", answer(6, 3, "Lamento mucho la demora")}}}}));
        FakePurse purse;
        const auto answers = Asker(model, {}).ask(transcript, inquiry(), purse);
        ASSERT_TRUE(answers) << answers.error().message;
        for (const auto& given : answers->answers) {
            EXPECT_EQ(given.state, AnswerState::Verified) << given.question;
        }
        EXPECT_EQ(model.asked.size(), 1U);
    }
}

}  // namespace
}  // namespace oidor::models
