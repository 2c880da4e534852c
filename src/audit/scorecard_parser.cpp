#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "audit/criterion_parser.hpp"
#include "audit/scorecard_keys.hpp"
#include "base/sha256.hpp"

namespace oidor::audit {
namespace {

class ScorecardParser {
  public:
    ScorecardParser(const toml::table& root, std::string_view path, const ScorecardLimits& limits,
                    const PackReader& read_pack)
        : root_(root),
          limits_(limits),
          faults_(path, limits.faults_max),
          packs_(limits, read_pack),
          context_{.limits = limits, .faults = faults_, .packs = packs_, .card = card_} {}

    Result<Scorecard> parse();
    /// The packs by path that the scorecard does not carry yet, as it would.
    [[nodiscard]] std::string packs_to_carry() const;

  private:
    void read_head(TomlReader& reader);
    void read_review(TomlReader& parent);
    void read_categories(TomlReader& reader);
    void read_sections(TomlReader& reader);
    void check_weights(TomlReader& reader);
    void read_packs(TomlReader& reader);
    void read_criteria(TomlReader& reader);
    void check_ids(const toml::table& table, const std::string& where, const Criterion& criterion);
    void check_points(TomlReader& reader);
    void check_conditions(const toml::array& criteria);
    [[nodiscard]] std::string condition_fault(const Criterion& criterion) const;

    const toml::table& root_;
    const ScorecardLimits& limits_;
    Faults faults_;
    PackLibrary packs_;
    Scorecard card_;
    ParserContext context_;
    std::map<std::string, const Criterion*, std::less<>> by_id_;
    std::set<std::string> ids_;
    std::set<std::string> columns_;
};

Result<Scorecard> ScorecardParser::parse() {
    TomlReader reader(root_, "", faults_, scorecard_keys());
    read_head(reader);
    read_review(reader);
    read_categories(reader);
    read_sections(reader);
    read_packs(reader);
    read_criteria(reader);
    reader.finish();
    if (!faults_.empty()) {
        return fail(ErrorCode::Invalid, "{}", faults_.text());
    }
    for (const auto& [id, pack] : packs_.used()) {
        card_.packs.push_back({.id = id, .version = pack.version, .sha256 = pack.sha256});
    }
    return std::move(card_);
}

std::string ScorecardParser::packs_to_carry() const {
    std::string text;
    for (const auto& [id, pack] : packs_.used()) {
        if (is_pack_path(id) && !packs_.carries(id)) {
            text += "\n" + format_pack(pack);
        }
    }
    return text;
}

void ScorecardParser::read_head(TomlReader& reader) {
    card_.id = reader.text("id").value_or("");
    if (!card_.id.empty() && !is_identifier(card_.id)) {
        reader.fault("id", kIdentifierFault);
    }
    card_.version = reader.integer("version").value_or(1);
    card_.language = reader.text("language").value_or("");
    if (!card_.language.empty() && primary_language(card_.language) != card_.language) {
        reader.fault("language", "expected a primary language tag such as es");
    }
    card_.title = reader.text("title").value_or(card_.id);
    card_.country = reader.text("country").value_or("");
    const auto& country = card_.country;
    if (reader.has("country") && (country.size() != 2 || !std::ranges::all_of(country, [](char c) {
                                      return c >= 'A' && c <= 'Z';
                                  }))) {
        reader.fault("country", "expected two capital letters: AR");
    }
    card_.matching = static_cast<Matching>(reader.choice("matching").value_or(0));
    card_.scale = static_cast<ScoreScale>(reader.choice("score").value_or(0));
    card_.confidence_min = reader.decimal("confidence_min").value_or(Decimal::from_micros(500'000));
    context_.tolerance = static_cast<int>(reader.integer("tolerance").value_or(0));
    card_.too_short_below_s = reader.decimal("too_short_below_s");
}

void ScorecardParser::read_review(TomlReader& parent) {
    if (const auto* table = parent.table("review")) {
        TomlReader reader(*table, "review", faults_, review_keys());
        for (const auto& faces : review_table()) {
            if (faces.key.empty()) {
                continue;
            }
            if (faces.takes_number) {
                if (const auto limit = reader.decimal(faces.key)) {
                    card_.review.push_back({.reason = faces.reason, .limit = *limit});
                }
            } else if (reader.flag(faces.key).value_or(false)) {
                card_.review.push_back({.reason = faces.reason, .limit = {}});
            }
        }
        reader.finish();
    }
    card_.review.push_back({.reason = ReviewReason::UnknownCriterion, .limit = {}});
}

void ScorecardParser::read_categories(TomlReader& reader) {
    reader.tables("categories", [this](const toml::table& table, const std::string& where) {
        TomlReader category(table, where, faults_, category_keys());
        const auto from = category.decimal("from");
        auto name = category.text("name");
        if (from && name) {
            if (!card_.categories.empty() && card_.categories.back().from <= *from) {
                category.fault("from", "expected less than in the category before");
            }
            card_.categories.push_back({.from = *from, .name = std::move(*name)});
        }
        category.finish();
    });
    const bool closed = !card_.categories.empty() && card_.categories.back().from == Decimal{};
    if (reader.has("categories") && !closed) {
        reader.fault("categories", "the last one must begin at 0");
    }
}

void ScorecardParser::read_sections(TomlReader& reader) {
    std::set<std::string> ids;
    reader.tables("sections", [&](const toml::table& table, const std::string& where) {
        TomlReader section(table, where, faults_, section_keys());
        Section read;
        read.id = section.text("id").value_or("");
        if (!read.id.empty() && !is_identifier(read.id)) {
            section.fault("id", kIdentifierFault);
        }
        if (!read.id.empty() && !ids.insert(read.id).second) {
            section.fault("id", fmt::format("`{}` is there twice", read.id));
        }
        read.title = section.text("title").value_or(read.id);
        read.weight = section.decimal("weight");
        section.finish();
        card_.sections.push_back(std::move(read));
    });
    if (card_.sections.size() > limits_.sections_max) {
        reader.fault("sections", fmt::format("expected at most {}", limits_.sections_max));
    }
    check_weights(reader);
}

void ScorecardParser::check_weights(TomlReader& reader) {
    Decimal total;
    std::size_t stated = 0;
    for (const auto& section : card_.sections) {
        total += section.weight.value_or(Decimal{});
        stated += section.weight ? 1 : 0;
    }
    if (stated == 0) {
        return;
    }
    if (stated < card_.sections.size()) {
        reader.fault("sections", "a weight is stated by all of them or by none");
    } else if (total != Decimal::from_int(100)) {
        reader.fault("sections",
                     fmt::format("their weights add up to {}: expected 100", total.text()));
    }
    if (card_.scale == ScoreScale::Sum) {
        reader.fault("score", "\"sum\" does not go with weights of sections");
    }
}

void ScorecardParser::read_packs(TomlReader& reader) {
    reader.tables("packs", [this](const toml::table& table, const std::string& where) {
        auto pack = read_pack(table, where, faults_, limits_);
        const auto id = pack.id;
        if (!id.empty() && !packs_.add_carried(std::move(pack))) {
            faults_.add(table, where, fmt::format("pack `{}` is there twice", id));
        }
    });
}

void ScorecardParser::read_criteria(TomlReader& reader) {
    const auto* array = reader.array("criteria");
    if (array == nullptr) {
        return;
    }
    if (array->empty() || array->size() > limits_.criteria_max) {
        reader.fault("criteria", fmt::format("expected 1 to {}", limits_.criteria_max));
        return;
    }
    reader.tables("criteria", [this](const toml::table& table, const std::string& where) {
        card_.criteria.push_back(CriterionParser(context_, table, where).read());
        check_ids(table, where, card_.criteria.back());
    });
    check_conditions(*array);
    if (faults_.empty()) {
        check_points(reader);
    }
}

void ScorecardParser::check_ids(const toml::table& table, const std::string& where,
                                const Criterion& criterion) {
    TomlReader reader(table, where, faults_, common_criterion_keys());
    if (!criterion.id.empty() && !ids_.insert(criterion.id).second) {
        reader.fault("id", fmt::format("`{}` is there twice", criterion.id));
    }
    if (criterion.column && !columns_.insert(*criterion.column).second) {
        reader.fault("column", fmt::format("`{}` is filled twice", *criterion.column));
    }
}

void ScorecardParser::check_points(TomlReader& reader) {
    Decimal total;
    std::map<std::string, Decimal> by_section;
    for (const auto& criterion : card_.criteria) {
        const auto points = criterion.bonus ? Decimal{} : criterion.points_max;
        total += points;
        by_section[criterion.section.value_or("")] += points;
    }
    if (total <= Decimal{}) {
        reader.fault("criteria", "their points add up to nothing");
    }
    for (const auto& section : card_.sections) {
        if (section.weight.value_or(Decimal{}) > Decimal{} && by_section[section.id] <= Decimal{}) {
            reader.fault("sections", fmt::format("`{}` has a weight, and criteria worth no points",
                                                 section.id));
        }
    }
}

std::string ScorecardParser::condition_fault(const Criterion& criterion) const {
    const auto& wanted = *criterion.only_if->criterion;
    if (!by_id_.contains(wanted)) {
        std::vector<std::string> known;
        for (const auto& [id, other] : by_id_) {
            known.push_back(id);
        }
        return fmt::format("there is no criterion `{}`{}", wanted, suggestion(wanted, known));
    }
    std::vector<std::string> path = {criterion.id};
    for (const auto* at = &criterion; at->only_if && at->only_if->criterion;) {
        const auto next = by_id_.find(*at->only_if->criterion);
        if (next == by_id_.end()) {
            break;
        }
        at = next->second;
        path.push_back(at->id);
        if (at->id == criterion.id) {
            return fmt::format("hangs on itself: {}", fmt::join(path, " → "));
        }
        if (path.size() > by_id_.size() + 1) {
            break;  // Others hang on themselves: theirs is the fault.
        }
    }
    return {};
}

void ScorecardParser::check_conditions(const toml::array& criteria) {
    for (const auto& criterion : card_.criteria) {
        by_id_.emplace(criterion.id, &criterion);
    }
    for (std::size_t i = 0; i < card_.criteria.size() && i < criteria.size(); ++i) {
        const auto& criterion = card_.criteria[i];
        if (!criterion.only_if || !criterion.only_if->criterion) {
            continue;
        }
        if (const auto fault = condition_fault(criterion); !fault.empty()) {
            const auto* node = criteria[i].as_table();
            faults_.add(
                node != nullptr && node->contains("only_if") ? *node->get("only_if") : criteria[i],
                fmt::format("criteria[{}].only_if.criterion", i), fault);
        }
    }
}

}  // namespace

Result<Scorecard> parse_scorecard(std::string_view toml, std::string_view path,
                                  const ScorecardLimits& limits, const PackReader& read_pack) {
    TRY_ASSIGN(const auto root, parse_toml(toml, path, limits.size_bytes_max));
    TRY_ASSIGN(auto card, ScorecardParser(root, path, limits, read_pack).parse());
    card.sha256 = sha256_hex(toml);
    return card;
}

Result<std::string> resolve_packs(std::string_view toml, std::string_view path,
                                  const PackReader& read_pack) {
    const ScorecardLimits limits;
    TRY_ASSIGN(const auto root, parse_toml(toml, path, limits.size_bytes_max));
    ScorecardParser parser(root, path, limits, read_pack);
    TRY(parser.parse());
    const auto packs = parser.packs_to_carry();
    if (packs.empty()) {
        return std::string(toml);
    }
    auto whole = std::string(toml) + (toml.ends_with('\n') ? "" : "\n") + packs;
    TRY(parse_scorecard(whole, path, limits));
    return whole;
}

}  // namespace oidor::audit
