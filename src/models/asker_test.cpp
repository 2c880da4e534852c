#include "models/asker.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "models/answer_check.hpp"
#include "models/testing/fake_model.hpp"

namespace oidor::models {
namespace {

using testing::FakeModel;
using testing::FakePurse;
using testing::make_segment;

Transcript conversation() {
    Transcript transcript;
    transcript.language = "es";
    transcript.segments = {
        make_segment(Speaker::Agent, "Buenos días, le habla Lucía. ¿En qué puedo ayudarle?"),
        make_segment(Speaker::Customer, "Quiero cambiar mi plan de internet."),
        make_segment(Speaker::Agent, "Lamento la demora, ya lo cambio.")};
    return transcript;
}

Question yes_no(std::string id, std::optional<Speaker> speaker) {
    Question question;
    question.id = std::move(id);
    question.text = "¿…?";
    question.speaker = speaker;
    return question;
}

Inquiry two_questions() {
    Inquiry inquiry;
    inquiry.questions = {yes_no("disculpa", Speaker::Agent), yes_no("empatia", Speaker::Agent)};
    inquiry.questions[1].kind = Question::Kind::Score;
    inquiry.questions[1].max = Decimal::from_int(10);
    return inquiry;
}

json::object answer_of(json::value value, std::size_t segment, std::string_view quote) {
    return {{"value", std::move(value)},
            {"quotes", json::array{json::object{{"segment", segment}, {"quote", quote}}}}};
}

std::string reply_of(json::object disculpa, json::object empatia) {
    return json::serialize(
        json::object{{"answers", json::object{{"disculpa", std::move(disculpa)},
                                              {"empatia", std::move(empatia)}}}});
}

const std::string kGood =
    reply_of(answer_of("yes", 2, "Lamento la demora"), answer_of(8, 2, "Lamento la demora"));

class Asking : public ::testing::Test {
  protected:
    Result<Answers> ask(const Inquiry& inquiry = two_questions()) {
        return Asker(model_, options_).ask(conversation(), inquiry, purse_);
    }
    /// What became of each question, in order.
    std::string outcome(const Result<Answers>& answers) {
        if (!answers) {
            return std::string(faces_of(answers.error().code).name);
        }
        std::string text;
        for (const auto& answer : answers->answers) {
            text += std::string(format(answer.state)) +
                    (answer.value ? "=" + answer.value->text() : std::string()) + " ";
        }
        return text;
    }

    FakeModel model_;
    FakePurse purse_;
    AskerOptions options_ = {};
};

TEST_F(Asking, everything_is_asked_in_one_call_and_quotes_are_the_bytes_of_the_transcript) {
    model_.say(
        reply_of(answer_of("yes", 2, "lamento  la DEMORA"), answer_of(8, 2, "ya lo cambio")));
    const auto answers = ask();
    EXPECT_EQ(outcome(answers), "verified=1.0 verified=8.0 ");
    EXPECT_EQ(answers->answers[0].quotes,
              (std::vector<Citation>{{.segment = 2, .quote = "Lamento la demora"}}));
    EXPECT_EQ(answers->model, "fake-1-2026");
    EXPECT_EQ(answers->prompt_version, kPromptVersion);
    EXPECT_EQ(model_.asked.size(), 1U);
    EXPECT_EQ(purse_.calls, 1);
    const auto& prompt = model_.asked[0];
    EXPECT_EQ(prompt.messages[0].role, "system");
    EXPECT_EQ(prompt.messages[1].role, "user");
    EXPECT_TRUE(prompt.messages[1].content.contains("[1] customer: Quiero cambiar mi plan"));
    EXPECT_FALSE(prompt.messages[0].content.contains("Quiero cambiar"));
}

TEST_F(Asking, the_boundary_is_another_one_each_time) {
    model_.say(kGood);
    static_cast<void>(ask());
    static_cast<void>(ask());
    const auto first_line = [&](int i) {
        const auto& text = model_.asked.at(static_cast<std::size_t>(i)).messages[1].content;
        return text.substr(0, text.find('\n'));
    };
    EXPECT_NE(first_line(0), first_line(1));
    EXPECT_EQ(first_line(0).size(), std::string("<<<transcript >>>").size() + 32);
}

TEST_F(Asking, a_quote_that_is_not_there_is_asked_for_once_more_with_the_fault_stated) {
    model_.say(reply_of(answer_of("yes", 2, "Le pido disculpas"), answer_of(8, 2, "ya lo cambio")));
    model_.say(kGood);
    EXPECT_EQ(outcome(ask()), "verified=1.0 verified=8.0 ");
    ASSERT_EQ(model_.asked.size(), 2U);
    const auto& again = model_.asked[1].messages;
    ASSERT_EQ(again.size(), 4U);
    EXPECT_EQ(again[2].role, "assistant");
    EXPECT_TRUE(again[3].content.contains("answers.disculpa: a quote does not stand"));
    // What was verified the first time stays as it was.
}

TEST_F(Asking, what_is_not_proved_the_second_time_is_unknown) {
    model_.say(reply_of(answer_of("yes", 2, "Le pido disculpas"), answer_of(8, 2, "ya lo cambio")));
    EXPECT_EQ(outcome(ask()), "quote_not_found verified=8.0 ");
    EXPECT_EQ(model_.asked.size(), 2U);
}

TEST_F(Asking, a_quote_of_a_word_that_stands_anywhere_is_no_proof) {
    model_.say(reply_of(answer_of("yes", 2, "la"), answer_of(8, 2, "ya lo cambio")));
    EXPECT_EQ(outcome(ask()), "not_evidence verified=8.0 ");
    ASSERT_EQ(model_.asked.size(), 2U);
    EXPECT_TRUE(model_.asked[1].messages[3].content.contains(
        "answers.disculpa: a quote proves nothing: it speaks to you, or is too short"));
}

TEST_F(Asking, the_speaker_asked_about_must_have_said_it) {
    model_.say(reply_of(answer_of("yes", 1, "Quiero cambiar mi plan"),
                        answer_of(5, 1, "Quiero cambiar mi plan")));
    EXPECT_EQ(outcome(ask()), "wrong_speaker wrong_speaker ");
}

TEST_F(Asking, scores_are_held_to_the_criterions_own_range) {
    model_.say(reply_of(answer_of("no", 2, "ya lo cambio"), answer_of(1e300, 2, "ya lo cambio")));
    EXPECT_EQ(outcome(ask()), "verified=0.0 verified=10.0 ");
    FakeModel low;
    low.say(reply_of(answer_of("no", 2, "ya lo cambio"), answer_of(-3, 2, "ya lo cambio")));
    EXPECT_EQ(outcome(Asker(low, options_).ask(conversation(), two_questions(), purse_)),
              "verified=0.0 verified=0.0 ");
}

TEST_F(Asking, not_knowing_is_an_answer_and_needs_no_quote) {
    model_.say(reply_of({{"value", "unknown"}, {"quotes", json::array()}},
                        {{"value", nullptr}, {"quotes", json::array()}}));
    EXPECT_EQ(outcome(ask()), "not_answered not_answered ");
    EXPECT_EQ(model_.asked.size(), 1U);
}

TEST_F(Asking, a_segment_miscounted_by_one_is_found_and_by_two_is_not) {
    model_.say(
        reply_of(answer_of("yes", 1, "Lamento la demora"), answer_of(8, 0, "Lamento la demora")));
    const auto answers = ask();
    EXPECT_EQ(outcome(answers), "verified=1.0 quote_not_found ");
    EXPECT_EQ(answers->answers[0].quotes[0].segment, 2U);
}

TEST_F(Asking, replies_out_of_form_are_asked_for_once_more) {
    for (const std::string_view text :
         {"", "sí", "[]", R"({"answers":{}})", R"({"answers":{"disculpa":1,"empatia":2}})", "{",
          R"({"answers":)"}) {
        FakeModel model;
        model.say(std::string(text));
        model.say(kGood);
        EXPECT_EQ(outcome(Asker(model, options_).ask(conversation(), two_questions(), purse_)),
                  "verified=1.0 verified=8.0 ")
            << text;
        EXPECT_EQ(model.asked.size(), 2U);
    }
    model_.say("no");
    EXPECT_EQ(outcome(ask()), "out_of_schema out_of_schema ");
}

TEST_F(Asking, thoughts_and_fences_around_a_reply_are_left_out) {
    model_.say("<think>{\"a\":1} hm</think>\n```json\n" + kGood + "\n```\nListo.");
    EXPECT_EQ(outcome(ask()), "verified=1.0 verified=8.0 ");
    EXPECT_EQ(model_.asked.size(), 1U);
}

TEST_F(Asking, a_cut_reply_is_asked_for_with_twice_the_room) {
    model_.end(Finish::Cut);
    model_.say(kGood);
    EXPECT_EQ(outcome(ask()), "verified=1.0 verified=8.0 ");
    ASSERT_EQ(model_.asked.size(), 2U);
    EXPECT_EQ(model_.asked[1].tokens_max, 2 * model_.asked[0].tokens_max);
    FakeModel always;
    always.end(Finish::Cut);
    EXPECT_EQ(outcome(Asker(always, options_).ask(conversation(), two_questions(), purse_)),
              "cut cut ");
}

TEST_F(Asking, a_refusal_is_no_answer_and_not_repeated) {
    for (const auto finish : {Finish::Refused, Finish::Filtered}) {
        FakeModel model;
        model.end(finish);
        EXPECT_EQ(outcome(Asker(model, options_).ask(conversation(), two_questions(), purse_)),
                  "refused refused ");
        EXPECT_EQ(model.asked.size(), 1U);
    }
}

TEST_F(Asking, a_long_conversation_is_neither_cut_nor_sent) {
    options_.transcript_bytes_max = 50;
    model_.say(kGood);
    EXPECT_EQ(outcome(ask()), "too_long too_long ");
    EXPECT_TRUE(model_.asked.empty());
    options_.transcript_bytes_max = 1000;
    FakeModel small;
    small.fail_with({.code = ErrorCode::TooLarge, .message = "context"});
    EXPECT_EQ(outcome(Asker(small, options_).ask(conversation(), two_questions(), purse_)),
              "too_long too_long ");
}

TEST_F(Asking, errors_pass_through) {
    for (const auto code : {ErrorCode::Unauthenticated, ErrorCode::Unavailable, ErrorCode::Timeout,
                            ErrorCode::RateLimited, ErrorCode::NotFound, ErrorCode::Cancelled}) {
        FakeModel model;
        model.fail_with({.code = code, .message = "x"});
        EXPECT_EQ(outcome(Asker(model, options_).ask(conversation(), two_questions(), purse_)),
                  faces_of(code).name);
    }
    purse_.empty = true;
    EXPECT_EQ(outcome(ask()), "RateLimited");
}

TEST_F(Asking, a_second_call_that_fails_for_good_leaves_what_was_proved) {
    model_.say(reply_of(answer_of("yes", 2, "Le pido disculpas"), answer_of(8, 2, "ya lo cambio")));
    model_.fail_with({.code = ErrorCode::Forbidden, .message = "quota"});
    EXPECT_EQ(outcome(ask()), "quote_not_found verified=8.0 ");
    FakeModel away;
    away.say(reply_of(answer_of("yes", 2, "Le pido disculpas"), answer_of(8, 2, "ya lo cambio")));
    away.fail_with({.code = ErrorCode::Unavailable, .message = "503"});
    EXPECT_EQ(outcome(Asker(away, options_).ask(conversation(), two_questions(), purse_)),
              "Unavailable");
}

TEST_F(Asking, texts_go_masked_and_a_quote_of_a_mask_is_not_found) {
    MaskingPlace asked_by;
    options_.mask.segments = [&](const Transcript& transcript, const MaskingPlace& place) {
        asked_by = place;
        std::vector<std::string> texts;
        for (const auto& segment : transcript.segments) {
            texts.push_back(segment.speaker == Speaker::Customer ? "[correo]" : segment.text);
        }
        return texts;
    };
    Inquiry inquiry;
    inquiry.country = "CL";
    inquiry.language = "pt";
    inquiry.questions = {yes_no("x", std::nullopt)};
    model_.say(R"({"answers":{"x":{"value":"yes","quotes":[{"segment":1,"quote":"[correo]"}]}}})");
    EXPECT_EQ(outcome(ask(inquiry)), "quote_not_found ");
    EXPECT_FALSE(model_.asked[0].messages[1].content.contains("plan de internet"));
    EXPECT_EQ(asked_by.country, "CL");
    EXPECT_EQ(asked_by.language, "pt");
}

TEST_F(Asking, what_people_ask_and_were_told_before_goes_masked) {
    options_.mask.words = [](std::string_view words, const MaskingPlace& place) {
        auto masked = std::string(words);
        const auto at = masked.find("4111");
        return at == std::string::npos ? masked : masked.replace(at, 4, "[" + place.country + "]");
    };
    model_.say(R"({"answer":null,"quotes":[]})");
    ChatInquiry inquiry;
    inquiry.history = {{.question = "¿Dio 4111?", .answer = "Dio 4111."}};
    inquiry.question = "¿Es 4111?";
    inquiry.place = {.country = "CL", .language = "es"};
    ASSERT_TRUE(Asker(model_, options_).chat(conversation(), inquiry, purse_));
    const auto& messages = model_.asked.at(0).messages;
    ASSERT_EQ(messages.size(), 5U);
    EXPECT_EQ(messages[2].content, "¿Dio [CL]?");
    EXPECT_EQ(messages[3].content, "Dio [CL].");
    EXPECT_EQ(messages[4].content, "¿Es [CL]?");
}

TEST_F(Asking, fields_without_a_true_quote_are_null_and_tags_are_five) {
    Inquiry inquiry;
    inquiry.fields = true;
    const auto field = [](json::value value, std::string_view quote) {
        return json::object{
            {"value", std::move(value)},
            {"quotes", json::array{json::object{{"segment", 1}, {"quote", quote}}}}};
    };
    json::array tags;
    for (const auto* const tag : {"cambio de plan", "CAMBIO_DE_PLAN", "b", "c", "d", "e", "f"}) {
        tags.push_back(field(tag, "cambiar mi plan"));
    }
    json::object fields = {{"reason", field("cambio de plan", "Quiero cambiar mi plan")},
                           {"summary", field("Pide otro plan.", "cambiar mi plan de internet")},
                           {"initial_feeling", field("neutral", "Quiero cambiar")},
                           {"final_feeling", field("positive", "muchas gracias")},
                           {"product", field("internet", "plan de internet")},
                           {"typification", field(nullptr, "Quiero")},
                           {"agent_channel", field(nullptr, "Quiero")},
                           {"tags", std::move(tags)}};
    model_.say(
        json::serialize(json::object{{"answers", json::object()}, {"fields", std::move(fields)}}));
    const auto answers = ask(inquiry);
    ASSERT_TRUE(answers) << answers.error().message;
    ASSERT_TRUE(answers->fields);
    EXPECT_EQ(answers->fields->reason->value, "cambio de plan");
    EXPECT_EQ(answers->fields->reason->quote->quote, "Quiero cambiar mi plan");
    EXPECT_FALSE(answers->fields->final_feeling);
    EXPECT_FALSE(answers->fields->typification);
    ASSERT_EQ(answers->fields->tags.size(), kTagsMax);
    EXPECT_EQ(answers->fields->tags[0].value, "CAMBIO_DE_PLAN");
    EXPECT_EQ(answers->fields->tags[1].value, "B");
    EXPECT_EQ(model_.asked.size(), 2U);  // One of them was not proved.
}

TEST_F(Asking, the_agents_channel_needs_words_of_that_channel) {
    auto transcript = conversation();
    for (std::size_t i = 0; i < transcript.segments.size(); ++i) {
        transcript.segments[i].speaker = Speaker::Unknown;
        transcript.segments[i].channel = i == 1 ? 0 : 1;
    }
    Inquiry inquiry;
    inquiry.fields = true;
    const auto reply = [](int channel, std::size_t segment, std::string_view quote) {
        const json::object nothing = {{"value", nullptr}, {"quotes", json::array()}};
        return json::serialize(json::object{
            {"answers", json::object()},
            {"fields", json::object{{"reason", nothing},
                                    {"summary", nothing},
                                    {"initial_feeling", nothing},
                                    {"final_feeling", nothing},
                                    {"product", nothing},
                                    {"typification", nothing},
                                    {"agent_channel", answer_of(channel, segment, quote)},
                                    {"tags", json::array()}}}});
    };
    model_.say(reply(1, 0, "le habla Lucía"));
    const auto known = Asker(model_, options_).ask(transcript, inquiry, purse_);
    EXPECT_EQ(known->fields->agent_channel, 1);
    EXPECT_TRUE(model_.asked[0].messages[1].content.contains("[0] unknown (channel 1): Buenos"));
    FakeModel wrong;
    wrong.say(reply(0, 0, "le habla Lucía"));
    EXPECT_FALSE(Asker(wrong, options_).ask(transcript, inquiry, purse_)->fields->agent_channel);
}

TEST_F(Asking, answers_keep_their_bytes_through_the_store) {
    model_.say(kGood);
    auto answers = ask().value();
    answers.fields = Fields{};
    answers.fields->reason = Field{.value = "x", .quote = Citation{.segment = 1, .quote = "y"}};
    answers.fields->agent_channel = 1;
    answers.fields->tags = {Field{.value = "T", .quote = Citation{.segment = 0, .quote = "z"}}};
    const auto bytes = format_answers(answers);
    const auto read = parse_answers(bytes);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, answers);
    EXPECT_EQ(format_answers(*read), bytes);
    for (const std::string_view text :
         {"", "{}", "[]", R"({"answers":[1]})",
          R"({"answers":[{"question":"a","state":"x","quotes":[]}]})"}) {
        EXPECT_EQ(parse_answers(text).error().code, ErrorCode::Corrupt) << text;
    }
}

TEST(Inquiries, whatever_decides_about_answers_is_in_their_hash) {
    const auto base = two_questions();
    const auto hash = [](const Inquiry& inquiry, std::string_view transcript = "t",
                         std::string_view model = "m") {
        return inquiry_sha256(inquiry, transcript, model);
    };
    EXPECT_EQ(hash(base), hash(two_questions()));
    EXPECT_NE(hash(base), hash(base, "u"));
    EXPECT_NE(hash(base), hash(base, "t", "n"));
    auto elsewhere = base;
    elsewhere.country = "CL";
    EXPECT_NE(hash(base), hash(elsewhere));
    auto masked_anew = base;
    masked_anew.masking = "2";
    EXPECT_NE(hash(base), hash(masked_anew));
    auto other = base;
    other.questions[0].text += "?";
    EXPECT_NE(hash(base), hash(other));
    other = base;
    other.questions[1].max = Decimal::from_int(9);
    EXPECT_NE(hash(base), hash(other));
    other = base;
    other.questions[0].speaker = Speaker::Customer;
    EXPECT_NE(hash(base), hash(other));
    other = base;
    other.fields = true;
    EXPECT_NE(hash(base), hash(other));
}

TEST_F(Asking, a_question_in_free_words_is_answered_with_quotes_or_not_at_all) {
    const auto chat = [&](FakeModel& model, const std::string& question,
                          const std::vector<ChatTurn>& history = {}) {
        ChatInquiry inquiry;
        inquiry.history = history;
        inquiry.question = question;
        inquiry.place.language = "es";
        return Asker(model, options_).chat(conversation(), inquiry, purse_);
    };
    model_.say(R"({"answer":"Otro plan.","quotes":[{"segment":1,"quote":"cambiar mi plan"}]})");
    const auto reply = chat(model_, "¿Qué pide?", {{.question = "¿Quién?", .answer = "Lucía"}});
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->answer, "Otro plan.");
    EXPECT_EQ(reply->quotes[0].quote, "cambiar mi plan");
    EXPECT_EQ(model_.asked[0].messages.size(), 5U);
    FakeModel invents;
    invents.say(R"({"answer":"Baja.","quotes":[{"segment":1,"quote":"quiero la baja"}]})");
    EXPECT_FALSE(chat(invents, "¿Qué pide?")->answer);
    EXPECT_EQ(invents.asked.size(), 2U);
    FakeModel silent;
    silent.say(R"({"answer":null,"quotes":[]})");
    EXPECT_FALSE(chat(silent, "¿Qué edad tiene?")->answer);
    EXPECT_EQ(chat(model_, "").error().code, ErrorCode::Invalid);
    EXPECT_EQ(chat(model_, std::string(2'001, 'x')).error().code, ErrorCode::Invalid);
    options_.transcript_bytes_max = 10;
    EXPECT_EQ(chat(model_, "¿Qué?").error().code, ErrorCode::TooLarge);
}

}  // namespace
}  // namespace oidor::models
