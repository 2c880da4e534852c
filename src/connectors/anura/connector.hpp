// Anura cloud PBX (Argentina): takes START, TALK, END, RECORDING and any other event by webhook.
#pragma once

#include <memory>

#include "connectors/connector.hpp"

namespace oidor::connectors::anura {

std::unique_ptr<Connector> make_connector();

}  // namespace oidor::connectors::anura
