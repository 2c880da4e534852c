// A text's words for comparing: lower case, without accents and punctuation. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace oidor::speech {

/// `¿Qué tal? I'm…` → que, tal, im. Latin letters lose their accents (ñ is n), apostrophes join,
/// everything else that is no letter or digit separates. Letters of other scripts stay as they are.
std::vector<std::string> plain_words(std::string_view text);

}  // namespace oidor::speech
