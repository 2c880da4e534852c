// Every key that a scorecard and a phrase pack may have: what the parser reads by and the JSON
// Schema is made of; for this room alone.
#pragma once

#include "audit/scorecard.hpp"
#include "audit/toml_keys.hpp"

namespace oidor::audit {

/// Bounds that several tables share.
inline constexpr std::int64_t kKeyPointsMax = 1'000;
inline constexpr std::int64_t kKeyValueMax = 1'000'000'000;
inline constexpr std::int64_t kKeySecondsMax = 86'400;

/// `tolerance`, of the head and of a criterion.
constexpr KeyFaces tolerance_key(std::string_view text) {
    return {.name = "tolerance", .kind = KeyKind::Integer, .text = text, .min = 0, .max = 2};
}

const KeySet& scorecard_keys();
const KeySet& review_keys();
const KeySet& category_keys();
const KeySet& section_keys();
/// What every criterion may have, whatever its kind.
const KeySet& common_criterion_keys();
/// All keys of a criterion of that kind, the common ones first.
const KeySet& criterion_keys(CriterionKind kind);
const KeySet& applies_keys();
const KeySet& condition_keys();
const KeySet& window_keys();
const KeySet& near_keys();
const KeySet& before_keys();
const KeySet& band_keys();
const KeySet& example_keys();
const KeySet& example_facts_keys();
const KeySet& pack_keys();
const KeySet& group_keys();

}  // namespace oidor::audit
