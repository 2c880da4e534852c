// What `oidor doctor` says of what hearing costs, and of what could not be heard.
#pragma once

#include <string>

#include "config/settings.hpp"

namespace oidor::cli {

/// One line. `odd`: hearing is paused, something has no price, or somebody should look.
struct CostFinding {
    bool odd = false;
    bool bad = false;
    std::string words = {};
};

CostFinding check_costs(const config::Settings& settings);

}  // namespace oidor::cli
