// What the speech engines are told of the settings.
#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"
#include "speech/engine.hpp"

namespace oidor::pipeline {

/// Everything that engines need; nothing is opened or started.
speech::EngineOptions to_engine_options(const config::Installation& settings);

/// What `HearingOptions::language_candidates` is where no campaign says its language: those of
/// `speech.languages`; `auto` when any is to be detected; else none.
std::vector<std::string> spoken_languages(const config::Installation& settings);

}  // namespace oidor::pipeline
