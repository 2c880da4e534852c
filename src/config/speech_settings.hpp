// The settings of the speech engines, a part of the installation's.
#pragma once

#include "config/settings.hpp"

namespace oidor::config {

/// Adds `speech.…`, but for `speech.engine`, which accounts have too.
void declare_speech(Spec<Installation>& spec);

}  // namespace oidor::config
