// One spoken number: `cuarenta y dos`, `doble cinco`, `cuatrocientos`, `dos mil veinticuatro`.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "redact/tokens.hpp"

namespace oidor::redact {

/// The digits of a spoken number, and how many tokens it took.
struct Spoken {
    std::string digits = {};
    std::size_t tokens = 0;
    /// `treinta millones`: so many zeros wait for what is said next; 6, 3 or 0.
    std::size_t open_zeros = 0;
};

/// The number that begins with the first of these tokens of one segment; nothing when none does.
/// `texts` is the segment's text. `beside`: another number stands before it, which makes one of
/// `um` and `meia`.
std::optional<Spoken> read_spoken(std::span<const Token> tokens, std::string_view text,
                                  bool beside);

}  // namespace oidor::redact
