// What every engine behind a network must do when the other side fails, as tests. An engine's
// folder instantiates the suite:
//
//   INSTANTIATE_TEST_SUITE_P(Azure, NetworkEngineContract, testing::Values(…));
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "speech/engine.hpp"
#include "speech/testing/simulator_process.hpp"

namespace oidor::speech {

/// An engine, the simulator that it speaks to, and a call that the simulator knows.
struct NetworkEngine {
    /// The engine with that key, whose pauses are not slept but noted.
    std::function<std::unique_ptr<Engine>(const std::string& key)> open = {};
    std::function<const testing::SimulatorProcess&()> simulator = {};
    std::function<SpeechRequest()> request = {};
};

/// The key that simulators of the suite want.
inline constexpr std::string_view kContractKey = "k-contract-secret";

class NetworkEngineContract : public ::testing::TestWithParam<NetworkEngine> {
  protected:
    /// What comes of the next calls failing so: `heard`, or an error's name.
    std::string outcome(const std::vector<std::string>& faults, bool with_deadline = false);
    Error error_ = {};
};

}  // namespace oidor::speech
