#include "pipeline/customer.hpp"

#include <gtest/gtest.h>

namespace oidor::pipeline {
namespace {

TEST(Customer, argentine_numbers_have_one_key_however_they_are_written) {
    for (const auto* text : {"+541167950079", "+5491167950079", "011 6795-0079", "011 15 6795-0079",
                             "1167950079", "00541167950079"}) {
        EXPECT_EQ(customer_key(text, "AR"), "+541167950079") << text;
    }
}

TEST(Customer, mexican_numbers_have_one_key_with_and_without_the_1) {
    for (const auto* text : {"+525512345678", "+5215512345678", "55 1234 5678"}) {
        EXPECT_EQ(customer_key(text, "MX"), "+525512345678") << text;
    }
}

TEST(Customer, other_countries_keep_their_digits) {
    EXPECT_EQ(customer_key("+573001234567", "AR"), "+573001234567");
    EXPECT_EQ(customer_key("987 654 321", "PE"), "+51987654321");
    EXPECT_EQ(customer_key("+14158675309", ""), "+14158675309");
}

TEST(Customer, what_is_no_number_has_no_key) {
    for (const auto* text : {"", "300", "anonymous", "sip:ana@example.com", "+", "Restringido"}) {
        EXPECT_FALSE(customer_key(text, "AR")) << text;
    }
    EXPECT_FALSE(customer_key("1167950079", "")) << "a national number without a country";
    EXPECT_FALSE(customer_key(std::string(1000, '1'), "AR"));
}

}  // namespace
}  // namespace oidor::pipeline
