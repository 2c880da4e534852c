// What an account of Net2phone is told beside what every account is: declared once.
#pragma once

#include "base/secret.hpp"
#include "config/spec.hpp"

namespace oidor::connectors::net2phone {

struct Net2phoneConfig {
    Secret secret = {};
    Secret api_key = {};
};

const config::Spec<Net2phoneConfig>& net2phone_spec();

}  // namespace oidor::connectors::net2phone
