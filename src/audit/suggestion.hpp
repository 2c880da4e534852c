// What somebody probably meant by a name that nothing has, for messages of faults.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oidor::audit {

/// The nearest of `known` when it is near enough to be what was meant; empty otherwise.
/// `distance_max`: how many letters may differ; a third of them and one when absent.
std::string nearest_name(std::string_view text, const std::vector<std::string>& known,
                         std::optional<std::size_t> distance_max = {});

/// `; did you mean `x`?` for the nearest of `known`; empty when nothing is near.
std::string suggestion(std::string_view text, const std::vector<std::string>& known,
                       std::optional<std::size_t> distance_max = {});

}  // namespace oidor::audit
