#include "base/html.hpp"

#include "base/utf8.hpp"

namespace oidor {

std::string escape_html(std::string_view raw) {
    std::string out;
    for (const char c : is_utf8(raw) ? std::string(raw) : repair_utf8(raw)) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out.push_back(c);
        }
    }
    return out;
}

}  // namespace oidor
