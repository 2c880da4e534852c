#include "audit/test_support.hpp"

namespace oidor::audit {
namespace {

using enum Speaker;

Audit judged(std::string_view first, std::string_view reply, std::string_view last) {
    static const auto auditor = shipped("general-pt");
    return auditor->judge(transcript_of({say(Agent, std::string(first), 0, 6000),
                                         say(Customer, std::string(reply), 6000, 9000),
                                         say(Agent, std::string(last), 290'000, 300'000)}),
                          lasting(300));
}

TEST(GeneralPt, a_good_call_gives_100) {
    const auto audit =
        judged("Bom dia, meu nome é Ana. Em que posso ajudá-lo?", "Não posso entrar na minha conta",
               "Pronto, já está liberado. Tenha um ótimo dia, até logo");
    EXPECT_EQ(audit.score->text(), "100.0");
    EXPECT_EQ(audit.category, "Excelente");
    EXPECT_EQ(audit.greeted, true);
    EXPECT_EQ(audit.offered_help, true);
    EXPECT_EQ(audit.said_goodbye, true);
    EXPECT_TRUE(audit.issues.empty());
    EXPECT_FALSE(audit.needs_review());
}

TEST(GeneralPt, accents_may_be_missing_and_hyphens_split) {
    const auto audit =
        judged("ola aqui e a Ana em que posso ajuda la", "oi", "foi um prazer, tchau");
    EXPECT_EQ(audit.score->text(), "100.0");
}

TEST(GeneralPt, what_the_agent_may_not_say_costs_five_each) {
    const auto audit = judged("Boa tarde, aqui é o João, como posso ajudar?", "Quero cancelar",
                              "Isso não é comigo, não sei. Até logo");
    EXPECT_EQ(audit.forbidden_phrases, (std::vector<std::string>{"não sei", "não é comigo"}));
    EXPECT_EQ(audit.score->text(), "90.0");
    EXPECT_EQ(audit.issues,
              std::vector<std::string>{"Usou frases não permitidas: «não sei», «não é comigo»"});
    EXPECT_TRUE(audit.needs_review());
}

TEST(GeneralPt, a_greeting_is_no_farewell) {
    const auto audit = judged("Bom dia, meu nome é Ana. Em que posso ajudar?", "Nada", "Certo.");
    EXPECT_EQ(audit.greeted, true);
    EXPECT_EQ(audit.said_goodbye, false);
}

}  // namespace
}  // namespace oidor::audit
