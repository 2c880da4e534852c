#include "redact/check_digits.hpp"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace oidor::redact {
namespace {

struct Case {
    const char* what = "";
    std::function<bool(std::string_view)> is = {};
    std::vector<std::string> valid = {};
};

/// Numbers that their issuers publish as examples or of themselves (the tax authorities' own, known
/// companies', the networks' test cards): nobody's, and not computed by this code.
std::vector<Case> cases() {
    return {
        {"luhn", has_luhn, {"4111111111111111", "378282246310005", "6011111111111117"}},
        {"cbu", is_cbu, {"2850590940090418135201"}},
        {"clabe", is_clabe, {"032180000118359719"}},
        {"cuit", is_cuit, {"33693450239", "20123456786"}},
        {"rut", is_rut, {"123456785", "970040005", "10000013K"}},
        {"cedula_ec", is_cedula_ec, {"1710034065"}},
        {"ruc_ec", is_ruc_ec, {"1710034065001", "1790011674001", "1760001550001"}},
        {"cedula_uy", is_cedula_uy, {"12345672"}},
        {"ruc_pe", is_ruc_pe, {"20100070970", "20131312955"}},
        {"ruc_py", is_ruc_py, {"800005198"}},
        {"cpf", is_cpf, {"52998224725"}},
        {"cnpj", is_cnpj, {"11222333000181"}},
    };
}

/// Of those with nine digits before the check digit; a company's RUC has its branch behind it.
std::size_t check_position(const Case& one, const std::string& digits) {
    if (std::string_view(one.what) != "ruc_ec") {
        return digits.size() - 1;
    }
    return digits[2] == '6' ? 8 : 9;
}

TEST(CheckDigits, hold_for_published_numbers) {
    for (const auto& one : cases()) {
        for (const auto& digits : one.valid) {
            EXPECT_TRUE(one.is(digits)) << one.what << " " << digits;
        }
    }
}

TEST(CheckDigits, fail_for_every_other_check_digit) {
    for (const auto& one : cases()) {
        for (const auto& digits : one.valid) {
            for (char other = '0'; other <= '9'; ++other) {
                auto wrong = digits;
                auto& check = wrong[check_position(one, digits)];
                if (check != other) {
                    check = other;
                    EXPECT_FALSE(one.is(wrong)) << one.what << " " << wrong;
                }
            }
        }
    }
}

TEST(CheckDigits, fail_when_one_digit_is_changed_anywhere_in_the_strong_ones) {
    for (const std::string valid : {"4111111111111111", "2850590940090418135201"}) {
        for (std::size_t i = 0; i < valid.size(); ++i) {
            auto wrong = valid;
            wrong[i] = wrong[i] == '9' ? '0' : static_cast<char>(wrong[i] + 1);
            EXPECT_FALSE(valid.size() == 22 ? is_cbu(wrong) : has_luhn(wrong)) << wrong;
        }
    }
}

TEST(CheckDigits, refuse_other_lengths_and_other_signs) {
    for (const auto& one : cases()) {
        EXPECT_FALSE(one.is("")) << one.what;
        for (const auto& digits : one.valid) {
            if (std::string_view(one.what) != "luhn" && std::string_view(one.what) != "cedula_uy" &&
                std::string_view(one.what) != "ruc_py" && std::string_view(one.what) != "rut") {
                EXPECT_FALSE(one.is(digits + "0")) << one.what;
                EXPECT_FALSE(one.is(digits.substr(1))) << one.what;
            }
            auto letter = digits;
            letter[3] = 'x';
            EXPECT_FALSE(one.is(letter)) << one.what;
            EXPECT_FALSE(one.is(std::string(digits.size(), '0'))) << one.what;
        }
    }
}

TEST(CheckDigits, know_the_ranges_of_cards) {
    EXPECT_TRUE(has_card_range("4111111111111111"));
    EXPECT_TRUE(has_card_range("5500005555555559"));
    EXPECT_TRUE(has_card_range("2223000048400011"));
    EXPECT_TRUE(has_card_range("378282246310005"));
    EXPECT_TRUE(has_card_range("5895620000000000"));
    EXPECT_FALSE(has_card_range("1111111111111111"));
    EXPECT_FALSE(has_card_range("411111111111111"));
    EXPECT_FALSE(has_card_range("41111111"));
}

TEST(CheckDigits, of_lettered_identifiers) {
    EXPECT_TRUE(has_curp_check("HEGG560427MVZRRL04"));
    EXPECT_FALSE(has_curp_check("HEGG560427MVZRRL05"));
    EXPECT_FALSE(has_curp_form("HEGG561327MVZRRL04")) << "no thirteenth month";
    EXPECT_FALSE(has_curp_form("HEGG560427MXXRRL04")) << "no such state";
    EXPECT_FALSE(has_curp_form("HEGG560427AVZRRL04")) << "no such sex";
    EXPECT_TRUE(has_rfc_check("GODE561231GR8"));
    EXPECT_TRUE(has_rfc_check("SAT970701NN3"));
    EXPECT_FALSE(has_rfc_check("GODE561231GR9"));
    EXPECT_TRUE(has_rfc_form("GODE561231GR9"));
    EXPECT_FALSE(has_rfc_form("GODE561232GR8"));
    EXPECT_FALSE(has_rfc_form("GO1E561231GR8"));
}

}  // namespace
}  // namespace oidor::redact
