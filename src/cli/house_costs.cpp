#include "cli/house_costs.hpp"

#include "pipeline/model_endpoint.hpp"
#include "pipeline/speech_engines.hpp"

namespace oidor::cli {

server::HouseCosts house_costs(const config::Settings& settings) {
    server::HouseCosts costs;
    costs.speech = pipeline::speech_costs(settings.installation);
    costs.engines = pipeline::to_engine_options(settings.installation);
    costs.model_configured = pipeline::has_model(settings.installation);
    return costs;
}

}  // namespace oidor::cli
