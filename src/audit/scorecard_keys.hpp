// Every key that a scorecard and a phrase pack may have: what the parser reads by and the JSON
// Schema is made of; for this room alone.
#pragma once

#include "audit/scorecard.hpp"
#include "audit/toml_keys.hpp"

namespace oidor::audit {

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
