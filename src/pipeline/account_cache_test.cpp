#include "pipeline/account_cache.hpp"

#include <gtest/gtest.h>

namespace oidor::pipeline {
namespace {

TEST(AccountCache, asks_once_and_is_never_filled_by_invented_names) {
    AccountCache cache(3);
    int asked = 0;
    const AccountLookup resolve = [&asked](std::string_view, std::string_view account) {
        ++asked;
        AccountOptions options;
        options.country = account == "real" ? "AR" : "";
        return options;
    };
    for (int i = 0; i < 20; ++i) {
        cache.get("anura", "invented" + std::to_string(i), resolve);
    }
    asked = 0;
    EXPECT_EQ(cache.get("anura", "real", resolve).country, "AR");
    EXPECT_EQ(cache.get("anura", "real", resolve).country, "AR");
    EXPECT_EQ(asked, 1);
    // The same name at another source is another account.
    cache.get("twilio", "real", resolve);
    EXPECT_EQ(asked, 2);
}

}  // namespace
}  // namespace oidor::pipeline
