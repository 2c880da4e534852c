#include "cli/house_costs.hpp"

#include "pipeline/model_endpoint.hpp"

namespace oidor::cli {

server::HouseCosts house_costs(const config::Settings& settings) {
    server::HouseCosts costs;
    costs.speech = pipeline::speech_costs(settings.installation);
    costs.model_configured = pipeline::has_model(settings.installation);
    return costs;
}

}  // namespace oidor::cli
