#include "cli/command.hpp"

#include <gtest/gtest.h>

#include "cli/audit_inputs.hpp"
#include "cli/commands.hpp"

namespace oidor::cli {
namespace {

Result<Invocation> parse(const std::vector<std::string>& arguments) {
    return parse_invocation(keys_command(), arguments);
}

TEST(Invocation, flags_stand_before_or_after_the_words) {
    const auto before = parse({"--data", "d", "create", "--name", "n"});
    const auto after = parse({"create", "--name=n", "--data=d"});
    for (const auto& invocation : {before, after}) {
        ASSERT_TRUE(invocation) << invocation.error().message;
        EXPECT_EQ(invocation->words, std::vector<std::string>{"create"});
        EXPECT_EQ(invocation->find("name"), "n");
        EXPECT_EQ(invocation->flags, (config::Pairs{{"data", "d"}}));
    }
}

TEST(Invocation, options_repeat_and_switches_take_no_value) {
    const auto invocation = parse({"create", "--scope", "a", "--scope", "b", "--plain", "--json"});
    ASSERT_TRUE(invocation);
    EXPECT_EQ(invocation->all("scope"), (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(invocation->has("plain"));
    EXPECT_TRUE(invocation->json);
    EXPECT_EQ(parse({"--plain=yes"}).error().code, ErrorCode::Invalid);
}

TEST(Invocation, an_unknown_option_names_the_nearest) {
    const auto wrong = parse({"--scop", "a"});
    ASSERT_FALSE(wrong);
    EXPECT_NE(wrong.error().message.find("--scope"), std::string::npos);
    EXPECT_EQ(parse({"--name"}).error().code, ErrorCode::Invalid);
}

TEST(Invocation, words_after_two_dashes_are_words) {
    const auto invocation = parse_invocation(audit_command(), {"--", "--odd-name.json", "-"});
    ASSERT_TRUE(invocation);
    EXPECT_EQ(invocation->words, (std::vector<std::string>{"--odd-name.json", "-"}));
}

TEST(Invocation, too_few_and_too_many_words_are_said) {
    const auto invocation = parse({"revoke"});
    EXPECT_EQ(invocation->word(1, "the key's name").error().message,
              "the key's name is missing: --help shows how");
    EXPECT_TRUE(invocation->no_more_than(1));
    EXPECT_FALSE(invocation->no_more_than(0));
}

TEST(Help, leads_with_examples_in_both_languages) {
    for (const auto& command : all_commands({.serve = {}, .version = "1"})) {
        for (const auto language : {UiLanguage::Spanish, UiLanguage::English}) {
            const auto help = format_help(command, language);
            const auto examples = help.find(text(Message::help_examples, language));
            const auto usage = help.find(text(Message::help_usage, language));
            ASSERT_NE(examples, std::string::npos) << command.name;
            EXPECT_LT(examples, usage) << command.name;
        }
    }
}

TEST(AuditInputs, what_is_not_there_stays_for_its_own_error) {
    EXPECT_EQ(expand_inputs({"-", "nothing.json"}),
              (std::vector<std::string>{"-", "nothing.json"}));
    pipeline::Hearing hearing;
    EXPECT_EQ(read_input("nothing.json", {}, hearing).error().code, ErrorCode::NotFound);
    EXPECT_EQ(read_input("/dev/null", {}, hearing).error().code, ErrorCode::Invalid);
}

}  // namespace
}  // namespace oidor::cli
