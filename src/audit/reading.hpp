// One participation made ready to be searched: its parts, turns and times; windows and quotes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "audit/chat_spelling.hpp"
#include "audit/facts.hpp"
#include "audit/folding.hpp"
#include "audit/scorecard.hpp"
#include "domain/transcript.hpp"

namespace oidor::audit {

/// One judged segment.
struct Part {
    const Segment* segment = nullptr;
    std::size_t index = 0;  ///< In the transcript.
    std::int64_t turn = 0;  ///< A turn is a run of one speaker; of unknown speakers, one segment.
    bool has_words = false;
    /// Believed, and its confidence not stated, or not below the scorecard's limit.
    bool sure = true;
    bool suspect = false;  ///< Its words are not believed, or some are missing (Segment::doubts).
};

/// A stretch of the original, half open.
struct Stretch {
    Position begin = {};
    Position end = {};
};

/// A window laid over a reading.
struct Range {
    Stretch stretch = {};
    /// Characters: a hit must lie inside whole; else it is enough that it reaches in.
    bool strict = false;
    Searched::Unit unit = Searched::Unit::Turns;
    std::int64_t from = 0;
    std::int64_t to = 0;

    [[nodiscard]] bool takes(const Stretch& hit) const {
        return strict ? hit.begin >= stretch.begin && hit.end <= stretch.end
                      : hit.begin < stretch.end && hit.end > stretch.begin;
    }
    [[nodiscard]] bool takes_part(std::size_t part) const {
        return part >= stretch.begin.part &&
               (part < stretch.end.part || (part == stretch.end.part && stretch.end.offset > 0));
    }
};

bool is_bound(BoundSpeaker bound, Speaker speaker);

/// Borrows the transcript. One caller at a time: quotes keep where words lie.
class Reading {
  public:
    Reading(const Transcript& transcript, const Facts& facts, const Scorecard& scorecard);

    [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }
    [[nodiscard]] const SearchText& folded() const { return folded_; }
    /// What phrases are searched in: folded, or lower-cased where the scorecard matches exactly.
    [[nodiscard]] const SearchText& searched() const { return lowered_ ? *lowered_ : folded_; }
    /// Somebody said something: a menu's recorded voice is nobody.
    [[nodiscard]] bool has_speech() const;
    [[nodiscard]] bool hears(BoundSpeaker bound) const;
    /// Some of its words are not believed (Segment::doubts).
    [[nodiscard]] bool is_suspect() const;
    /// Part of the call was not recorded: that words are absent proves nothing.
    [[nodiscard]] bool is_incomplete() const { return incomplete_; }
    [[nodiscard]] std::int64_t turns() const { return turns_; }
    /// Every part with words has a start.
    [[nodiscard]] bool timed() const { return timed_; }

    Range range_of(const Window& window);
    /// Where bytes [begin, end) of a search text come from.
    [[nodiscard]] Stretch origin_of(const SearchText& text, std::size_t begin,
                                    std::size_t end) const;
    /// Words as this text is folded: in a chat written out, else as they are.
    [[nodiscard]] std::string written_out(const std::string& words) const;
    /// What was said in a stretch, letter by letter (folding.hpp).
    [[nodiscard]] std::string accented_letters_of(const Stretch& stretch) const;
    /// The words of a stretch, a quote for each segment that it touches.
    std::vector<Quote> quotes_of(const Stretch& stretch);

  private:
    /// Where a segment's words lie in its text; empty when they do not follow its text.
    struct Alignment {
        bool made = false;
        std::vector<Stretch> words;  ///< `part` is the word's index here.
    };
    const Alignment& align(std::size_t part);
    void add_parts(const Transcript& transcript, const Facts& facts, const Scorecard& scorecard);
    void count_turns();
    Range time_range(const Window& window);
    [[nodiscard]] Range turn_range(const Window& window) const;
    Range character_range(const Window& window);
    Position position_of_character(std::int64_t character);
    [[nodiscard]] Position end() const {
        return {.part = static_cast<std::uint32_t>(parts_.size()), .offset = 0};
    }

    std::vector<Part> parts_;
    std::vector<ChatText> written_out_;  ///< By segment, of a chat.
    std::string chat_language_;          ///< Empty for what was spoken.
    SearchText folded_;
    std::optional<SearchText> lowered_;
    bool timed_ = false;
    bool incomplete_ = false;
    std::int64_t turns_ = 0;
    std::vector<std::int64_t> characters_;  ///< By part, with the joining space; made when asked.
    std::vector<Alignment> alignments_;
};

}  // namespace oidor::audit
