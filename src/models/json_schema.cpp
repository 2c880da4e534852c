#include "models/json_schema.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <boost/json.hpp>

namespace oidor::models {
namespace {

bool is_of_type(const json::value& value, std::string_view type) {
    if (type == "object") {
        return value.is_object();
    }
    if (type == "array") {
        return value.is_array();
    }
    if (type == "string") {
        return value.is_string();
    }
    if (type == "integer") {
        return value.is_int64() || value.is_uint64();
    }
    if (type == "number") {
        return value.is_number();
    }
    return type == "boolean" ? value.is_bool() : type == "null" && value.is_null();
}

bool fits_type(const json::value& value, const json::value& types) {
    if (const auto* const one = types.if_string()) {
        return is_of_type(value, *one);
    }
    return std::ranges::any_of(types.as_array(), [&value](const json::value& type) {
        return is_of_type(value, type.as_string());
    });
}

class Checker {
  public:
    explicit Checker(const json::object& root) : root_(root) {}

    [[nodiscard]] std::optional<std::string> check(const json::value& value,
                                                   const json::object& given,
                                                   const std::string& place) const {
        const auto& schema = resolve(given);
        if (const auto* const types = schema.if_contains("type");
            types != nullptr && !fits_type(value, *types)) {
            return fmt::format("{}: not of type {}", shown(place), format_json(*types));
        }
        if (const auto* const values = find_array(schema, "enum");
            values != nullptr && std::ranges::find(*values, value) == values->end()) {
            return fmt::format("{}: not one of {}", shown(place),
                               format_json(json::value(*values)));
        }
        if (const auto* const object = value.if_object()) {
            return check_object(*object, schema, place);
        }
        if (const auto* const array = value.if_array()) {
            return check_array(*array, schema, place);
        }
        return std::nullopt;
    }

  private:
    static std::string_view shown(const std::string& place) {
        return place.empty() ? std::string_view("the reply") : std::string_view(place);
    }

    [[nodiscard]] const json::object& resolve(const json::object& schema) const {
        const auto reference = find_string(schema, "$ref");
        if (!reference) {
            return schema;
        }
        static constexpr std::string_view kPrefix = "#/$defs/";
        return root_.at("$defs").as_object().at(reference->substr(kPrefix.size())).as_object();
    }

    [[nodiscard]] std::optional<std::string> check_object(const json::object& object,
                                                          const json::object& schema,
                                                          const std::string& place) const {
        const auto dot = place.empty() ? std::string() : place + ".";
        if (const auto* const required = find_array(schema, "required")) {
            for (const auto& name : *required) {
                if (!object.contains(name.as_string())) {
                    return fmt::format("{}{}: missing", dot, std::string_view(name.as_string()));
                }
            }
        }
        const auto* const properties = find_object(schema, "properties");
        for (const auto& member : object) {
            const auto* const rule =
                properties != nullptr ? properties->if_contains(member.key()) : nullptr;
            if (rule == nullptr) {
                if (find_bool(schema, "additionalProperties") == false) {
                    // Its name comes from outside: it is not repeated.
                    return fmt::format("{}: a member that was not asked for", shown(place));
                }
                continue;
            }
            if (auto fault =
                    check(member.value(), rule->as_object(), dot + std::string(member.key()))) {
                return fault;
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] std::optional<std::string> check_array(const json::array& array,
                                                         const json::object& schema,
                                                         const std::string& place) const {
        if (const auto most = find_int64(schema, "maxItems"); most && std::ssize(array) > *most) {
            return fmt::format("{}: more than {} items", shown(place), *most);
        }
        const auto* const items = find_object(schema, "items");
        if (items == nullptr) {
            return std::nullopt;
        }
        for (std::size_t i = 0; i < array.size(); ++i) {
            if (auto fault = check(array[i], *items, fmt::format("{}[{}]", place, i))) {
                return fault;
            }
        }
        return std::nullopt;
    }

    const json::object& root_;
};

}  // namespace

std::optional<std::string> find_schema_fault(const json::value& value, const json::object& schema) {
    return Checker(schema).check(value, schema, "");
}

}  // namespace oidor::models
