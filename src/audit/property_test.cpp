// What must hold for any transcript: evidence for every result, exact quotes, the same bytes again;
// and large or odd input in bounded time.
#include <ctime>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audit/test_support.hpp"

namespace oidor::audit {
namespace {

const std::string kEveryKind = R"(
[[criteria]]
id = "any_time"
kind = "phrases"
need = "any"
speaker = "agent"
points = 10
window = { from = "start", seconds = 5, turns = 2 }
phrases = ["buenos días", "hola", "año nuevo"]
[[criteria]]
id = "all_turns"
kind = "phrases"
need = "all"
speaker = "customer"
points = 10
window = { from = "end", turns = 3 }
phrases = ["hola", "gracias"]
[[criteria]]
id = "none_characters"
kind = "phrases"
need = "none"
penalty = 3
window = { from = "end", characters = 40 }
phrases = ["no puedo", "no", "hola"]
[[criteria]]
id = "none_start"
kind = "phrases"
need = "none"
speaker = "bot"
penalty = 3
penalty_max = 5
window = { from = "start", characters = 30 }
phrases = ["no puedo", "días"]
[[criteria]]
id = "whole"
kind = "phrases"
need = "any"
points = 5
applies = { direction = "inbound" }
phrases = ["cuídate mucho hoy"]
[[criteria]]
id = "feeling"
kind = "sentiment"
points = 10
linear = true
fail_below = 0
[[criteria]]
id = "feeling_of_agent"
kind = "sentiment"
speaker = "agent"
points = 10
bands = [{ below = 0, points = -10 }, { points = 10 }]
[[criteria]]
id = "length"
kind = "measure"
measure = "duration"
points = 10
bands = [{ below = 10, points = 2 }, { points = 10 }]
[[criteria]]
id = "silence"
kind = "measure"
measure = "silence"
missing = "not_applicable"
points = 10
bands = [{ up_to = 0.5, points = 10 }, { points = 0 }]
)";

/// What came later: goes with folded matching alone.
const std::string kLaterKinds = R"(
[[criteria]]
id = "order"
kind = "phrases"
need = "sequence"
points = 10
section = "b"
tolerance = 1
steps = [["hola", "buenos días"], ["gracias", "no"]]
only_if = { phrases = ["hola"], patterns = ['gra\w+'], speaker = "customer", window = { from = "start", turns = 3 } }
[[criteria]]
id = "often"
kind = "phrases"
need = "any"
points = 10
section = "b"
severity = "critical"
speaker = "house"
at_least = 1
at_most = 2
phrases = ["no", "hola"]
[[criteria]]
id = "beside"
kind = "phrases"
need = "none"
penalty = 2
section = "b"
phrases = ["no", "puedo"]
near = { phrases = ["hola", "gracias"], within_words = 2, within_s = 1 }
[[criteria]]
id = "pattern"
kind = "phrases"
need = "any"
points = 10
section = "b"
window = { from = "end", seconds = 4, turns = 2 }
phrases = ["excelente"]
patterns = ['(hola|no) \w+', 'd\w+s']
tolerance = 2
[[criteria]]
id = "promise"
kind = "promise"
points = 10
section = "b"
phrases = ["puedo"]
near = { patterns = ['d\w+', 'a.o nuevo'], within_words = 3 }
[[criteria]]
id = "notice"
kind = "consent"
points = 10
section = "b"
severity = "fatal"
phrases = ["cuídate mucho", "gracias"]
before = { phrases = ["no puedo"], questions = true }
[[criteria]]
id = "trend"
kind = "sentiment"
measure = "trend"
bonus = 10
section = "b"
bands = [{ below = 0, points = 0 }, { points = 10 }]
[[criteria]]
id = "change"
kind = "sentiment"
measure = "change"
missing = "not_applicable"
points = 10
section = "b"
fail_below = 0
bands = [{ points = 10 }]
[[criteria]]
id = "asked"
kind = "question"
points = 10
section = "b"
question = "¿Saludó?"
[[criteria]]
id = "scored"
kind = "question"
points = 10
section = "b"
question = "¿Cuánto?"
answer = "score"
score_max = 5
pass_from = 3
only_if = { criterion = "asked", outcome = ["pass", "fail"] }
[[criteria]]
id = "talk"
kind = "measure"
measure = "agent_talk"
points = 10
section = "b"
only_if = { measure = "duration", at_least = 5, below = 20 }
bands = [{ up_to = 0.5, points = 10 }, { points = 0 }]
)";

std::string with_later_kinds() {
    std::string all = kEveryKind;
    for (std::size_t at = 0; (at = all.find("[[criteria]]\n", at)) != std::string::npos;) {
        at += 13;
        all.insert(at, "section = \"a\"\n");
    }
    return "[[sections]]\nid = \"a\"\nweight = 40\n[[sections]]\nid = \"b\"\nweight = 60\n" + all +
           kLaterKinds;
}

class Generator {
  public:
    explicit Generator(unsigned seed) : random_(seed) {}

    std::size_t below(std::size_t limit) { return random_() % limit; }

    std::string text() {
        static constexpr const char* kPieces[] = {
            "hola",
            "buenos di\xcc\x81"
            "as",
            "Buenos Días",
            "an\xcc\x83o nuevo",
            "no",
            "puedo",
            "no puedo",
            "gracias",
            "🙂",
            ",",
            ".",
            "...",
            "\xcc\x81",
            "\xff\xc3",
            "pésimo",
            "excelente",
            "İstanbul",
            "cuídate mucho",
            "\n",
            "’",
            "中文",
            "ﬁn",
            "\xe2\x80\x8b",
            "\x01",
            "días",
            "¿",
            "?",
            "grasias",
        };
        std::string text;
        for (auto n = below(9); n > 0; --n) {
            text += kPieces[below(std::size(kPieces))];
            text += below(4) == 0 ? "" : " ";
        }
        return text;
    }

    Transcript transcript() {
        Transcript transcript;
        std::int64_t at = 0;
        const bool timed = below(3) != 0;
        for (auto n = below(10); n > 0; --n) {
            Segment segment;
            segment.text = text();
            segment.speaker = static_cast<Speaker>(below(5));
            if (timed && below(20) != 0) {
                segment.start = Milliseconds(at);
                at += static_cast<std::int64_t>(below(4000));
                if (below(5) != 0) {
                    segment.end = Milliseconds(at);
                }
            }
            if (below(3) == 0) {
                segment.confidence = static_cast<double>(below(101)) / 100;
            }
            if (timed && below(3) == 0) {
                add_words(segment);
            }
            transcript.segments.push_back(std::move(segment));
        }
        return transcript;
    }

    /// Answers of a model that quotes what was said, or makes it up.
    ModelAnswers answers(const Transcript& transcript) {
        ModelAnswers answers{.sha256 = std::string(64, 'f'), .answers = {}};
        for (const auto* id : {"asked", "scored"}) {
            ModelAnswer answer{.criterion = id,
                               .value = Decimal::from_int(static_cast<std::int64_t>(below(7)) - 1),
                               .quotes = {}};
            for (auto n = below(3); n > 0; --n) {
                const auto count = transcript.segments.size();
                Cited cited{.segment = count > 0 ? below(count) : 0, .quote = text()};
                if (below(6) > 0 && count > 0) {
                    cited.quote = transcript.segments[cited.segment].text;
                }
                answer.quotes.push_back(std::move(cited));
            }
            answers.answers.push_back(std::move(answer));
        }
        return answers;
    }

    Facts facts() {
        Facts facts;
        facts.direction = static_cast<Direction>(below(4));
        if (below(2) == 0) {
            facts.duration = Milliseconds(static_cast<std::int64_t>(below(30'000)));
        }
        if (below(3) == 0) {
            facts.measures["silence"] = {.value = Decimal::from_micros(400'000), .unit = "ratio"};
        }
        if (below(5) == 0) {
            facts.participation_from = Milliseconds(2000);
        }
        return facts;
    }

  private:
    void add_words(Segment& segment) {
        std::string word;
        auto at = segment.start.value_or(Milliseconds(0));
        for (const char c : segment.text + " ") {
            if (c != ' ') {
                word += c;
            } else if (!word.empty()) {
                segment.words.push_back({at, at + Milliseconds(100), word});
                at += Milliseconds(300);
                word.clear();
            }
        }
    }

    std::mt19937 random_;
};

void check_quote(const Transcript& transcript, const Quote& quote) {
    ASSERT_LT(quote.segment, transcript.segments.size());
    const auto& segment = transcript.segments[quote.segment];
    EXPECT_FALSE(quote.quote.empty());
    EXPECT_NE(segment.text.find(quote.quote), std::string::npos) << quote.quote;
    EXPECT_EQ(quote.speaker, segment.speaker);
    EXPECT_TRUE(!quote.start || !segment.start || *quote.start >= *segment.start);
}

void check_basis(const Transcript& transcript, const std::vector<Evidence>& basis,
                 const std::optional<Searched>& searched) {
    for (const auto& evidence : basis) {
        if (const auto* quote = std::get_if<Quote>(&evidence)) {
            check_quote(transcript, *quote);
            EXPECT_EQ(quote->distance > 0, !quote->phrase.empty());
        }
    }
    if (searched && searched->nearest) {
        check_quote(transcript, searched->nearest->quote);
    }
    if (searched) {
        EXPECT_LE(searched->from, searched->to);
    }
}

void check_result(const Transcript& transcript, const CriterionResult& result) {
    check_basis(transcript, result.evidence, result.searched);
    if (result.condition) {
        check_basis(transcript, result.condition->evidence, result.condition->searched);
        const bool stated = !result.condition->evidence.empty() || result.condition->searched ||
                            !result.condition->criterion.empty();
        EXPECT_TRUE(stated || result.condition->outcome == Outcome::Unknown) << result.id;
        EXPECT_EQ(result.condition->outcome == Outcome::Fail,
                  result.outcome == Outcome::NotApplicable)
            << result.id;
    }
    const bool judged = result.outcome == Outcome::Pass || result.outcome == Outcome::Fail;
    EXPECT_EQ(result.points.has_value(), judged) << result.id;
    if (judged) {
        EXPECT_TRUE(!result.evidence.empty() || result.searched) << result.id;
    }
}

void check_audit(const Auditor& auditor, const Transcript& transcript, const Facts& facts,
                 const ModelAnswers* answers = nullptr) {
    const auto audit = auditor.judge(transcript, facts, {}, answers);
    for (const auto& result : audit.criteria) {
        check_result(transcript, result);
    }
    if (audit.score) {
        EXPECT_GE(*audit.score, Decimal{});
        EXPECT_LE(*audit.score, Decimal::from_int(100));
    }
    EXPECT_EQ(audit.auditable, !audit.reason);
    const auto bytes = format_audit(audit, {});
    EXPECT_EQ(bytes, format_audit(auditor.judge(transcript, facts, {}, answers), {}));
    for (const auto& section : audit.sections) {
        EXPECT_TRUE(!section.score ||
                    (*section.score >= Decimal{} && *section.score <= Decimal::from_int(100)));
    }
    if (!audit.zeroed_by.empty()) {
        EXPECT_EQ(audit.score, Decimal{});
    }
}

TEST(Property, every_result_has_evidence_or_a_window_and_every_quote_is_exact) {
    for (const std::string head : {"", "matching = \"exact\"\nscore = \"sum\"\n"}) {
        const auto auditor = auditor_of(kEveryKind, head);
        Generator generator(head.empty() ? 1 : 2);
        for (int round = 0; round < 500 && !::testing::Test::HasFailure(); ++round) {
            const auto transcript = generator.transcript();
            check_audit(*auditor, transcript, generator.facts());
        }
    }
}

TEST(Property, holds_for_every_later_kind_with_and_without_a_model) {
    const auto auditor = auditor_of(with_later_kinds());
    Generator generator(4);
    std::map<std::string, std::set<Outcome>> outcomes;
    for (int round = 0; round < 600 && !::testing::Test::HasFailure(); ++round) {
        const auto transcript = generator.transcript();
        const auto answers = generator.answers(transcript);
        auto facts = generator.facts();
        facts.chat = generator.below(3) == 0;
        const auto* given = generator.below(4) == 0 ? nullptr : &answers;
        check_audit(*auditor, transcript, facts, given);
        for (const auto& result : auditor->judge(transcript, facts, {}, given).criteria) {
            outcomes[result.id].insert(result.outcome);
        }
    }
    // The generator is worth something: each of them was seen to pass and to fail.
    for (const auto* id : {"order", "often", "beside", "pattern", "promise", "notice", "trend",
                           "change", "asked", "scored", "talk"}) {
        EXPECT_TRUE(outcomes[id].contains(Outcome::Fail)) << id;
        EXPECT_TRUE(outcomes[id].contains(Outcome::Pass)) << id;
    }
}

TEST(Property, the_shipped_scorecards_hold_it_too) {
    for (const auto* id : {"classic-es", "general-es", "general-en", "general-pt"}) {
        const auto auditor = shipped(id);
        Generator generator(3);
        for (int round = 0; round < 100 && !::testing::Test::HasFailure(); ++round) {
            const auto transcript = generator.transcript();
            check_audit(*auditor, transcript, generator.facts());
        }
    }
}

/// Bounded by a figure of the processor's time that only quadratic time would pass, sanitizers
/// included.
template <typename Work>
void expect_quick(const Work& work) {
    const auto begin = std::clock();
    work();
    EXPECT_LT((std::clock() - begin) / CLOCKS_PER_SEC, 30);
}

TEST(BadInput, two_megabytes_of_forbidden_words_in_one_segment_take_linear_time) {
    std::string text;
    Segment segment = say(Speaker::Agent, "", 0, 3'600'000);
    while (text.size() < 2'000'000) {
        text += "hola no puedo ";
        segment.words.push_back({Milliseconds(1), Milliseconds(2), "hola"});
        segment.words.push_back({Milliseconds(1), Milliseconds(2), "no"});
        segment.words.push_back({Milliseconds(1), Milliseconds(2), "puedo"});
    }
    segment.text = text;
    for (const auto* id : {"classic-es", "general-es"}) {
        const auto auditor = shipped(id);
        expect_quick([&] {
            const auto audit = auditor->judge(transcript_of({segment}), {});
            EXPECT_EQ(audit.forbidden_phrases, std::vector<std::string>{"no puedo"});
            EXPECT_EQ(result_of(audit, "palabras_prohibidas").evidence.size(), 50U);
        });
    }
}

TEST(BadInput, fifty_thousand_segments_take_linear_time) {
    std::vector<Segment> segments;
    for (std::int64_t i = 0; i < 50'000; ++i) {
        segments.push_back(say(i % 2 == 0 ? Speaker::Agent : Speaker::Customer, "que tengas no sé",
                               i * 10, i * 10 + 9));
    }
    const auto transcript = transcript_of(std::move(segments));
    for (const auto* id : {"classic-es", "general-es"}) {
        const auto auditor = shipped(id);
        expect_quick([&] { EXPECT_TRUE(auditor->judge(transcript, {}).auditable); });
    }
}

TEST(BadInput, combining_marks_without_end_are_one_letter) {
    std::string text = "hola";
    for (int i = 0; i < 200'000; ++i) {
        text += "\xcc\x81";
    }
    const auto auditor = shipped("general-es");
    expect_quick([&] {
        const auto audit = auditor->judge(transcript_of({say(Speaker::Agent, text)}), {});
        EXPECT_EQ(std::get<Quote>(result_of(audit, "saludo_correcto").evidence.at(0)).quote, text);
    });
}

}  // namespace
}  // namespace oidor::audit
