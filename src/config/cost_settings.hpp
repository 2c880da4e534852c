// The settings of what hearing costs and may cost, parts of the installation's and the accounts'.
#pragma once

#include "config/settings.hpp"

namespace oidor::config {

/// Adds `speech.prices`, `speech.currency`, `speech.budget_…`.
void declare_costs(Spec<Installation>& spec);
/// Adds `recording_price`.
void declare_account_costs(Spec<AccountCommon>& spec);

}  // namespace oidor::config
