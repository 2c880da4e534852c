// The settings of the language model, a part of the installation's.
#pragma once

#include "config/settings.hpp"

namespace oidor::config {

/// Adds `models.…`.
void declare_models(Spec<Installation>& spec);

}  // namespace oidor::config
