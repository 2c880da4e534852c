// The settings in force, shared by everything that runs.
#pragma once

#include <memory>
#include <string_view>

#include "base/synchronized.hpp"
#include "cli/sources.hpp"
#include "config/settings.hpp"
#include "pipeline/account_cache.hpp"

namespace oidor {

/// The settings in force; a reload replaces them for whoever asks next. Safe to call from many
/// threads.
class LiveSettings {
  public:
    explicit LiveSettings(const config::Settings& settings) { set(settings); }

    [[nodiscard]] std::shared_ptr<const config::Settings> get() const {
        return state_.with([](const State& state) { return state.settings; });
    }
    void set(const config::Settings& settings) {
        auto next = std::make_shared<const config::Settings>(settings);
        state_.with([&next](State& state) {
            state.settings = std::move(next);
            state.accounts = pipeline::AccountCache();
        });
    }
    /// Looks accounts up in what is in force at each call.
    [[nodiscard]] pipeline::AccountLookup lookup() const {
        return [this](std::string_view source, std::string_view name) {
            return state_.with([source, name](State& state) {
                return state.accounts.get(source, name, cli::account_lookup(state.settings));
            });
        };
    }

  private:
    struct State {
        std::shared_ptr<const config::Settings> settings = {};
        pipeline::AccountCache accounts = {};
    };
    mutable Synchronized<State> state_ = {};
};

}  // namespace oidor
