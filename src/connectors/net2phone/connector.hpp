// Net2phone, a cloud telephone system: takes its signed call events by webhook.
#pragma once

#include <memory>

#include "connectors/connector.hpp"

namespace oidor::connectors::net2phone {

std::unique_ptr<Connector> make_connector();

}  // namespace oidor::connectors::net2phone
