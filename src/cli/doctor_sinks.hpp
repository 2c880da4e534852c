// What `oidor doctor` says of the sinks.
#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace oidor::cli {

/// One sink: whether it can be written, and how its deliveries stand.
struct SinkFinding {
    std::string name = {};
    bool bad = false;  ///< It cannot be written.
    bool odd = false;  ///< An operator should look.
    std::string words = {};
};

/// Those of the configuration, and those that the store still knows.
std::vector<SinkFinding> check_sinks(const config::Settings& settings);

}  // namespace oidor::cli
