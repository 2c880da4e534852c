// What both of Azure's engines ask of their settings, and how they explain a refusal.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "speech/calls/caller.hpp"
#include "speech/engine.hpp"

namespace oidor::speech::azure {

/// Errors: Unsupported, naming what to set.
Result<void> check_settings(const AzureOptions& options, std::string_view engine);

/// The settings that are missing, as words; empty: none.
std::string find_missing(const AzureOptions& options);

/// What of the settings changes an engine's words.
std::string options_key(const AzureOptions& options);

/// True when somebody was measured to speak on any channel.
bool has_speech(const SpeechRequest& request);

/// The error with what to do about it, where the provider's own code says so.
Failure explain(const Error& error, const calls::Refusal& refusal);

}  // namespace oidor::speech::azure
