#include "proving/examples.hpp"

#include "proving/test_support.hpp"
#include "proving/trial.hpp"

namespace oidor::proving {
namespace {

Error fault(const std::string& toml, const ExampleLimits& limits = {}) {
    const auto parsed = parse_examples(toml, "e.toml", card(), limits);
    EXPECT_FALSE(parsed) << toml;
    return parsed ? Error{} : parsed.error();
}

TEST(Examples, each_text_is_one_with_its_line) {
    const auto scorecard = card();
    const auto read = examples(R"([[examples]]
criterion = "saludo"
outcome = "pass"
points = 20
name = "saluda"
texts = [
    "Buenos días",
    "Bienvenida",
]
[[examples]]
criterion = "duracion"
outcome = "fail"
facts = { duration_s = 30.5, direction = "inbound", measures = { silencio = 0.25 } }
text = "Agente: hola\nCliente: hola"
)",
                               scorecard);
    ASSERT_EQ(read.size(), 3U);
    EXPECT_EQ(read[0].criterion, 0U);
    EXPECT_EQ(read[0].path, "e.toml");
    EXPECT_EQ(read[0].example.line, 8U);
    EXPECT_EQ(read[1].example.line, 9U);
    EXPECT_EQ(read[1].example.points, Decimal::from_int(20));
    EXPECT_EQ(read[1].example.transcript.segments.at(0).speaker, Speaker::Agent);
    EXPECT_EQ(read[2].example.facts.duration, Milliseconds(30'500));
    EXPECT_EQ(read[2].example.facts.direction, Direction::Inbound);
    EXPECT_EQ(read[2].example.facts.measures.at("silencio").value, Decimal::from_micros(250'000));
    EXPECT_EQ(read[2].example.transcript.segments.at(1).speaker, Speaker::Customer);
}

TEST(Examples, lines_may_have_times) {
    const auto scorecard = card();
    const auto read = examples(R"([[examples]]
criterion = "saludo"
outcome = "pass"
text = """
[0:00] Agente: hola
[1:05] Cliente: hola
[1:02:03] Agente: adiós
"""
)",
                               scorecard);
    const auto& segments = read.at(0).example.transcript.segments;
    ASSERT_EQ(segments.size(), 3U);
    EXPECT_EQ(segments[0].start, Milliseconds(0));
    EXPECT_EQ(segments[1].start, Milliseconds(65'000));
    EXPECT_EQ(segments[2].end, Milliseconds(3'723'000));
    EXPECT_EQ(segments[2].text, "adiós");
}

TEST(Examples, faults_name_the_line_and_what_is_expected) {
    const std::string head = "scorecard = \"prueba\"\n";
    EXPECT_NE(fault("scorecard = \"otra\"\nexamples = []\n").message.find("e.toml:1: scorecard"),
              std::string::npos);
    const auto unknown =
        fault(head + "[[examples]]\ncriterion = \"salido\"\noutcome = \"pass\"\ntext = \"a b\"\n");
    EXPECT_EQ(unknown.code, ErrorCode::Invalid);
    EXPECT_NE(unknown.message.find("`saludo`?"), std::string::npos) << unknown.message;
    for (const auto* bad :
         {"outcome = \"passes\"\ntext = \"hola\"", "outcome = \"pass\"",
          "outcome = \"pass\"\ntext = \"a\"\ntexts = [\"b\"]", "outcome = \"pass\"\ntexts = [1]",
          "outcome = \"pass\"\ntext = \"hola\"\nfacts = { direction = \"up\" }",
          "outcome = \"pass\"\ntext = \"hola\"\nunknown = 1",
          "outcome = \"pass\"\ntext = \"[0:05] Agente: a\\nCliente: b\"",
          "outcome = \"pass\"\ntext = \"[0:05] Agente: a\\n[0:01] Cliente: b\""}) {
        const auto error =
            fault(head + "[[examples]]\ncriterion = \"saludo\"\n" + std::string(bad) + "\n");
        EXPECT_EQ(error.code, ErrorCode::Invalid) << bad;
        EXPECT_TRUE(error.message.starts_with("e.toml:")) << error.message;
    }
    EXPECT_EQ(fault(head + "[[examples]").code, ErrorCode::Invalid);
    EXPECT_EQ(fault(head, {.size_bytes_max = 3}).code, ErrorCode::TooLarge);
    EXPECT_NE(fault(head + "[[examples]]\ncriterion = \"saludo\"\noutcome = \"pass\"\n"
                           "texts = [\"hola\", \"buenas\"]\n",
                    {.examples_max = 1})
                  .message.find("more than 1"),
              std::string::npos);
}

TEST(Trial, says_which_examples_hold_and_how_well_outcomes_are_told) {
    const auto scorecard = card();
    const auto read = examples(R"([[examples]]
criterion = "saludo"
outcome = "pass"
texts = ["Buenos días", "Cliente: hola\nAgente: hola"]
[[examples]]
criterion = "saludo"
outcome = "fail"
texts = ["Cliente: buenos días\nAgente: sí, dígame usted", "Bienvenida"]
[[examples]]
criterion = "prohibidas"
outcome = "fail"
points = -8
texts = ["No sé, es imposible", "No sé"]
)",
                               scorecard);
    const auto auditor = must(audit::Auditor::open(scorecard));
    const auto trial = try_examples(*auditor, read);
    EXPECT_TRUE(trial.tried[0].holds);
    EXPECT_FALSE(trial.tried[1].holds);
    EXPECT_EQ(trial.tried[1].outcome, audit::Outcome::Fail);
    EXPECT_TRUE(trial.tried[2].holds);
    EXPECT_FALSE(trial.tried[3].holds);
    EXPECT_TRUE(trial.tried[4].holds);
    EXPECT_FALSE(trial.tried[5].holds) << "five points are lost, not eight";
    EXPECT_EQ(trial.held(), 3);
    const auto& greeting = trial.criteria.at(0);
    EXPECT_EQ(greeting.examples, 4);
    EXPECT_EQ(greeting.held, 2);
    EXPECT_EQ(greeting.fail, (Told{.expected = 2, .judged = 2, .both = 1}));
    EXPECT_EQ(greeting.fail.precision(), Decimal::from_micros(500'000));
    EXPECT_EQ(greeting.pass.recall(), Decimal::from_micros(500'000));
    EXPECT_EQ(trial.criteria.at(2).fail.precision(), std::nullopt);
}

}  // namespace
}  // namespace oidor::proving
