#include "audit/scorecard_keys.hpp"

#include <array>

namespace oidor::audit {
namespace {

using enum KeyKind;
using enum Presence;
using Names = std::string_view;

constexpr std::int64_t kCharactersMax = 100'000'000;
constexpr std::int64_t kTurnsMax = 100'000;
constexpr std::array<Names, 3> kColumns = {"saludo_correcto", "ofrece_ayuda", "despedida_correcta"};
constexpr std::array<Names, 2> kEdges = {"start", "end"};
constexpr std::array<Names, 2> kMissings = {"unknown", "not_applicable"};
constexpr std::array<Names, 3> kForms = {"level", "trend", "change"};
constexpr std::array<Names, 2> kAnswers = {"yes_no", "score"};
constexpr std::array<Names, 2> kFailWhen = {"no", "yes"};
constexpr std::array<Names, 4> kOutcomes = {"pass", "fail", "unknown", "not_applicable"};
constexpr std::array<Names, 3> kDirections = {"inbound", "outbound", "internal"};
constexpr Names kIdPattern = "^[a-z0-9_-]{1,64}$";

void append(std::vector<KeyFaces>& keys, const std::vector<KeyFaces>& more) {
    keys.insert(keys.end(), more.begin(), more.end());
}

std::vector<KeyFaces> word_list_keys() {
    return {
        {.name = "phrases",
         .kind = Texts,
         .text = "Texts of at most 200 bytes; spellings that are searched alike count once."},
        {.name = "accented",
         .kind = Texts,
         .text = "Those of `phrases` whose accents count: `no sé` is not `no se`."},
        {.name = "patterns",
         .kind = Texts,
         .text = "Regular expressions (RE2) over the text as it is searched; whole words."},
        {.name = "packs",
         .kind = Texts,
         .text = "Phrase packs that join in: `es/saludo`, or a file: `./mine.toml`."},
    };
}

KeyFaces speaker_key() {
    return {.name = "speaker",
            .kind = Choice,
            .text = "Whose words count; `house` is everybody but the customer.",
            .choices = bound_speaker_names()};
}

KeyFaces window_key() {
    return {.name = "window",
            .kind = Table,
            .text = "The stretch in which is looked; the whole when absent.",
            .table = &window_keys()};
}

std::vector<KeyFaces> rule_keys() {
    std::vector<KeyFaces> keys = {speaker_key(), window_key()};
    append(keys, word_list_keys());
    keys.push_back(
        tolerance_key("How far heard words may be from a phrase; the head's when absent."));
    keys.push_back({.name = "near",
                    .kind = Table,
                    .text = "Other words that must stand beside a hit.",
                    .table = &near_keys()});
    keys.push_back({.name = "before",
                    .kind = Table,
                    .text = "What must not have been said before the first hit.",
                    .table = &before_keys()});
    return keys;
}

std::vector<KeyFaces> phrase_keys() {
    std::vector<KeyFaces> keys = {
        {.name = "need",
         .kind = Choice,
         .text = "`any`, `all` or `none` of the phrases, or all in their order.",
         .presence = Required,
         .choices = need_names()},
        {.name = "steps",
         .kind = Lists,
         .text = "With `sequence`: for each step the phrases that are one as good as another."},
        {.name = "at_least",
         .kind = Integer,
         .text = "How often, at least.",
         .min = 0,
         .max = 1'000},
        {.name = "at_most", .kind = Integer, .text = "How often, at most.", .min = 0, .max = 1'000},
        {.name = "penalty",
         .kind = Number,
         .text = "With `none`: points lost for each distinct phrase.",
         .min = 0,
         .max = kKeyPointsMax},
        {.name = "penalty_max",
         .kind = Number,
         .text = "With `none`: the most that can be lost.",
         .min = 0,
         .max = kKeyPointsMax},
    };
    append(keys, rule_keys());
    return keys;
}

std::vector<KeyFaces> value_keys(Presence bands) {
    return {
        {.name = "bands",
         .kind = Tables,
         .text = "The first that holds the value counts; the last takes all other values.",
         .presence = bands,
         .table = &band_keys()},
        {.name = "missing",
         .kind = Choice,
         .text = "What a value that is not there makes of the criterion.",
         .choices = kMissings},
    };
}

std::vector<KeyFaces> measure_keys() {
    std::vector<KeyFaces> keys = {{.name = "measure",
                                   .kind = Text,
                                   .text = "`duration` (seconds) or a measure of the audio.",
                                   .presence = Required}};
    append(keys, value_keys(Required));
    return keys;
}

std::vector<KeyFaces> sentiment_keys() {
    std::vector<KeyFaces> keys = {
        speaker_key(),
        {.name = "measure",
         .kind = Choice,
         .text = "The mean (`level`), its course over four quarters, or the end against the start.",
         .choices = kForms},
        {.name = "linear", .kind = Flag, .text = "(value + 1) / 2 of the points."},
        {.name = "fail_below", .kind = Number, .text = "A value below fails.", .min = -2, .max = 2},
    };
    append(keys, value_keys(Optional));
    return keys;
}

std::vector<KeyFaces> question_keys() {
    return {
        speaker_key(),
        {.name = "question",
         .kind = Text,
         .text = "What a model is asked, in the scorecard's language.",
         .presence = Required},
        {.name = "answer", .kind = Choice, .text = "The form of the answer.", .choices = kAnswers},
        {.name = "fail_when",
         .kind = Choice,
         .text = "With `yes_no`: the answer that fails; `no` when absent.",
         .choices = kFailWhen},
        {.name = "score_max",
         .kind = Number,
         .text = "With `score`: the highest score; the points when absent.",
         .min = 1,
         .max = kKeyPointsMax},
        {.name = "pass_from",
         .kind = Number,
         .text = "With `score`: the lowest score that passes.",
         .min = 0,
         .max = kKeyPointsMax},
    };
}

KeySet criterion_keys_of(CriterionKind kind) {
    KeySet set = {.name = criterion_kind_names()[static_cast<std::size_t>(kind)],
                  .keys = common_criterion_keys().keys};
    switch (kind) {
        case CriterionKind::Phrases: append(set.keys, phrase_keys()); break;
        case CriterionKind::Promise:
        case CriterionKind::Consent: append(set.keys, rule_keys()); break;
        case CriterionKind::Measure: append(set.keys, measure_keys()); break;
        case CriterionKind::Sentiment: append(set.keys, sentiment_keys()); break;
        case CriterionKind::Question: append(set.keys, question_keys()); break;
    }
    return set;
}

}  // namespace

const KeySet& common_criterion_keys() {
    static const KeySet set = {
        .name = "criterion",
        .keys = {
            {.name = "id", .text = "Its name.", .presence = Required, .pattern = kIdPattern},
            {.name = "title", .text = "For people; the id when absent."},
            {.name = "kind",
             .kind = Choice,
             .text = "What decides.",
             .presence = Required,
             .choices = criterion_kind_names()},
            {.name = "section", .text = "The id of its section.", .pattern = kIdPattern},
            {.name = "points",
             .kind = Number,
             .text = "What a pass is worth.",
             .min = 0,
             .max = kKeyPointsMax},
            {.name = "bonus",
             .kind = Number,
             .text = "Points on top of the score, in place of `points`; never missed.",
             .min = 0,
             .max = 100},
            {.name = "severity",
             .kind = Choice,
             .text = "A failed `critical` one makes its section 0, a `fatal` one the whole score.",
             .choices = severity_names()},
            {.name = "column",
             .kind = Choice,
             .text = "The flat boolean that it fills.",
             .choices = kColumns},
            {.name = "issue", .text = "The sentence for a fail; `{phrases}` and `{value}`."},
            {.name = "applies",
             .kind = Table,
             .text = "In which conversations; not applicable elsewhere.",
             .table = &applies_keys()},
            {.name = "only_if",
             .kind = Table,
             .text = "Not applicable when this is surely not so.",
             .table = &condition_keys()},
            {.name = "examples",
             .kind = Tables,
             .text = "Conversations and what they must come to.",
             .table = &example_keys()},
        }};
    return set;
}

const KeySet& criterion_keys(CriterionKind kind) {
    static const std::array<KeySet, 6> sets = {
        criterion_keys_of(CriterionKind::Phrases),   criterion_keys_of(CriterionKind::Measure),
        criterion_keys_of(CriterionKind::Sentiment), criterion_keys_of(CriterionKind::Promise),
        criterion_keys_of(CriterionKind::Consent),   criterion_keys_of(CriterionKind::Question)};
    return sets[static_cast<std::size_t>(kind)];
}

const KeySet& applies_keys() {
    static const KeySet set = {.name = "applies",
                               .keys = {{.name = "direction",
                                         .kind = Choice,
                                         .text = "Of the conversation.",
                                         .presence = Required,
                                         .choices = kDirections}}};
    return set;
}

const KeySet& condition_keys() {
    static const KeySet set = [] {
        KeySet keys = {
            .name = "only_if",
            .keys = {{.name = "criterion", .text = "Another criterion …", .pattern = kIdPattern},
                     {.name = "outcome",
                      .kind = Outcomes,
                      .text = "… that came to this, or one of these.",
                      .choices = kOutcomes},
                     {.name = "measure", .text = "`duration`, or a measure of the audio …"},
                     {.name = "at_least",
                      .kind = Number,
                      .text = "… that is not less than this,",
                      .min = -kKeyValueMax,
                      .max = kKeyValueMax},
                     {.name = "below",
                      .kind = Number,
                      .text = "… and less than this.",
                      .min = -kKeyValueMax,
                      .max = kKeyValueMax},
                     speaker_key(),
                     window_key()}};
        append(keys.keys, word_list_keys());
        return keys;
    }();
    return set;
}

const KeySet& window_keys() {
    static const KeySet set = {
        .name = "window",
        .keys = {{.name = "from",
                  .kind = Choice,
                  .text = "The end that it is counted from.",
                  .presence = Required,
                  .choices = kEdges},
                 {.name = "seconds",
                  .kind = Integer,
                  .text = "Used where segments have times; needs `turns` beside it.",
                  .min = 1,
                  .max = kKeySecondsMax},
                 {.name = "turns", .kind = Integer, .text = "Turns.", .min = 1, .max = kTurnsMax},
                 {.name = "characters",
                  .kind = Integer,
                  .text = "Unicode code points of all texts joined by a space; stands alone.",
                  .min = 1,
                  .max = kCharactersMax}}};
    return set;
}

const KeySet& near_keys() {
    static const KeySet set = [] {
        KeySet keys = {.name = "near", .keys = word_list_keys()};
        keys.keys.push_back({.name = "within_words",
                             .kind = Integer,
                             .text = "At most so many words lie between; used where there are no "
                                     "times.",
                             .min = 0,
                             .max = 1'000});
        keys.keys.push_back({.name = "within_s",
                             .kind = Integer,
                             .text = "At most so many seconds lie between; needs `within_words`.",
                             .min = 0,
                             .max = kKeySecondsMax});
        return keys;
    }();
    return set;
}

const KeySet& before_keys() {
    static const KeySet set = [] {
        KeySet keys = {.name = "before", .keys = word_list_keys()};
        keys.keys.push_back({.name = "questions",
                             .kind = Flag,
                             .text = "A question mark in the bound speaker's words counts too."});
        return keys;
    }();
    return set;
}

const KeySet& band_keys() {
    static const KeySet set = {
        .name = "band",
        .keys = {{.name = "below",
                  .kind = Number,
                  .text = "Values less than this.",
                  .min = -kKeyValueMax,
                  .max = kKeyValueMax},
                 {.name = "up_to",
                  .kind = Number,
                  .text = "Values not more than this.",
                  .min = -kKeyValueMax,
                  .max = kKeyValueMax},
                 {.name = "points",
                  .kind = Number,
                  .text = "What such a value is worth.",
                  .presence = Required,
                  .min = -kKeyPointsMax,
                  .max = kKeyPointsMax},
                 {.name = "passes",
                  .kind = Flag,
                  .text = "Whether it passes; when absent, if it gives all points."}}};
    return set;
}

}  // namespace oidor::audit
