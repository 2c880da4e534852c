// What an account of Anura is told beside what every account is: declared once.
#pragma once

#include "base/secret.hpp"
#include "config/spec.hpp"

namespace oidor::connectors::anura {

struct AnuraConfig {
    Secret recording_bearer = {};
    Secret recording_api_key = {};
};

const config::Spec<AnuraConfig>& anura_spec();

}  // namespace oidor::connectors::anura
