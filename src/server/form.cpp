#include "server/form.hpp"

#include <array>
#include <cstdint>
#include <utility>

#include <boost/json.hpp>

#include "base/json.hpp"
#include "net/http_parse.hpp"
#include "server/multipart.hpp"

namespace oidor::server {
namespace {

/// The fields of a form; what its files hold is left out.
class Fields final : public PartSink {
  public:
    explicit Fields(Form& form) : form_(form) {}

    void on_part(const PartHead& head) override {
        is_field_ = !head.file_name;
        name_ = head.name;
        value_.clear();
    }
    void on_part_bytes(std::string_view bytes) override {
        if (is_field_) {
            value_.append(bytes);
        }
    }
    void on_part_end() override {
        if (is_field_ && !value_.empty()) {
            form_.fields.try_emplace(name_, std::move(value_));
        }
    }

  private:
    Form& form_;
    bool is_field_ = false;
    std::string name_ = {};
    std::string value_ = {};
};

Result<Form> read_multipart(std::string_view body, std::string_view content_type) {
    Form form;
    Fields fields(form);
    TRY_ASSIGN(auto reader, MultipartReader::open(content_type, fields));
    TRY(reader.feed(body));
    TRY(reader.finish());
    return form;
}

Result<Form> read_json(std::string_view body) {
    TRY_ASSIGN(const auto value, parse_json(body));
    const auto* object = value.if_object();
    if (object == nullptr) {
        return fail(ErrorCode::Invalid, "body: expected an object");
    }
    Form form;
    for (const auto& [key, member] : *object) {
        if (member.is_string() && !member.get_string().empty()) {
            form.fields.emplace(std::string_view(key), std::string(member.get_string()));
        } else if (member.is_number()) {
            form.fields.emplace(std::string_view(key), format_json(member));
        }
    }
    return form;
}

int base64_digit(char c) {
    static constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static constexpr auto kValues = [] {
        std::array<std::int8_t, 256> values{};
        values.fill(-1);
        for (std::size_t i = 0; i < kDigits.size(); ++i) {
            values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::int8_t>(i);
        }
        return values;
    }();
    return kValues[static_cast<unsigned char>(c)];
}

}  // namespace

std::optional<std::string> Form::find(std::string_view name) const {
    const auto found = fields.find(name);
    return found != fields.end() ? std::optional(found->second) : std::nullopt;
}

Result<Form> read_form(const net::Request& request) {
    const auto type = request.content_type();
    if (type == "multipart/form-data") {
        return read_multipart(request.body, request.headers.find("Content-Type").value_or(""));
    }
    if (type == "application/x-www-form-urlencoded") {
        TRY_ASSIGN(const auto pairs, net::parse_query(request.body));
        Form form;
        for (const auto& [name, value] : pairs) {
            if (!value.empty()) {
                form.fields.try_emplace(name, value);
            }
        }
        return form;
    }
    if (type == "application/json") {
        return read_json(request.body);
    }
    return fail(ErrorCode::Unsupported,
                "content type: expected multipart/form-data, application/json or "
                "application/x-www-form-urlencoded");
}

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.starts_with("data:")) {
        const auto comma = text.find(',');
        if (comma == std::string_view::npos || !text.substr(0, comma).ends_with(";base64")) {
            return std::nullopt;
        }
        text.remove_prefix(comma + 1);
    }
    std::string out;
    out.reserve(text.size() / 4 * 3);
    std::uint32_t bits = 0;
    std::size_t digits = 0;
    std::size_t padding = 0;
    for (const char c : text) {
        if (c == ' ' || c == '\r' || c == '\n' || c == '\t') {
            continue;
        }
        if (c == '=') {
            ++padding;
            continue;
        }
        const int digit = base64_digit(c);
        if (digit < 0 || padding > 0) {
            return std::nullopt;
        }
        bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
        if (++digits % 4 == 0) {
            out.push_back(static_cast<char>(bits >> 16U));
            out.push_back(static_cast<char>(bits >> 8U));
            out.push_back(static_cast<char>(bits));
            bits = 0;
        }
    }
    const auto left = digits % 4;
    const bool padded = padding == 0 || (left == 2 && padding == 2) || (left == 3 && padding == 1);
    if (left == 1 || !padded) {
        return std::nullopt;
    }
    if (left == 2) {
        out.push_back(static_cast<char>(bits >> 4U));
    } else if (left == 3) {
        out.push_back(static_cast<char>(bits >> 10U));
        out.push_back(static_cast<char>(bits >> 2U));
    }
    return out;
}

}  // namespace oidor::server
