#include "audit/words_parser.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "audit/folding.hpp"
#include "audit/scorecard_keys.hpp"
#include "audit/word_pattern.hpp"

namespace oidor::audit {

std::string WordsParser::searched_form(const std::string& phrase) const {
    return context_.card.matching == Matching::Folded ? fold(phrase) : lower(phrase);
}

bool WordsParser::count_phrase(const toml::node& node, const std::string& where) {
    if (++context_.phrases == context_.limits.phrases_max + 1) {
        context_.faults.add(node, where,
                            fmt::format("more than {} phrases", context_.limits.phrases_max));
    }
    return context_.phrases <= context_.limits.phrases_max;
}

void WordsParser::add_phrases(const toml::array& list, const std::string& where,
                              std::set<std::string>& known, WordList& words) {
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto& node = list[i];
        const auto place = fmt::format("{}[{}]", where, i);
        const auto* phrase = node.as_string();
        if (phrase == nullptr || fold(phrase->get()).empty() ||
            phrase->get().size() > context_.limits.phrase_bytes_max) {
            context_.faults.add(
                node, place,
                fmt::format("expected a text with a word in it, of at most {} bytes",
                            context_.limits.phrase_bytes_max));
            continue;
        }
        // Spellings that are searched alike count as one phrase, the first.
        if (count_phrase(node, place) && known.insert(searched_form(phrase->get())).second) {
            words.phrases.push_back(phrase->get());
        }
    }
    if (list.empty()) {
        context_.faults.add(list, where, "expected at least one");
    }
}

void WordsParser::add_pattern(TomlReader& reader, const std::string& pattern, WordList& words) {
    if (pattern.size() > context_.limits.pattern_bytes_max) {
        reader.fault("patterns",
                     fmt::format("expected at most {} bytes", context_.limits.pattern_bytes_max));
        return;
    }
    if (const auto compiled = WordPattern::compile(pattern, context_.card.matching); !compiled) {
        reader.fault("patterns", compiled.error().message);
        return;
    }
    if (++context_.patterns > context_.limits.patterns_max) {
        reader.fault("patterns", fmt::format("more than {} of all criteria together",
                                             context_.limits.patterns_max));
        return;
    }
    if (std::ranges::find(words.patterns, pattern) == words.patterns.end()) {
        words.patterns.push_back(pattern);
    }
}

void WordsParser::add_group(const PhraseGroup& group, std::set<std::string>& known,
                            WordList& words) {
    for (const auto& phrase : group.phrases) {
        if (known.insert(searched_form(phrase)).second) {
            words.phrases.push_back(phrase);
            if (std::ranges::find(group.accented, phrase) != group.accented.end()) {
                words.accented.push_back(phrase);
            }
        }
    }
}

void WordsParser::add_packs(TomlReader& reader, const std::vector<std::string>& names,
                            WordList& words) {
    std::set<std::string> known;
    for (const auto& phrase : words.phrases) {
        known.insert(searched_form(phrase));
    }
    for (const auto& name : names) {
        const auto found = context_.packs.find(name, context_.card.language);
        if (!found) {
            reader.fault("packs", found.error().message);
            continue;
        }
        const auto before = words.phrases.size() + words.patterns.size();
        bool counts = false;
        for (const auto* pack : *found) {
            for (const auto& group : pack->groups) {
                if (group.counts_in(context_.card.country)) {
                    counts = true;
                    add_group(group, known, words);
                    for (const auto& pattern : group.patterns) {
                        add_pattern(reader, pattern, words);
                    }
                }
            }
        }
        context_.phrases += words.phrases.size() + words.patterns.size() - before;
        if (!counts) {
            reader.fault("packs", fmt::format("`{}` has nothing for {}", name,
                                              context_.card.country.empty()
                                                  ? "a scorecard without a country"
                                                  : "country " + context_.card.country));
        }
        words.packs.push_back(name);
        words.pack_ends.push_back({words.phrases.size(), words.patterns.size()});
    }
    if (context_.phrases > context_.limits.phrases_max) {
        reader.fault("packs", fmt::format("more than {} phrases", context_.limits.phrases_max));
    }
}

void WordsParser::read_accented(TomlReader& reader, WordList& words) {
    const auto* accented = reader.array("accented");
    for (std::size_t i = 0; accented != nullptr && i < accented->size(); ++i) {
        const auto* phrase = (*accented)[i].as_string();
        if (phrase != nullptr &&
            std::ranges::find(words.phrases, phrase->get()) != words.phrases.end()) {
            words.accented.push_back(phrase->get());
            continue;
        }
        const auto near =
            phrase != nullptr ? suggestion(phrase->get(), words.phrases) : std::string();
        context_.faults.add((*accented)[i], fmt::format("{}[{}]", reader.place("accented"), i),
                            "expected one of `phrases`, spelled alike" + near);
    }
}

void WordsParser::read_list(TomlReader& reader, WordList& words) {
    if (const auto* phrases = reader.array("phrases")) {
        std::set<std::string> known;
        add_phrases(*phrases, reader.place("phrases"), known, words);
    }
    read_accented(reader, words);
    for (const auto& pattern : reader.texts("patterns").value_or(std::vector<std::string>())) {
        add_pattern(reader, pattern, words);
    }
    words.own = {words.phrases.size(), words.patterns.size()};
    add_packs(reader, reader.texts("packs").value_or(std::vector<std::string>()), words);
}

void WordsParser::add_default_pack(TomlReader& reader, std::string_view name, WordList& words) {
    if (!reader.has("phrases") && !reader.has("patterns") && !reader.has("packs")) {
        add_packs(reader, {fmt::format("{}/{}", context_.card.language, name)}, words);
    }
}

void WordsParser::read_speaker(TomlReader& reader, PhraseRule& rule) {
    if (const auto speaker = reader.choice("speaker")) {
        rule.speaker = static_cast<BoundSpeaker>(*speaker);
    }
}

void WordsParser::read_window(TomlReader& parent, Window& window) {
    const auto* table = parent.table("window");
    if (table == nullptr) {
        return;
    }
    window = {};
    TomlReader reader(*table, parent.place("window"), context_.faults, window_keys());
    if (reader.choice("from") == 1U) {
        window.edge = Edge::End;
    }
    window.seconds = reader.integer("seconds");
    window.turns = reader.integer("turns");
    window.characters = reader.integer("characters");
    if (reader.has("characters") && (reader.has("seconds") || reader.has("turns"))) {
        reader.fault("characters", "stands alone, without seconds and turns");
    } else if (reader.has("seconds") && !reader.has("turns")) {
        reader.fault("turns", "is missing: what counts where segments have no times");
    } else if (!reader.has("characters") && !reader.has("turns")) {
        reader.fault("turns", "is missing: expected turns, seconds and turns, or characters");
    }
    reader.finish();
}

void WordsParser::read_near(TomlReader& parent, PhraseRule& rule) {
    const auto* table = parent.table("near");
    if (table == nullptr) {
        return;
    }
    auto near = rule.near.value_or(Near());
    TomlReader reader(*table, parent.place("near"), context_.faults, near_keys());
    read_list(reader, near.words);
    if (reader.has("within_words") || reader.has("within_s")) {
        near.within_words = reader.integer("within_words");
    }
    near.within_seconds = reader.integer("within_s");
    if (!near.within_words) {
        reader.fault("within_words", "is missing: what counts where there are no times");
    }
    reader.finish();
    rule.near = std::move(near);
}

void WordsParser::read_before(TomlReader& parent, PhraseRule& rule) {
    const auto* table = parent.table("before");
    if (table == nullptr) {
        return;
    }
    Before before;
    TomlReader reader(*table, parent.place("before"), context_.faults, before_keys());
    read_list(reader, before.words);
    before.questions = reader.flag("questions").value_or(false);
    if (!before.words.has_words() && !reader.has("questions")) {
        context_.faults.add(*table, parent.place("before"),
                            "expected phrases, packs, patterns or questions");
    }
    reader.finish();
    rule.before = std::move(before);
}

void WordsParser::read_rule(TomlReader& reader, PhraseRule& rule) {
    read_speaker(reader, rule);
    read_window(reader, rule.window);
    read_near(reader, rule);
    read_before(reader, rule);
    // What counts against somebody is tolerant only when the criterion itself asks for it.
    const auto inherited = rule.need == Need::None ? 0 : context_.tolerance;
    rule.tolerance = static_cast<int>(reader.integer("tolerance").value_or(inherited));
    if (rule.tolerance > 0 && context_.card.matching == Matching::Exact) {
        reader.fault("tolerance", "does not go with matching = \"exact\"");
    }
}

void WordsParser::read_steps(TomlReader& reader, PhraseRule& rule) {
    const auto* steps = reader.array("steps");
    for (std::size_t i = 0; steps != nullptr && i < steps->size(); ++i) {
        const auto where = fmt::format("{}[{}]", reader.place("steps"), i);
        const auto* step = (*steps)[i].as_array();
        if (step == nullptr) {
            context_.faults.add((*steps)[i], where, "expected a list of texts");
            continue;
        }
        std::set<std::string> known;
        add_phrases(*step, where, known, rule);
        rule.steps.resize(rule.phrases.size(), static_cast<std::uint32_t>(i));
    }
}

/// Without `steps`, each phrase is one.
void WordsParser::number_steps(TomlReader& reader, PhraseRule& rule) {
    if (!reader.has("steps")) {
        for (std::uint32_t i = 0; i < rule.phrases.size(); ++i) {
            rule.steps.push_back(i);
        }
    }
    if (context_.faults.empty() && (rule.steps.empty() || rule.steps.back() == 0)) {
        reader.fault(reader.has("steps") ? "steps" : "phrases",
                     "a sequence has at least two steps");
    }
    if (reader.has("packs") || reader.has("patterns")) {
        reader.fault(reader.has("packs") ? "packs" : "patterns",
                     "do not go with need = \"sequence\": use steps");
    }
}

void WordsParser::read_needed(TomlReader& reader, PhraseRule& rule) {
    rule.need = static_cast<Need>(reader.choice("need").value_or(0));
    rule.at_least = reader.integer("at_least");
    rule.at_most = reader.integer("at_most");
    if ((rule.at_least || rule.at_most) && rule.need != Need::Any) {
        reader.fault(rule.at_least ? "at_least" : "at_most", "goes with need = \"any\" alone");
    }
    if (rule.at_least && rule.at_most && *rule.at_most < *rule.at_least) {
        reader.fault("at_most", "less than at_least");
    }
    const bool sequence = rule.need == Need::Sequence;
    if (reader.has("steps") && (!sequence || reader.has("phrases"))) {
        reader.fault("steps", "go with need = \"sequence\", in place of phrases");
    }
    read_steps(reader, rule);
    read_list(reader, rule);
    if (sequence) {
        number_steps(reader, rule);
    } else if (!reader.has("phrases") && !reader.has("packs") && !reader.has("patterns")) {
        reader.fault("phrases", "is missing: expected phrases, packs or patterns");
    }
}

}  // namespace oidor::audit
