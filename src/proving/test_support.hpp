// A small scorecard for this room's tests.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "audit/scorecard.hpp"
#include "proving/examples.hpp"

namespace oidor::proving {

/// The value of a result that must be one.
template <typename T>
T must(Result<T> result) {
    if (!result) {
        ADD_FAILURE() << result.error().message;
        return T{};
    }
    return std::move(result).value();
}

/// Greeting by the agent in the first two turns; nothing forbidden, five points a phrase, eight at
/// most; duration in three bands. Line 1 is `id`.
inline const std::string kCard = R"(id = "prueba"
version = 1
language = "es"
categories = [{ from = 0, name = "todas" }]

[[criteria]]
id = "saludo"
kind = "phrases"
need = "any"
speaker = "agent"
points = 20
window = { from = "start", turns = 2 }
phrases = [
    "buenos días",
    "muy buenos días",
    "bienvenida",
]

[[criteria]]
id = "prohibidas"
kind = "phrases"
need = "none"
speaker = "agent"
penalty = 5
penalty_max = 8
phrases = ["no sé", "imposible"]
accented = ["no sé"]

[[criteria]]
id = "duracion"
kind = "measure"
measure = "duration"
points = 10
bands = [
    { below = 60, points = 5 },
    { up_to = 600, points = 10 },
    { points = 7 },
]
)";

inline audit::Scorecard card(const std::string& toml = kCard) {
    return must(audit::parse_scorecard(toml, "prueba.toml"));
}

inline std::vector<ProvingExample> examples(const std::string& tables,
                                            const audit::Scorecard& scorecard) {
    return must(parse_examples("scorecard = \"prueba\"\n" + tables, "e.toml", scorecard));
}

}  // namespace oidor::proving
