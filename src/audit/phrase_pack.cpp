#include "audit/phrase_pack.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "audit/embedded.hpp"
#include "audit/folding.hpp"
#include "audit/pack_library.hpp"
#include "audit/scorecard_keys.hpp"
#include "audit/word_pattern.hpp"
#include "base/sha256.hpp"

namespace oidor::audit {
namespace {

constexpr std::size_t kPackIdBytesMax = 200;

bool is_country(std::string_view text) {
    return text.size() == 2 &&
           std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::string list(std::string_view key, const std::vector<std::string>& texts) {
    if (texts.empty()) {
        return {};
    }
    std::string out;
    for (const auto& text : texts) {
        out += (out.empty() ? "" : ", ") + quoted(text);
    }
    return fmt::format("{} = [{}]\n", key, out);
}

std::vector<std::string> read_countries(TomlReader& reader, std::string_view key) {
    auto countries = reader.texts(key).value_or(std::vector<std::string>());
    for (const auto& country : countries) {
        if (!is_country(country)) {
            reader.fault(key, fmt::format("`{}`: expected two capital letters: AR", country));
        }
    }
    return countries;
}

void check_words(TomlReader& reader, const PhraseGroup& group, const ScorecardLimits& limits) {
    for (std::size_t i = 0; i < group.phrases.size(); ++i) {
        if (fold(group.phrases[i]).empty() || group.phrases[i].size() > limits.phrase_bytes_max) {
            reader.fault("phrases", fmt::format("[{}]: expected a text with a word in it, of at "
                                                "most {} bytes",
                                                i, limits.phrase_bytes_max));
        }
    }
    for (const auto& phrase : group.accented) {
        if (std::ranges::find(group.phrases, phrase) == group.phrases.end()) {
            reader.fault("accented", fmt::format("`{}`: expected one of `phrases`, spelled alike{}",
                                                 phrase, suggestion(phrase, group.phrases)));
        }
    }
    for (const auto& pattern : group.patterns) {
        const auto compiled = WordPattern::compile(pattern, Matching::Folded);
        if (!compiled || pattern.size() > limits.pattern_bytes_max) {
            reader.fault("patterns", compiled ? fmt::format("expected at most {} bytes",
                                                            limits.pattern_bytes_max)
                                              : compiled.error().message);
        }
    }
}

PhraseGroup read_group(const toml::table& table, const std::string& where, Faults& faults,
                       const ScorecardLimits& limits) {
    TomlReader reader(table, where, faults, group_keys());
    PhraseGroup group;
    group.line = table.source().begin.line;
    group.countries = read_countries(reader, "countries");
    group.not_countries = read_countries(reader, "not_countries");
    group.phrases = reader.texts("phrases").value_or(std::vector<std::string>());
    group.accented = reader.texts("accented").value_or(std::vector<std::string>());
    group.patterns = reader.texts("patterns").value_or(std::vector<std::string>());
    if (!reader.has("phrases") && !reader.has("patterns")) {
        faults.add(table, where, "expected phrases or patterns");
    }
    check_words(reader, group, limits);
    reader.finish();
    return group;
}

}  // namespace

bool PhraseGroup::counts_in(std::string_view country) const {
    const auto among = [country](const std::vector<std::string>& list) {
        return std::ranges::find(list, country) != list.end();
    };
    if (country.empty()) {
        return countries.empty() && not_countries.empty();
    }
    return (countries.empty() || among(countries)) && !among(not_countries);
}

PhrasePack read_pack(const toml::table& table, const std::string& where, Faults& faults,
                     const ScorecardLimits& limits) {
    TomlReader reader(table, where, faults, pack_keys());
    PhrasePack pack;
    pack.id = reader.text("id").value_or("");
    if (reader.has("id") && (pack.id.empty() || pack.id.size() > kPackIdBytesMax)) {
        reader.fault("id", fmt::format("expected 1 to {} bytes", kPackIdBytesMax));
    }
    pack.version = reader.integer("version").value_or(1);
    pack.language = reader.text("language").value_or("");
    if (!pack.language.empty() && primary_language(pack.language) != pack.language) {
        reader.fault("language", "expected a primary language tag such as es");
    }
    pack.title = reader.text("title").value_or(pack.id);
    pack.include = reader.texts("include").value_or(std::vector<std::string>());
    reader.tables("groups", [&](const toml::table& group, const std::string& place) {
        pack.groups.push_back(read_group(group, place, faults, limits));
    });
    if (pack.groups.empty() && reader.has("groups")) {
        reader.fault("groups", "expected at least one");
    }
    reader.finish();
    return pack;
}

Result<PhrasePack> parse_phrase_pack(std::string_view toml, std::string_view path,
                                     const ScorecardLimits& limits) {
    TRY_ASSIGN(const auto table, parse_toml(toml, path, limits.size_bytes_max));
    Faults faults(path, limits.faults_max);
    auto pack = read_pack(table, "", faults, limits);
    if (!faults.empty()) {
        return fail(ErrorCode::Invalid, "{}", faults.text());
    }
    pack.sha256 = pack_sha256(pack);
    return pack;
}

std::string format_pack(const PhrasePack& pack) {
    auto out =
        fmt::format("[[packs]]\nid = {}\nversion = {}\nlanguage = {}\ntitle = {}\n",
                    quoted(pack.id), pack.version, quoted(pack.language), quoted(pack.title));
    out += list("include", pack.include);
    for (const auto& group : pack.groups) {
        out += "[[packs.groups]]\n" + list("countries", group.countries) +
               list("not_countries", group.not_countries) + list("phrases", group.phrases) +
               list("accented", group.accented) + list("patterns", group.patterns);
    }
    return out;
}

std::string pack_sha256(const PhrasePack& pack) { return sha256_hex(format_pack(pack)); }

Result<PhrasePack> get_shipped_pack(std::string_view id) {
    std::vector<std::string> known;
    for (const auto& file : phrase_packs()) {
        if (file.name == id) {
            return parse_phrase_pack(file.bytes, fmt::format("scorecards/packs/{}.toml", id));
        }
        known.emplace_back(file.name);
    }
    return fail(ErrorCode::NotFound, "there is no pack `{}`{}", id, suggestion(id, known));
}

bool is_pack_path(std::string_view name) {
    return name.starts_with("./") || name.starts_with("../");
}

}  // namespace oidor::audit
