// What a model answered to the questions of a scorecard: input of the audit, checked by it again.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal.hpp"

namespace oidor::audit {

/// Words that an answer rests on, of the transcript's segment `segment`.
struct Cited {
    std::size_t segment = 0;
    std::string quote = {};
    bool operator==(const Cited&) const = default;
};

/// The answer to one criterion's question. `value`: yes is 1 and no is 0; a score is a number;
/// nothing where the model does not know.
struct ModelAnswer {
    std::string criterion = {};
    std::optional<Decimal> value = {};
    std::vector<Cited> quotes = {};
    bool operator==(const ModelAnswer&) const = default;
};

/// All answers for one transcript. `sha256` is of the stored bytes; the receipt names it.
struct ModelAnswers {
    std::string sha256 = {};
    std::vector<ModelAnswer> answers = {};

    [[nodiscard]] const ModelAnswer* find(std::string_view criterion) const {
        for (const auto& answer : answers) {
            if (answer.criterion == criterion) {
                return &answer;
            }
        }
        return nullptr;
    }
    bool operator==(const ModelAnswers&) const = default;
};

}  // namespace oidor::audit
