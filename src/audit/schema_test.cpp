// The JSON Schema and the parser know the same keys.
#include "audit/scorecard_schema.hpp"

#include <string>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "audit/scorecard.hpp"
#include "audit/scorecard_keys.hpp"
#include "base/json.hpp"

namespace oidor::audit {
namespace {

const json::object& member(const json::object& object, std::string_view key) {
    return object.at(key).as_object();
}

TEST(Schema, is_json_that_names_every_kind_and_forbids_what_is_unknown) {
    const auto schema = parse_json(scorecard_schema());
    ASSERT_TRUE(schema) << schema.error().message;
    const auto& root = schema->as_object();
    EXPECT_EQ(root.at("additionalProperties"), json::value(false));
    const auto& criteria = member(member(root, "properties"), "criteria");
    const auto& kinds = member(criteria, "items").at("oneOf").as_array();
    ASSERT_EQ(kinds.size(), criterion_kind_names().size());
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        const auto& kind = kinds[i].as_object();
        EXPECT_EQ(kind.at("additionalProperties"), json::value(false));
        EXPECT_EQ(member(member(kind, "properties"), "kind").at("const"),
                  json::value(criterion_kind_names()[i]));
    }
    const auto& version = member(member(root, "properties"), "version");
    EXPECT_EQ(version.at("minimum"), json::value(1));
    EXPECT_EQ(version.at("type"), json::value("integer"));
    ASSERT_TRUE(parse_json(phrase_pack_schema()));
}

/// The parser's own complaint about a key; empty when it takes the key.
std::string complaint(std::string_view kind, std::string_view key) {
    const auto card = parse_scorecard(
        "id = \"t\"\nversion = 1\nlanguage = \"es\"\ncategories = [{ from = 0, name = \"x\" }]\n"
        "[[criteria]]\nid = \"a\"\nkind = \"" +
            std::string(kind) + "\"\n" + std::string(key) + " = 1979-05-27\n",
        "t");
    return card ? "" : card.error().message;
}

TEST(Schema, each_key_of_a_kind_is_read_by_the_parser_and_no_other) {
    // A date is no value of any key: a known key complains of the value, an unknown one of the key.
    for (std::size_t i = 0; i < criterion_kind_names().size(); ++i) {
        const auto kind = criterion_kind_names()[i];
        for (const auto& key : criterion_keys(static_cast<CriterionKind>(i)).keys) {
            if (key.name == "id" || key.name == "kind") {
                continue;
            }
            const auto text = complaint(kind, key.name);
            EXPECT_TRUE(text.contains("t:8: criteria[0]." + std::string(key.name)))
                << kind << " " << key.name << ": " << text;
            EXPECT_FALSE(text.contains("unknown key")) << kind << " " << key.name << ": " << text;
        }
        EXPECT_TRUE(complaint(kind, "nonsense").contains("nonsense: unknown key")) << kind;
    }
}

}  // namespace
}  // namespace oidor::audit
