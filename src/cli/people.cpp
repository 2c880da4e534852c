#include "cli/people.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <set>

#include "cli/sources.hpp"
#include "pipeline/customer.hpp"

namespace oidor::cli {

std::string system_user() {
    passwd entry = {};
    passwd* found = nullptr;
    std::array<char, 4096> buffer = {};
    if (getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
        found != nullptr) {
        return found->pw_name;
    }
    return std::to_string(geteuid());
}

Result<std::string> read_customer(const std::string& number, const config::Settings& settings) {
    const auto accounts = account_lookup(std::make_shared<const config::Settings>(settings));
    std::set<std::string> countries = {""};
    for (const auto& account : settings.accounts) {
        countries.insert(accounts(account.source, account.name).country);
    }
    std::set<std::string> keys;
    for (const auto& country : countries) {
        if (auto key = pipeline::customer_key(number, country)) {
            keys.insert(*std::move(key));
        }
    }
    // The number itself is not repeated: messages end up in logs.
    if (keys.empty()) {
        return fail(ErrorCode::Invalid,
                    "--customer: that is no telephone number; write it with + and country, as in "
                    "+541145678900, or use --conversation");
    }
    if (keys.size() > 1) {
        return fail(ErrorCode::Invalid,
                    "--customer: it means other people in other countries; write it with + and "
                    "country, as in +541145678900");
    }
    return *keys.begin();
}

}  // namespace oidor::cli
