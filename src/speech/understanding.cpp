#include "speech/understanding.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "speech/labels.hpp"
#include "speech/plain_words.hpp"

namespace oidor::speech {
namespace {

/// Machines repeat themselves, and music lies under them: that is no doubt, and nobody is judged
/// by their words.
void believe_machines(const std::vector<Label>& labels, Doubts& doubts) {
    const auto is_machine = [&labels](const DoubtedSegment& doubted) {
        return std::ranges::find(labels, doubted.segment, &Label::segment) != labels.end();
    };
    std::erase_if(doubts.segments, is_machine);
}

}  // namespace

std::vector<std::string> Understood::doubt_names() const {
    std::set<std::string> names;
    for (const auto& one : doubts.segments) {
        for (const auto doubt : one.doubts) {
            names.emplace(format(doubt));
        }
    }
    if (!doubts.cuts.empty()) {
        names.emplace(format(Doubt::Cut));
    }
    return {names.begin(), names.end()};
}

std::string Understood::note() const {
    if (doubts.empty()) {
        return {};
    }
    return fmt::format("suspect: {} of {} segments ({})", doubts.segments.size(), segments,
                       fmt::join(doubt_names(), ", "));
}

Understood understand(const EngineReply& reply, const AudioAnalysis& analysis,
                      const RoleFacts& facts) {
    static const LabelRules label_rules;
    Understood understood;
    understood.transcript = reply.transcript;
    auto& transcript = understood.transcript;
    understood.segments = static_cast<std::size_t>(std::ranges::count_if(
        transcript.segments,
        [](const Segment& segment) { return !plain_words(segment.text).empty(); }));
    const auto labels = find_labels(transcript, analysis, label_rules);
    understood.doubts = find_doubts(reply, analysis);
    believe_machines(labels, understood.doubts);
    understood.doubted = understood.doubts.extent(transcript);
    mark_labels(labels, label_rules, transcript);
    mark_doubts(understood.doubts, analysis, transcript);
    understood.roles = find_roles(transcript, facts);
    name_speakers(understood.roles, facts, transcript);
    return understood;
}

}  // namespace oidor::speech
