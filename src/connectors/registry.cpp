// All connectors of this build: adding one is its folder and one line here.
#include <algorithm>

#include "connectors/anura/connector.hpp"
#include "connectors/connector.hpp"
#include "connectors/net2phone/connector.hpp"

namespace oidor::connectors {
namespace {

std::vector<std::unique_ptr<Connector>> make_connectors() {
    std::vector<std::unique_ptr<Connector>> connectors;
    connectors.push_back(anura::make_connector());
    connectors.push_back(net2phone::make_connector());
    return connectors;
}

}  // namespace

const std::vector<std::unique_ptr<Connector>>& all_connectors() {
    static const auto connectors = make_connectors();
    return connectors;
}

const Connector* find_connector(std::string_view source) {
    const auto& connectors = all_connectors();
    const auto found = std::ranges::find_if(connectors, [source](const auto& connector) {
        return connector->capabilities().source == source;
    });
    return found != connectors.end() ? found->get() : nullptr;
}

}  // namespace oidor::connectors
