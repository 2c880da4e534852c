// Audits and other JSON for readers: the same members, identifiers in their texts masked.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "redact/redact.hpp"

namespace oidor::redact {

/// A transcript with its spans, as one look at a conversation needs them.
struct Look {
    Transcript transcript = {};
    std::vector<Span> spans = {};
    Options options = {};
};

/// Looks through a transcript once. Its language counts before that of the options.
Look look_at(Transcript transcript, Options options);

/// Words that were quoted from a segment, with what of them lies under a span masked. Words that
/// the segment does not have are looked through by themselves.
std::string mask_quote(const Look& look, std::size_t segment, std::string_view quote);

/// Masks an audit (DESIGN §4.2) in place: quotes and nearest candidates as their segments are, all
/// other texts by themselves. Ids and hashes stay.
void mask_audit(json::value& audit, const Look& look);

/// Masks all texts of a value in place, each by itself.
void mask_texts(json::value& value, const Options& options);

}  // namespace oidor::redact
