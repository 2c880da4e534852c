// What `oidor doctor` says of the language model.
#pragma once

#include <string>

#include "config/settings.hpp"

namespace oidor::cli {

/// One line. `odd`: something waits or is set by halves.
struct ModelFinding {
    bool odd = false;
    bool bad = false;
    std::string words = {};
};

/// Nothing is asked of the model: that costs money (`oidor models check` does).
ModelFinding check_model(const config::Settings& settings);

}  // namespace oidor::cli
