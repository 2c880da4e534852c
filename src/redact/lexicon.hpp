// The words that matter to the finders: numbers, what is said between them, and what tells what a
// number is.
#pragma once

#include <cstdint>
#include <string_view>

namespace oidor::redact {

/// What a word does in a number or an address.
enum class WordClass : std::uint8_t {
    Plain,
    Unit,      ///< 0 to 9
    WeakUnit,  ///< `um`, `meia`, `un`: a number only beside others.
    Teen,      ///< 10 to 29 in one word.
    Ten,       ///< 20, 30 … 90
    Hundred,   ///< 100 … 900
    Cien,      ///< 100, and nothing is added to it.
    Centuple,  ///< `hundred`: times what stands before.
    Thousand,
    Million,
    Times,   ///< `doble`, `triple`: the next number so many times.
    Plural,  ///< `ceros`: the digit as often as the number before says.
    And,
    Filler,  ///< `eh`, `coma`: says nothing between numbers.
    Ends,    ///< `termina`: what follows is the rest of the number.
    Link,    ///< `en`, `com`: behind one of these a filler too.
    Ack,     ///< `sí`, `ajá`: so does the other one.
    Plus,
    At,
    Dot,
    Dash,
    Letter,  ///< A letter's name or the letter itself.
};

/// What a word tells of numbers near it; several may hold.
enum Label : std::uint32_t {
    kNothing = 0,
    kDni = 1U << 0U,
    kCedula = 1U << 1U,
    kDocument = 1U << 2U,
    kRut = 1U << 3U,
    kRuc = 1U << 4U,
    kCuit = 1U << 5U,
    kCbu = 1U << 6U,
    kClabe = 1U << 7U,
    kCurp = 1U << 8U,
    kRfc = 1U << 9U,
    kCpf = 1U << 10U,
    kCnpj = 1U << 11U,
    kCard = 1U << 12U,
    kPhone = 1U << 13U,
    kEmail = 1U << 14U,
    kCardCode = 1U << 15U,
    kCode = 1U << 16U,      ///< `código`
    kSecurity = 1U << 17U,  ///< `seguridad`: with `código`, a card's code.
    kNumber = 1U << 18U,    ///< `número`
    kMine = 1U << 19U,      ///< `mi`, `su`: with `número`, a phone.
    kOther = 1U << 20U,     ///< `pedido`, `factura`: the number is no person's.
    kMoney = 1U << 21U,     ///< `pesos`
    kIs = 1U << 22U,        ///< `es`: what follows is the thing itself.
    kProvider = 1U << 23U,  ///< `gmail`: a mail provider without its ending.
    kMyNumber = 1U << 24U,  ///< `mi número`, as surroundings tell it.
};

enum Language : std::uint8_t { kSpanish = 1, kPortuguese = 2, kEnglish = 4, kEvery = 7 };

/// A word of ours; `value` of those that count.
struct WordInfo {
    WordClass kind = WordClass::Plain;
    std::uint8_t languages = kEvery;
    std::uint16_t value = 0;
    std::uint32_t labels = kNothing;
};

/// No word of ours is longer; longer ones need not be asked for.
inline constexpr std::size_t kWordSizeMax = 15;

/// A word in lower case without accents; null for one that says nothing here.
const WordInfo* find_word(std::string_view folded);

}  // namespace oidor::redact
