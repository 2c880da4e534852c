// The redact room's door: personal identifiers as spans of a transcript, and texts without them.
// Pure; safe to call from many threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/transcript.hpp"
#include "redact/kinds.hpp"

namespace oidor::redact {

/// `Certain`: check digits hold, or the form is unmistakable. `Likely`: no check digit, but a word
/// that names it stands near, or it has the form of the country's telephones. `Possible`: a word
/// names it and its length is right, its check digit is not: misheard. All are masked.
enum class Sure : std::uint8_t { Possible, Likely, Certain };

/// `possible`, `likely`, `certain`.
std::string_view format(Sure sure);

/// A part of a segment's text that identifies a person.
struct Span {
    std::size_t segment = 0;
    std::size_t begin = 0;  ///< Bytes of the segment's text; `end` excluded.
    std::size_t end = 0;
    Kind kind = Kind::Document;
    Sure sure = Sure::Likely;
    std::size_t number = 0;  ///< The same for all parts of one identifier, from 0.
    bool operator==(const Span&) const = default;
};

/// How to look.
struct Options {
    std::string country = {};     ///< `AR`: of the account; empty: unknown.
    std::set<Kind> without = {};  ///< Kinds that are left as they are.
    std::string language = "es";  ///< Of a text that is no transcript, or says none.
};

/// All identifiers, by segment and position, none over another. The transcript's language counts
/// before that of the options.
std::vector<Span> find(const Transcript& transcript, const Options& options = {});
/// The same of one text, as segment 0.
std::vector<Span> find(std::string_view text, const Options& options = {});

/// The text with each span replaced: `[tarjeta]`; of a telephone written with ten digits or more
/// the first 3 signs, `***` and the last 2 stay (DESIGN §4.5). `spans`: of this text alone, as
/// `find` orders them.
std::string mask(std::string_view text, std::span<const Span> spans, std::string_view language);
/// Finds and masks.
std::string masked(std::string_view text, const Options& options = {});
/// The same count of segments with the same times, texts and words masked. Words that do not lie
/// in their segment's text are left out. `otherwise`: the language of a transcript that says none.
Transcript masked(const Transcript& transcript, std::span<const Span> spans,
                  std::string_view otherwise = "es");

/// The version of the rules: raised whenever another text may come out. What keeps masked texts
/// makes them anew after.
std::string_view version();

}  // namespace oidor::redact
