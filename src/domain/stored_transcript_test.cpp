#include "domain/stored_transcript.hpp"

#include <array>
#include <random>

#include <gtest/gtest.h>

namespace oidor {
namespace {

void expect_same(const std::string& json) {
    const auto plain = parse_transcript(json);
    const auto quick = parse_stored_transcript(json);
    ASSERT_EQ(quick.has_value(), plain.has_value()) << json;
    if (plain) {
        EXPECT_EQ(*quick, *plain) << json;
    } else {
        EXPECT_EQ(quick.error().message, plain.error().message) << json;
    }
}

/// Everything that a transcript can hold, by chance.
class Chance {
  public:
    explicit Chance(unsigned seed) : engine_(seed) {}
    std::size_t below(std::size_t bound) { return engine_() % bound; }
    bool coin() { return below(2) == 0; }

    std::optional<Milliseconds> time(std::int64_t from) {
        return coin()
                   ? std::optional(Milliseconds(from + static_cast<std::int64_t>(below(900'000))))
                   : std::nullopt;
    }
    std::string text() {
        static constexpr std::array<std::string_view, 12> kPieces = {
            "hola", " ", "añó", "\"", "\\", "\n", "\t", "\x01", "😀", "مرحبا", "/", ""};
        std::string text;
        for (auto pieces = below(6); pieces > 0; --pieces) {
            text += kPieces[below(kPieces.size())];
        }
        return text;
    }
    Transcript transcript() {
        Transcript made;
        made.language = coin() ? std::optional<std::string>("es") : std::nullopt;
        made.duration = time(0);
        for (auto segments = below(5); segments > 0; --segments) {
            auto& segment = made.segments.emplace_back();
            segment.start = time(0);
            segment.end = time(900'000);
            segment.speaker = static_cast<Speaker>(below(5));
            segment.channel = coin() ? std::optional(static_cast<int>(below(256))) : std::nullopt;
            segment.confidence =
                coin() ? std::optional(static_cast<double>(below(1'000'001)) / 1e6) : std::nullopt;
            segment.text = text();
            for (auto words = below(3); words > 0; --words) {
                segment.words.push_back({.start = time(0), .end = time(900'000), .text = text()});
            }
        }
        return made;
    }

  private:
    std::mt19937 engine_;
};

TEST(StoredTranscript, reads_what_format_transcript_writes_as_parse_transcript_does) {
    Chance chance(7);
    for (int i = 0; i < 2'000; ++i) {
        const auto made = chance.transcript();
        const auto json = format_transcript(made);
        const auto read = parse_stored_transcript(json);
        ASSERT_TRUE(read) << json;
        ASSERT_EQ(*read, made) << json;
    }
}

TEST(StoredTranscript, is_parse_transcript_where_bytes_were_changed) {
    Chance chance(11);
    for (int i = 0; i < 3'000; ++i) {
        auto json = format_transcript(chance.transcript());
        for (auto changes = 1 + chance.below(3); changes > 0; --changes) {
            const auto at = chance.below(json.size());
            switch (chance.below(3)) {
                case 0: json[at] = static_cast<char>(chance.below(256)); break;
                case 1: json.erase(at, 1 + chance.below(4)); break;
                default: json.insert(at, std::string_view("0,-1.e\"\\u}]").substr(chance.below(9)));
            }
        }
        expect_same(json);
    }
}

TEST(StoredTranscript, takes_and_refuses_at_the_bounds_as_parse_transcript_does) {
    for (const std::string& json : {
             std::string(R"({"duration_s":null,"language":null,"segments":[]})"),
             std::string(R"({"duration_s":1e3,"language":"es-AR","segments":[]})"),
             std::string(R"({"duration_s":604801,"language":"es","segments":[]})"),
             std::string(R"({"duration_s":007,"language":"es","segments":[]})"),
             std::string(R"({"duration_s":inf,"language":"es","segments":[]})"),
             std::string(R"({"duration_s":1,"language":"es","segments":[]} )"),
             std::string(R"({"language":"es","segments":[{"text":"hola"}]})"),
             std::string(),
         }) {
        expect_same(json);
    }
    EXPECT_EQ(parse_stored_transcript(R"({"duration_s":1,"language":"es","segments":[]})",
                                      {.size_bytes_max = 10})
                  .error()
                  .code,
              ErrorCode::TooLarge);
}

}  // namespace
}  // namespace oidor
