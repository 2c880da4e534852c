// What a number of so many digits may be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "redact/redact.hpp"

namespace oidor::redact {

/// A number with all that its judgment rests on.
struct Candidate {
    std::string_view digits = {};  ///< `K` at the end of a RUT.
    std::uint32_t labels = 0;      ///< Of the words around (Label).
    std::string shape = {};        ///< As it is written: `2.3.3-1`; empty for spoken digits.
    bool plus = false;             ///< International: `+54 …`
    bool plus_said = false;        ///< Perhaps so: `más cincuenta y cuatro …`
    bool money = false;
    bool other = false;  ///< Named as something else: `pedido 123`.
    bool loose = false;  ///< Of long pieces that something keeps apart: only its check digits join.
    bool date = false;   ///< Slashes between its parts.
};

/// How a candidate was judged. `weight` compares judgments of the same digits.
struct Verdict {
    Kind kind = Kind::Document;
    Sure sure = Sure::Possible;
    int weight = 0;
};

/// The best of what it may be; nothing when it is nobody's. `country`: `AR`, empty when unknown.
std::optional<Verdict> judge(const Candidate& candidate, std::string_view country);

}  // namespace oidor::redact
