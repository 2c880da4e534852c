#include "proving/mutation.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "proving/source_map.hpp"
#include "proving/test_support.hpp"

namespace oidor::proving {
namespace {

/// Notices every mutant of kCard.
const std::string kAll = R"([[examples]]
criterion = "saludo"
outcome = "pass"
points = 20
texts = ["Buenos días", "Bienvenida"]
[[examples]]
criterion = "saludo"
outcome = "fail"
texts = [
    "Cliente: hola\nAgente: hola\nCliente: oiga\nAgente: buenos días",
    "Cliente: hola\nAgente: hola\nCliente: dígame\nAgente: espere\nCliente: bueno\nAgente: buenos días",
    "Cliente: buenos días\nAgente: sí",
]
[[examples]]
criterion = "saludo"
outcome = "pass"
text = "Cliente: hola\nAgente: bienvenida\nCliente: oiga\nAgente: sí, le escucho"
[[examples]]
criterion = "prohibidas"
outcome = "pass"
texts = ["No se preocupe", "Cliente: no sé, es imposible\nAgente: claro", "Cliente: imposible\nAgente: claro"]
[[examples]]
criterion = "prohibidas"
outcome = "fail"
points = -5
texts = ["No sé", "Imposible"]
[[examples]]
criterion = "prohibidas"
outcome = "fail"
points = -8
text = "Imposible, y no sé"
[[examples]]
criterion = "duracion"
outcome = "fail"
points = 5
facts = { duration_s = 59 }
text = "hola"
[[examples]]
criterion = "duracion"
outcome = "pass"
points = 10
facts = { duration_s = 60 }
text = "hola"
[[examples]]
criterion = "duracion"
outcome = "pass"
points = 10
facts = { duration_s = 600 }
text = "hola"
[[examples]]
criterion = "duracion"
outcome = "fail"
points = 7
facts = { duration_s = 601 }
text = "hola"
[[examples]]
criterion = "duracion"
outcome = "unknown"
text = "hola"
)";

struct Proof {
    Trial trial = {};
    std::vector<Mutant> mutants = {};
    Mutation mutation = {};
};

Proof prove(const std::string& tables, const MutationOptions& options = {}) {
    const auto scorecard = card();
    const auto read = examples(tables, scorecard);
    Proof proof;
    proof.trial = try_examples(*must(audit::Auditor::open(scorecard)), read);
    proof.mutants = make_mutants(scorecard, kCard);
    proof.mutation = must(try_mutants(scorecard, proof.mutants, read, proof.trial, options));
    return proof;
}

std::string names_of(const std::vector<Mutant>& mutants) {
    std::string names;
    for (const auto& mutant : mutants) {
        names +=
            std::string(format(mutant.operation)) + " " + mutant.from + " -> " + mutant.to + "\n";
    }
    return names;
}

TEST(Mutation, examples_that_say_it_all_notice_every_fault) {
    const auto proof = prove(kAll);
    EXPECT_EQ(proof.trial.held(), static_cast<std::int64_t>(proof.trial.tried.size()));
    for (std::size_t i = 0; i < proof.trial.tried.size(); ++i) {
        EXPECT_TRUE(proof.trial.tried[i].holds) << i;
    }
    EXPECT_EQ(names_of(proof.mutation.survivors), "");
    EXPECT_EQ(proof.mutation.score(), Decimal::from_int(100));
}

TEST(Mutation, without_examples_every_fault_survives_in_order_with_its_line) {
    const auto proof = prove("examples = []\n");
    EXPECT_EQ(proof.mutation.noticed, 0U);
    EXPECT_EQ(proof.mutation.score(), Decimal{});
    EXPECT_EQ(proof.mutation.tried, proof.mutation.survivors.size());
    EXPECT_TRUE(std::ranges::is_sorted(proof.mutation.survivors, {}, &Mutant::criterion));
    const auto& first = proof.mutation.survivors.front();
    EXPECT_EQ(first.operation, Operator::DropPhrase);
    EXPECT_EQ(first.from, "buenos días");
    EXPECT_EQ(first.line, 14U);
    const auto window =
        std::ranges::find(proof.mutation.survivors, Operator::FlipEdge, &Mutant::operation);
    ASSERT_NE(window, proof.mutation.survivors.end());
    EXPECT_EQ(window->line, 12U);
}

TEST(Mutation, a_phrase_that_another_finds_is_not_counted) {
    const auto proof = prove(kAll);
    // "muy buenos días" holds "buenos días".
    EXPECT_EQ(proof.mutation.equivalent, 1U);
    EXPECT_EQ(proof.mutation.made, proof.mutation.tried + proof.mutation.equivalent);
}

TEST(Mutation, the_same_seed_chooses_the_same_faults_whatever_the_threads) {
    const auto one = prove("examples = []\n", {.seed = 7, .mutants_max = 9});
    const auto two = prove("examples = []\n", {.seed = 7, .mutants_max = 9, .threads = 3});
    const auto other = prove("examples = []\n", {.seed = 8, .mutants_max = 9});
    EXPECT_EQ(one.mutation.tried + one.mutation.equivalent, 9U);
    EXPECT_EQ(names_of(one.mutation.survivors), names_of(two.mutation.survivors));
    EXPECT_NE(names_of(one.mutation.survivors), names_of(other.mutation.survivors));
}

TEST(Mutation, an_example_that_does_not_hold_notices_nothing) {
    const auto proof = prove(R"([[examples]]
criterion = "saludo"
outcome = "fail"
text = "Buenos días"
)");
    EXPECT_EQ(proof.mutation.noticed, 0U);
}

TEST(Mutation, is_cancelled_when_asked_to_stop) {
    std::stop_source stop;
    stop.request_stop();
    const auto scorecard = card();
    const auto mutants = make_mutants(scorecard, kCard);
    const auto done = try_mutants(scorecard, mutants, {}, {}, {.stop = stop.get_token()});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::Cancelled);
}

TEST(Mutants, each_is_another_scorecard) {
    const auto scorecard = card();
    std::set<std::string> seen;
    for (const auto& mutant : make_mutants(scorecard, kCard)) {
        EXPECT_TRUE(seen.insert(std::string(format(mutant.operation)) + " " +
                                std::to_string(mutant.criterion) + " " + mutant.from + " -> " +
                                mutant.to + " " + std::to_string(mutant.line))
                        .second);
        EXPECT_GT(mutant.line, 0U);
    }
    EXPECT_EQ(std::set(operator_names().begin(), operator_names().end()).size(),
              operator_names().size());
}

// Hundreds of phrases that the author never wrote would make 90 % out of reach.
TEST(Mutants, of_a_pack_only_the_whole_is_dropped) {
    const std::string toml =
        "id = \"p\"\nversion = 1\nlanguage = \"es\"\n"
        "categories = [{ from = 0, name = \"todas\" }]\n[[criteria]]\nid = \"a\"\n"
        "kind = \"phrases\"\nneed = \"any\"\npoints = 5\nphrases = [\"quedo a la orden\"]\n"
        "packs = [\"es/espera\", \"es/plazo\"]\n";
    const auto scorecard = card(toml);
    std::string dropped;
    for (const auto& mutant : make_mutants(scorecard, toml)) {
        if (std::string_view(format(mutant.operation)).starts_with("drop_p")) {
            auto changed = scorecard.criteria.at(0);
            mutant.apply(changed);
            dropped += fmt::format(
                "{} {}: {} {}\n", format(mutant.operation), mutant.from,
                scorecard.criteria[0].phrases.size() - changed.phrases.size() > 1 ? "many" : "one",
                mutant.line);
        }
    }
    EXPECT_EQ(dropped,
              "drop_phrase quedo a la orden: one 10\ndrop_pack es/espera: many 11\n"
              "drop_pack es/plazo: many 11\n");
    // One example of each kind is all that its author has to write.
    const auto examples = must(
        parse_examples("scorecard = \"p\"\n[[examples]]\ncriterion = \"a\"\noutcome = \"pass\"\n"
                       "texts = [\"quedo a la orden\", \"no me corte\", \"pasado mañana\"]\n",
                       "e.toml", scorecard));
    const auto trial = try_examples(*must(audit::Auditor::open(scorecard)), examples);
    const auto mutation =
        must(try_mutants(scorecard, make_mutants(scorecard, toml), examples, trial, {}));
    for (const auto& survivor : mutation.survivors) {
        EXPECT_FALSE(std::string_view(format(survivor.operation)).starts_with("drop_p"))
            << survivor.from;
    }
}

TEST(SourceMap, knows_lines_and_bears_what_is_no_toml) {
    const SourceMap lines(kCard);
    EXPECT_EQ(lines.criterion(1), 19U);
    EXPECT_EQ(lines.key(0, "need"), 9U);
    EXPECT_EQ(lines.text(0, "phrases", "bienvenida"), 16U);
    EXPECT_EQ(lines.element(2, "bands", 1), 36U);
    EXPECT_EQ(lines.key(0, "absent"), lines.criterion(0));
    EXPECT_EQ(lines.list(0, "phrases").size(), 3U);
    EXPECT_EQ(SourceMap("][").criterion(0), 0U);
}

}  // namespace
}  // namespace oidor::proving
