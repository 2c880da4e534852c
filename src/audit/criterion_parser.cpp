#include "audit/criterion_parser.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "audit/sentiment.hpp"

namespace oidor::audit {
namespace {

constexpr std::int64_t kPromiseWords = 12;
constexpr std::int64_t kConsentSeconds = 45;
constexpr std::int64_t kConsentTurns = 4;

std::vector<std::string> section_ids(const Scorecard& card) {
    std::vector<std::string> ids;
    for (const auto& section : card.sections) {
        ids.push_back(section.id);
    }
    return ids;
}

}  // namespace

Criterion CriterionParser::read() {
    criterion_.line = table_.source().begin.line;
    read_common();
    const auto kind = common_.choice("kind");
    if (!kind) {
        return std::move(criterion_);  // Which keys are known hangs on the kind.
    }
    criterion_.kind = static_cast<CriterionKind>(*kind);
    TomlReader reader(table_, where_, context_.faults, criterion_keys(criterion_.kind));
    switch (criterion_.kind) {
        case CriterionKind::Phrases: read_phrases(reader); break;
        case CriterionKind::Promise: read_promise(reader); break;
        case CriterionKind::Consent: read_consent(reader); break;
        case CriterionKind::Measure: read_measure(reader); break;
        case CriterionKind::Sentiment: read_sentiment(reader); break;
        case CriterionKind::Question: read_question(reader); break;
    }
    read_examples();
    reader.finish();
    return std::move(criterion_);
}

void CriterionParser::read_common() {
    criterion_.id = common_.text("id").value_or("");
    if (!criterion_.id.empty() && !is_identifier(criterion_.id)) {
        common_.fault("id", kIdentifierFault);
    }
    criterion_.title = common_.text("title").value_or(criterion_.id);
    criterion_.issue = common_.text("issue").value_or("");
    criterion_.severity = static_cast<Severity>(common_.choice("severity").value_or(0));
    if (const auto column = common_.choice("column")) {
        criterion_.column = common_.choices("column")[*column];
    }
    read_worth();
    read_applies();
    read_condition();
    criterion_.section = common_.text("section");
    const auto ids = section_ids(context_.card);
    if (criterion_.section && std::ranges::find(ids, *criterion_.section) == ids.end()) {
        common_.fault("section", fmt::format("there is no section `{}`{}", *criterion_.section,
                                             suggestion(*criterion_.section, ids)));
    } else if (!criterion_.section && !ids.empty()) {
        common_.fault("section", "is missing: the scorecard has sections");
    }
}

void CriterionParser::read_worth() {
    criterion_.points_max = common_.decimal("points").value_or(Decimal{});
    if (!common_.has("bonus")) {
        return;
    }
    criterion_.bonus = true;
    criterion_.points_max = common_.decimal("bonus").value_or(Decimal{});
    for (const auto* key : {"points", "penalty", "penalty_max"}) {
        if (common_.has(key)) {
            common_.fault(key, "does not go with bonus");
        }
    }
    if (criterion_.severity >= Severity::Critical) {
        common_.fault("severity", "a bonus is never missed: neither critical nor fatal");
    }
}

void CriterionParser::read_applies() {
    const auto* table = common_.table("applies");
    if (table == nullptr) {
        return;
    }
    TomlReader reader(*table, common_.place("applies"), context_.faults, applies_keys());
    if (const auto direction = reader.choice("direction")) {
        criterion_.directions.push_back(static_cast<Direction>(*direction + 1));
    }
    reader.finish();
}

void CriterionParser::read_condition() {
    const auto* table = common_.table("only_if");
    if (table == nullptr) {
        return;
    }
    Condition condition;
    TomlReader reader(*table, common_.place("only_if"), context_.faults, condition_keys());
    condition.criterion = reader.text("criterion");
    for (const auto outcome : reader.choices_of("outcome")) {
        condition.outcomes.push_back(static_cast<Outcome>(outcome));
    }
    condition.measure = reader.text("measure").value_or("");
    condition.at_least = reader.decimal("at_least");
    condition.below = reader.decimal("below");
    words_.read_speaker(reader, condition.words);
    words_.read_window(reader, condition.words.window);
    words_.read_list(reader, condition.words);
    const bool has_words = reader.has("phrases") || reader.has("packs") || reader.has("patterns");
    const int stated =
        (reader.has("criterion") ? 1 : 0) + (reader.has("measure") ? 1 : 0) + (has_words ? 1 : 0);
    if (stated != 1) {
        context_.faults.add(
            *table, common_.place("only_if"),
            "expected one of: words (phrases, packs, patterns), criterion, measure");
    }
    if (reader.has("measure") && !condition.at_least && !condition.below) {
        reader.fault("measure", "expected at_least or below beside it");
    }
    for (const auto* key : {"at_least", "below"}) {
        if (reader.has(key) && !reader.has("measure")) {
            reader.fault(key, "goes with measure");
        }
    }
    if (reader.has("outcome") && !reader.has("criterion")) {
        reader.fault("outcome", "goes with criterion");
    }
    if (condition.criterion && condition.outcomes.empty()) {
        condition.outcomes.push_back(Outcome::Pass);
    }
    reader.finish();
    criterion_.only_if = std::move(condition);
}

void CriterionParser::read_phrases(TomlReader& reader) {
    words_.read_needed(reader, criterion_);
    words_.read_rule(reader, criterion_);
    if (criterion_.near && !criterion_.near->words.has_words()) {
        reader.fault("near", "expected phrases, packs or patterns in it");
    }
    if (criterion_.need == Need::None) {
        criterion_.penalty = reader.decimal("penalty").value_or(Decimal{});
        criterion_.penalty_max = reader.decimal("penalty_max");
    } else if (reader.has("penalty") || reader.has("penalty_max")) {
        reader.fault(reader.has("penalty") ? "penalty" : "penalty_max",
                     "goes with need = \"none\" alone");
    }
    if (criterion_.before && (criterion_.need == Need::None || criterion_.need == Need::All)) {
        reader.fault("before", "goes with need = \"any\" or \"sequence\"");
    }
}

void CriterionParser::read_promise(TomlReader& reader) {
    criterion_.speaker = BoundSpeaker::Agent;
    criterion_.near = Near{.words = {}, .within_words = kPromiseWords, .within_seconds = {}};
    words_.read_list(reader, criterion_);
    words_.read_rule(reader, criterion_);
    words_.add_default_pack(reader, "promesa", criterion_);
    if (!criterion_.near->words.has_words()) {
        static const toml::table empty;
        TomlReader none(empty, reader.place("near"), context_.faults, near_keys());
        words_.add_default_pack(none, "plazo", criterion_.near->words);
    }
}

void CriterionParser::read_consent(TomlReader& reader) {
    criterion_.speaker = BoundSpeaker::House;
    criterion_.window = {
        .edge = Edge::Start, .seconds = kConsentSeconds, .turns = kConsentTurns, .characters = {}};
    criterion_.before = Before{.words = {}, .questions = true};
    words_.read_list(reader, criterion_);
    words_.read_rule(reader, criterion_);
    words_.add_default_pack(reader, "aviso-grabacion", criterion_);
}

void CriterionParser::read_measure(TomlReader& reader) {
    criterion_.measure = reader.text("measure").value_or("");
    if (reader.has("measure") && !is_identifier(criterion_.measure)) {
        reader.fault("measure", kIdentifierFault);
    }
    criterion_.missing = static_cast<Missing>(reader.choice("missing").value_or(0));
    read_bands(reader);
}

void CriterionParser::read_sentiment(TomlReader& reader) {
    words_.read_speaker(reader, criterion_);
    criterion_.form = static_cast<SentimentForm>(reader.choice("measure").value_or(0));
    criterion_.missing = static_cast<Missing>(reader.choice("missing").value_or(0));
    criterion_.linear = reader.flag("linear").value_or(false);
    criterion_.fail_below = reader.decimal("fail_below");
    if (!has_sentiment_lexicon(context_.card.language)) {
        reader.fault("kind", fmt::format("there is no sentiment lexicon for language `{}`",
                                         context_.card.language));
    }
    if (criterion_.linear && reader.has("bands")) {
        reader.fault("bands", "do not go with linear");
    }
    if (criterion_.linear && criterion_.form != SentimentForm::Level) {
        reader.fault("linear", "goes with measure = \"level\" alone");
    }
    if (!criterion_.linear && !reader.has("bands")) {
        reader.fault("bands", "is missing");
    }
    read_bands(reader);
}

void CriterionParser::read_bands(TomlReader& reader) {
    const auto* bands = reader.array("bands");
    if (bands == nullptr) {
        return;
    }
    reader.tables("bands", [&](const toml::table& table, const std::string& where) {
        read_band(table, where, &table == bands->back().as_table());
    });
    if (bands->empty()) {
        reader.fault("bands", "expected at least one");
    }
}

void CriterionParser::read_band(const toml::table& table, const std::string& where, bool last) {
    TomlReader reader(table, where, context_.faults, band_keys());
    ValueBand band;
    band.below = reader.decimal("below");
    band.up_to = reader.decimal("up_to");
    band.points = reader.decimal("points").value_or(Decimal{});
    band.passes = reader.flag("passes").value_or(band.points >= criterion_.points_max);
    if (band.points > criterion_.points_max) {
        reader.fault("points", "more than the criterion's points");
    } else if (criterion_.bonus && band.points < Decimal{}) {
        reader.fault("points", "a bonus is never negative");
    }
    const bool bounded = reader.has("below") || reader.has("up_to");
    if (last == bounded || (reader.has("below") && reader.has("up_to"))) {
        context_.faults.add(table, where,
                            last ? "the last band takes all other values: neither below nor up_to"
                                 : "expected either below or up_to");
    }
    reader.finish();
    criterion_.bands.push_back(band);
}

void CriterionParser::read_question(TomlReader& reader) {
    constexpr std::size_t kQuestionBytesMax = 2'000;
    auto& question = criterion_.question;
    words_.read_speaker(reader, criterion_);
    question.text = reader.text("question").value_or("");
    if (reader.has("question") &&
        (question.text.empty() || question.text.size() > kQuestionBytesMax)) {
        reader.fault("question", fmt::format("expected 1 to {} bytes", kQuestionBytesMax));
    }
    question.answer = static_cast<AnswerForm>(reader.choice("answer").value_or(0));
    question.fail_when_yes = reader.choice("fail_when") == 1U;
    const auto top =
        criterion_.points_max > Decimal{} ? criterion_.points_max : Decimal::from_int(10);
    question.score_max = reader.decimal("score_max").value_or(top);
    const auto pass_from = reader.decimal("pass_from");
    question.pass_from = pass_from.value_or(question.score_max);
    const bool scored = question.answer == AnswerForm::Score;
    for (const auto* key : {"score_max", "pass_from"}) {
        if (!scored && reader.has(key)) {
            reader.fault(key, "goes with answer = \"score\" alone");
        }
    }
    if (scored && reader.has("fail_when")) {
        reader.fault("fail_when", "goes with answer = \"yes_no\" alone");
    }
    if (scored && !reader.has("pass_from")) {
        reader.fault("pass_from", "is missing: the lowest score that passes");
    } else if (question.pass_from > question.score_max) {
        reader.fault("pass_from", "more than the highest score");
    }
}

}  // namespace oidor::audit
