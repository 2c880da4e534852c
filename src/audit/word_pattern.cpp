#include "audit/word_pattern.hpp"

#include <re2/re2.h>

#include "audit/folding.hpp"

namespace oidor::audit {
namespace {

re2::RE2::Options options_for(Matching matching) {
    re2::RE2::Options options;
    options.set_max_mem(WordPattern::kMemoryBytesMax);
    options.set_log_errors(false);
    options.set_case_sensitive(false);
    // Where one speaker's run ends lies a line break: nothing runs over it.
    options.set_never_nl(matching == Matching::Folded);
    return options;
}

/// The first letter that a folded text never has; empty when there is none. What follows a
/// backslash is no letter.
std::string unfolded_letter(std::string_view expression) {
    for (std::size_t i = 0; i < expression.size();) {
        if (expression[i] == '\\') {
            i += 2;
            continue;
        }
        const auto end = end_of_letter(expression, i);
        const auto letter = expression.substr(i, end - i);
        const auto folded = static_cast<unsigned char>(letter[0]) >= 0x80 ? fold(letter) : "";
        if (!folded.empty() && folded != letter && folded != lower(letter)) {
            return std::string(letter);
        }
        i = end;
    }
    return {};
}

}  // namespace

Result<WordPattern> WordPattern::compile(std::string_view expression, Matching matching) {
    const auto options = options_for(matching);
    const re2::RE2 alone(re2::StringPiece(expression.data(), expression.size()), options);
    if (!alone.ok()) {
        return fail(ErrorCode::Invalid, "not a regular expression (RE2): {}", alone.error());
    }
    const bool folded = matching == Matching::Folded;
    if (const auto letter = folded ? unfolded_letter(expression) : std::string(); !letter.empty()) {
        return fail(ErrorCode::Invalid, "`{}` never occurs in folded text: write `{}`", letter,
                    fold(letter));
    }
    // Folded words lie between single spaces, so the spaces are the word borders.
    const auto wrapped = folded ? " (?:" + std::string(expression) + ") " : std::string(expression);
    auto compiled = std::make_shared<const re2::RE2>(wrapped, options);
    if (!compiled->ok() || compiled->ProgramSize() > kProgramMax) {
        return fail(ErrorCode::Invalid, "too large a regular expression: at most {} steps",
                    kProgramMax);
    }
    return WordPattern(std::move(compiled), folded ? 1 : 0);
}

bool WordPattern::scan(std::string_view text, const OnMatch& on_match) const {
    const re2::StringPiece whole(text.data(), text.size());
    re2::StringPiece match;
    std::size_t from = 0;
    for (std::size_t count = 0; from < text.size(); ++count) {
        if (!compiled_->Match(whole, from, text.size(), re2::RE2::UNANCHORED, &match, 1)) {
            return true;
        }
        if (count == kMatchesMax) {
            return false;
        }
        const auto begin = static_cast<std::size_t>(match.data() - text.data());
        const auto end = begin + match.size();
        if (match.size() > 2 * border_) {
            if (match.size() <= kMatchBytesMax) {
                on_match(begin + border_, end - border_);
            }
            from = end - border_;
        } else {
            from = end + 1;
        }
    }
    return true;
}

}  // namespace oidor::audit
