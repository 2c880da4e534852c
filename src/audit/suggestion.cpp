#include "audit/suggestion.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace oidor::audit {
namespace {

/// How many letters must be changed, put or left out, or swapped with their neighbour.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> cost(a.size() + 1,
                                               std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                cost[i][j] = i + j;
                continue;
            }
            cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1,
                                   cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
            }
        }
    }
    return cost[a.size()][b.size()];
}

}  // namespace

std::string nearest_name(std::string_view text, const std::vector<std::string>& known,
                         std::optional<std::size_t> distance_max) {
    constexpr std::size_t kNameBytesMax = 64;
    std::string best;
    std::size_t best_distance = distance_max.value_or(text.size() / 3 + 1) + 1;
    if (text.size() > kNameBytesMax) {
        return best;
    }
    for (const auto& name : known) {
        if (const auto distance = edit_distance(text, name); distance < best_distance) {
            best_distance = distance;
            best = name;
        }
    }
    return best;
}

std::string suggestion(std::string_view text, const std::vector<std::string>& known,
                       std::optional<std::size_t> distance_max) {
    const auto meant = nearest_name(text, known, distance_max);
    return meant.empty() ? std::string() : fmt::format("; did you mean `{}`?", meant);
}

}  // namespace oidor::audit
