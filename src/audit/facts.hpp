// What an audit uses beside the transcript.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/decimal.hpp"
#include "domain/conversation.hpp"
#include "domain/transcript.hpp"

namespace oidor::audit {

/// Why a participation cannot be judged. It has no score then and is outside every average.
enum class NotAuditable { NoSpeech, Voicemail, Abandoned, Internal, TooShort };

/// `no_speech`, `voicemail`, `abandoned`, `internal`, `too_short`.
std::string_view format(NotAuditable reason);
std::optional<NotAuditable> parse_not_auditable(std::string_view text);

/// A number that was measured: `0.32` `ratio`.
struct Measure {
    Decimal value = {};
    std::string unit = {};
    bool operator==(const Measure&) const = default;
};

/// All times are on the conversation's timeline, as those of the segments.
struct Facts {
    std::optional<Milliseconds> duration = {};
    Direction direction = Direction::Unknown;
    /// Only what was said in this part is judged; absent: from the start, to the end.
    std::optional<Milliseconds> participation_from = {};
    std::optional<Milliseconds> participation_to = {};
    std::map<std::string, Measure, std::less<>> measures = {};
    /// Set by a caller who knows that there is nothing to judge.
    std::optional<NotAuditable> not_auditable = {};
    std::optional<Milliseconds> speech = {};
    bool chat = false;  ///< Written, not spoken.
    bool operator==(const Facts&) const = default;
};

/// RFC 8785 JSON of all of it: what `facts_sha256` is over, once measures that a scorecard does not
/// ask for are left out.
std::string format_facts(const Facts& facts);

}  // namespace oidor::audit
