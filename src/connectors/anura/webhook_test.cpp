#include "connectors/anura/webhook.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "connectors/anura/body.hpp"
#include "connectors/anura/shapes.hpp"

namespace oidor::connectors::anura {
namespace {

constexpr Timestamp kReceived =
    std::chrono::sys_days(std::chrono::year(2026) / 2 / 10) + std::chrono::hours(15);

Connector::Delivery deliver(std::string_view body,
                            std::string_view content_type = "application/json") {
    return parse_delivery({.method = "POST",
                           .path = "",
                           .content_type = content_type,
                           .body = body,
                           .received_at = kReceived},
                          {.name = "sur"});
}

/// The normalised body, or the message of the rejection.
std::string read(std::string_view body, std::string_view content_type = "application/json") {
    const auto delivery = deliver(body, content_type);
    return delivery.rejected ? delivery.rejected->error.message
                             : delivery.events.front().normalised;
}

std::string kind(std::string_view body) {
    const auto delivery = deliver(body);
    return delivery.rejected ? "rejected" : delivery.events.front().kind;
}

TEST(AnuraWebhook, an_event_s_identity_is_its_call_and_its_trigger) {
    const auto delivery = deliver(R"({"hooktrigger":" end ","cdrid":" 12 ","x":1})");
    ASSERT_FALSE(delivery.rejected);
    const auto& event = delivery.events.at(0);
    EXPECT_EQ(event.external_id, "12");
    EXPECT_EQ(event.kind, "END");
    EXPECT_EQ(
        event.conversation,
        (ConversationKey{
            .source = "anura", .account = "sur", .channel = Channel::Voice, .external_id = "12"}));
    EXPECT_EQ(event.normalised, R"({"cdrid":" 12 ","hooktrigger":" end ","x":1})");
    EXPECT_EQ(event.raw, R"({"hooktrigger":" end ","cdrid":" 12 ","x":1})");
}

TEST(AnuraWebhook, a_missing_trigger_is_the_end_when_the_event_tells_of_it) {
    EXPECT_EQ(kind(R"({"cdrid":"1","duration":0})"), "END");
    EXPECT_EQ(kind(R"({"cdrid":"1","status":"ANSWER"})"), "END");
    EXPECT_EQ(kind(R"({"cdrid":"1","audio_play_ogg":"https://x/1"})"), "END");
    EXPECT_EQ(kind(R"({"cdrid":"1","hooktrigger":"{{ hooktrigger }}"})"), "UNKNOWN");
    EXPECT_EQ(kind(R"({"cdrid":"1","hooktrigger":")" + std::string(65, 'a') + "\"}"), "UNKNOWN");
    EXPECT_EQ(kind(R"({"cdrid":"1","hooktrigger":"parked"})"), "PARKED");
}

TEST(AnuraWebhook, long_ids_sent_as_numbers_keep_their_digits) {
    EXPECT_EQ(deliver(R"({"cdrid":20260210103045123456789})").events.at(0).external_id,
              "20260210103045123456789");
    EXPECT_EQ(deliver(R"({"cdrid":9007199254740993})").events.at(0).external_id,
              "9007199254740993");
    EXPECT_EQ(deliver(R"({"cdrid":-9007199254740993})").events.at(0).external_id,
              "-9007199254740993");
    EXPECT_EQ(deliver(R"({"cdrid":20260210103045123456, "price": })").events.at(0).external_id,
              "20260210103045123456");
    EXPECT_EQ(deliver(R"({"cdrid":5.0})").events.at(0).external_id, "5");
}

TEST(AnuraWebhook, an_id_that_cannot_be_a_key_is_unusable) {
    for (const auto& body :
         {std::string(R"({"hooktrigger":"END"})"), std::string(R"({"cdrid":""})"),
          std::string(R"({"cdrid":"  "})"), std::string(R"({"cdrid":null})"),
          std::string(R"({"cdrid":"None"})"), std::string(R"({"cdrid":{"a":1}})"),
          std::string(R"({"cdrid":"a\u0000b"})"), std::string(R"({"cdrid":"a\nb"})"),
          R"({"cdrid":")" + std::string(256, '1') + "\"}", std::string("{}")}) {
        const auto delivery = deliver(body);
        ASSERT_TRUE(delivery.rejected) << body;
        EXPECT_TRUE(delivery.rejected->unusable) << body;
    }
    EXPECT_FALSE(deliver(R"({"cdrid":")" + std::string(255, '1') + "\"}").rejected);
}

TEST(AnuraWebhook, of_two_spellings_the_documented_one_counts_in_any_order) {
    EXPECT_EQ(deliver(R"({"cdrId":"1","cdrid":"2","CDRID":"3"})").events.at(0).external_id, "2");
    EXPECT_EQ(deliver(R"({"cdr_id":"1","CdrId":"2"})").events.at(0).external_id, "2");
    EXPECT_EQ(deliver(R"({"CdrId":"2","cdr_id":"1"})").events.at(0).external_id, "2");
    EXPECT_EQ(deliver(R"({"cdrid":"","cdrId":"1"})").events.at(0).external_id, "1");
}

TEST(AnuraWebhook, rendered_bodies_are_read_as_they_were_meant) {
    EXPECT_EQ(read(R"({"cdrid": "1", "duration": , "price": 1,50, "accountid": })"),
              R"({"accountid":null,"cdrid":"1","duration":null,"price":"1,50"})");
    EXPECT_EQ(read(R"({"cdrid": 1, "wasrecorded": True, "hookid": abc, "accountid": 007})"),
              R"({"accountid":"007","cdrid":1,"hookid":"abc","wasrecorded":true})");
    EXPECT_EQ(read(R"({"queueagentname": "Juan "Tito", el 4", "cdrid": "1",})"),
              R"({"cdrid":"1","queueagentname":"Juan \"Tito\", el 4"})");
    EXPECT_EQ(read("{\"callingname\": \"DOM\\user\tA\nB\", \"cdrid\": \"1\"}"),
              R"({"callingname":"DOM\\user\tA\nB","cdrid":"1"})");
    EXPECT_EQ(read(R"({"cdrid": "1", "price": {{ price }}})"), R"({"cdrid":"1","price":null})");
    EXPECT_EQ(read(R"({"cdrid": "1", "a": None, "b": nil, "c": undefined, "d": False})"),
              R"({"a":null,"b":null,"c":null,"cdrid":"1","d":false})");
    EXPECT_EQ(read(R"({"custom1": "caf\u00e9", "cdrid": "1", "price": })"),
              R"({"cdrid":"1","custom1":"café","price":null})");
    EXPECT_EQ(read("\xEF\xBB\xBF{\"cdrid\":\"1\"}\r\n"), R"({"cdrid":"1"})");
    EXPECT_EQ(read("{\"cdrid\":\"1\",\"queuename\":\"Atenci\xF3n\"}"),
              R"({"cdrid":"1","queuename":"Atención"})");
}

TEST(AnuraWebhook, a_cut_or_foreign_body_is_not_guessed_at) {
    constexpr std::string_view kForeign = "body: neither JSON nor a rendered template";
    EXPECT_EQ(read(R"({"hooktrigger":"END","cdrid":"123)"), kForeign);
    EXPECT_EQ(read(R"({cdrid: 1})"), kForeign);
    EXPECT_EQ(read(R"({"other": })"), kForeign);
    EXPECT_EQ(read("{"), kForeign);
    EXPECT_EQ(deliver("<x/>", "application/xml").rejected->error.code, ErrorCode::Unsupported);
    EXPECT_EQ(deliver("RIFF", "audio/wav").rejected->error.code, ErrorCode::Unsupported);
}

TEST(AnuraWebhook, json_is_read_whatever_the_content_type_says) {
    for (const std::string_view type :
         {"", "text/plain", "application/xml", "application/x-www-form-urlencoded",
          "application/json; charset=utf-8", "application/problem+json"}) {
        EXPECT_EQ(read(R"({"cdrid":"1"})", type), R"({"cdrid":"1"})") << type;
    }
}

TEST(AnuraWebhook, forms_are_decoded) {
    constexpr std::string_view kForm = "application/x-www-form-urlencoded; charset=utf-8";
    EXPECT_EQ(read("cdrid=1&calling=%2B54911&callingname=Jos%C3%A9+P&x&=y&&status=", kForm),
              R"({"calling":"+54911","callingname":"José P","cdrid":"1","status":"","x":""})");
    EXPECT_EQ(read("cdrid=&cdrid=1&cdrid=2&a=100%&b=%zz", kForm),
              R"({"a":"100%","b":"%zz","cdrid":"1"})");
    EXPECT_EQ(read("cdrid=1&queuename=Atenci%F3n", kForm),
              R"({"cdrid":"1","queuename":"Atención"})");
    EXPECT_EQ(read("hooktrigger=END&cdrid=1", "text/plain"),
              R"({"cdrid":"1","hooktrigger":"END"})");
    EXPECT_EQ(read("", kForm), "form: empty");
    std::string many = "cdrid=1";
    for (int i = 0; i < 1024; ++i) {
        many += "&k" + std::to_string(i) + "=1";
    }
    EXPECT_EQ(read(many, kForm), "form: more than 1024 pairs");
}

TEST(AnuraWebhook, multipart_fields_are_read_and_files_left_out) {
    constexpr std::string_view kType = "multipart/form-data; charset=utf-8; boundary=x-1";
    EXPECT_EQ(read("--x-1\r\ncontent-disposition: form-data; name=\"cdrid\"\r\n\r\n1\r\n"
                   "--x-1\r\nContent-Type: text/plain\r\n"
                   "Content-Disposition: form-data; name=status\r\n\r\nBUSY\r\n"
                   "--x-1\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\nRIFF"
                   "\r\n--x-1--",
                   kType),
              R"({"cdrid":"1","status":"BUSY"})");
    EXPECT_EQ(read("--x-1\r\n", "multipart/form-data"), "multipart: no boundary");
    EXPECT_EQ(read("no parts", kType), "multipart: no fields");
    std::string many;
    for (int i = 0; i < 1100; ++i) {
        many += "--x-1\r\n";
    }
    EXPECT_EQ(read(many, kType), "multipart: more than 1024 parts");
}

TEST(AnuraWebhook, the_template_names_documented_variables_and_survives_what_they_hold) {
    const auto unrendered = parse_json(panel_template());
    ASSERT_TRUE(unrendered) << unrendered.error().message;
    std::string empty = panel_template();
    std::string full = panel_template();
    const auto put = [](std::string& body, const std::string& name, std::string_view value) {
        const auto placeholder = "{{ " + name + " }}";
        body.replace(body.find(placeholder), placeholder.size(), value);
    };
    for (const auto& [key, value] : unrendered->as_object()) {
        const std::string name(key);
        EXPECT_NE(find_variable(name), nullptr) << name;
        EXPECT_EQ(std::string_view(value.as_string()), "{{ " + name + " }}");
        put(empty, name, name == "cdrid" ? "1" : "");
        put(full, name, name == "cdrid" ? "1" : R"(Juan "Tito")");
    }
    EXPECT_TRUE(deliver(panel_template()).rejected->unusable);
    EXPECT_TRUE(deliver(empty).events.at(0).warnings.empty());
    EXPECT_EQ(find_string(parse_json(read(full)).value().as_object(), "queueagentname"),
              R"(Juan "Tito")");
}

TEST(AnuraWebhook, hostile_repetition_stays_linear) {
    // Quadratic work on any of these would take minutes.
    const auto fill = [](std::string_view piece) {
        std::string body = R"({"cdrid":"1","price": ,"custom1":")";
        while (body.size() + piece.size() < kBodyBytesMax - 10) {
            body += piece;
        }
        return body + "}";
    };
    for (const std::string_view piece :
         {",\"", ",\"a", "\",", "\", \"", ", ", "{", "\\", "\"x\":"}) {
        const auto delivery = deliver(fill(piece));
        EXPECT_NE(delivery.rejected.has_value(), delivery.events.size() == 1) << piece;
    }
}

TEST(AnuraWebhook, the_test_page_says_what_was_understood_without_repeating_customer_data) {
    const auto explain = [](std::string_view body) {
        return explain_delivery({.method = "POST",
                                 .path = "/test",
                                 .content_type = "application/json",
                                 .body = body,
                                 .received_at = kReceived},
                                {.name = "default"});
    };
    const auto good = explain(
        R"({"hooktrigger":"END","cdrid":"7","calling":"+5491167950079","duration":120,"price":"x",
            "wasrecorded":"1","audio_file_mp3":"https://a.anura.com/7.mp3?token=abc",
            "accounttags":"campaign_4","queueagentname":"Ana 300"})");
    EXPECT_EQ(good.http_status, 200);
    const auto body = parse_json(good.body_json).value().as_object();
    EXPECT_EQ(find_string(body, "status"), "validated");
    EXPECT_EQ(find_string(body, "trigger"), "END");
    EXPECT_EQ(find_string(body, "call_id"), "7");
    EXPECT_EQ(find_bool(body, "has_recording"), true);
    const auto& understood = body.at("understood").as_object();
    EXPECT_EQ(find_string(understood, "campaign_wanted"), "4");
    EXPECT_EQ(format_json(understood.at("agents_wanted")), R"(["300"])");
    EXPECT_EQ(format_json(body.at("warnings")), R"(["price: not a price"])");
    for (const auto* secret : {"67950079", "token", "Ana"}) {
        EXPECT_FALSE(good.body_json.contains(secret)) << secret;
    }
    EXPECT_EQ(explain("[]").http_status, 400);
    EXPECT_EQ(explain("{}").http_status, 422);
    EXPECT_EQ(explain(std::string(kBodyBytesMax + 1, ' ')).http_status, 413);
}

}  // namespace
}  // namespace oidor::connectors::anura
