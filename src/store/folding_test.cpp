#include "store/folding.hpp"

#include <gtest/gtest.h>

namespace oidor::store {
namespace {

TEST(Folding, lowers_letters_and_trims_outer_space) {
    EXPECT_EQ(fold_name("  Ventas LIMA \t"), "ventas lima");
    EXPECT_EQ(fold_name("ÁÉÍÓÚÑÜÇÃÕ"), "áéíóúñüçãõ");
    EXPECT_EQ(fold_name("ĀŁŽŸ"), "āłžÿ");
    EXPECT_EQ(fold_name("ΑΩ ЖЯЁ"), "αω жяё");
    EXPECT_EQ(fold_name("7 × 3"), "7 × 3");
    EXPECT_EQ(fold_name("\xC2\xA0x\xC2\xA0"), "x");
    EXPECT_EQ(fold_name("   "), "");
    EXPECT_EQ(fold_name(""), "");
}

TEST(Folding, keeps_accents_and_inner_space) { EXPECT_NE(fold_name("a  b"), fold_name("a b")); }

TEST(Folding, ill_formed_bytes_end) { EXPECT_EQ(fold_name("\xFF"), "\xEF\xBF\xBD"); }

}  // namespace
}  // namespace oidor::store
