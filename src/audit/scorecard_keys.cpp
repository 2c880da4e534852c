#include "audit/scorecard_keys.hpp"

#include <array>

namespace oidor::audit {
namespace {

using enum KeyKind;
using enum Presence;
using Names = std::string_view;

constexpr std::array<Names, 2> kMatchings = {"folded", "exact"};
constexpr std::array<Names, 2> kScales = {"percent", "sum"};
constexpr std::array<Names, 4> kOutcomes = {"pass", "fail", "unknown", "not_applicable"};
constexpr std::array<Names, 3> kDirections = {"inbound", "outbound", "internal"};
constexpr Names kCountryPattern = "^[A-Z]{2}$";
constexpr Names kIdPattern = "^[a-z0-9_-]{1,64}$";

KeySet review_keys_of() {
    KeySet set = {.name = "review", .keys = {}};
    for (const auto& faces : review_table()) {
        if (!faces.key.empty()) {
            set.keys.push_back({.name = faces.key,
                                .kind = faces.takes_number ? Number : Flag,
                                .text = faces.text,
                                .min = -kKeySecondsMax,
                                .max = kKeySecondsMax});
        }
    }
    return set;
}

}  // namespace

const KeySet& scorecard_keys() {
    static const KeySet set = {
        .name = "scorecard",
        .keys = {
            {.name = "id", .text = "Its name.", .presence = Required, .pattern = kIdPattern},
            {.name = "version",
             .kind = Integer,
             .text = "Raised with every change that is published.",
             .presence = Required,
             .min = 1,
             .max = 1'000'000},
            {.name = "language",
             .text = "Primary language tag: `es`.",
             .presence = Required,
             .pattern = "^[a-z]{2,3}$"},
            {.name = "title", .text = "For people; the id when absent."},
            {.name = "country",
             .text = "Which groups of phrase packs count: `AR`.",
             .pattern = kCountryPattern},
            {.name = "matching",
             .kind = Choice,
             .text = "`folded`: whole words, case and accents do not count; `exact`: substrings.",
             .choices = kMatchings},
            {.name = "score",
             .kind = Choice,
             .text = "`percent`: points earned of those that apply; `sum`: as they are.",
             .choices = kScales},
            {.name = "confidence_min",
             .kind = Number,
             .text = "A segment below it is not surely heard; 0.5 when absent.",
             .min = 0,
             .max = 1},
            tolerance_key(
                "For criteria that state none: how far heard words may be; 0 when absent."),
            {.name = "too_short_below_s",
             .kind = Number,
             .text = "Shorter conversations are not auditable.",
             .min = 0,
             .max = kKeySecondsMax},
            {.name = "categories",
             .kind = Tables,
             .text = "Names of scores, highest first, the last from 0.",
             .presence = Required,
             .table = &category_keys()},
            {.name = "review",
             .kind = Table,
             .text = "When a person should look.",
             .table = &review_keys()},
            {.name = "sections",
             .kind = Tables,
             .text = "Parts of the scorecard; their weights, when stated, add up to 100.",
             .table = &section_keys()},
            {.name = "packs",
             .kind = Tables,
             .text = "Phrase packs that the scorecard carries.",
             .table = &pack_keys()},
            {.name = "criteria",
             .kind = Tables,
             .text = "What is checked, in the order of the report.",
             .presence = Required},
        }};
    return set;
}

const KeySet& review_keys() {
    static const KeySet set = review_keys_of();
    return set;
}

const KeySet& category_keys() {
    static const KeySet set = {
        .name = "category",
        .keys = {{.name = "from",
                  .kind = Number,
                  .text = "The lowest rounded score.",
                  .presence = Required,
                  .min = 0,
                  .max = 100},
                 {.name = "name", .text = "For people.", .presence = Required}}};
    return set;
}

const KeySet& section_keys() {
    static const KeySet set = {
        .name = "section",
        .keys = {{.name = "id", .text = "Its name.", .presence = Required, .pattern = kIdPattern},
                 {.name = "title", .text = "For people; the id when absent."},
                 {.name = "weight",
                  .kind = Number,
                  .text = "Its share of 100; stated by all sections or by none.",
                  .min = 0,
                  .max = 100}}};
    return set;
}

const KeySet& example_keys() {
    static const KeySet set = {
        .name = "example",
        .keys = {
            {.name = "outcome",
             .kind = Choice,
             .text = "What the criterion must come to.",
             .presence = Required,
             .choices = kOutcomes},
            {.name = "points",
             .kind = Number,
             .text = "The points that it must come to.",
             .min = -kKeyPointsMax,
             .max = kKeyPointsMax},
            {.name = "text", .text = "Lines `Agente: …`, `Cliente: …`; no label: the agent's."},
            {.name = "texts", .kind = Texts, .text = "Several texts; each is an example."},
            {.name = "name", .text = "For people."},
            {.name = "facts",
             .kind = Table,
             .text = "What is known beside the words.",
             .table = &example_facts_keys()}}};
    return set;
}

const KeySet& example_facts_keys() {
    static const KeySet set = {
        .name = "facts",
        .keys = {{.name = "duration_s",
                  .kind = Number,
                  .text = "Duration in seconds.",
                  .min = 0,
                  .max = kKeySecondsMax},
                 {.name = "direction",
                  .kind = Choice,
                  .text = "Of the conversation.",
                  .choices = kDirections},
                 {.name = "chat", .kind = Flag, .text = "Whether it was written."},
                 {.name = "measures",
                  .kind = Numbers,
                  .text = "Measures by name.",
                  .min = -kKeyValueMax,
                  .max = kKeyValueMax}}};
    return set;
}

const KeySet& pack_keys() {
    static const KeySet set = {
        .name = "pack",
        .keys = {
            {.name = "id",
             .text = "`<language>/<name>`, or the path that names it.",
             .presence = Required},
            {.name = "version",
             .kind = Integer,
             .text = "Raised with every change.",
             .presence = Required,
             .min = 1,
             .max = 1'000'000},
            {.name = "language",
             .text = "Primary language tag.",
             .presence = Required,
             .pattern = "^[a-z]{2,3}$"},
            {.name = "title", .text = "For people; the id when absent."},
            {.name = "include", .kind = Texts, .text = "Packs whose groups count too."},
            {.name = "groups",
             .kind = Tables,
             .text = "The phrases.",
             .presence = Required,
             .table = &group_keys()},
        }};
    return set;
}

const KeySet& group_keys() {
    static const KeySet set = {
        .name = "group",
        .keys = {{.name = "countries",
                  .kind = Texts,
                  .text = "Counts there alone; everywhere when absent.",
                  .pattern = kCountryPattern},
                 {.name = "not_countries",
                  .kind = Texts,
                  .text = "Does not count there.",
                  .pattern = kCountryPattern},
                 {.name = "phrases", .kind = Texts, .text = "Texts of at most 200 bytes."},
                 {.name = "accented", .kind = Texts, .text = "Those whose accents count."},
                 {.name = "patterns",
                  .kind = Texts,
                  .text = "Regular expressions (RE2) over the folded text; whole words."}}};
    return set;
}

}  // namespace oidor::audit
