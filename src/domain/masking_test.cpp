#include "domain/masking.hpp"

#include <gtest/gtest.h>

namespace oidor {
namespace {

TEST(Masking, leaves_three_letters_and_two) {
    EXPECT_EQ(mask_phone("+5491167950079"), "+54***79");
    EXPECT_EQ(mask_phone("123456"), "123***56");
    EXPECT_EQ(mask_phone("Peñaloza"), "Peñ***za");
}

TEST(Masking, hides_all_of_what_is_short) {
    EXPECT_EQ(mask_phone("12345"), "***");
    EXPECT_EQ(mask_phone("ññ"), "***");
    EXPECT_EQ(mask_phone(""), "");
}

}  // namespace
}  // namespace oidor
