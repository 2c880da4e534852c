#include "base/csv.hpp"

namespace oidor {

std::string quote_cell(std::string_view cell) {
    if (cell.find_first_of(",\"\r\n") == cell.npos) {
        return std::string(cell);
    }
    std::string out = "\"";
    for (const char c : cell) {
        out += c == '"' ? "\"\"" : std::string(1, c);
    }
    return out + "\"";
}

std::string format_text_cell(std::string_view text) {
    constexpr std::string_view kFormulaStarts = "=+-@\t\r";
    if (!text.empty() && kFormulaStarts.find(text.front()) != kFormulaStarts.npos) {
        return quote_cell("'" + std::string(text));
    }
    return quote_cell(text);
}

}  // namespace oidor
