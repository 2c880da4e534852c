#include "reports/reading.hpp"

#include <array>

#include <boost/json.hpp>

#include "base/json.hpp"

namespace oidor::reports {
namespace {

std::vector<std::string> texts_of(const json::object& object, std::string_view key) {
    std::vector<std::string> texts;
    if (const auto* array = find_array(object, key)) {
        for (const auto& item : *array) {
            if (item.is_string()) {
                texts.emplace_back(item.get_string());
            }
        }
    }
    return texts;
}

/// A word that a later version adds is not judged here.
Outcome parse_outcome(std::string_view text) {
    return text == "pass"             ? Outcome::Pass
           : text == "fail"           ? Outcome::Fail
           : text == "not_applicable" ? Outcome::NotApplicable
                                      : Outcome::Unknown;
}

}  // namespace

std::optional<bool> Reading::passed(std::string_view criterion) const {
    for (const auto& [id, outcome] : criteria) {
        if (id == criterion && (outcome == Outcome::Pass || outcome == Outcome::Fail)) {
            return outcome == Outcome::Pass;
        }
    }
    return std::nullopt;
}

Result<Reading> read_audit(std::string_view text) {
    // Most audits fit: one allocation instead of hundreds.
    std::array<unsigned char, std::size_t{32} << 10U> buffer;
    json::monotonic_resource memory(buffer.data(), buffer.size());
    const auto value = parse_json(text, {}, &memory);
    const auto* audit = value ? value->if_object() : nullptr;
    const auto* criteria = audit != nullptr ? find_array(*audit, "criteria") : nullptr;
    if (criteria == nullptr) {
        return fail(ErrorCode::Corrupt, "an audit that cannot be read");
    }
    Reading reading;
    for (const auto& item : *criteria) {
        const auto* criterion = item.if_object();
        auto id = criterion != nullptr ? find_string(*criterion, "id") : std::nullopt;
        if (id) {
            reading.criteria.emplace_back(
                std::move(*id), parse_outcome(find_string(*criterion, "outcome").value_or("")));
        }
    }
    if (const auto sentiment = find_double(*audit, "sentiment_score")) {
        reading.sentiment = Decimal::from_double(*sentiment);
    }
    reading.forbidden = texts_of(*audit, "palabras_prohibidas");
    reading.review_reasons = texts_of(*audit, "review_reasons");
    reading.greeted = find_bool(*audit, "saludo_correcto");
    reading.offered_help = find_bool(*audit, "ofrece_ayuda");
    reading.said_goodbye = find_bool(*audit, "despedida_correcta");
    return reading;
}

}  // namespace oidor::reports
