// Makers of transcripts and auditors for this room's tests.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "audit/auditor.hpp"

namespace oidor::audit {

inline Segment say(Speaker speaker, std::string text, std::int64_t start_ms = -1,
                   std::int64_t end_ms = -1) {
    Segment segment;
    segment.speaker = speaker;
    segment.text = std::move(text);
    if (start_ms >= 0) {
        segment.start = Milliseconds(start_ms);
        segment.end = Milliseconds(end_ms);
    }
    return segment;
}

inline Transcript transcript_of(std::vector<Segment> segments) {
    Transcript transcript;
    transcript.language = "es";
    transcript.segments = std::move(segments);
    return transcript;
}

inline std::unique_ptr<Auditor> shipped(std::string_view id) {
    auto card = get_shipped_scorecard(id);
    EXPECT_TRUE(card) << card.error().message;
    auto auditor = Auditor::open(std::move(card).value());
    EXPECT_TRUE(auditor);
    return std::move(auditor).value();
}

/// An auditor of a scorecard that holds the given criteria.
inline std::unique_ptr<Auditor> auditor_of(const std::string& criteria,
                                           const std::string& head = "",
                                           const std::string& language = "es") {
    const auto toml = "id = \"t\"\nversion = 1\nlanguage = \"" + language + "\"\n" + head +
                      "\ncategories = [{ from = 0, name = \"todas\" }]\n" + criteria;
    auto card = parse_scorecard(toml, "t.toml");
    EXPECT_TRUE(card) << card.error().message;
    auto auditor = Auditor::open(std::move(card).value());
    EXPECT_TRUE(auditor);
    return std::move(auditor).value();
}

inline const CriterionResult& result_of(const Audit& audit, std::string_view id) {
    for (const auto& result : audit.criteria) {
        if (result.id == id) {
            return result;
        }
    }
    ADD_FAILURE() << "no criterion " << id;
    static const CriterionResult none;
    return none;
}

inline Facts lasting(std::int64_t seconds) {
    Facts facts;
    facts.duration = Milliseconds(seconds * 1000);
    return facts;
}

}  // namespace oidor::audit
