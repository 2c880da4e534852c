// One key per customer: however a number is written, the same person has the same key.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace oidor::pipeline {

/// `+541167950079` for what libphonenumber reads as a number in `country` (two letters; empty:
/// international numbers only). Mobile marks that some write and some do not are dropped:
/// Argentina's 9 and 15, Mexico's 1. Nothing for internal extensions, withheld numbers and anything
/// else that is no number.
std::optional<std::string> customer_key(std::string_view address, std::string_view country);

}  // namespace oidor::pipeline
