// Phones as they leave the house.
#pragma once

#include <string>
#include <string_view>

namespace oidor {

/// The first 3 letters, `***` and the last 2 (DESIGN §4.5); `***` alone for what is no longer than
/// those, nothing for nothing.
std::string mask_phone(std::string_view address);

}  // namespace oidor
