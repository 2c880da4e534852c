#include "main/version.hpp"

namespace oidor {

const char* const kVersion = OIDOR_VERSION;

}  // namespace oidor
