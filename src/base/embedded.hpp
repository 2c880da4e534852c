// Files of the source tree that are part of the program (cmake/embed.cmake).
#pragma once

#include <string_view>

namespace oidor {

/// One file as it lay in the tree when the program was built; both live as long as the program.
struct EmbeddedFile {
    std::string_view name = {};  ///< Without folder and extension.
    std::string_view bytes = {};
};

}  // namespace oidor
