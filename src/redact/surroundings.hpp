// What the words around a number tell of it.
#pragma once

#include <cstdint>

#include "redact/runs.hpp"

namespace oidor::redact {

/// How far a word reaches that tells what a number is: `mi DNI es …` before, `… es mi DNI` behind.
inline constexpr int kWordsBefore = 16;
inline constexpr int kWordsBehind = 4;
/// Segments back, so that an agent's question counts for the customer's answer.
inline constexpr std::uint32_t kSegmentsBefore = 4;

/// The labels of the words around the tokens `first` to `last`: of those before them back to one
/// that says what else it is (`pedido`) or to another long number, and of those right behind.
std::uint32_t labels_around(const TokenTable& table, std::uint32_t first, std::uint32_t last);

/// An amount: `$` before it, `pesos` behind it.
bool is_money(const TokenTable& table, std::uint32_t first, std::uint32_t last);

/// Whether the nearest word that tells anything says that it is no person's number.
bool is_of_another_thing(const TokenTable& table, std::uint32_t first);

}  // namespace oidor::redact
