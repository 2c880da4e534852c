#include "redact/redact.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "domain/masking.hpp"
#include "redact/addresses.hpp"
#include "redact/numbers.hpp"
#include "redact/runs.hpp"
#include "redact/words.hpp"

namespace oidor::redact {
namespace {

/// A telephone this long leaves its ends to be told apart by.
constexpr std::size_t kPhoneDigitsMin = 10;

/// Bytes that the tokens cover; a plus or parenthesis before a number belongs to it.
Span span_of(const Transcript& transcript, const TokenTable& table, const Found& found,
             std::pair<std::uint32_t, std::uint32_t> tokens) {
    const auto& first = table.tokens[tokens.first];
    const std::string_view text = transcript.segments[first.segment].text;
    std::size_t begin = first.begin;
    if (found.kind == Kind::Phone && first.kind == TokenKind::Digits) {
        while (begin > 0 && (text[begin - 1] == '+' || text[begin - 1] == '(')) {
            --begin;
        }
    }
    return {.segment = first.segment,
            .begin = begin,
            .end = table.tokens[tokens.second].end,
            .kind = found.kind,
            .sure = found.sure};
}

bool is_over(const Span& left, const Span& right) {
    return left.segment == right.segment && left.begin < right.end && right.begin < left.end;
}

/// Addresses and lettered ones come first: the digits in them are theirs.
std::vector<Found> find_all(const Transcript& transcript, const TokenTable& table,
                            const Options& options) {
    auto all = find_emails(transcript, table);
    for (auto& more : {find_lettered(transcript, table), find_spelled(transcript, table),
                       find_numbers(table, find_runs(transcript, table), options)}) {
        all.insert(all.end(), more.begin(), more.end());
    }
    std::erase_if(all, [&](const Found& found) { return options.without.contains(found.kind); });
    return all;
}

/// The earlier of two that lie over each other stays, and covers what both cover: nothing of an
/// identifier that was found is left to be read.
void join_overlaps(std::vector<Span>& spans) {
    std::ranges::stable_sort(spans, {}, [](const Span& span) {
        return std::tuple(span.segment, span.begin, span.number);
    });
    std::vector<Span> apart;
    for (const auto& span : spans) {
        if (!apart.empty() && is_over(apart.back(), span)) {
            apart.back().end = std::max(apart.back().end, span.end);
        } else {
            apart.push_back(span);
        }
    }
    spans = std::move(apart);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool keeps_its_ends(const Span& span, std::string_view text) {
    const auto digits = std::ranges::count_if(text, is_digit);
    const bool written = std::ranges::none_of(
        text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
    return span.kind == Kind::Phone && written &&
           static_cast<std::size_t>(digits) >= kPhoneDigitsMin;
}

}  // namespace

std::string_view format(Sure sure) {
    switch (sure) {
        case Sure::Possible: return "possible";
        case Sure::Likely: return "likely";
        case Sure::Certain: return "certain";
    }
    return "likely";
}

std::vector<Span> find(const Transcript& transcript, const Options& options) {
    const auto table = tokenize(transcript, transcript.language.value_or(options.language));
    const auto all = find_all(transcript, table, options);
    std::vector<Span> spans;
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (const auto& tokens : all[i].tokens) {
            spans.push_back(span_of(transcript, table, all[i], tokens));
            spans.back().number = i;
        }
    }
    join_overlaps(spans);
    return spans;
}

std::vector<Span> find(std::string_view text, const Options& options) {
    Transcript transcript;
    transcript.language = options.language;
    transcript.segments.emplace_back();
    transcript.segments.front().text = text;
    return find(transcript, options);
}

std::string mask(std::string_view text, std::span<const Span> spans, std::string_view language) {
    std::string out;
    std::size_t at = 0;
    for (const auto& span : spans) {
        const auto found = text.substr(span.begin, span.end - span.begin);
        out += text.substr(at, span.begin - at);
        out += keeps_its_ends(span, found) ? mask_phone(found)
                                           : std::string(placeholder_of(span.kind, language));
        at = span.end;
    }
    return out + std::string(text.substr(at));
}

std::string masked(std::string_view text, const Options& options) {
    return mask(text, find(text, options), options.language);
}

Transcript masked(const Transcript& transcript, std::span<const Span> spans,
                  std::string_view otherwise) {
    auto copy = transcript;
    const auto language = transcript.language.value_or(std::string(otherwise));
    for (std::size_t i = 0; i < copy.segments.size(); ++i) {
        auto& segment = copy.segments[i];
        const auto own = spans_of(spans, i);
        segment.words = masked_words(transcript.segments[i], own, language);
        if (!own.empty()) {
            segment.text = mask(segment.text, own, language);
        }
    }
    return copy;
}

std::string_view version() { return "1"; }

}  // namespace oidor::redact
