// Phrases by which a voice is told: who speaks, and whether a machine does. Pure; the words are
// data (lexicon/*.txt).
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/embedded.hpp"
#include "base/result.hpp"

namespace oidor::speech {

/// The word lists that are built into the program (`src/speech/lexicon/*.txt`), by language.
std::span<const EmbeddedFile> lexicons();

/// What a phrase speaks for; a section of a word list.
enum class Cue {
    Agent,          ///< `[agent]`: said by who answers for the company.
    Customer,       ///< `[customer]`: said by who calls it.
    Person,         ///< `[person]`: said by no machine.
    Voicemail,      ///< `[voicemail]`
    Ivr,            ///< `[ivr]`: a menu.
    Hold,           ///< `[hold]`: while somebody waits.
    Invented,       ///< `[invented]`: what engines put where nobody spoke; anywhere in a segment.
    InventedAlone,  ///< `[invented_alone]`: the same, where a segment has nothing else.
};

/// One phrase that was found: words [first, beyond).
struct CueHit {
    Cue cue = Cue::Agent;
    std::size_t phrase = 0;  ///< Its number in its section.
    std::size_t first = 0;
    std::size_t beyond = 0;
    int weight = 0;
    bool operator==(const CueHit&) const = default;
};

/// A language's phrases. Safe to call from many threads.
class Lexicon {
  public:
    /// Reads a word list: sections, and lines `WEIGHT PHRASE`. In a phrase `a/b` is either word,
    /// `a?` or `a/b?` may be missing, `*` is up to four words, `#` a number, of digits or of
    /// `[numbers]`. Errors: Invalid, with the line.
    static Result<Lexicon> parse(std::string_view text, std::string_view name);

    /// That of a language tag; null: there is none.
    static const Lexicon* find(std::string_view language);
    /// All of them: what engines invent comes in any language.
    static const std::map<std::string, Lexicon, std::less<>>& all();

    /// The phrases of these kinds in plain words, in order. Of phrases that overlap the longest
    /// stays, whatever its kind.
    [[nodiscard]] std::vector<CueHit> find_cues(std::span<const Cue> cues,
                                                std::span<const std::string> words) const;
    /// Written in digits, or a word of `[numbers]`.
    [[nodiscard]] bool is_number(std::string_view word) const;
    [[nodiscard]] std::size_t phrase_count(Cue cue) const;

  private:
    struct Token {
        std::vector<std::string> words = {};  ///< Either; empty: a gap or a number.
        bool optional = false;
        bool gap = false;
        bool number = false;
    };
    struct Phrase {
        int weight = 0;
        std::vector<Token> tokens = {};
    };

    static Result<Phrase> parse_phrase(std::string_view line, const std::string& where);
    /// Where the longest match of the tokens from `token` on ends; `npos`: nowhere.
    [[nodiscard]] std::size_t match(const std::vector<Token>& tokens, std::size_t token,
                                    std::span<const std::string> words, std::size_t at) const;
    void add_hits(Cue cue, std::span<const std::string> words, std::vector<CueHit>& hits) const;
    [[nodiscard]] bool fits(const Token& token, const std::string& word) const;

    std::map<Cue, std::vector<Phrase>> phrases_ = {};
    std::set<std::string, std::less<>> numbers_ = {};
};

}  // namespace oidor::speech
