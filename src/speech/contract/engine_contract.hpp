// What every engine must do, as tests. An engine's folder instantiates the suite:
//
//   INSTANTIATE_TEST_SUITE_P(Pocketsphinx, EngineContract, testing::Values(EngineUnderTest{…}));
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "speech/engine.hpp"

namespace oidor::speech {

/// An engine, and something that it hears rightly.
struct EngineUnderTest {
    std::function<std::unique_ptr<Engine>()> open = {};
    std::string language = {};          ///< One that it hears.
    std::string language_foreign = {};  ///< One that it does not; empty when it hears all.
    std::function<SpeechRequest()> two_channels = {};  ///< The agent speaks, then the customer.
    std::string agent_words = {};  ///< Must be in what the agent is heard to say.
    std::string customer_words = {};
};

class EngineContract : public ::testing::TestWithParam<EngineUnderTest> {};

}  // namespace oidor::speech
