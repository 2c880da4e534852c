#include "models/json_schema.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "models/prompt.hpp"

namespace oidor::models {
namespace {

json::object read(std::string_view text) { return parse_json(text).value().as_object(); }

const auto& schema() {
    static const auto value = read(R"({"type":"object","additionalProperties":false,
        "required":["name","tags"],
        "properties":{"name":{"type":"string","enum":["a","b"]},
                      "count":{"type":["integer","null"]},
                      "tags":{"type":"array","maxItems":2,"items":{"$ref":"#/$defs/tag"}}},
        "$defs":{"tag":{"type":"object","additionalProperties":false,"required":["v"],
                        "properties":{"v":{"type":"number"}}}}})");
    return value;
}

std::string fault(std::string_view text) {
    return find_schema_fault(parse_json(text).value(), schema()).value_or("");
}

TEST(JsonSchema, what_keeps_the_rules_has_no_fault) {
    EXPECT_EQ(fault(R"({"name":"a","tags":[]})"), "");
    EXPECT_EQ(fault(R"({"name":"b","count":null,"tags":[{"v":1},{"v":1.5}]})"), "");
    EXPECT_EQ(fault(R"({"name":"b","count":3,"tags":[]})"), "");
}

TEST(JsonSchema, each_rule_can_be_broken_and_the_place_is_named) {
    EXPECT_EQ(fault(R"([])"), R"(the reply: not of type "object")");
    EXPECT_EQ(fault(R"({"name":"a"})"), "tags: missing");
    EXPECT_EQ(fault(R"({"name":"c","tags":[]})"), R"(name: not one of ["a","b"])");
    EXPECT_EQ(fault(R"({"name":1,"tags":[]})"), R"(name: not of type "string")");
    EXPECT_EQ(fault(R"({"name":"a","count":1.5,"tags":[]})"),
              R"(count: not of type ["integer","null"])");
    EXPECT_EQ(fault(R"({"name":"a","tags":{}})"), R"(tags: not of type "array")");
    EXPECT_EQ(fault(R"({"name":"a","tags":[{"v":"x"}]})"), R"(tags[0].v: not of type "number")");
    EXPECT_EQ(fault(R"({"name":"a","tags":[{"v":1},{}]})"), "tags[1].v: missing");
    EXPECT_EQ(fault(R"({"name":"a","tags":[{"v":1},{"v":1},{"v":1}]})"),
              "tags: more than 2 items");
}

TEST(JsonSchema, a_member_from_outside_is_not_repeated) {
    const auto said = fault(R"({"name":"a","tags":[],"secret":1})");
    EXPECT_EQ(said, "the reply: a member that was not asked for");
}

/// Providers' strict modes take a schema only when every object is closed and every property
/// required.
void expect_strict(const json::value& value) {
    if (const auto* const object = value.if_object()) {
        if (find_string(*object, "type") == "object") {
            EXPECT_EQ(find_bool(*object, "additionalProperties"), false);
            EXPECT_EQ(object->at("required").as_array().size(),
                      object->at("properties").as_object().size());
        }
        for (const auto& member : *object) {
            expect_strict(member.value());
        }
    } else if (const auto* const array = value.if_array()) {
        for (const auto& item : *array) {
            expect_strict(item);
        }
    }
}

TEST(JsonSchema, our_own_schemas_are_strict) {
    Inquiry inquiry;
    inquiry.questions.push_back({.id = "a", .text = "?", .kind = Question::Kind::YesNo});
    inquiry.questions.push_back({.id = "b", .text = "?", .kind = Question::Kind::Score});
    inquiry.fields = true;
    expect_strict(make_inquiry_schema(inquiry));
    expect_strict(make_chat_schema());
}

}  // namespace
}  // namespace oidor::models
