#include "audit/folding.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "audit/folding_table.hpp"
#include "base/assert.hpp"
#include "base/sha256.hpp"
#include "base/utf8.hpp"

namespace oidor::audit {
namespace {

/// What a byte is to the fast path; any other value is the folded letter or digit itself.
enum ByteKind : std::uint8_t { kSeparator, kIgnored, kRare, kBreak, kDot };

constexpr auto kBytes = [] {
    std::array<std::uint8_t, 256> kinds{};
    for (std::size_t c = 0; c < kinds.size(); ++c) {
        kinds[c] = c >= 0x80 ? kRare : kSeparator;
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            kinds[c] = static_cast<std::uint8_t>(c);
        } else if (c >= 'A' && c <= 'Z') {
            kinds[c] = static_cast<std::uint8_t>(c | 0x20U);
        }
    }
    for (const char c : {',', ';', ':', '?', '!', '\n', '(', ')'}) {
        kinds[static_cast<std::uint8_t>(c)] = kBreak;
    }
    kinds['.'] = kDot;
    kinds['\''] = kIgnored;
    kinds['`'] = kIgnored;
    return kinds;
}();

/// A part apart from the one before: no phrase contains it.
constexpr char kBarrier = '\n';
constexpr char32_t kCombiningTilde = 0x303;
constexpr std::string_view kEnye = "\xc3\xb1";
constexpr std::uint64_t kHashFactor = 0x9E3779B97F4A7C15ULL;

bool in_ranges(std::span<const CodeRange> ranges, char32_t code) {
    const auto after = std::ranges::upper_bound(ranges, code, {}, &CodeRange::first);
    return after != ranges.begin() && code <= std::prev(after)->last;
}

enum class LetterKind { Letter, Mark, Ignored, Separator, Break };

LetterKind kind_of(char32_t code) {
    if (code < 0x80) {
        const auto kind = kBytes[code];
        return kind == kIgnored ? LetterKind::Ignored
               : kind > kDot    ? LetterKind::Letter
                                : LetterKind::Separator;
    }
    if (in_ranges(mark_ranges(), code)) {
        return LetterKind::Mark;
    }
    if (in_ranges(ignored_ranges(), code)) {
        return LetterKind::Ignored;
    }
    if (code == 0xFFFD || in_ranges(separator_ranges(), code)) {
        return in_ranges(break_ranges(), code) ? LetterKind::Break : LetterKind::Separator;
    }
    return LetterKind::Letter;
}

/// Two-byte code points (U+0080 to U+07FF) are common, so they have a table of their own.
struct TwoByteTable {
    std::array<FoldEntry, 0x800> entries{};
    std::array<LetterKind, 0x800> kinds{};
    TwoByteTable() {
        for (char32_t code = 0x80; code < 0x800; ++code) {
            std::string own;
            append_utf8(own, code);
            entries[code] = {.code = code, .size_bytes = 2, .bytes = {own[0], own[1], 0, 0}};
            kinds[code] = kind_of(code);
        }
        for (const auto& entry : fold_entries()) {
            if (entry.code < 0x800) {
                entries[entry.code] = entry;
            }
        }
    }
};

const TwoByteTable& two_byte_table() {
    static const TwoByteTable table;
    return table;
}

/// `load_tail(at, size)`: the last `size` bytes, fewer than eight, with zeros above them.
template <typename LoadTail>
std::uint64_t hash_of(std::string_view bytes, const LoadTail& load_tail) {
    std::uint64_t hash = bytes.size() * kHashFactor;
    while (bytes.size() >= sizeof hash) {
        std::uint64_t chunk = 0;
        std::memcpy(&chunk, bytes.data(), sizeof chunk);
        hash = (hash ^ chunk) * kHashFactor;
        hash ^= hash >> 29U;
        bytes.remove_prefix(sizeof chunk);
    }
    hash = (hash ^ load_tail(bytes.data(), bytes.size())) * kHashFactor;
    return hash ^ (hash >> 32U);
}

}  // namespace

std::uint64_t hash_word(std::string_view bytes) {
    return hash_of(bytes, [](const char* at, std::size_t size) {
        std::uint64_t chunk = 0;
        std::memcpy(&chunk, at, size);
        return chunk;
    });
}

SearchText::SearchText(std::size_t size_bytes, std::size_t parts) {
    // Folding never grows; lower-casing grows two-byte letters to three bytes at most.
    const auto room = size_bytes + size_bytes / 2 + parts * 4 + 16;
    bytes_ = std::make_unique_for_overwrite<char[]>(room);
    origins_ = std::make_unique_for_overwrite<std::uint32_t[]>(room);
    part_begins_.reserve(parts);
    words_.reserve(size_bytes / 5 + 1);
}

void SearchText::end_word() {
    if (size_ > word_begin_) {
        const std::string_view word(bytes_.get() + word_begin_, size_ - word_begin_);
        // The buffer is longer than the text by more than eight bytes, so one load and a mask will
        // do.
        const auto load_padded = [](const char* at, std::size_t size) {
            std::uint64_t chunk = 0;
            std::memcpy(&chunk, at, sizeof chunk);
            return chunk & ((std::uint64_t{1} << (size * 8)) - 1);
        };
        words_.push_back({.begin = static_cast<std::uint32_t>(word_begin_),
                          .size_bytes = static_cast<std::uint32_t>(word.size()),
                          .hash = hash_of(word, load_padded),
                          .part = static_cast<std::uint32_t>(part_begins_.size() - 1),
                          .clause_start = clause_,
                          .sentence_start = sentence_});
        clause_ = false;
        sentence_ = false;
        push(' ', 0);
        word_begin_ = size_;
    }
}

std::size_t SearchText::add_rare(std::string_view text, std::size_t position, bool& clause) {
    const auto point = read_code_point(text, position);
    const auto origin = static_cast<std::uint32_t>(position);
    const auto& table = two_byte_table();
    const bool two = point.value < 0x800;
    const auto kind = two ? table.kinds[point.value] : kind_of(point.value);
    if (kind == LetterKind::Mark) {
        // n and a tilde are ñ, however they are written.
        if (point.value == kCombiningTilde && size_ > word_begin_ && bytes_[size_ - 1] == 'n') {
            bytes_[size_ - 1] = kEnye[0];
            push(kEnye[1], origins_[size_ - 1]);
        }
    } else if (kind == LetterKind::Letter) {
        FoldEntry entry = {};
        if (two) {
            entry = table.entries[point.value];
        } else {
            const auto found =
                std::ranges::lower_bound(fold_entries(), point.value, {}, &FoldEntry::code);
            if (found != fold_entries().end() && found->code == point.value) {
                entry = *found;
            }
        }
        if (entry.size_bytes > 0) {
            for (std::size_t i = 0; i < entry.size_bytes; ++i) {
                push(entry.bytes[i], origin);
            }
        } else {
            for (std::size_t i = 0; i < point.size_bytes; ++i) {
                push(text[position + i], origin);
            }
        }
    } else if (kind != LetterKind::Ignored) {
        end_word();
        clause = clause || kind == LetterKind::Break;
    }
    return point.size_bytes;
}

void SearchText::add_folded(std::string_view text, Join join,
                            std::span<const std::uint32_t> origins) {
    const auto from = size_;
    if (part_begins_.empty()) {
        push(' ', 0);
    } else if (join == Join::Apart) {
        push(kBarrier, 0);
        push(' ', 0);
    }
    word_begin_ = size_;
    part_begins_.push_back(static_cast<std::uint32_t>(size_));
    bool clause = true;
    bool sentence = true;
    std::size_t dots = 0;
    const auto settle = [&] {
        // One full stop ends a clause, an ellipsis is only a pause.
        clause_ = clause_ || clause || dots == 1;
        sentence_ = sentence_ || sentence || dots == 1;
        clause = false;
        sentence = false;
        dots = 0;
    };
    for (std::size_t i = 0; i < text.size();) {
        const auto kind = kBytes[static_cast<std::uint8_t>(text[i])];
        if (kind > kDot) {
            if (size_ == word_begin_) {
                settle();
            }
            push(static_cast<char>(kind), static_cast<std::uint32_t>(i));
            ++i;
        } else if (kind == kRare) {
            const auto before = size_;
            const bool at_start = size_ == word_begin_;
            i += add_rare(text, i, clause);
            if (at_start && size_ > before) {
                settle();
            }
        } else {
            if (kind != kIgnored) {
                end_word();
                clause = clause || kind == kBreak;
                sentence = sentence || text[i] == '?' || text[i] == '!' || text[i] == '\n';
                dots += kind == kDot ? 1 : 0;
            }
            ++i;
        }
    }
    end_word();
    clause_ = true;
    sentence_ = true;
    if (!origins.empty()) {
        for (auto i = from; i < size_; ++i) {
            origins_[i] = origins[std::min<std::size_t>(origins_[i], origins.size() - 1)];
        }
    }
}

void SearchText::add_lower(std::string_view text) {
    if (!part_begins_.empty()) {
        push(' ', last_size_);
    }
    last_size_ = static_cast<std::uint32_t>(text.size());
    part_begins_.push_back(static_cast<std::uint32_t>(size_));
    std::string scratch;
    for (std::size_t i = 0; i < text.size();) {
        const auto c = static_cast<std::uint8_t>(text[i]);
        const auto origin = static_cast<std::uint32_t>(i);
        if (c < 0x80) {
            push(static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20U : c), origin);
            ++i;
            continue;
        }
        const auto point = read_code_point(text, i);
        const auto found =
            std::ranges::lower_bound(lower_entries(), point.value, {}, &LowerEntry::code);
        scratch.clear();
        append_utf8(scratch, found != lower_entries().end() && found->code == point.value
                                 ? found->lower
                                 : point.value);
        if (!point.valid) {
            scratch = text[i];
        }
        for (const char byte : scratch) {
            push(byte, origin);
        }
        i += point.size_bytes;
    }
}

void SearchText::finish() { push(kBarrier, 0); }

Position SearchText::origin(std::size_t index) const {
    ASSERT(index < size_ && !part_begins_.empty(), "only bytes of the text are asked for");
    const auto after = std::ranges::upper_bound(part_begins_, static_cast<std::uint32_t>(index));
    const auto part = after == part_begins_.begin() ? 0 : std::prev(after) - part_begins_.begin();
    return {.part = static_cast<std::uint32_t>(part), .offset = origins_[index]};
}

std::size_t SearchText::word_at(std::size_t index) const {
    const auto end_of = [](const WordSpan& word) {
        return static_cast<std::size_t>(word.begin) + word.size_bytes;
    };
    return static_cast<std::size_t>(std::ranges::upper_bound(words_, index, {}, end_of) -
                                    words_.begin());
}

std::size_t end_of_letter(std::string_view text, std::size_t offset) {
    if (offset >= text.size()) {
        return text.size();
    }
    auto end = offset + read_code_point(text, offset).size_bytes;
    while (end < text.size()) {
        const auto point = read_code_point(text, end);
        if (point.value < 0x80 || kind_of(point.value) != LetterKind::Mark) {
            break;
        }
        end += point.size_bytes;
    }
    return end;
}

std::string fold(std::string_view text) {
    SearchText folded(text.size(), 1);
    folded.add_folded(text, SearchText::Join::Apart);
    auto bytes = std::string(folded.bytes().substr(1));
    while (bytes.ends_with(' ')) {
        bytes.pop_back();
    }
    return bytes;
}

std::string lower(std::string_view text) {
    SearchText lowered(text.size(), 1);
    lowered.add_lower(text);
    return std::string(lowered.bytes());
}

std::string accented_letters(std::string_view text) {
    // A vowel or n and the mark behind it, as one sign.
    struct Composed {
        char base;
        char32_t mark;
        char32_t letter;
    };
    static constexpr std::array<Composed, 26> kComposed = {{
        {'a', 0x300, 0xE0}, {'a', 0x301, 0xE1}, {'a', 0x302, 0xE2}, {'a', 0x303, 0xE3},
        {'a', 0x308, 0xE4}, {'c', 0x327, 0xE7}, {'e', 0x300, 0xE8}, {'e', 0x301, 0xE9},
        {'e', 0x302, 0xEA}, {'e', 0x308, 0xEB}, {'i', 0x300, 0xEC}, {'i', 0x301, 0xED},
        {'i', 0x302, 0xEE}, {'i', 0x308, 0xEF}, {'n', 0x303, 0xF1}, {'o', 0x300, 0xF2},
        {'o', 0x301, 0xF3}, {'o', 0x302, 0xF4}, {'o', 0x303, 0xF5}, {'o', 0x308, 0xF6},
        {'u', 0x300, 0xF9}, {'u', 0x301, 0xFA}, {'u', 0x302, 0xFB}, {'u', 0x308, 0xFC},
        {'y', 0x301, 0xFD}, {'y', 0x308, 0xFF},
    }};
    std::string letters;
    for (std::size_t i = 0; i < text.size();) {
        const auto point = read_code_point(text, i);
        i += point.size_bytes;
        if (point.value < 0x80) {
            const char c = static_cast<char>(point.value | 0x20U);
            if (c >= 'a' && c <= 'z') {
                letters.push_back(c);
            }
            continue;
        }
        const auto* composed = std::ranges::find_if(kComposed, [&](const Composed& one) {
            return !letters.empty() && one.base == letters.back() && one.mark == point.value;
        });
        if (composed != kComposed.end()) {
            letters.pop_back();
            append_utf8(letters, composed->letter);
        } else if (point.value >= 0xC0 && point.value < 0x250) {
            const bool capital = point.value < 0xDF && point.value != 0xD7;
            append_utf8(letters, capital ? point.value + 0x20 : point.value);
        }
    }
    return letters;
}

std::string folding_sha256() {
    std::string data = "folding 1\n";
    for (const auto& entry : fold_entries()) {
        append_utf8(data, entry.code);
        data.append(entry.bytes, entry.size_bytes);
    }
    for (const auto& entry : lower_entries()) {
        append_utf8(data, entry.code);
        append_utf8(data, entry.lower);
    }
    for (const auto ranges :
         {separator_ranges(), mark_ranges(), ignored_ranges(), break_ranges()}) {
        data += '\n';
        for (const auto& range : ranges) {
            append_utf8(data, range.first);
            append_utf8(data, range.last);
        }
    }
    return sha256_hex(data);
}

}  // namespace oidor::audit
