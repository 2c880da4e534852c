#include "domain/stored_transcript.hpp"

#include <charconv>
#include <cmath>

#include "base/utf8.hpp"

namespace oidor {
namespace {

constexpr double kStoredTimeMaxMs = 7.0 * 24 * 3600 * 1000;

/// Each step gives false at the first byte that canonical_json would not have written there.
class CanonicalReader {
  public:
    CanonicalReader(std::string_view text, const TranscriptLimits& limits)
        : at_(text.data()), end_(text.data() + text.size()), limits_(limits) {}

    bool read(Transcript& transcript) {
        return take(R"({"duration_s":)") && read_time(transcript.duration, 1000) &&
               take(R"(,"language":)") && read_language(transcript.language) &&
               take(R"(,"segments":[)") && read_segments(transcript.segments) && take("}") &&
               at_ == end_;
    }

  private:
    bool take(std::string_view literal) {
        if (static_cast<std::size_t>(end_ - at_) < literal.size() ||
            std::string_view(at_, literal.size()) != literal) {
            return false;
        }
        at_ += literal.size();
        return true;
    }

    bool take_null() { return at_ != end_ && *at_ == 'n' && take("null"); }

    std::size_t take_digits() {
        const char* begin = at_;
        while (at_ != end_ && *at_ >= '0' && *at_ <= '9') {
            ++at_;
        }
        return static_cast<std::size_t>(at_ - begin);
    }

    /// As RFC 8259 writes numbers. Beyond fifteen digits two parsers may round otherwise: those
    /// are left to the other one.
    bool read_number(double& value) {
        const char* begin = at_;
        (void)take("-");
        const bool zero = at_ != end_ && *at_ == '0';
        auto digits = take_digits();
        if (digits == 0 || (zero && digits > 1)) {
            return false;
        }
        if (take(".")) {
            const auto places = take_digits();
            if (places == 0) {
                return false;
            }
            digits += places;
        }
        if (digits > 15 || (at_ != end_ && (*at_ == 'e' || *at_ == 'E'))) {
            return false;
        }
        return std::from_chars(begin, at_, value).ec == std::errc();
    }

    /// Whole numbers, which nearly all are.
    bool read_whole(std::int64_t& value) {
        const char* digit = at_;
        std::int64_t whole = 0;
        while (digit != end_ && *digit >= '0' && *digit <= '9' && digit - at_ < 15) {
            whole = whole * 10 + (*digit++ - '0');
        }
        const bool padded = digit - at_ > 1 && *at_ == '0';
        if (digit == at_ || padded || digit == end_ || (*digit != ',' && *digit != '}')) {
            return false;
        }
        at_ = digit;
        value = whole;
        return true;
    }

    bool read_time(std::optional<Milliseconds>& time, int unit_ms) {
        if (take_null()) {
            return true;
        }
        std::int64_t whole = 0;
        double ms = 0;
        if (read_whole(whole)) {
            ms = static_cast<double>(whole) * unit_ms;
        } else if (read_number(ms)) {
            ms *= unit_ms;
        } else {
            return false;
        }
        if (!(ms >= 0) || ms > kStoredTimeMaxMs) {
            return false;
        }
        time = Milliseconds(std::llround(ms));
        return true;
    }

    bool read_escape(std::string& text) {
        // Behind the backslash. \u is left to the other parser.
        switch (*at_++) {
            case '"': text += '"'; return true;
            case '\\': text += '\\'; return true;
            case 'b': text += '\b'; return true;
            case 'f': text += '\f'; return true;
            case 'n': text += '\n'; return true;
            case 'r': text += '\r'; return true;
            case 't': text += '\t'; return true;
            default: return false;
        }
    }

    bool read_text(std::string& text) {
        if (!take("\"")) {
            return false;
        }
        while (true) {
            const char* run = at_;
            while (at_ != end_ && *at_ != '"' && *at_ != '\\' &&
                   static_cast<unsigned char>(*at_) >= 0x20) {
                ++at_;
            }
            text.append(run, at_);
            if (at_ == end_) {
                return false;
            }
            const char sign = *at_++;
            if (sign == '"') {
                return is_utf8(text);
            }
            if (sign != '\\' || at_ == end_ || !read_escape(text)) {
                return false;
            }
        }
    }

    bool read_language(std::optional<std::string>& language) {
        if (take_null()) {
            return true;
        }
        std::string text;
        if (!read_text(text)) {
            return false;
        }
        language = primary_language(text);
        return language.has_value();
    }

    bool read_speaker(Speaker& speaker) {
        const char* begin = at_ + 1;
        if (!take("\"")) {
            return false;
        }
        while (at_ != end_ && *at_ != '"') {
            ++at_;
        }
        const auto parsed = parse_speaker({begin, static_cast<std::size_t>(at_ - begin)});
        speaker = parsed.value_or(Speaker::Unknown);
        return parsed && take("\"");
    }

    bool read_channel(std::optional<int>& channel) {
        if (take_null()) {
            return true;
        }
        std::int64_t number = 0;
        if (!read_whole(number) || number > 255) {
            return false;
        }
        channel = static_cast<int>(number);
        return true;
    }

    bool read_confidence(std::optional<double>& confidence) {
        if (take_null()) {
            return true;
        }
        double number = 0;
        if (!read_number(number) || !(number >= 0) || number > 1) {
            return false;
        }
        confidence = number;
        return true;
    }

    static bool in_order(const std::optional<Milliseconds>& start,
                         const std::optional<Milliseconds>& end) {
        return !start || !end || *end >= *start;
    }

    bool read_words(std::vector<Word>& words) {
        do {
            auto& word = words.emplace_back();
            if (!(take(R"({"end_ms":)") && read_time(word.end, 1) && take(R"(,"start_ms":)") &&
                  read_time(word.start, 1) && take(R"(,"text":)") && read_text(word.text) &&
                  take("}") && in_order(word.start, word.end))) {
                return false;
            }
        } while (take(","));
        return take("]");
    }

    bool read_segment(Segment& segment) {
        const bool fields =
            take(R"({"channel":)") && read_channel(segment.channel) && take(R"(,"confidence":)") &&
            read_confidence(segment.confidence) && take(R"(,"end_ms":)") &&
            read_time(segment.end, 1) && take(R"(,"speaker":)") && read_speaker(segment.speaker) &&
            take(R"(,"start_ms":)") && read_time(segment.start, 1) && take(R"(,"text":)") &&
            read_text(segment.text) && in_order(segment.start, segment.end);
        if (!fields) {
            return false;
        }
        if (take(R"(,"words":[)") && !read_words(segment.words)) {
            return false;
        }
        return take("}");
    }

    bool read_segments(std::vector<Segment>& segments) {
        if (take("]")) {
            return true;
        }
        do {
            if (segments.size() == limits_.segments_max || !read_segment(segments.emplace_back())) {
                return false;
            }
        } while (take(","));
        return take("]");
    }

    const char* at_;
    const char* end_;
    const TranscriptLimits& limits_;
};

}  // namespace

Result<Transcript> parse_stored_transcript(std::string_view json_text,
                                           const TranscriptLimits& limits) {
    Transcript transcript;
    if (json_text.size() <= limits.size_bytes_max &&
        CanonicalReader(json_text, limits).read(transcript)) {
        return transcript;
    }
    return parse_transcript(json_text, limits);
}

}  // namespace oidor
