#include "redact/runs.hpp"

#include <array>
#include <optional>
#include <utility>

#include "redact/spoken.hpp"

namespace oidor::redact {
namespace {

/// Words that say nothing in a row, before a number counts as ended.
constexpr int kFillersMax = 3;
/// Of the other speaker's or one's own, between two parts of a number.
constexpr std::uint32_t kSegmentsBetweenMax = 6;
/// One's own `espere un momento`: a segment this short does not end a number.
constexpr int kQuietWordsMax = 4;
/// The other's `ahora dígame los siguientes cuatro, por favor`.
constexpr int kPromptWordsMax = 12;
constexpr std::size_t kSpeakers = 5;

std::uint8_t languages_of(std::string_view language) {
    if (language == "en") {
        return kEnglish;
    }
    if (language == "pt") {
        return kPortuguese;
    }
    return language == "es" ? kSpanish : kSpanish | kPortuguese;
}

bool is_filler(WordClass kind) {
    using enum WordClass;
    return kind == And || kind == Filler || kind == Ack || kind == Dot || kind == Dash ||
           kind == Ends;
}

/// Goes through the segments once and keeps, for each speaker, the number that may go on.
class RunFinder {
  public:
    RunFinder(const Transcript& transcript, const TokenTable& table)
        : transcript_(transcript), table_(table) {}

    std::vector<Run> find() {
        for (std::uint32_t i = 0; i < transcript_.segments.size(); ++i) {
            read_segment(i);
        }
        return std::move(runs_);
    }

  private:
    struct Open {
        std::optional<std::size_t> run = {};
        std::uint32_t segment = 0;
    };

    Open& open_of(std::uint32_t segment) {
        return open_[static_cast<std::size_t>(transcript_.segments[segment].speaker) % kSpeakers];
    }

    void read_segment(std::uint32_t segment) {
        begin_ = table_.begins[segment];
        end_ = table_.begins[segment + 1];
        current_ = {};
        linkable_ = true;
        fillers_ = 0;
        words_ = 0;
        atoms_ = 0;
        telling_ = false;
        for (std::uint32_t i = begin_; i < end_;) {
            const auto atom = read_atom(segment, i);
            i = atom ? add(segment, *atom) : skip(i);
        }
        close(segment);
    }

    std::string_view text_of(const Token& token) const {
        return std::string_view(transcript_.segments[token.segment].text)
            .substr(token.begin, token.end - token.begin);
    }

    std::optional<Atom> read_atom(std::uint32_t segment, std::uint32_t i) {
        const auto& token = table_.tokens[i];
        Atom atom{.first = i, .last = i, .gap = token.gap};
        if (token.kind == TokenKind::Digits) {
            atom.digits = digits_of(text_of(token));
            atom.written = true;
            return atom;
        }
        if (token.word.kind == WordClass::Plain || !token.is_word()) {
            return std::nullopt;
        }
        if (is_check_letter(token, i)) {
            atom.digits = "K";
            atom.written = true;
            return atom;
        }
        const auto spoken =
            read_spoken(std::span(table_.tokens).subspan(i, end_ - i),
                        transcript_.segments[segment].text, linkable_ && current_.has_value());
        if (!spoken) {
            return std::nullopt;
        }
        atom.last = i + static_cast<std::uint32_t>(spoken->tokens) - 1;
        atom.digits = spoken->digits;
        atom.open_zeros = spoken->open_zeros;
        return atom;
    }

    /// The K that ends a RUT: behind a number, joined to it or by a dash.
    [[nodiscard]] bool is_check_letter(const Token& token, std::uint32_t i) const {
        const auto text = text_of(token);
        const bool name = (text.size() == 1 && (text.front() | 0x20) == 'k') ||
                          (text.size() == 2 && (text[0] | 0x20) == 'k' && (text[1] | 0x20) == 'a');
        return name && current_ && linkable_ && i > begin_ &&
               ((token.gap & ~(kDashGap | kSpace | kCommaGap)) == 0);
    }

    std::uint32_t add(std::uint32_t segment, Atom atom) {
        const bool broken = (atom.gap & (kBreakGap | kMoneyGap | kPlusGap)) != 0 && atoms_ > 0;
        if (!current_) {
            current_ = find_open(segment);
            atom.apart = true;
        }
        if (!current_ || !linkable_ || broken) {
            current_ = runs_.size();
            runs_.emplace_back();
            atom.apart = true;
        }
        atom.apart = atom.apart || fillers_ > 0 || (atom.gap & (kCommaGap | kSentenceGap)) != 0;
        if (!runs_[*current_].atoms.empty()) {
            fill_zeros(runs_[*current_].atoms.back(), atom);
        }
        const auto next = atom.last + 1;
        runs_[*current_].atoms.push_back(std::move(atom));
        linkable_ = true;
        fillers_ = 0;
        ++atoms_;
        return next;
    }

    /// `treinta millones`, `cien mil`, `dos` are 30, 100 and 002.
    static void fill_zeros(Atom& before, Atom& atom) {
        if (before.open_zeros == 0 || atom.written || atom.digits.size() > before.open_zeros) {
            return;
        }
        before.digits.resize(before.digits.size() - before.open_zeros);
        atom.digits.insert(0, before.open_zeros - atom.digits.size(), '0');
        before.open_zeros = 0;
        atom.apart = false;  // It says itself where it belongs.
    }

    /// The speaker's number that this segment's first one may go on.
    std::optional<std::size_t> find_open(std::uint32_t segment) {
        const auto& open = open_of(segment);
        return linkable_ && open.run && segment - open.segment <= kSegmentsBetweenMax
                   ? open.run
                   : std::nullopt;
    }

    std::uint32_t skip(std::uint32_t i) {
        const auto& token = table_.tokens[i];
        const bool links = token.word.kind == WordClass::Link && i > begin_ &&
                           table_.tokens[i - 1].word.kind == WordClass::Ends;
        if (token.is_word() && (links || is_filler(token.word.kind)) &&
            (token.gap & kBreakGap) == 0) {
            linkable_ = linkable_ && ++fillers_ <= kFillersMax;
        } else {
            linkable_ = false;
            ++words_;
            telling_ = telling_ || token.has(~(kNumber | kMine | kIs | kProvider));
        }
        return i + 1;
    }

    /// What the segment leaves open, for its speaker and for the others.
    void close(std::uint32_t segment) {
        auto& own = open_of(segment);
        if (telling_ || words_ > kPromptWordsMax) {
            for (auto& open : open_) {
                open.run = &open == &own ? open.run : std::nullopt;
            }
        }
        if (atoms_ > 0) {
            own = linkable_ ? Open{.run = current_, .segment = segment} : Open{};
        } else if (telling_ || words_ > kQuietWordsMax) {
            own = {};
        }
    }

    const Transcript& transcript_;
    const TokenTable& table_;
    std::vector<Run> runs_ = {};
    std::array<Open, kSpeakers> open_ = {};
    // Of the segment that is read:
    std::uint32_t begin_ = 0;
    std::uint32_t end_ = 0;
    std::optional<std::size_t> current_ = {};
    bool linkable_ = true;  ///< Nothing but fillers since the last number or the start.
    int fillers_ = 0;
    int words_ = 0;
    int atoms_ = 0;
    bool telling_ = false;  ///< A word tells what a number is.
};

}  // namespace

TokenTable tokenize(const Transcript& transcript, std::string_view language) {
    TokenTable table;
    const auto languages = languages_of(language);
    std::size_t size = 0;
    for (const auto& segment : transcript.segments) {
        size += segment.text.size();
    }
    table.tokens.reserve(size / 5);  // Spanish words are no shorter on average.
    for (std::uint32_t i = 0; i < transcript.segments.size(); ++i) {
        table.begins.push_back(static_cast<std::uint32_t>(table.tokens.size()));
        tokenize(transcript.segments[i].text, i, languages, table.tokens);
    }
    table.begins.push_back(static_cast<std::uint32_t>(table.tokens.size()));
    return table;
}

std::vector<Run> find_runs(const Transcript& transcript, const TokenTable& table) {
    return RunFinder(transcript, table).find();
}

}  // namespace oidor::redact
