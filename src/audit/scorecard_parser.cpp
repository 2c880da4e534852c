#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "audit/folding.hpp"
#include "audit/scorecard.hpp"
#include "audit/sentiment.hpp"
#include "audit/toml_reader.hpp"
#include "base/sha256.hpp"
#include "base/toml_depth.hpp"

namespace oidor::audit {
namespace {

using enum Presence;

constexpr std::int64_t kPointsMax = 1'000;
constexpr std::int64_t kValueMax = 1'000'000'000;
constexpr std::int64_t kSecondsMax = 86'400;

/// Lower-case letters, digits, `_` and `-`: what ids may be made of.
bool is_identifier(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

class ScorecardParser {
  public:
    ScorecardParser(const toml::table& root, std::string_view path, const ScorecardLimits& limits)
        : root_(root), limits_(limits), faults_(path, limits.faults_max) {}

    Result<Scorecard> parse() {
        TomlReader reader(root_, "", faults_);
        read_head(reader);
        if (const auto* review = reader.table("review")) {
            read_review(*review);
        }
        card_.review.push_back({.reason = ReviewReason::UnknownCriterion, .limit = {}});
        if (const auto* categories = reader.array("categories", Required)) {
            read_categories(*categories);
        }
        if (const auto* criteria = reader.array("criteria", Required)) {
            read_criteria(reader, *criteria);
        }
        reader.finish();
        if (!faults_.empty()) {
            return fail(ErrorCode::Invalid, "{}", faults_.text());
        }
        return std::move(card_);
    }

  private:
    void read_head(TomlReader& reader) {
        card_.id = reader.text("id", Required).value_or("");
        if (!card_.id.empty() && !is_identifier(card_.id)) {
            reader.fault("id", "expected up to 64 of a-z, 0-9, _ and -");
        }
        card_.version = reader.integer("version", Required, 1, 1'000'000).value_or(1);
        card_.language = reader.text("language", Required).value_or("");
        if (!card_.language.empty() && primary_language(card_.language) != card_.language) {
            reader.fault("language", "expected a primary language tag such as es");
        }
        card_.title = reader.text("title", Optional).value_or(card_.id);
        if (reader.choice("matching", Optional, {"folded", "exact"}) == 1U) {
            card_.matching = Matching::Exact;
        }
        if (reader.choice("score", Optional, {"percent", "sum"}) == 1U) {
            card_.scale = ScoreScale::Sum;
        }
        card_.confidence_min = reader.decimal("confidence_min", Optional, 0, 1)
                                   .value_or(Decimal::from_micros(500'000));
        card_.too_short_below_s = reader.decimal("too_short_below_s", Optional, 0, kSecondsMax);
    }

    void read_review(const toml::table& table) {
        TomlReader reader(table, "review", faults_);
        for (const auto& faces : review_table()) {
            if (faces.key.empty()) {
                continue;
            }
            if (faces.takes_number) {
                if (const auto limit =
                        reader.decimal(faces.key, Optional, -kSecondsMax, kSecondsMax)) {
                    card_.review.push_back({.reason = faces.reason, .limit = *limit});
                }
            } else if (reader.boolean(faces.key).value_or(false)) {
                card_.review.push_back({.reason = faces.reason, .limit = {}});
            }
        }
        reader.finish();
    }

    void read_categories(const toml::array& array) {
        for (std::size_t i = 0; i < array.size(); ++i) {
            const auto where = fmt::format("categories[{}]", i);
            const auto* table = array[i].as_table();
            if (table == nullptr) {
                faults_.add(array[i], where, "expected a table with from and name");
                continue;
            }
            TomlReader reader(*table, where, faults_);
            const auto from = reader.decimal("from", Required, 0, 100);
            auto name = reader.text("name", Required);
            if (from && name) {
                if (!card_.categories.empty() && card_.categories.back().from <= *from) {
                    reader.fault("from", "expected less than in the category before");
                }
                card_.categories.push_back({.from = *from, .name = std::move(*name)});
            }
            reader.finish();
        }
        if (card_.categories.empty() || card_.categories.back().from != Decimal{}) {
            faults_.add(array, "categories", "the last one must begin at 0");
        }
    }

    void read_criteria(TomlReader& root, const toml::array& array) {
        if (array.empty() || array.size() > limits_.criteria_max) {
            root.fault("criteria", fmt::format("expected 1 to {}", limits_.criteria_max));
            return;
        }
        std::set<std::string> ids;
        std::set<std::string> columns;
        Decimal total;
        for (std::size_t i = 0; i < array.size(); ++i) {
            const auto where = fmt::format("criteria[{}]", i);
            const auto* table = array[i].as_table();
            if (table == nullptr) {
                faults_.add(array[i], where, "expected a table");
                continue;
            }
            TomlReader reader(*table, where, faults_);
            auto criterion = read_criterion(reader, where);
            if (!criterion.id.empty() && !ids.insert(criterion.id).second) {
                reader.fault("id", fmt::format("`{}` is there twice", criterion.id));
            }
            if (criterion.column && !columns.insert(*criterion.column).second) {
                reader.fault("column", fmt::format("`{}` is filled twice", *criterion.column));
            }
            total += criterion.points_max;
            card_.criteria.push_back(std::move(criterion));
        }
        if (total <= Decimal{} && faults_.empty()) {
            root.fault("criteria", "their points add up to nothing");
        }
    }

    Criterion read_criterion(TomlReader& reader, const std::string& where) {
        Criterion criterion;
        criterion.id = reader.text("id", Required).value_or("");
        if (!criterion.id.empty() && !is_identifier(criterion.id)) {
            reader.fault("id", "expected up to 64 of a-z, 0-9, _ and -");
        }
        criterion.title = reader.text("title", Optional).value_or(criterion.id);
        criterion.issue = reader.text("issue", Optional).value_or("");
        criterion.points_max =
            reader.decimal("points", Optional, 0, kPointsMax).value_or(Decimal{});
        criterion.severity = static_cast<Severity>(
            reader.choice("severity", Optional, {"minor", "major", "critical"}).value_or(0));
        const std::vector<std::string_view> columns = {"saludo_correcto", "ofrece_ayuda",
                                                       "despedida_correcta"};
        if (const auto column = reader.choice("column", Optional, columns)) {
            criterion.column = std::string(columns[*column]);
        }
        if (const auto* applies = reader.table("applies")) {
            read_applies(*applies, where, criterion);
        }
        const auto kind = reader.choice("kind", Required, {"phrases", "measure", "sentiment"});
        if (!kind) {
            return criterion;  // Which keys are known hangs on the kind.
        }
        criterion.kind = static_cast<CriterionKind>(*kind);
        if (criterion.kind == CriterionKind::Measure) {
            criterion.measure = reader.text("measure", Required).value_or("");
        } else {
            criterion.speaker = static_cast<BoundSpeaker>(
                reader.choice("speaker", Optional, {"any", "agent", "customer", "bot"})
                    .value_or(0));
        }
        if (criterion.kind == CriterionKind::Phrases) {
            read_phrase_keys(reader, where, criterion);
        } else {
            read_value_keys(reader, where, criterion);
        }
        reader.finish();
        return criterion;
    }

    void read_applies(const toml::table& table, const std::string& where, Criterion& criterion) {
        TomlReader reader(table, where + ".applies", faults_);
        if (const auto text = reader.text("direction", Required)) {
            if (const auto direction = parse_direction(*text);
                direction && *direction != Direction::Unknown) {
                criterion.directions.push_back(*direction);
            } else {
                reader.fault("direction", "expected inbound, outbound, internal");
            }
        }
        reader.finish();
    }

    void read_phrase_keys(TomlReader& reader, const std::string& where, Criterion& criterion) {
        criterion.need =
            static_cast<Need>(reader.choice("need", Required, {"any", "all", "none"}).value_or(0));
        if (criterion.need == Need::None) {
            criterion.penalty =
                reader.decimal("penalty", Optional, 0, kPointsMax).value_or(Decimal{});
            criterion.penalty_max = reader.decimal("penalty_max", Optional, 0, kPointsMax);
        }
        if (const auto* window = reader.table("window")) {
            read_window(*window, where, criterion.window);
        }
        const auto* phrases = reader.array("phrases", Required);
        if (phrases == nullptr) {
            return;
        }
        std::set<std::string> known;
        for (std::size_t i = 0; i < phrases->size(); ++i) {
            const auto& node = (*phrases)[i];
            const auto place = fmt::format("{}.phrases[{}]", where, i);
            const auto* phrase = node.as_string();
            if (phrase == nullptr || fold(phrase->get()).empty() ||
                phrase->get().size() > limits_.phrase_bytes_max) {
                faults_.add(node, place,
                            fmt::format("expected a text with a word in it, of at most {} bytes",
                                        limits_.phrase_bytes_max));
                continue;
            }
            if (++phrases_ == limits_.phrases_max + 1) {
                faults_.add(node, place, fmt::format("more than {} phrases", limits_.phrases_max));
            }
            // Spellings that are searched alike count as one phrase, the first.
            auto searched =
                card_.matching == Matching::Folded ? fold(phrase->get()) : lower(phrase->get());
            if (known.insert(std::move(searched)).second) {
                criterion.phrases.push_back(phrase->get());
            }
        }
        if (phrases->empty()) {
            reader.fault("phrases", "expected at least one");
        }
        if (const auto* accented = reader.array("accented", Optional)) {
            read_accented(*accented, where, criterion);
        }
    }

    void read_accented(const toml::array& accented, const std::string& where,
                       Criterion& criterion) {
        for (std::size_t i = 0; i < accented.size(); ++i) {
            const auto* phrase = accented[i].as_string();
            if (phrase == nullptr ||
                std::ranges::find(criterion.phrases, phrase->get()) == criterion.phrases.end()) {
                faults_.add(accented[i], fmt::format("{}.accented[{}]", where, i),
                            "expected one of `phrases`, spelled alike");
                continue;
            }
            criterion.accented.push_back(phrase->get());
        }
    }

    void read_window(const toml::table& table, const std::string& where, Window& window) {
        TomlReader reader(table, where + ".window", faults_);
        if (reader.choice("from", Required, {"start", "end"}) == 1U) {
            window.edge = Edge::End;
        }
        window.seconds = reader.integer("seconds", Optional, 1, kSecondsMax);
        window.turns = reader.integer("turns", Optional, 1, 100'000);
        window.characters = reader.integer("characters", Optional, 1, 100'000'000);
        if (reader.has("characters") && (reader.has("seconds") || reader.has("turns"))) {
            reader.fault("characters", "stands alone, without seconds and turns");
        } else if (reader.has("seconds") && !reader.has("turns")) {
            reader.fault("turns", "is missing: what counts where segments have no times");
        } else if (!reader.has("characters") && !reader.has("turns")) {
            reader.fault("turns", "is missing: expected turns, seconds and turns, or characters");
        }
        reader.finish();
    }

    void read_value_keys(TomlReader& reader, const std::string& where, Criterion& criterion) {
        if (criterion.kind == CriterionKind::Measure) {
            criterion.missing = static_cast<Missing>(
                reader.choice("missing", Optional, {"unknown", "not_applicable"}).value_or(0));
        } else {
            criterion.linear = reader.boolean("linear").value_or(false);
            criterion.fail_below = reader.decimal("fail_below", Optional, -1, 1);
            if (!has_sentiment_lexicon(card_.language)) {
                reader.fault("kind", fmt::format("there is no sentiment lexicon for language `{}`",
                                                 card_.language));
            }
            if (criterion.linear && reader.has("bands")) {
                reader.fault("bands", "do not go with linear");
            }
        }
        const auto presence = criterion.linear ? Optional : Required;
        const auto* bands = reader.array("bands", presence);
        if (bands == nullptr) {
            return;
        }
        for (std::size_t i = 0; i < bands->size(); ++i) {
            read_band((*bands)[i], fmt::format("{}.bands[{}]", where, i), i + 1 == bands->size(),
                      criterion);
        }
        if (bands->empty()) {
            reader.fault("bands", "expected at least one");
        }
    }

    void read_band(const toml::node& node, const std::string& where, bool last,
                   Criterion& criterion) {
        const auto* table = node.as_table();
        if (table == nullptr) {
            faults_.add(node, where, "expected a table");
            return;
        }
        TomlReader reader(*table, where, faults_);
        ValueBand band;
        band.below = reader.decimal("below", Optional, -kValueMax, kValueMax);
        band.up_to = reader.decimal("up_to", Optional, -kValueMax, kValueMax);
        band.points =
            reader.decimal("points", Required, -kPointsMax, kPointsMax).value_or(Decimal{});
        band.passes = reader.boolean("passes").value_or(band.points >= criterion.points_max);
        if (band.points > criterion.points_max) {
            reader.fault("points", "more than the criterion's points");
        }
        const bool bounded = reader.has("below") || reader.has("up_to");
        if (last == bounded || (reader.has("below") && reader.has("up_to"))) {
            faults_.add(node, where,
                        last ? "the last band takes all other values: neither below nor up_to"
                             : "expected either below or up_to");
        }
        reader.finish();
        criterion.bands.push_back(band);
    }

    const toml::table& root_;
    const ScorecardLimits& limits_;
    Faults faults_;
    Scorecard card_;
    std::size_t phrases_ = 0;
};

}  // namespace

Result<Scorecard> parse_scorecard(std::string_view toml, std::string_view path,
                                  const ScorecardLimits& limits) {
    if (toml.size() > limits.size_bytes_max) {
        return fail(ErrorCode::TooLarge, "{}: {} bytes: at most {} are read", path, toml.size(),
                    limits.size_bytes_max);
    }
    if (const auto line = find_deep_toml_line(toml)) {
        return fail(ErrorCode::Invalid, "{}:{}: a key has too many dotted parts", path, *line);
    }
    try {
        const toml::table root = toml::parse(toml, path);
        TRY_ASSIGN(auto card, ScorecardParser(root, path, limits).parse());
        card.sha256 = sha256_hex(toml);
        return card;
    } catch (const toml::parse_error& error) {
        return fail(ErrorCode::Invalid, "{}:{}: not TOML: {}", path, error.source().begin.line,
                    error.description());
    }
}

}  // namespace oidor::audit
