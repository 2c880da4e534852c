// Who types, and whom a typed number means.
#pragma once

#include <string>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace oidor::cli {

/// The system's user: who did it, where no key did.
std::string system_user();

/// The key of a customer's number, read as the pipeline reads it. Invalid for what is no number,
/// and for one that means different people in the countries of the configured accounts.
Result<std::string> read_customer(const std::string& number, const config::Settings& settings);

}  // namespace oidor::cli
