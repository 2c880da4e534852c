#include "domain/masking.hpp"

#include <vector>

#include "base/utf8.hpp"

namespace oidor {

std::string mask_phone(std::string_view address) {
    static constexpr std::size_t kFirst = 3;
    static constexpr std::size_t kLast = 2;
    // Letters are never cut in two.
    std::vector<std::size_t> begins;
    for (std::size_t i = 0; i < address.size(); i += read_code_point(address, i).size_bytes) {
        begins.push_back(i);
    }
    if (begins.size() <= kFirst + kLast) {
        return address.empty() ? std::string() : "***";
    }
    return std::string(address.substr(0, begins[kFirst])) + "***" +
           std::string(address.substr(begins[begins.size() - kLast]));
}

}  // namespace oidor
