// The sinks of the configuration, opened, as the pipeline delivers to them.
#pragma once

#include <vector>

#include "config/settings.hpp"
#include "pipeline/deliveries.hpp"

namespace oidor::cli {

/// All of them. Nothing is reached yet: a place that is away does not keep us from starting.
Result<std::vector<pipeline::Destination>> open_destinations(const config::Settings& settings);

}  // namespace oidor::cli
