#include "pipeline/account_cache.hpp"

namespace oidor::pipeline {

const AccountOptions& AccountCache::get(std::string_view source, std::string_view account,
                                        const AccountLookup& resolve) {
    std::pair key{std::string(source), std::string(account)};
    const auto known = accounts_.find(key);
    if (known != accounts_.end()) {
        return known->second;
    }
    auto options = resolve(source, account);
    if (accounts_.size() >= accounts_max_) {
        accounts_.clear();
    }
    return accounts_.emplace(std::move(key), std::move(options)).first->second;
}

}  // namespace oidor::pipeline
