#include "audit/tolerant_match.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <span>
#include <tuple>

namespace oidor::audit {
namespace {

/// Between texts that no phrase joins; no word has it.
constexpr char kSilence = '\x01';
/// Pieces of this many letters are found by chance too often.
constexpr std::size_t kPieceMin = 4;

constexpr std::array<std::string_view, 26> kSpanishLittle = {
    "a",   "al", "con", "de", "del", "e",   "el", "en", "la", "las", "le", "les", "lo",
    "los", "me", "nos", "o",  "por", "que", "se", "su", "te", "tu",  "un", "una", "y"};
constexpr std::array<std::string_view, 21> kPortugueseLittle = {
    "a",  "ao", "as", "com", "da",  "de",  "do", "e",  "em", "lhe", "me",
    "na", "no", "o",  "os",  "por", "que", "se", "te", "um", "uma"};
constexpr std::array<std::string_view, 10> kEnglishLittle = {"a",  "an",  "and", "for",  "in",
                                                             "of", "the", "to",  "with", "at"};

std::span<const std::string_view> little_words(std::string_view language) {
    if (language == "es") {
        return kSpanishLittle;
    }
    if (language == "pt") {
        return kPortugueseLittle;
    }
    return kEnglishLittle;
}

enum class Tongue { Spanish, Portuguese, Other };

Tongue tongue_of(std::string_view language) {
    return language == "es"   ? Tongue::Spanish
           : language == "pt" ? Tongue::Portuguese
                              : Tongue::Other;
}

constexpr bool is_front(char c) { return c == 'e' || c == 'i'; }

constexpr bool is_vowel(char c) { return is_front(c) || c == 'a' || c == 'o' || c == 'u'; }

/// One letter and how many bytes of the word it took; 0: none.
struct SoundedLetter {
    char letter = 0;
    std::size_t bytes = 1;
};

/// c and q, g, h: what they sound like hangs on their neighbours.
constexpr SoundedLetter hear_velar(std::string_view word, std::size_t i, Tongue tongue) {
    const char c = word[i];
    const char next = i + 1 < word.size() ? word[i + 1] : '\0';
    const char after = i + 2 < word.size() ? word[i + 2] : '\0';
    switch (c) {
        case 'c':
            if (next == 'h') {
                return {.letter = tongue == Tongue::Spanish ? 'C' : 'x', .bytes = 2};
            }
            return {.letter = is_front(next) ? 's' : 'k'};
        case 'q': return {.letter = 'k', .bytes = next == 'u' ? 2U : 1U};
        case 'g':
            if (next == 'u' && is_front(after)) {
                return {.letter = 'g', .bytes = 2};
            }
            return {.letter = is_front(next) ? 'j' : 'g'};
        default: return {};  // h
    }
}

constexpr SoundedLetter hear_letter(std::string_view word, std::size_t i, Tongue tongue) {
    const char c = word[i];
    const char next = i + 1 < word.size() ? word[i + 1] : '\0';
    const bool spanish = tongue == Tongue::Spanish;
    switch (c) {
        case 'c':
        case 'q':
        case 'g':
        case 'h': return hear_velar(word, i, tongue);
        case 'v': return {.letter = spanish ? 'b' : 'v'};
        case 'w': return {.letter = spanish ? 'u' : 'v'};
        case 'z': return {.letter = 's'};
        case 'x': return {.letter = spanish ? 's' : 'x'};
        case 'l':
            if (spanish && next == 'l') {
                return {.letter = 'y', .bytes = 2};
            }
            return next == 'h' ? SoundedLetter{.letter = 'L', .bytes = 2}
                               : SoundedLetter{.letter = 'l'};
        case 'n':
            return next == 'h' && !spanish ? SoundedLetter{.letter = 'N', .bytes = 2}
                                           : SoundedLetter{.letter = 'n'};
        case 'm': {
            const bool before_lips = next == 'b' || next == 'p' || next == 'v';
            const bool last = !spanish && next == '\0';
            return {.letter = before_lips || last ? 'n' : 'm'};
        }
        case 'y': return {.letter = spanish && is_vowel(next) ? 'y' : 'i'};
        case '\xc3':
            return next == '\xb1' ? SoundedLetter{.letter = 'N', .bytes = 2}
                                  : SoundedLetter{.letter = c};
        default: return {.letter = c};
    }
}

/// Bytes that sound alike wherever they stand, by tongue; 0: the neighbours decide.
constexpr auto kAlways = [] {
    std::array<std::array<char, 256>, 3> tables{};
    for (const auto tongue : {Tongue::Spanish, Tongue::Portuguese, Tongue::Other}) {
        auto& table = tables[static_cast<std::size_t>(tongue)];
        for (std::size_t c = 0; c < table.size(); ++c) {
            table[c] = static_cast<char>(static_cast<unsigned char>(c));
        }
        if (tongue == Tongue::Other) {
            continue;
        }
        for (const char c : {'c', 'q', 'g', 'h', 'l', 'm', 'n', 'y', '\xc3'}) {
            table[static_cast<std::uint8_t>(c)] = 0;
        }
        for (const char c : {'v', 'w', 'x', 'z'}) {
            table[static_cast<std::uint8_t>(c)] =
                hear_letter(std::string_view(&c, 1), 0, tongue).letter;
        }
        if (tongue == Tongue::Spanish) {
            table['n'] = 'n';
        }
    }
    return tables;
}();

/// Appends a word as it sounds.
template <typename Push>
inline void hear_word(std::string_view word, Tongue tongue, Push&& push) {
    if (tongue != Tongue::Other && word.size() > 1 && (word.back() == 's' || word.back() == 'z')) {
        word.remove_suffix(1);
    }
    const auto& always = kAlways[static_cast<std::size_t>(tongue)];
    char last = 0;
    for (std::size_t i = 0; i < word.size();) {
        char letter = always[static_cast<std::uint8_t>(word[i])];
        if (letter != 0) {
            ++i;
        } else {
            const auto heard = hear_letter(word, i, tongue);
            letter = heard.letter;
            i += heard.bytes;
        }
        if (letter != 0 && (letter != last || (letter >= '0' && letter <= '9'))) {
            push(letter);
            last = letter;
        }
    }
}

std::vector<std::string_view> words_of(std::string_view folded) {
    std::vector<std::string_view> words;
    while (!folded.empty()) {
        const auto end = std::min(folded.find(' '), folded.size());
        words.push_back(folded.substr(0, end));
        folded.remove_prefix(std::min(end + 1, folded.size()));
    }
    return words;
}

}  // namespace

std::string sound_letters(std::string_view folded, std::string_view language) {
    std::string letters;
    for (const auto word : words_of(folded)) {
        hear_word(word, tongue_of(language), [&](char letter) { letters.push_back(letter); });
    }
    return letters;
}

/// A text as it sounds: letters without spaces, and the word that each belongs to.
struct TolerantMatcher::Sound {
    Sound(const SearchText& text, std::string_view language)
        : capacity(text.bytes().size() + text.words().size() + 1),
          letters(std::make_unique_for_overwrite<char[]>(capacity)),
          words(std::make_unique_for_overwrite<std::uint32_t[]>(capacity)) {
        const auto tongue = tongue_of(language);
        std::size_t before = 0;
        for (std::uint32_t i = 0; i < text.words().size(); ++i) {
            const auto& word = text.words()[i];
            // Two words of texts that continue each other lie one space apart.
            if (i > 0 && word.begin > before + 1) {
                push(kSilence, i);
            }
            before = word.begin + word.size_bytes;
            hear_word(text.word_text(word), tongue, [&](char letter) { push(letter, i); });
        }
    }

    void push(char letter, std::uint32_t word) {
        letters[size] = letter;
        words[size] = word;
        ++size;
    }
    [[nodiscard]] std::string_view view() const { return {letters.get(), size}; }
    /// A word begins or ends before letter `i`.
    [[nodiscard]] bool is_border(std::size_t i) const {
        return i == 0 || i == size || words[i] != words[i - 1] || letters[i] == kSilence ||
               letters[i - 1] == kSilence;
    }

    std::size_t capacity;
    std::unique_ptr<char[]> letters;
    std::unique_ptr<std::uint32_t[]> words;
    std::size_t size = 0;
};

/// Lays the rest of a phrase, from a piece to its end (or start), over the text with the fewest
/// errors. Between errors it slides along equal letters, which never costs more than another way.
class TolerantMatcher::Walk {
  public:
    enum class Way { On, Back };
    struct Reached {
        std::uint32_t errors = 0;
        std::size_t at = 0;  ///< In the text: one past the last letter, or the first.
        bool skipped = false;
    };

    Walk(const Form& form, const Sound& sound, Way way) : form_(form), sound_(sound), way_(way) {}

    std::optional<Reached> run(std::size_t phrase_at, std::size_t text_at, std::uint32_t budget) {
        budget_ = budget;
        step(phrase_at, text_at, 0, false);
        return best_;
    }

  private:
    [[nodiscard]] bool on() const { return way_ == Way::On; }
    [[nodiscard]] std::size_t after(std::size_t i) const { return on() ? i + 1 : i - 1; }
    [[nodiscard]] std::size_t index(std::size_t i) const { return on() ? i : i - 1; }
    [[nodiscard]] bool phrase_done(std::size_t i) const {
        return on() ? i == form_.letters.size() : i == 0;
    }
    [[nodiscard]] bool text_done(std::size_t j) const {
        return (on() ? j == sound_.size : j == 0) || sound_.letters[index(j)] == kSilence;
    }
    [[nodiscard]] bool may_change(std::size_t i) const {
        return !phrase_done(i) && form_.frozen[index(i)] == 0;
    }
    /// A letter may come in beside one that may change.
    [[nodiscard]] bool may_insert(std::size_t i) const {
        const bool before = i > 0 && form_.frozen[i - 1] == 0;
        const bool behind = i < form_.letters.size() && form_.frozen[i] == 0;
        return before || behind;
    }

    void step(std::size_t i, std::size_t j, std::uint32_t errors, bool skipped) {
        if (best_ && best_->errors <= errors) {
            return;
        }
        while (!phrase_done(i) && !text_done(j) &&
               form_.letters[index(i)] == sound_.letters[index(j)]) {
            i = after(i);
            j = after(j);
        }
        if (phrase_done(i) && sound_.is_border(j)) {
            best_ = {.errors = errors, .at = j, .skipped = skipped};
            return;
        }
        if (errors < budget_) {
            err(i, j, errors + 1, skipped);
        }
    }

    void err(std::size_t i, std::size_t j, std::uint32_t errors, bool skipped) {
        const std::size_t little = on() ? form_.begins[i] : form_.ends[i];
        if (little > 0 && !skipped) {
            step(on() ? i + little : i - little, j, errors, true);
        }
        if (!text_done(j) && may_change(i)) {
            step(after(i), after(j), errors, skipped);
            const auto i2 = after(i);
            const auto j2 = after(j);
            if (may_change(i2) && !text_done(j2) &&
                form_.letters[index(i)] == sound_.letters[index(j2)] &&
                form_.letters[index(i2)] == sound_.letters[index(j)]) {
                step(after(i2), after(j2), errors, skipped);
            }
        }
        if (may_change(i)) {
            step(after(i), j, errors, skipped);
        }
        if (!text_done(j) && may_insert(i)) {
            step(i, after(j), errors, skipped);
        }
    }

    const Form& form_;
    const Sound& sound_;
    Way way_;
    std::uint32_t budget_ = 0;
    std::optional<Reached> best_ = {};
};

TolerantMatcher::TolerantMatcher(const std::vector<TolerantPhrase>& phrases,
                                 std::string_view language)
    : language_(language) {
    for (std::uint32_t p = 0; p < phrases.size(); ++p) {
        add_form(p, phrases[p], language);
    }
    std::map<std::string, std::size_t> known;
    std::vector<std::string> patterns;
    for (std::uint32_t f = 0; f < forms_.size(); ++f) {
        const auto& form = forms_[f];
        const auto pieces = form.budget + 1;
        const auto size = static_cast<std::uint32_t>(form.letters.size());
        std::uint32_t begin = 0;
        for (std::uint32_t k = 1; k <= pieces; ++k) {
            auto end = k == pieces ? size : size * k / pieces;
            // A little word is left out whole, so no cut goes through one.
            for (std::uint32_t at = begin; at < end; ++at) {
                if (form.begins[at] > 0 && at + form.begins[at] > end) {
                    end = at > begin + kPieceMin ? at : at + form.begins[at];
                }
            }
            end = k == pieces ? size : std::min(end, size - 1);
            auto piece = form.letters.substr(begin, end - begin);
            const auto [at, added] = known.try_emplace(std::move(piece), patterns.size());
            if (added) {
                patterns.push_back(at->first);
                pieces_.emplace_back();
            }
            pieces_[at->second].push_back({.form = f, .begin = begin, .end = end});
            begin = end;
        }
    }
    automaton_ = std::make_unique<PhraseAutomaton>(patterns);
}

void TolerantMatcher::add_form(std::uint32_t phrase, const TolerantPhrase& given,
                               std::string_view language) {
    Form form;
    form.phrase = phrase;
    form.folded = fold(given.text);
    const auto little = little_words(language);
    for (const auto word : words_of(form.folded)) {
        const auto letters = sound_letters(word, language);
        const auto size = static_cast<std::uint8_t>(std::min<std::size_t>(letters.size(), 255));
        const bool is_little = std::ranges::find(little, word) != little.end();
        const auto at = form.letters.size();
        form.letters += letters;
        form.frozen.resize(form.letters.size(), word.size() <= kFrozenLetters ? 1 : 0);
        form.begins.resize(form.letters.size() + 1, 0);
        form.ends.resize(form.letters.size() + 1, 0);
        if (is_little) {
            form.begins[at] = size;
            form.ends[at + size] = size;
        }
    }
    const auto letters = form.letters.size();
    const std::uint32_t most = letters < kLettersForOne ? 0 : letters < kLettersForTwo ? 1 : 2;
    form.budget = std::min<std::uint32_t>(given.tolerance, most);
    if (given.tolerance > 0 && letters >= kLettersMin) {
        forms_.push_back(std::move(form));
    }
}

void TolerantMatcher::check(const SearchText& text, const Sound& sound, const Piece& piece,
                            std::size_t end, std::vector<TolerantHit>& hits) const {
    const auto& form = forms_[piece.form];
    const auto right = Walk(form, sound, Walk::Way::On).run(piece.end, end, form.budget);
    if (!right) {
        return;
    }
    const auto left =
        Walk(form, sound, Walk::Way::Back)
            .run(piece.begin, end - (piece.end - piece.begin), form.budget - right->errors);
    if (!left || (left->skipped && right->skipped)) {
        return;
    }
    const auto first = sound.words[left->at];
    const auto last = sound.words[right->at - 1];
    const auto& words = text.words();
    const auto from = words[first].begin;
    const auto spelled =
        text.bytes().substr(from, words[last].begin + words[last].size_bytes - from);
    const auto errors = left->errors + right->errors;
    const bool exact = errors == 0 && spelled == form.folded;
    hits.push_back({.phrase = form.phrase,
                    .first_word = first,
                    .last_word = last,
                    .distance = exact ? 0 : std::max<std::uint32_t>(errors, 1)});
}

TolerantHits TolerantMatcher::find(const SearchText& text) const {
    TolerantHits found;
    if (forms_.empty()) {
        return found;
    }
    std::vector<TolerantHit> hits;
    const Sound sound(text, language_);
    std::size_t tries = 0;
    automaton_->scan(sound.view(), [&](std::size_t pattern, std::size_t end) {
        for (const auto& piece : pieces_[pattern]) {
            if (++tries > kTriesMax) {
                found.cut = true;
                return;
            }
            check(text, sound, piece, end, hits);
        }
    });
    // The nearest of overlapping ones stays; what is spelled right only drives others away.
    std::ranges::sort(hits, {}, [](const TolerantHit& hit) {
        return std::tuple(hit.phrase, hit.first_word, hit.distance, hit.last_word);
    });
    auto& kept = found.hits;
    for (const auto& hit : hits) {
        if (kept.empty() || kept.back().phrase != hit.phrase ||
            kept.back().last_word < hit.first_word) {
            kept.push_back(hit);
        } else if (hit.distance < kept.back().distance) {
            kept.back() = hit;
        }
    }
    std::erase_if(kept, [](const TolerantHit& hit) { return hit.distance == 0; });
    if (kept.size() > kHitsMax) {
        // No phrase pushes another one out: what is said first is kept, whoever's it is.
        const auto place = [](const TolerantHit& hit) {
            return std::tuple(hit.first_word, hit.phrase);
        };
        std::ranges::sort(kept, {}, place);
        kept.resize(kHitsMax);
        std::ranges::sort(kept);
        found.cut = true;
    }
    return found;
}

}  // namespace oidor::audit
