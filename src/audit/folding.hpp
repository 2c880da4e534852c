// Text as the search sees it: folded (lower case, no accents, words between single spaces) or only
// lower-cased, each with a map back to the original bytes so that quotes are exact.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/transcript.hpp"

namespace oidor::audit {

/// One word of a folded text.
struct WordSpan {
    std::uint32_t begin = 0;  ///< In the folded bytes.
    std::uint32_t size_bytes = 0;
    std::uint64_t hash = 0;
    std::uint32_t part = 0;       ///< Which part (judged segment) it belongs to.
    bool clause_start = false;    ///< A comma, a full stop or a part's border lies before it.
    bool sentence_start = false;  ///< A full stop, `?`, `!`, a new line or a part's border does.
};

/// A place in the original: a part and a byte within that part's text.
struct Position {
    std::uint32_t part = 0;
    std::uint32_t offset = 0;
    auto operator<=>(const Position&) const = default;
};

/// The bytes that are searched. Built part by part; a value afterwards, read by many.
class SearchText {
  public:
    /// Room for parts of `size_bytes` together.
    SearchText(std::size_t size_bytes, std::size_t parts);

    /// Appends one part folded. Words are separated by one space; a phrase may run on from the part
    /// before only if `Join::Continues`.
    /// `origins`: by byte of `text`, where it comes from when the text was written out from another
    /// (chat_spelling.hpp); empty: from itself.
    enum class Join { Continues, Apart };
    void add_folded(std::string_view text, Join join, std::span<const std::uint32_t> origins = {});
    /// Appends one part in lower case, after one space unless it is the first.
    void add_lower(std::string_view text);
    /// Ends the text. Needed before it is searched.
    void finish();

    [[nodiscard]] std::string_view bytes() const { return {bytes_.get(), size_}; }
    [[nodiscard]] const std::vector<WordSpan>& words() const { return words_; }
    [[nodiscard]] std::string_view word_text(const WordSpan& word) const {
        return bytes().substr(word.begin, word.size_bytes);
    }
    /// Where byte `index` comes from: the start of its code point in the original.
    [[nodiscard]] Position origin(std::size_t index) const;
    /// The first word that ends after byte `index`; the count of words when there is none.
    [[nodiscard]] std::size_t word_at(std::size_t index) const;

  private:
    void push(char byte, std::uint32_t origin) {
        bytes_[size_] = byte;
        origins_[size_] = origin;
        ++size_;
    }
    void end_word();
    std::size_t add_rare(std::string_view text, std::size_t position, bool& clause);

    std::unique_ptr<char[]> bytes_;
    std::unique_ptr<std::uint32_t[]> origins_;
    std::size_t size_ = 0;
    std::size_t word_begin_ = 0;   ///< One past the last space.
    bool clause_ = true;           ///< The next word starts a clause.
    bool sentence_ = true;         ///< And a sentence.
    std::uint32_t last_size_ = 0;  ///< Of the lower-cased part before.
    std::vector<std::uint32_t> part_begins_;
    std::vector<WordSpan> words_;
};

/// Where the code point at `offset` ends, with the marks that belong to it; the text's end beyond
/// it.
std::size_t end_of_letter(std::string_view text, std::size_t offset);

/// A phrase folded: words between single spaces, no space at the ends; empty when it has no word.
std::string fold(std::string_view text);
/// Unicode lower case, code point by code point.
std::string lower(std::string_view text);

/// The Latin letters of a text in lower case with their accents, whether written as one sign or as
/// two; nothing else of it. Two texts that fold alike say the same words when these are equal.
std::string accented_letters(std::string_view text);

/// A word's hash, as WordSpan has it. `bytes` needs no padding.
std::uint64_t hash_word(std::string_view bytes);

/// A digest of the data behind folding, for receipts.
std::string folding_sha256();

}  // namespace oidor::audit
