#include "redact/surroundings.hpp"

namespace oidor::redact {
namespace {

/// A number before this one takes the words before it for itself.
constexpr std::uint32_t kLongNumber = 5;
/// Three or four digits are many things: their word has to be nearer.
constexpr int kCodeWords = 10;

bool is_spoken_number(const Token& token) {
    using enum WordClass;
    const auto kind = token.word.kind;
    return token.is_word() && (kind == Unit || kind == Teen || kind == Ten || kind == Hundred ||
                               kind == Cien || kind == Times);
}

/// Labels that need the words before them: `código de seguridad`, `mi número`.
std::uint32_t labels_of(const TokenTable& table, std::uint32_t i) {
    auto labels = table.tokens[i].word.labels;
    if ((labels & (kSecurity | kNumber)) != 0) {
        std::uint32_t before = kNothing;
        for (std::uint32_t back = 1; back <= 2 && back <= i; ++back) {
            before |= table.tokens[i - back].word.labels;
        }
        labels |= (labels & kSecurity) != 0 && (before & kCode) != 0 ? kCardCode : kNothing;
        labels |= (labels & kNumber) != 0 && (before & kMine) != 0 ? kMyNumber : kNothing;
    }
    return labels;
}

std::uint32_t labels_before(const TokenTable& table, std::uint32_t first) {
    std::uint32_t labels = kNothing;
    std::uint32_t spoken = 0;
    int words = 0;
    for (std::uint32_t i = first; i-- > 0 && words < kWordsBefore;) {
        const auto& token = table.tokens[i];
        if (table.tokens[first].segment - token.segment > kSegmentsBefore) {
            break;
        }
        if (token.kind == TokenKind::Digits && token.end - token.begin >= kLongNumber) {
            break;
        }
        spoken = is_spoken_number(token) ? spoken + 1 : 0;
        if (spoken >= kLongNumber) {
            break;
        }
        if (token.is_word()) {
            ++words;
            const auto back = table.tokens[first].segment - token.segment;
            // What a question says beside counts for the question, not for its answer.
            if (token.has(kOther) && back == 0) {
                break;
            }
            const bool near = back <= 1 && words <= kCodeWords;
            labels |= labels_of(table, i) & ~(near ? 0U : static_cast<std::uint32_t>(kCardCode));
        }
    }
    return labels;
}

bool says_number(const Token& token) {
    return token.kind == TokenKind::Digits || is_spoken_number(token);
}

std::uint32_t labels_behind(const TokenTable& table, std::uint32_t last) {
    static constexpr std::uint32_t kNumberAfter = 4;
    const auto end = table.begins[table.tokens[last].segment + 1];
    for (std::uint32_t i = last + 1; i < end && i <= last + kWordsBehind; ++i) {
        const auto& token = table.tokens[i];
        if (says_number(token) || (token.gap & kSentenceGap) != 0) {
            return kNothing;
        }
        const auto labels = labels_of(table, i) & ~(kNumber | kMine | kIs | kOther | kCode);
        if (labels == kNothing) {
            continue;
        }
        // It tells of the number that follows it, unless a comma comes first.
        for (std::uint32_t next = i + 1; next < end && next <= i + kNumberAfter; ++next) {
            if ((table.tokens[next].gap & (kCommaGap | kSentenceGap)) != 0) {
                break;
            }
            if (says_number(table.tokens[next])) {
                return kNothing;
            }
        }
        return labels;
    }
    return kNothing;
}

}  // namespace

bool is_of_another_thing(const TokenTable& table, std::uint32_t first) {
    static constexpr std::uint32_t kNear = 5;
    for (std::uint32_t i = first; i-- > 0 && first - i <= kNear;) {
        const auto& token = table.tokens[i];
        if (token.segment != table.tokens[first].segment || token.kind == TokenKind::Digits) {
            return false;
        }
        if (token.has(kOther)) {
            return true;
        }
        if (token.has(~(kNumber | kMine | kIs | kCode))) {
            return false;
        }
    }
    return false;
}

std::uint32_t labels_around(const TokenTable& table, std::uint32_t first, std::uint32_t last) {
    const auto before = labels_before(table, first);
    return is_of_another_thing(table, first) ? before : before | labels_behind(table, last);
}

bool is_money(const TokenTable& table, std::uint32_t first, std::uint32_t last) {
    const auto& token = table.tokens[first];
    if ((token.gap & kMoneyGap) != 0) {
        return true;
    }
    // `S/ 120`: soles.
    if ((token.gap & (kSlashGap | kSpace)) == (kSlashGap | kSpace) && first > 0 &&
        table.tokens[first - 1].end - table.tokens[first - 1].begin == 1) {
        return true;
    }
    const auto end = table.begins[table.tokens[last].segment + 1];
    return last + 1 < end && table.tokens[last + 1].has(kMoney);
}

}  // namespace oidor::redact
