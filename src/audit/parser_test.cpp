// What the scorecard language takes and refuses beyond phrases: sections, packs, conditions,
// examples.
#include <algorithm>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "audit/auditor.hpp"
#include "audit/phrase_pack.hpp"
#include "audit/scorecard.hpp"
#include "audit/test_support.hpp"

namespace oidor::audit {
namespace {

const std::string kHead =
    "id = \"t\"\nversion = 1\nlanguage = \"es\"\ncategories = [{ from = 0, name = \"x\" }]\n";

const std::string kGreeting = R"([[criteria]]
id = "saludo"
kind = "phrases"
need = "any"
points = 10
phrases = ["hola"]
)";

/// The faults of a scorecard, without the file's name.
std::string faults_of(const std::string& toml, const PackReader& packs = {}) {
    const auto card = parse_scorecard(kHead + toml, "t", {}, packs);
    return card ? std::string("none") : card.error().message;
}

Scorecard card_of(const std::string& toml, const PackReader& packs = {}) {
    auto card = parse_scorecard(kHead + toml, "t", {}, packs);
    EXPECT_TRUE(card) << card.error().message;
    return card ? std::move(card).value() : Scorecard();
}

/// Packs by path out of a map.
PackReader reading(std::map<std::string, std::string> files) {
    return [files = std::move(files)](const std::string& path) -> Result<std::string> {
        const auto found = files.find(path);
        if (found == files.end()) {
            return fail(ErrorCode::NotFound, "{}: no such file", path);
        }
        return found->second;
    };
}

std::string pack(const std::string& id, const std::string& body, const std::string& language = "es",
                 const std::string& include = "") {
    return "id = \"" + id + "\"\nversion = 1\nlanguage = \"" + language + "\"\n" + include + body;
}

TEST(Sections, weights_add_up_to_100_and_every_criterion_names_its_section) {
    EXPECT_EQ(faults_of("[[sections]]\nid = \"a\"\nweight = 60\n[[sections]]\nid = \"b\"\nweight = "
                        "30\n" +
                        kGreeting),
              "t:5: sections: their weights add up to 90.0: expected 100\n"
              "t:11: criteria[0].section: is missing: the scorecard has sections");
    EXPECT_EQ(faults_of("[[sections]]\nid = \"a\"\nweight = 100\n[[sections]]\nid = \"b\"\n" +
                        kGreeting + "section = \"a\"\n"),
              "t:5: sections: a weight is stated by all of them or by none");
    EXPECT_EQ(faults_of("[[sections]]\nid = \"cierre\"\n" + kGreeting + "section = \"cierra\"\n"),
              "t:13: criteria[0].section: there is no section `cierra`; did you mean `cierre`?");
    EXPECT_EQ(
        faults_of("score = \"sum\"\n[[sections]]\nid = \"a\"\nweight = 50\n[[sections]]\nid = "
                  "\"b\"\nweight = 50\n" +
                  kGreeting + "section = \"a\"\n"),
        "t:5: score: \"sum\" does not go with weights of sections");
    EXPECT_EQ(faults_of("[[sections]]\nid = \"a\"\nweight = 50\n[[sections]]\nid = \"b\"\nweight = "
                        "50\n" +
                        kGreeting + "section = \"a\"\n"),
              "t:5: sections: `b` has a weight, and criteria worth no points");
    const auto card = card_of("[[sections]]\nid = \"a\"\n" + kGreeting + "section = \"a\"\n");
    EXPECT_FALSE(card.is_weighted());
    EXPECT_EQ(card.criteria.at(0).section, "a");
}

TEST(Bonus, stands_in_place_of_points_and_is_never_missed) {
    const std::string bonus =
        "[[criteria]]\nid = \"b\"\nkind = \"phrases\"\nneed = \"any\"\nbonus = 5\nphrases = "
        "[\"gracias\"]\n";
    const auto card = card_of(kGreeting + bonus);
    EXPECT_TRUE(card.criteria.at(1).bonus);
    EXPECT_EQ(card.criteria.at(1).points_max, Decimal::from_int(5));
    EXPECT_EQ(faults_of(kGreeting + bonus + "points = 3\nseverity = \"fatal\"\n"),
              "t:17: criteria[1].points: does not go with bonus\n"
              "t:18: criteria[1].severity: a bonus is never missed: neither critical nor fatal");
    EXPECT_EQ(faults_of(bonus), "t:5: criteria: their points add up to nothing");
}

TEST(Condition, is_words_a_criterion_or_a_measure) {
    const auto card = card_of(
        kGreeting + "only_if = { phrases = [\"reclamo\"], speaker = \"customer\" }\n" +
        "[[criteria]]\nid = \"b\"\nkind = \"measure\"\nmeasure = \"silence\"\npoints = 1\nbands = "
        "[{ "
        "points = 1 }]\nonly_if = { criterion = \"saludo\", outcome = [\"pass\", \"unknown\"] }\n");
    EXPECT_EQ(card.criteria.at(0).only_if->words.speaker, BoundSpeaker::Customer);
    EXPECT_EQ(card.criteria.at(1).only_if->outcomes,
              (std::vector{Outcome::Pass, Outcome::Unknown}));
    EXPECT_EQ(
        faults_of(kGreeting + "only_if = { criterion = \"saluda\", measure = \"duration\" }\n"),
        "t:11: criteria[0].only_if: expected one of: words (phrases, packs, patterns), "
        "criterion, measure\n"
        "t:11: criteria[0].only_if.measure: expected at_least or below beside it\n"
        "t:11: criteria[0].only_if.criterion: there is no criterion `saluda`; did you mean "
        "`saludo`?");
    EXPECT_EQ(faults_of(kGreeting + "only_if = { criterion = \"saludo\" }\n"),
              "t:11: criteria[0].only_if.criterion: hangs on itself: saludo → saludo");
}

TEST(Packs, join_the_criterions_own_phrases_each_spelling_once) {
    const auto packs = reading(
        {{"./mias.toml", pack("mias",
                              "[[groups]]\nphrases = [\"HOLA\", \"no sé\"]\naccented = [\"no "
                              "sé\"]\n[[groups]]\ncountries = [\"AR\"]\nphrases = "
                              "[\"che\"]\n[[groups]]\nnot_countries = [\"CO\"]\nphrases = "
                              "[\"bárbaro\"]\n",
                              "es", "include = [\"./mas.toml\"]\n")},
         {"./mas.toml",
          pack("mas", "[[groups]]\nphrases = [\"buenas\"]\npatterns = [\"buen \\\\w+\"]\n")}});
    const auto with = kGreeting + "packs = [\"./mias.toml\"]\n";
    const auto nowhere = card_of(with, packs);
    EXPECT_EQ(nowhere.criteria.at(0).phrases,
              (std::vector<std::string>{"hola", "no sé", "buenas"}));
    EXPECT_EQ(nowhere.criteria.at(0).accented, std::vector<std::string>{"no sé"});
    EXPECT_EQ(nowhere.criteria.at(0).patterns, std::vector<std::string>{"buen \\w+"});
    ASSERT_EQ(nowhere.packs.size(), 2U);
    EXPECT_EQ(nowhere.packs.at(0).id, "./mas.toml");
    EXPECT_EQ(card_of("country = \"AR\"\n" + with, packs).criteria.at(0).phrases,
              (std::vector<std::string>{"hola", "no sé", "che", "bárbaro", "buenas"}));
    EXPECT_EQ(card_of("country = \"CO\"\n" + with, packs).criteria.at(0).phrases,
              (std::vector<std::string>{"hola", "no sé", "buenas"}));
}

TEST(Packs, that_are_missing_foreign_or_cyclic_are_faults_with_their_line) {
    const auto packs = reading(
        {{"./a.toml",
          pack("a", "[[groups]]\nphrases = [\"uno\"]\n", "es", "include = [\"./b.toml\"]\n")},
         {"./b.toml",
          pack("b", "[[groups]]\nphrases = [\"dos\"]\n", "es", "include = [\"./a.toml\"]\n")},
         {"./pt.toml", pack("pt", "[[groups]]\nphrases = [\"olá\"]\n", "pt")},
         {"./ar.toml", pack("ar", "[[groups]]\ncountries = [\"AR\"]\nphrases = [\"che\"]\n")},
         {"./bad.toml", pack("bad", "[[groups]]\nphrase = [\"x\"]\n")}});
    const auto fault = [&](const std::string& name) {
        return faults_of(kGreeting + "packs = [\"" + name + "\"]\n", packs);
    };
    EXPECT_EQ(fault("./a.toml"),
              "t:11: criteria[0].packs: includes itself: ./a.toml → ./b.toml → ./a.toml");
    EXPECT_EQ(fault("./no.toml"), "t:11: criteria[0].packs: ./no.toml: no such file");
    EXPECT_EQ(fault("./pt.toml"),
              "t:11: criteria[0].packs: `./pt.toml` is of language `pt`, the "
              "scorecard of `es`");
    EXPECT_EQ(fault("./ar.toml"),
              "t:11: criteria[0].packs: `./ar.toml` has nothing for a scorecard "
              "without a country");
    EXPECT_TRUE(
        fault("./bad.toml")
            .contains("./bad.toml:5: groups[0].phrase: unknown key; did you mean `phrases`?"))
        << fault("./bad.toml");
    EXPECT_EQ(fault("es/saluda"),
              "t:11: criteria[0].packs: there is no pack `es/saluda`; did you mean `es/saludo`?");
    EXPECT_EQ(faults_of(kGreeting + "packs = [\"./a.toml\"]\n"),
              "t:11: criteria[0].packs: `./a.toml` is a file beside the scorecard, which cannot be "
              "read from here: publish the scorecard from the command line, which puts it in");
}

TEST(Packs, by_path_are_put_into_what_is_published) {
    const auto packs = reading(
        {{"./a.toml", pack("a", "[[groups]]\nphrases = [\"di \\\"sí\\\"\"]\n", "es",
                           "include = [\"./b.toml\"]\n")},
         {"./b.toml", pack("b", "[[groups]]\ncountries = [\"AR\"]\nphrases = [\"che\"]\n")}});
    const auto toml = kHead + "country = \"AR\"\n" + kGreeting + "packs = [\"./a.toml\"]";
    const auto whole = resolve_packs(toml, "t", packs);
    ASSERT_TRUE(whole) << whole.error().message;
    EXPECT_TRUE(whole->starts_with(toml + "\n"));
    const auto draft = parse_scorecard(toml, "t", {}, packs).value();
    const auto published = parse_scorecard(*whole, "t").value();
    EXPECT_EQ(published.criteria.at(0).phrases, draft.criteria.at(0).phrases);
    EXPECT_EQ(published.criteria.at(0).phrases,
              (std::vector<std::string>{"hola", "di \"sí\"", "che"}));
    // The draft and what is published name the same packs in their receipts.
    ASSERT_EQ(published.packs.size(), 2U);
    EXPECT_EQ(published.packs.at(0).sha256, draft.packs.at(0).sha256);
    EXPECT_EQ(Auditor::open(published).value()->packs_sha256(),
              Auditor::open(draft).value()->packs_sha256());
    EXPECT_EQ(resolve_packs(*whole, "t", {}).value(), *whole);
    EXPECT_EQ(resolve_packs(kHead + kGreeting, "t", {}).value(), kHead + kGreeting);
}

TEST(Packs, change_the_receipt_when_they_change) {
    const auto digest = [](const std::string& phrase) {
        const auto packs =
            reading({{"./a.toml", pack("a", "[[groups]]\nphrases = [\"" + phrase + "\"]\n")}});
        return Auditor::open(card_of(kGreeting + "packs = [\"./a.toml\"]\n", packs))
            .value()
            ->packs_sha256();
    };
    EXPECT_EQ(digest("uno"), digest("uno"));
    EXPECT_NE(digest("uno"), digest("dos"));
}

TEST(Packs, those_that_ship_are_valid_and_named_as_their_files) {
    EXPECT_FALSE(phrase_packs().empty());
    for (const auto& file : phrase_packs()) {
        const auto read = get_shipped_pack(file.name);
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(read->id, file.name);
        EXPECT_TRUE(read->id.starts_with(read->language + "/"));
        for (const auto& included : read->include) {
            EXPECT_TRUE(get_shipped_pack(included)) << included;
        }
    }
    const auto missing = get_shipped_pack("es/saluda");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().message, "there is no pack `es/saluda`; did you mean `es/saludo`?");
}

TEST(Patterns, are_bounded_and_written_as_the_text_is_searched) {
    const auto fault = [](const std::string& pattern) {
        return faults_of(kGreeting + "patterns = ['" + pattern + "']\n");
    };
    EXPECT_EQ(fault("en \\d+ horas"), "none");
    EXPECT_EQ(fault("(a"),
              "t:11: criteria[0].patterns: not a regular expression (RE2): missing ): "
              "(a");
    EXPECT_EQ(fault("día"),
              "t:11: criteria[0].patterns: `í` never occurs in folded text: write `i`");
    EXPECT_TRUE(fault("(\\w{1,900}){3}").contains("regular expression"));
    EXPECT_TRUE(fault(std::string(501, 'a')).contains("at most 500 bytes"));
}

TEST(Rules, that_contradict_themselves_are_faults) {
    const auto fault = [](const std::string& keys) {
        return faults_of("[[criteria]]\nid = \"a\"\nkind = \"phrases\"\npoints = 1\n" + keys);
    };
    EXPECT_EQ(fault("need = \"all\"\nphrases = [\"a\"]\nat_least = 2\n"),
              "t:11: criteria[0].at_least: goes with need = \"any\" alone");
    EXPECT_EQ(fault("need = \"any\"\nphrases = [\"a\"]\nat_least = 2\nat_most = 1\n"),
              "t:12: criteria[0].at_most: less than at_least");
    EXPECT_EQ(fault("need = \"sequence\"\nphrases = [\"a\"]\n"),
              "t:10: criteria[0].phrases: a sequence has at least two steps");
    EXPECT_EQ(fault("need = \"any\"\nsteps = [[\"a\"], [\"b\"]]\n"),
              "t:5: criteria[0].phrases: is missing: expected phrases, packs or patterns\n"
              "t:10: criteria[0].steps: go with need = \"sequence\", in place of phrases");
    EXPECT_EQ(fault("need = \"any\"\nphrases = [\"a\"]\nnear = { phrases = [\"b\"] }\n"),
              "t:11: criteria[0].near.within_words: is missing: what counts where there are no "
              "times");
    EXPECT_EQ(fault("need = \"none\"\nphrases = [\"a\"]\nbefore = { questions = true }\n"),
              "t:11: criteria[0].before: goes with need = \"any\" or \"sequence\"");
    EXPECT_EQ(fault("need = \"any\"\n"),
              "t:5: criteria[0].phrases: is missing: expected phrases, packs or patterns");
    EXPECT_EQ(fault("need = \"any\"\nphrases = [\"a\"]\npenalty = 3\n"),
              "t:11: criteria[0].penalty: goes with need = \"none\" alone");
}

TEST(Examples, are_conversations_with_what_they_must_come_to) {
    const auto card = card_of(kGreeting + R"([[criteria.examples]]
outcome = "pass"
name = "saluda"
points = 10
text = """
Agente: Hola,
  ¿cómo está?
Cliente: Bien
"""
facts = { duration_s = 30.5, direction = "inbound", chat = true, measures = { silence = 0.25 } }
[[criteria.examples]]
outcome = "fail"
texts = ["dígame", "Cliente: hola"]
)");
    const auto& examples = card.criteria.at(0).examples;
    ASSERT_EQ(examples.size(), 3U);
    EXPECT_EQ(examples[0].name, "saluda");
    EXPECT_EQ(examples[0].outcome, Outcome::Pass);
    EXPECT_EQ(examples[0].points, Decimal::from_int(10));
    EXPECT_EQ(examples[0].line, 11U);
    ASSERT_EQ(examples[0].transcript.segments.size(), 2U);
    EXPECT_EQ(examples[0].transcript.segments[0].text, "Hola, ¿cómo está?");
    EXPECT_EQ(examples[0].transcript.segments[1].speaker, Speaker::Customer);
    EXPECT_EQ(examples[0].facts.duration, Milliseconds(30'500));
    EXPECT_EQ(examples[0].facts.direction, Direction::Inbound);
    EXPECT_TRUE(examples[0].facts.chat);
    EXPECT_EQ(examples[0].facts.measures.at("silence").value, Decimal::from_micros(250'000));
    EXPECT_EQ(examples[1].transcript.segments.at(0).speaker, Speaker::Agent);
    EXPECT_EQ(examples[2].transcript.segments.at(0).speaker, Speaker::Customer);
    EXPECT_EQ(
        faults_of(kGreeting + "[[criteria.examples]]\noutcome = \"passes\"\ntext = \" \"\n"),
        "t:12: criteria[0].examples[0].outcome: expected pass, fail, unknown, not_applicable; "
        "did you mean `pass`?\n"
        "t:13: criteria[0].examples[0].text: expected lines such as `Agente: Buenos días`");
}

TEST(Question, says_its_form_and_what_fails) {
    const std::string question =
        "[[criteria]]\nid = \"q\"\nkind = \"question\"\npoints = 10\nquestion = \"¿Resolvió?\"\n";
    EXPECT_EQ(card_of(question).criteria.at(0).question.answer, AnswerForm::YesNo);
    const auto scored = card_of(question + "answer = \"score\"\nscore_max = 5\npass_from = 3\n");
    EXPECT_EQ(scored.criteria.at(0).question.score_max, Decimal::from_int(5));
    EXPECT_EQ(faults_of(question + "answer = \"score\"\nfail_when = \"yes\"\n"),
              "t:5: criteria[0].pass_from: is missing: the lowest score that passes\n"
              "t:11: criteria[0].fail_when: goes with answer = \"yes_no\" alone");
}

TEST(Defaults, of_a_promise_and_a_notice_come_from_shipped_packs) {
    for (const auto* language : {"es", "en", "pt"}) {
        const auto card = parse_scorecard(
            "id = \"t\"\nversion = 1\nlanguage = \"" + std::string(language) +
                "\"\ncategories = [{ from = 0, name = \"x\" }]\n[[criteria]]\nid = \"p\"\nkind = "
                "\"promise\"\npoints = 1\n[[criteria]]\nid = \"c\"\nkind = \"consent\"\npoints = "
                "1\n",
            "t");
        ASSERT_TRUE(card) << card.error().message;
        EXPECT_FALSE(card->criteria.at(0).phrases.empty());
        EXPECT_FALSE(card->criteria.at(0).near->words.patterns.empty());
        EXPECT_EQ(card->criteria.at(0).near->within_words, 12);
        EXPECT_FALSE(card->criteria.at(1).phrases.empty());
        EXPECT_TRUE(card->criteria.at(1).before->questions);
        EXPECT_EQ(card->criteria.at(1).speaker, BoundSpeaker::House);
        EXPECT_TRUE(Auditor::open(*card));
    }
}

}  // namespace
}  // namespace oidor::audit
