// Whether words that a model quotes stand in a text, and where.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace oidor::models {

/// Bytes [begin, end) of a text.
struct QuotePlace {
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// Where `quote` stands in `text` as whole words: letter by letter, but for case, accents, the form
/// of quotation marks and dashes, invisible characters, and how much white space lies between
/// words. Punctuation around the quote does not count, inside it does. Nothing for a quote of fewer
/// than two letters or digits.
std::optional<QuotePlace> find_quote(std::string_view text, std::string_view quote);

/// Whether the words at a place are enough to prove an answer: eight letters, or three words with
/// six, or all that the text says. A "sí" stands anywhere.
bool is_enough_to_prove(std::string_view text, const QuotePlace& place);

/// True for words that speak to whoever judges and not to the other side of a conversation:
/// instructions for a model, markup of its messages, scores. They may be said, and prove nothing.
bool speaks_to_the_judge(std::string_view quote);

/// Without what is not seen: control and formatting characters, line ends as spaces.
std::string visible_text(std::string_view text);

}  // namespace oidor::models
