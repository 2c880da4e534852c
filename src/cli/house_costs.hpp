// What the settings say of costs, for whoever reckons with them.
#pragma once

#include "config/settings.hpp"
#include "server/cost_sources.hpp"

namespace oidor::cli {

server::HouseCosts house_costs(const config::Settings& settings);

}  // namespace oidor::cli
