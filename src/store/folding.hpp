// How names of the mapping table are compared: without regard to case and outer space.
#pragma once

#include <string>
#include <string_view>

namespace oidor::store {

/// `value` in lower case (Latin, Greek and Cyrillic letters, accents kept) without outer white
/// space. Every backend stores this form beside the name.
std::string fold_name(std::string_view value);

}  // namespace oidor::store
