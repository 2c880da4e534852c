// The program's version, as the build states it.
#pragma once

namespace oidor {

extern const char* const kVersion;

}  // namespace oidor
