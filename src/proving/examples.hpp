// Examples of a scorecard: those inside it, and those of a file beside it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "audit/example.hpp"
#include "audit/scorecard.hpp"
#include "base/result.hpp"

namespace oidor::proving {

/// One example, of which criterion it speaks and where it stands.
struct ProvingExample {
    std::size_t criterion = 0;  ///< In the scorecard.
    audit::Example example = {};
    std::string path = {};
};

/// Bounds of a file of examples.
struct ExampleLimits {
    std::size_t size_bytes_max = std::size_t{4} << 20U;
    std::size_t examples_max = 20'000;
    std::size_t text_bytes_max = 20'000;
    std::size_t faults_max = 100;
};

/// Those that stand inside the scorecard of `path`.
std::vector<ProvingExample> examples_inside(const audit::Scorecard& scorecard,
                                            std::string_view path);

/// Reads a file of examples for `scorecard` (docs/guide/proving-a-scorecard.md). Lines may begin
/// with their time, `[1:05] Agente: …`, if all of one text do. All faults come at once in one
/// Invalid error, `path:line: where: what` each; TooLarge beyond the limits.
Result<std::vector<ProvingExample>> parse_examples(std::string_view toml, std::string_view path,
                                                   const audit::Scorecard& scorecard,
                                                   const ExampleLimits& limits = {});

}  // namespace oidor::proving
