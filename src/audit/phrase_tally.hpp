// What was found for one rule while a text is searched; for this room alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "audit/reading.hpp"
#include "audit/scorecard.hpp"

namespace oidor::audit {

/// Words of the searched text that are a phrase's.
struct Hit {
    std::size_t begin = 0;  ///< Bytes of the searched text, without word borders.
    std::size_t end = 0;
    Stretch stretch = {};
    std::size_t phrase = 0;  ///< Among the rule's phrases, and then its patterns.
    int distance = 0;        ///< How far from the phrase as it is written.
    bool sure = true;
    std::optional<Stretch> mate = {};  ///< What stands near it.
};

/// What one rule came to so far.
struct Tally {
    Range range = {};
    std::vector<char> found = {};  ///< By phrase, then by pattern.
    std::size_t distinct = 0;
    std::vector<Hit> hits = {};  ///< That count, as evidence; bounded.
    std::size_t count = 0;       ///< That count, those that overlap once.
    std::size_t count_sure = 0;
    std::size_t steps = 0;             ///< Of a sequence, how many were reached in order.
    std::optional<Hit> unsure = {};    ///< A forbidden phrase that was not surely heard.
    std::optional<Hit> other = {};     ///< In the window, by another speaker.
    std::optional<Hit> outside = {};   ///< By the right speaker, beyond the window.
    std::optional<Hit> alone = {};     ///< With nothing near it.
    std::optional<Hit> preceded = {};  ///< What must not come before the first hit, and did.
    // Kept until the whole text is searched, where a hit alone does not decide.
    std::vector<Hit> waiting = {};
    std::vector<Hit> near = {};
    std::vector<Hit> before = {};
    bool overflow = false;  ///< More hits than are kept: what is missing is not surely missing.
};

constexpr std::size_t kEvidenceHitsMax = 50;
constexpr std::size_t kWaitingHitsMax = 50'000;

/// Whether hits of the rule decide only together.
bool is_deferred(const PhraseRule& rule);

/// How many steps a sequence has.
std::size_t step_count(const PhraseRule& rule);

/// The phrase or pattern that a hit is of.
const std::string& phrase_text(const PhraseRule& rule, std::size_t phrase);

/// Counts a hit that decides by itself.
void take_hit(const PhraseRule& rule, const Hit& hit, Tally& tally);

/// Keeps a hit until the whole text is searched.
void keep_hit(const Hit& hit, std::vector<Hit>& hits, Tally& tally);

/// Judges the waiting hits of a deferred rule together: what is near, what came before, how often,
/// in which order.
void settle_hits(const PhraseRule& rule, Reading& reading, Tally& tally);

}  // namespace oidor::audit
