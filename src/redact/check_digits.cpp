#include "redact/check_digits.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace oidor::redact {
namespace {

int digit(char c) { return c - '0'; }

bool all_digits(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_digits(std::string_view text, std::size_t size) {
    return text.size() == size && all_digits(text);
}

/// `0000…`, `1111…`: sums hold there, and nobody has such a number.
bool is_one_digit(std::string_view text) {
    return std::ranges::all_of(text, [&text](char c) { return c == text.front(); });
}

int number(std::string_view text) {
    int value = 0;
    for (const char c : text) {
        value = value * 10 + digit(c);
    }
    return value;
}

/// The digits by their weights, added up.
int weighted(std::string_view digits, std::span<const int> weights) {
    int sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        sum += digit(digits[i]) * weights[i];
    }
    return sum;
}

int to_ten(int sum) { return (10 - sum % 10) % 10; }

constexpr std::array<int, 10> kElevenWeights = {5, 4, 3, 2, 7, 6, 5, 4, 3, 2};

struct CardRange {
    int from = 0;  ///< Of the first four digits.
    int to = 0;
    std::size_t size_min = 0;
    std::size_t size_max = 0;
};

/// Issuers' ranges as the networks publish them; regional brands (Naranja, Cabal, Hipercard, Elo,
/// Carnet) lie inside the last ones.
constexpr std::array<CardRange, 13> kCardRanges = {{
    {4000, 4999, 16, 16},  // Visa
    {4000, 4999, 13, 13},
    {4000, 4999, 19, 19},
    {5100, 5599, 16, 16},  // Mastercard
    {2221, 2720, 16, 16},
    {3400, 3499, 15, 15},  // American Express
    {3700, 3799, 15, 15},
    {3000, 3059, 14, 19},  // Diners
    {3600, 3699, 14, 19},
    {3800, 3999, 14, 19},
    {3528, 3589, 16, 19},  // JCB
    {5000, 5099, 16, 19},  // Maestro, Elo, Carnet
    {5600, 6999, 16, 19},  // Maestro, Discover, UnionPay, Naranja, Cabal, Hipercard
}};

constexpr std::array<std::string_view, 33> kStates = {
    "AS", "BC", "BS", "CC", "CL", "CM", "CS", "CH", "DF", "DG", "GT",
    "GR", "HG", "JC", "MC", "MN", "MS", "NT", "NL", "OC", "PL", "QT",
    "QR", "SP", "SL", "SR", "TC", "TS", "TL", "VZ", "YN", "ZS", "NE"};

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || c == '#'; }
bool is_letter_or_digit(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

/// `YYMMDD`; of February 30 nobody was born, but a form is not a calendar.
bool is_date(std::string_view text) {
    if (!all_digits(text)) {
        return false;
    }
    const int month = number(text.substr(2, 2));
    const int day = number(text.substr(4, 2));
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/// Where a sign stands in the alphabet that CURP counts by: digits, A to N, Ñ, O to Z.
int curp_value(char c) {
    if (c >= '0' && c <= '9') {
        return digit(c);
    }
    if (c == '#') {
        return 24;
    }
    return c <= 'N' ? c - 'A' + 10 : c - 'A' + 11;
}

/// The RFC's alphabet: digits, A to N, &, O to Z, space, Ñ.
int rfc_value(char c) {
    if (c >= '0' && c <= '9') {
        return digit(c);
    }
    switch (c) {
        case '&': return 24;
        case ' ': return 37;
        case '#': return 38;
        default: return c <= 'N' ? c - 'A' + 10 : c - 'A' + 11;
    }
}

/// The check digit of CPF and CNPJ: weights fall to 2, and for CNPJ start again at 9.
int receita_digit(std::string_view digits, int weight_max) {
    int sum = 0;
    int weight = 2;
    for (std::size_t i = digits.size(); i-- > 0;) {
        sum += digit(digits[i]) * weight;
        weight = weight == weight_max ? 2 : weight + 1;
    }
    const int rest = sum % 11;
    return rest < 2 ? 0 : 11 - rest;
}

bool has_receita_digits(std::string_view digits, int weight_max) {
    const auto body = digits.size() - 2;
    return !is_one_digit(digits) &&
           receita_digit(digits.substr(0, body), weight_max) == digit(digits[body]) &&
           receita_digit(digits.substr(0, body + 1), weight_max) == digit(digits[body + 1]);
}

bool has_province(std::string_view digits) {
    const int province = number(digits.substr(0, 2));
    return (province >= 1 && province <= 24) || province == 30;
}

/// A company's or public body's check digit in Ecuador.
bool has_company_digit(std::string_view digits, std::span<const int> weights) {
    const int rest = weighted(digits, weights) % 11;
    return (rest == 0 ? 0 : 11 - rest) == digit(digits[weights.size()]);
}

}  // namespace

bool has_luhn(std::string_view digits) {
    if (digits.empty() || !all_digits(digits)) {
        return false;
    }
    int sum = 0;
    bool twice = false;
    for (std::size_t i = digits.size(); i-- > 0;) {
        const int value = digit(digits[i]) * (twice ? 2 : 1);
        sum += value > 9 ? value - 9 : value;
        twice = !twice;
    }
    return sum % 10 == 0 && !is_one_digit(digits);
}

bool has_card_range(std::string_view digits) {
    if (digits.size() < 13 || digits.size() > 19 || !all_digits(digits)) {
        return false;
    }
    const int first = number(digits.substr(0, 4));
    return std::ranges::any_of(kCardRanges, [&](const CardRange& range) {
        return first >= range.from && first <= range.to && digits.size() >= range.size_min &&
               digits.size() <= range.size_max;
    });
}

bool is_cbu(std::string_view digits) {
    static constexpr std::array<int, 7> kBank = {7, 1, 3, 9, 7, 1, 3};
    static constexpr std::array<int, 13> kAccount = {3, 9, 7, 1, 3, 9, 7, 1, 3, 9, 7, 1, 3};
    return is_digits(digits, 22) && !is_one_digit(digits) &&
           to_ten(weighted(digits, kBank)) == digit(digits[7]) &&
           to_ten(weighted(digits.substr(8), kAccount)) == digit(digits[21]);
}

bool is_clabe(std::string_view digits) {
    if (!is_digits(digits, 18) || is_one_digit(digits) || digits.starts_with("000")) {
        return false;
    }
    static constexpr std::array<int, 3> kWeights = {3, 7, 1};
    int sum = 0;
    for (std::size_t i = 0; i < 17; ++i) {
        sum += digit(digits[i]) * kWeights[i % 3] % 10;
    }
    return to_ten(sum) == digit(digits[17]);
}

bool is_cuit(std::string_view digits) {
    static constexpr std::array<int, 9> kBeginnings = {20, 23, 24, 25, 26, 27, 30, 33, 34};
    if (!is_digits(digits, 11) ||
        std::ranges::find(kBeginnings, number(digits.substr(0, 2))) == kBeginnings.end()) {
        return false;
    }
    const int rest = weighted(digits, kElevenWeights) % 11;
    return rest != 1 && (rest == 0 ? 0 : 11 - rest) == digit(digits[10]);
}

bool is_rut(std::string_view digits) {
    if (digits.size() < 8 || digits.size() > 9) {
        return false;
    }
    const auto body = digits.substr(0, digits.size() - 1);
    if (!all_digits(body) || body.front() == '0' || is_one_digit(body)) {
        return false;
    }
    int sum = 0;
    int weight = 2;
    for (std::size_t i = body.size(); i-- > 0;) {
        sum += digit(body[i]) * weight;
        weight = weight == 7 ? 2 : weight + 1;
    }
    const int check = 11 - sum % 11;
    const char wanted = check == 11 ? '0' : check == 10 ? 'K' : static_cast<char>('0' + check);
    return digits.back() == wanted;
}

bool is_cedula_ec(std::string_view digits) {
    if (!is_digits(digits, 10) || !has_province(digits) || digits[2] >= '6') {
        return false;
    }
    int sum = 0;
    for (std::size_t i = 0; i < 9; ++i) {
        const int value = digit(digits[i]) * (i % 2 == 0 ? 2 : 1);
        sum += value > 9 ? value - 9 : value;
    }
    return to_ten(sum) == digit(digits[9]);
}

bool is_ruc_ec(std::string_view digits) {
    static constexpr std::array<int, 9> kCompany = {4, 3, 2, 7, 6, 5, 4, 3, 2};
    static constexpr std::array<int, 8> kPublic = {3, 2, 7, 6, 5, 4, 3, 2};
    if (!is_digits(digits, 13) || !has_province(digits) || digits.ends_with("000")) {
        return false;
    }
    if (digits[2] == '9') {
        return has_company_digit(digits, kCompany);
    }
    return digits[2] == '6' ? has_company_digit(digits, kPublic)
                            : is_cedula_ec(digits.substr(0, 10));
}

bool is_cedula_uy(std::string_view digits) {
    static constexpr std::array<int, 7> kWeights = {2, 9, 8, 7, 6, 3, 4};
    if (digits.size() < 7 || digits.size() > 8 || !all_digits(digits) || digits.front() == '0' ||
        is_one_digit(digits)) {
        return false;
    }
    const auto skipped = 8 - digits.size();
    const auto sum = weighted(digits, std::span(kWeights).subspan(skipped));
    return to_ten(sum) == digit(digits.back());
}

bool is_ruc_pe(std::string_view digits) {
    static constexpr std::array<int, 5> kBeginnings = {10, 15, 16, 17, 20};
    if (!is_digits(digits, 11) ||
        std::ranges::find(kBeginnings, number(digits.substr(0, 2))) == kBeginnings.end()) {
        return false;
    }
    return (11 - weighted(digits, kElevenWeights) % 11) % 10 == digit(digits[10]);
}

bool is_ruc_py(std::string_view digits) {
    if (digits.size() < 6 || digits.size() > 9 || !all_digits(digits) || digits.front() == '0') {
        return false;
    }
    int sum = 0;
    int weight = 2;
    for (std::size_t i = digits.size() - 1; i-- > 0;) {
        sum += digit(digits[i]) * weight;
        weight = weight == 11 ? 2 : weight + 1;
    }
    const int rest = sum % 11;
    return (rest > 1 ? 11 - rest : 0) == digit(digits.back());
}

bool is_cpf(std::string_view digits) {
    return is_digits(digits, 11) && has_receita_digits(digits, 11);
}

bool is_cnpj(std::string_view digits) {
    return is_digits(digits, 14) && has_receita_digits(digits, 9);
}

bool is_lettered_cnpj(std::string_view text) {
    return text.size() == 14 && std::ranges::any_of(text, is_letter) &&
           std::ranges::all_of(
               text, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }) &&
           all_digits(text.substr(12)) && has_receita_digits(text, 9);
}

bool has_curp_form(std::string_view text) {
    return text.size() == 18 && std::ranges::all_of(text.substr(0, 4), is_letter) &&
           is_date(text.substr(4, 6)) && (text[10] == 'H' || text[10] == 'M' || text[10] == 'X') &&
           std::ranges::find(kStates, text.substr(11, 2)) != kStates.end() &&
           std::ranges::all_of(text.substr(13, 3), is_letter) && is_letter_or_digit(text[16]) &&
           text[17] >= '0' && text[17] <= '9';
}

bool has_rfc_form(std::string_view text) {
    if (text.size() != 12 && text.size() != 13) {
        return false;
    }
    const auto letters = text.size() - 9;
    return std::ranges::all_of(text.substr(0, letters),
                               [](char c) { return is_letter(c) || c == '&'; }) &&
           is_date(text.substr(letters, 6)) &&
           std::ranges::all_of(text.substr(letters + 6), is_letter_or_digit);
}

bool has_curp_check(std::string_view text) {
    if (!has_curp_form(text)) {
        return false;
    }
    int sum = 0;
    for (std::size_t i = 0; i < 17; ++i) {
        sum += curp_value(text[i]) * (18 - static_cast<int>(i));
    }
    return to_ten(sum) == digit(text[17]);
}

bool has_rfc_check(std::string_view text) {
    if (!has_rfc_form(text)) {
        return false;
    }
    int sum = text.size() == 12 ? rfc_value(' ') * 13 : 0;
    int weight = text.size() == 12 ? 12 : 13;
    for (const char c : text.substr(0, text.size() - 1)) {
        sum += rfc_value(c) * weight;
        --weight;
    }
    const int rest = sum % 11;
    const char wanted = rest == 0 ? '0' : rest == 1 ? 'A' : static_cast<char>('0' + 11 - rest);
    return text.back() == wanted;
}

}  // namespace oidor::redact
