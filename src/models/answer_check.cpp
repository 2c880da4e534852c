#include "models/answer_check.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "models/asker.hpp"
#include "models/quotes.hpp"

namespace oidor::models {
namespace {

/// Not more than so many bytes, cut between letters.
std::string bounded(std::string_view text, std::size_t bytes_max) {
    auto out = visible_text(text);
    if (out.size() > bytes_max) {
        auto end = bytes_max;
        while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80U) {
            --end;
        }
        out.resize(end);
    }
    return out;
}

struct FoundQuote {
    std::optional<Citation> citation = {};
    AnswerState state = AnswerState::QuoteNotFound;
};

/// So much around a quote is looked at as well: a quote may leave out what gives it away.
constexpr std::size_t kAroundBytes = 120;

std::string_view around(std::string_view text, const QuotePlace& place) {
    const auto is_inner = [text](std::size_t at) {
        return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
    };
    auto begin = place.begin > kAroundBytes ? place.begin - kAroundBytes : 0;
    while (begin > 0 && is_inner(begin)) {
        --begin;
    }
    auto end = std::min(text.size(), place.end + kAroundBytes);
    while (is_inner(end)) {
        ++end;
    }
    return text.substr(begin, end - begin);
}

FoundQuote find_in(const Transcript& transcript, std::size_t index, std::string_view quote,
                   std::optional<Speaker> speaker, QuoteUse use) {
    const auto& segment = transcript.segments[index];
    const auto place = find_quote(segment.text, quote);
    if (!place) {
        return {};
    }
    if (speaker && segment.speaker != *speaker) {
        return {.citation = {}, .state = AnswerState::WrongSpeaker};
    }
    auto words = segment.text.substr(place->begin, place->end - place->begin);
    if (speaks_to_the_judge(around(segment.text, *place)) ||
        (use == QuoteUse::Proof && !is_enough_to_prove(segment.text, *place))) {
        return {.citation = {}, .state = AnswerState::NotEvidence};
    }
    return {.citation = Citation{.segment = index, .quote = std::move(words)},
            .state = AnswerState::Verified};
}

/// In the segment that it names; models miscount, so in the two beside it as well.
FoundQuote find_citation(const json::object& given, std::optional<Speaker> speaker,
                         const Transcript& transcript, QuoteUse use) {
    const auto segment = find_int64(given, "segment");
    const auto quote = find_string(given, "quote");
    const auto count = std::ssize(transcript.segments);
    if (!segment || !quote || *segment < 0 || *segment >= count || quote->size() > kQuoteBytesMax) {
        return {};
    }
    FoundQuote best;
    for (const std::int64_t step : {0, -1, 1}) {
        const auto index = *segment + step;
        if (index < 0 || index >= count) {
            continue;
        }
        auto found = find_in(transcript, static_cast<std::size_t>(index), *quote, speaker, use);
        if (found.citation) {
            return found;
        }
        if (best.state == AnswerState::QuoteNotFound) {
            best = std::move(found);
        }
    }
    return best;
}

std::optional<Decimal> value_of(const json::value& value, const Question& question) {
    if (question.kind == Question::Kind::YesNo) {
        const std::string_view word = value.as_string();
        return word == "unknown" ? std::nullopt
                                 : std::optional(Decimal::from_int(word == "yes" ? 1 : 0));
    }
    if (value.is_null()) {
        return std::nullopt;
    }
    const double number = value.to_number<double>();
    if (!std::isfinite(number)) {
        return std::nullopt;
    }
    // Clamped before it becomes a decimal, which has a range of its own.
    return Decimal::from_double(
        std::clamp(number, question.min.to_double(), question.max.to_double()));
}

std::string_view words_of(AnswerState state) {
    switch (state) {
        case AnswerState::WrongSpeaker: return "a quote is of another speaker than the one asked";
        case AnswerState::NotEvidence:
            return "a quote proves nothing: it speaks to you, or is too short; quote three words "
                   "or more";
        default: return "a quote does not stand in its segment letter by letter";
    }
}

/// Checks fields one after the other.
class FieldReader {
  public:
    FieldReader(const json::object& fields, const Transcript& transcript)
        : fields_(fields), transcript_(transcript) {}

    std::optional<Field> read(std::string_view name, std::size_t bytes_max) {
        return read_one(fields_.at(name).as_object(), name, bytes_max);
    }

    std::vector<Field> read_tags() {
        std::vector<Field> tags;
        for (const auto& item : fields_.at("tags").as_array()) {
            auto tag = read_one(item.as_object(), "tags", kFieldBytesMax);
            if (!tag || tags.size() == kTagsMax) {
                continue;
            }
            tag->value = format_tag(tag->value);
            if (!tag->value.empty() &&
                std::ranges::find(tags, tag->value, &Field::value) == tags.end()) {
                tags.push_back(std::move(*tag));
            }
        }
        return tags;
    }

    /// The channel that a segment has, and words of it.
    void read_agent(Fields& into) {
        const auto& given = fields_.at("agent_channel").as_object();
        const auto* const channel = given.at("value").if_int64();
        if (channel == nullptr) {
            return;
        }
        const auto checked = check_quotes(given.at("quotes").as_array(), std::nullopt, transcript_);
        for (const auto& quote : checked.quotes) {
            if (transcript_.segments[quote.segment].channel == *channel) {
                into.agent_channel = static_cast<int>(*channel);
                into.agent_quote = quote;
                return;
            }
        }
        faults_.push_back("fields.agent_channel: quote a segment of that channel");
    }

    std::vector<std::string> take_faults() { return std::move(faults_); }

  private:
    std::optional<Field> read_one(const json::object& given, std::string_view name,
                                  std::size_t bytes_max) {
        const auto* const value = given.at("value").if_string();
        if (value == nullptr || value->empty()) {
            return std::nullopt;
        }
        auto checked = check_quotes(given.at("quotes").as_array(), std::nullopt, transcript_);
        if (checked.quotes.empty()) {
            faults_.push_back(fmt::format("fields.{}: {}", name, words_of(checked.state)));
            return std::nullopt;
        }
        return Field{.value = bounded(*value, bytes_max),
                     .quote = std::move(checked.quotes.front())};
    }

    /// `SCREAMING_SNAKE`, as the predecessor had them: letters, digits and underscores.
    static std::string format_tag(std::string_view text) {
        std::string tag;
        for (const char c : text) {
            const bool lower = c >= 'a' && c <= 'z';
            const bool kept = lower || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                              static_cast<unsigned char>(c) >= 0x80U;
            if (kept) {
                tag += lower ? static_cast<char>(c - 'a' + 'A') : c;
            } else if (!tag.empty() && tag.back() != '_') {
                tag += '_';
            }
        }
        while (tag.ends_with('_')) {
            tag.pop_back();
        }
        return tag;
    }

    const json::object& fields_;
    const Transcript& transcript_;
    std::vector<std::string> faults_ = {};
};

Fields check_fields(const json::object& given, const Transcript& transcript,
                    std::vector<std::string>& faults) {
    FieldReader reader(given, transcript);
    Fields fields;
    fields.reason = reader.read("reason", kFieldBytesMax);
    fields.summary = reader.read("summary", kSummaryBytesMax);
    fields.initial_feeling = reader.read("initial_feeling", kFieldBytesMax);
    fields.final_feeling = reader.read("final_feeling", kFieldBytesMax);
    fields.product = reader.read("product", kFieldBytesMax);
    fields.typification = reader.read("typification", kFieldBytesMax);
    fields.tags = reader.read_tags();
    reader.read_agent(fields);
    std::ranges::move(reader.take_faults(), std::back_inserter(faults));
    return fields;
}

/// Where the object that begins at `begin` ends; nothing when it does not.
std::optional<std::size_t> end_of_object(std::string_view text, std::size_t begin) {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t i = begin; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            i += c == '\\' ? 1 : 0;
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{') {
            ++depth;
        } else if (c == '}' && --depth == 0) {
            return i + 1;
        }
    }
    return std::nullopt;
}

}  // namespace

CheckedQuotes check_quotes(const json::array& quotes, std::optional<Speaker> speaker,
                           const Transcript& transcript, QuoteUse use) {
    CheckedQuotes checked;
    if (quotes.empty()) {
        checked.state = AnswerState::QuoteNotFound;
    }
    for (const auto& item : quotes) {
        if (checked.quotes.size() == kQuotesMax) {
            break;
        }
        auto found = find_citation(item.as_object(), speaker, transcript, use);
        if (!found.citation) {
            checked.state = checked.state == AnswerState::Verified ? found.state : checked.state;
        } else if (std::ranges::find(checked.quotes, *found.citation) == checked.quotes.end()) {
            checked.quotes.push_back(std::move(*found.citation));
        }
    }
    return checked;
}

CheckedReply check_reply(const json::object& reply, const Inquiry& inquiry,
                         const Transcript& transcript) {
    CheckedReply checked;
    checked.answers.prompt_version = kPromptVersion;
    const auto& given = reply.at("answers").as_object();
    for (const auto& question : inquiry.questions) {
        const auto& one = given.at(question.id).as_object();
        Answer answer;
        answer.question = question.id;
        if (const auto value = value_of(one.at("value"), question)) {
            auto quotes = check_quotes(one.at("quotes").as_array(), question.speaker, transcript,
                                       QuoteUse::Proof);
            // One invented quote beside a true one: what else it says is not believed either.
            answer.state = quotes.state;
            if (quotes.state == AnswerState::Verified) {
                answer.value = value;
                answer.quotes = std::move(quotes.quotes);
            } else {
                checked.faults.push_back(
                    fmt::format("answers.{}: {}", question.id, words_of(quotes.state)));
            }
        }
        checked.answers.answers.push_back(std::move(answer));
    }
    if (inquiry.fields) {
        checked.answers.fields =
            check_fields(reply.at("fields").as_object(), transcript, checked.faults);
    }
    return checked;
}

Answers join_answers(Answers first, const Answers& second) {
    for (std::size_t i = 0; i < first.answers.size(); ++i) {
        auto& answer = first.answers[i];
        const auto& other = second.answers.at(i);
        const bool settled =
            answer.state == AnswerState::Verified || answer.state == AnswerState::NotAnswered;
        if (!settled &&
            (other.state == AnswerState::Verified || other.state == AnswerState::NotAnswered)) {
            answer = other;
        }
    }
    if (first.fields && second.fields) {
        auto& fields = *first.fields;
        const auto take = [](auto& mine, const auto& theirs) {
            if (!mine) {
                mine = theirs;
            }
        };
        take(fields.reason, second.fields->reason);
        take(fields.summary, second.fields->summary);
        take(fields.initial_feeling, second.fields->initial_feeling);
        take(fields.final_feeling, second.fields->final_feeling);
        take(fields.product, second.fields->product);
        take(fields.typification, second.fields->typification);
        if (!fields.agent_channel) {
            fields.agent_channel = second.fields->agent_channel;
            fields.agent_quote = second.fields->agent_quote;
        }
        if (fields.tags.empty()) {
            fields.tags = second.fields->tags;
        }
    }
    return first;
}

Result<json::object> extract_object(std::string_view text) {
    static constexpr std::string_view kThoughtsEnd = "</think>";
    if (const auto thought = text.rfind(kThoughtsEnd); thought != std::string_view::npos) {
        text.remove_prefix(thought + kThoughtsEnd.size());
    }
    const auto begin = text.find('{');
    const auto end = begin == std::string_view::npos ? std::nullopt : end_of_object(text, begin);
    if (!end) {
        return fail(ErrorCode::Invalid, "no JSON object");
    }
    TRY_ASSIGN(auto value, parse_json(text.substr(begin, *end - begin)));
    return std::move(value.as_object());
}

}  // namespace oidor::models
