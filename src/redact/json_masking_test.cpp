#include "redact/json_masking.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

namespace oidor::redact {
namespace {

Look card_look() {
    Transcript transcript;
    transcript.language = "es";
    for (const auto* text : {"Buenos días", "mi tarjeta es 4111 1111 1111 1111 y nada más"}) {
        transcript.segments.emplace_back();
        transcript.segments.back().text = text;
    }
    return look_at(std::move(transcript), {});
}

TEST(JsonMasking, a_quote_is_masked_as_its_segment_is) {
    const auto look = card_look();
    EXPECT_EQ(mask_quote(look, 1, "tarjeta es 4111 1111 1111 1111"), "tarjeta es [tarjeta]");
    EXPECT_EQ(mask_quote(look, 1, "1111 y nada"), "[tarjeta] y nada") << "a part tells as much";
    EXPECT_EQ(mask_quote(look, 1, "nada más"), "nada más");
    EXPECT_EQ(mask_quote(look, 0, "Buenos días"), "Buenos días");
    EXPECT_EQ(mask_quote(look, 9, "4111 1111 1111 1111"), "[tarjeta]") << "of no segment";
    EXPECT_EQ(mask_quote(look, 0, ""), "");
}

TEST(JsonMasking, an_audit_keeps_its_shape_and_its_receipt) {
    auto audit = *parse_json(R"({"id":"4111111111111111","agent":"4111111111111111","criteria":[
        {"id":"x","evidence":[{"segment":1,"quote":"es 4111 1111"},{"measure":"d","value":3}],
         "searched":{"nearest":{"segment":1,"quote":"1111","phrase":"ana@example.com"}}}],
        "issues":["Dijo «4111 1111 1111 1111»",7],
        "receipt":{"audit_sha256":"4111111111111111"}})");
    mask_audit(audit, card_look());
    EXPECT_EQ(format_json(audit),
              R"({"id":"4111111111111111","agent":"4111111111111111","criteria":[)"
              R"({"id":"x","evidence":[{"segment":1,"quote":"es [tarjeta]"},)"
              R"({"measure":"d","value":3}],)"
              R"("searched":{"nearest":{"segment":1,"quote":"[tarjeta]","phrase":"[correo]"}}}],)"
              R"("issues":["Dijo «[tarjeta]»",7],)"
              R"("receipt":{"audit_sha256":"4111111111111111"}})");
}

TEST(JsonMasking, texts_of_any_value_are_masked_by_themselves) {
    auto value = *parse_json(R"({"a":["ana@example.com",{"b":"CUIT 33-69345023-9"}],"c":null})");
    mask_texts(value, {});
    EXPECT_EQ(format_json(value), R"({"a":["[correo]",{"b":"CUIT [CUIT]"}],"c":null})");
}

}  // namespace
}  // namespace oidor::redact
