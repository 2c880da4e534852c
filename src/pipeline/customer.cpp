#include "pipeline/customer.hpp"

#include <phonenumbers/phonenumberutil.h>

#include <fmt/format.h>

namespace oidor::pipeline {

std::optional<std::string> customer_key(std::string_view address, std::string_view country) {
    using i18n::phonenumbers::PhoneNumber;
    using i18n::phonenumbers::PhoneNumberUtil;
    static constexpr std::size_t kAddressSizeMax = 64;
    if (address.empty() || address.size() > kAddressSizeMax) {
        return std::nullopt;
    }
    const auto* util = PhoneNumberUtil::GetInstance();
    PhoneNumber number;
    const std::string region(country.empty() ? "ZZ" : country);
    if (util->Parse(std::string(address), region, &number) != PhoneNumberUtil::NO_PARSING_ERROR ||
        !util->IsPossibleNumber(number)) {
        return std::nullopt;
    }
    std::string national;
    util->GetNationalSignificantNumber(number, &national);
    const bool argentine_mobile =
        number.country_code() == 54 && national.size() == 11 && national.front() == '9';
    const bool mexican_mobile =
        number.country_code() == 52 && national.size() == 11 && national.front() == '1';
    if (argentine_mobile || mexican_mobile) {
        national.erase(0, 1);
    }
    return fmt::format("+{}{}", number.country_code(), national);
}

}  // namespace oidor::pipeline
