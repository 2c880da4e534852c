#include "config/load.hpp"

#include <gtest/gtest.h>

namespace oidor::config {
namespace {

TEST(Load, gives_defaults_when_nothing_is_set) {
    const auto settings = load({.working_dir = "/nonexistent"});
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(settings->installation.data_dir, "./oidor-data");
    EXPECT_EQ(settings->installation.store_url.reveal(), "sqlite:./oidor-data/oidor.db");
}

}  // namespace
}  // namespace oidor::config
