#include "redact/json_masking.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json.hpp>

#include "redact/words.hpp"

namespace oidor::redact {
namespace {

/// Members that hold ids, names of ours and hashes, whatever their digits look like.
bool is_plain_member(std::string_view key) {
    static constexpr std::array<std::string_view, 9> kNames = {
        "id",        "input",   "conversation_id", "participation", "agent",
        "scorecard", "receipt", "language",        "engine"};
    return key.ends_with("sha256") || std::ranges::find(kNames, key) != kNames.end();
}

void mask_value(json::value& value, const Look* look, const Options& options);

void mask_object(json::object& object, const Look* look, const Options& options) {
    const auto segment = find_int64(object, "segment");
    for (auto& member : object) {
        if (is_plain_member(member.key())) {
            continue;
        }
        if (look != nullptr && member.key() == "quote" && segment && *segment >= 0 &&
            member.value().is_string()) {
            member.value() = mask_quote(*look, static_cast<std::size_t>(*segment),
                                        std::string_view(member.value().get_string()));
        } else {
            mask_value(member.value(), look, options);
        }
    }
}

// NOLINTNEXTLINE(misc-no-recursion): JSON of bounded depth
void mask_value(json::value& value, const Look* look, const Options& options) {
    if (auto* object = value.if_object()) {
        mask_object(*object, look, options);
    } else if (auto* array = value.if_array()) {
        for (auto& item : *array) {
            mask_value(item, look, options);
        }
    } else if (value.is_string()) {
        value = masked(std::string_view(value.get_string()), options);
    }
}

}  // namespace

Look look_at(Transcript transcript, Options options) {
    Look look{.transcript = std::move(transcript), .options = std::move(options)};
    if (look.transcript.language) {
        look.options.language = *look.transcript.language;
    } else {
        look.transcript.language = look.options.language;
    }
    look.spans = find(look.transcript, look.options);
    return look;
}

std::string mask_quote(const Look& look, std::size_t segment, std::string_view quote) {
    const auto own = spans_of(look.spans, segment);
    const std::string_view text = segment < look.transcript.segments.size()
                                      ? std::string_view(look.transcript.segments[segment].text)
                                      : std::string_view();
    bool there = false;
    for (auto at = quote.empty() ? std::string_view::npos : text.find(quote);
         at != std::string_view::npos; at = text.find(quote, at + 1)) {
        there = true;
        std::vector<Span> inside;
        for (auto span : own) {
            if (span.begin < at + quote.size() && at < span.end) {
                span.begin = std::max(span.begin, at) - at;
                span.end = std::min(span.end, at + quote.size()) - at;
                inside.push_back(span);
            }
        }
        // The same words elsewhere in the segment may be an identifier's: then these are masked
        // too.
        if (!inside.empty()) {
            return mask(quote, inside, look.options.language);
        }
    }
    return there ? std::string(quote) : masked(quote, look.options);
}

void mask_audit(json::value& audit, const Look& look) { mask_value(audit, &look, look.options); }

void mask_texts(json::value& value, const Options& options) { mask_value(value, nullptr, options); }

}  // namespace oidor::redact
