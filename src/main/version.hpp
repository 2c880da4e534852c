// The program's version, as the build states it.
#pragma once

namespace oidor {

inline constexpr const char* kVersion = OIDOR_VERSION;

}  // namespace oidor
