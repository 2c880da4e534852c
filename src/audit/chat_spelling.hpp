// What people type in chats made readable before it is searched: abbreviations, stretched letters,
// laughter, emoji. Positions are kept, so quotes stay what was typed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace oidor::audit {

/// A chat message written out. `origins[i]` is the byte of the original where the code point begins
/// that byte `i` of `text` stands for; a written-out word begins at its original's first and ends
/// at its original's last code point.
struct ChatText {
    std::string text = {};
    std::vector<std::uint32_t> origins = {};
};

/// The words that emoji, emoticons and laughter become; no phrase has them, lexicons do.
inline constexpr std::string_view kEmojiWordPrefix = "emoji";

/// Writes a message out by the table of its language (`es`, `pt`, `en`; any other: only stretched
/// letters, laughter and emoji). Text that needs nothing comes back as it was.
ChatText write_out_chat(std::string_view text, std::string_view language);

/// Of the tables, for receipts.
std::string chat_spelling_sha256();

}  // namespace oidor::audit
