// What was resolved of accounts, kept: intake asks for every event.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "pipeline/account_options.hpp"

namespace oidor::pipeline {

/// Holds so many accounts at most. Names may come from anybody (an open page asks with what stands
/// in its path), so at the bound all are forgotten: those in use are back at their next event, and
/// invented ones can never keep them out. One caller at a time.
class AccountCache {
  public:
    AccountCache() = default;
    explicit AccountCache(std::size_t accounts_max) : accounts_max_(accounts_max) {}

    /// What is known of an account, else what `resolve` says.
    const AccountOptions& get(std::string_view source, std::string_view account,
                              const AccountLookup& resolve);

  private:
    std::size_t accounts_max_ = 1000;
    std::map<std::pair<std::string, std::string>, AccountOptions> accounts_ = {};
};

}  // namespace oidor::pipeline
