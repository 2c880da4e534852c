#include "server/multipart.hpp"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace oidor::server {
namespace {

struct Part {
    std::string name = {};
    std::optional<std::string> file_name = {};
    std::string value = {};
    bool ended = false;
    bool operator==(const Part&) const = default;
};

class Parts final : public PartSink {
  public:
    void on_part(const PartHead& head) override {
        parts.push_back({.name = head.name, .file_name = head.file_name});
    }
    void on_part_bytes(std::string_view bytes) override { parts.back().value.append(bytes); }
    void on_part_end() override { parts.back().ended = true; }

    std::vector<Part> parts = {};
};

struct Outcome {
    std::vector<Part> parts = {};
    std::optional<ErrorCode> error = {};
    bool operator==(const Outcome&) const = default;
};

/// Reads a body in pieces of the given sizes, the last one for the rest.
Outcome read(std::string_view content_type, std::string_view body,
             const std::vector<std::size_t>& sizes = {}) {
    Parts parts;
    auto reader = MultipartReader::open(content_type, parts);
    if (!reader) {
        return {.error = reader.error().code};
    }
    Result<void> fed;
    for (std::size_t i = 0; fed && !body.empty(); ++i) {
        const auto size = i < sizes.size() ? std::min(sizes[i], body.size()) : body.size();
        fed = reader->feed(body.substr(0, size));
        body.remove_prefix(size);
    }
    if (fed) {
        fed = reader->finish();
    }
    return {.parts = parts.parts, .error = fed ? std::nullopt : std::optional(fed.error().code)};
}

constexpr std::string_view kType = "multipart/form-data; charset=utf-8; boundary=\"b b\"";

/// A form with what makes readers stumble: a preamble, half delimiters in a file, an empty value,
/// a part without a name, one without a value.
std::string tricky_body() {
    const std::string audio("RIFF\r\n--\0\r\n-\r\n--b\r\n--b \r\r\n--b", 29);
    return "preamble\r\n--b b\r\ncontent-disposition: form-data; name=\"campaign_id\"\r\n\r\n7"
           "\r\n--b b\r\nContent-Type: audio/wav\r\nContent-Disposition: form-data; "
           "name=file; filename=\"a \\\"b\\\"; C:\\x.wav\"\r\n\r\n" +
           audio +
           "\r\n--b b\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n"
           "\r\n--b b\r\nContent-Disposition: form-data; name=\"nothing\"\r\n"
           "\r\n--b b\r\nX: y\r\n\r\nnameless\r\n--b b\r\nno gap\r\n--b b--\r\nepilogue\r\n--b b";
}

std::vector<Part> tricky_parts() {
    const std::string audio("RIFF\r\n--\0\r\n-\r\n--b\r\n--b \r\r\n--b", 29);
    return {{.name = "campaign_id", .value = "7", .ended = true},
            {.name = "file", .file_name = "a \"b\"; C:\\x.wav", .value = audio, .ended = true},
            {.name = "empty", .ended = true},
            {.name = "nothing", .ended = true}};
}

TEST(Multipart, parts_come_with_names_and_any_bytes) {
    EXPECT_EQ(read(kType, tricky_body()), (Outcome{.parts = tricky_parts()}));
}

TEST(Multipart, where_the_pieces_are_cut_makes_no_difference) {
    const auto body = tricky_body();
    const Outcome expected{.parts = tricky_parts()};
    for (std::size_t first = 0; first <= body.size(); ++first) {
        ASSERT_EQ(read(kType, body, {first}), expected) << first;
    }
    EXPECT_EQ(read(kType, body, std::vector<std::size_t>(body.size(), 1)), expected);
    std::mt19937 random(20260210);
    for (int round = 0; round < 300; ++round) {
        std::vector<std::size_t> sizes;
        for (std::size_t sum = 0; sum < body.size(); sum += sizes.back()) {
            sizes.push_back(std::uniform_int_distribution<std::size_t>(0, 40)(random));
        }
        ASSERT_EQ(read(kType, body, sizes), expected);
    }
}

TEST(Multipart, a_delimiter_at_the_very_start_counts) {
    EXPECT_EQ(read("multipart/form-data; boundary=b",
                   "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--"),
              (Outcome{.parts = {{.name = "a", .value = "1", .ended = true}}}));
}

TEST(Multipart, what_is_cut_off_is_invalid_wherever_it_is_cut) {
    const std::string body =
        "--b\r\nContent-Disposition: form-data; name=a; filename=a.wav\r\n\r\nRIFF\r\n--b--";
    for (std::size_t size = 0; size < body.size(); ++size) {
        const auto outcome =
            read("multipart/form-data; boundary=b", std::string_view(body).substr(0, size));
        EXPECT_EQ(outcome.error, ErrorCode::Invalid) << size;
    }
}

TEST(Multipart, bounds_are_kept) {
    const std::string head = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
    const auto times = [&head](int count) {
        std::string many;
        for (int i = 0; i < count; ++i) {
            many += head;
        }
        return many;
    };
    constexpr std::string_view kPlain = "multipart/form-data; boundary=b";
    EXPECT_EQ(read(kPlain, times(100) + "--b--").error, std::nullopt);
    EXPECT_EQ(read(kPlain, times(101) + "--b--").error, ErrorCode::TooLarge);
    const std::string long_head(MultipartReader::kHeadBytesMax + 100, 'x');
    EXPECT_EQ(read(kPlain, "--b\r\n" + long_head).error, ErrorCode::TooLarge);
    EXPECT_EQ(read(kPlain, "--b\r\n" + long_head + "\r\n\r\n1\r\n--b--").error,
              ErrorCode::TooLarge);
}

TEST(Multipart, a_boundary_is_needed) {
    for (const std::string_view type : {"multipart/form-data", "multipart/form-data; boundary=",
                                        "multipart/form-data; boundary"}) {
        EXPECT_EQ(read(type, "--b--").error, ErrorCode::Invalid) << type;
    }
    EXPECT_EQ(read("multipart/form-data; boundary=" + std::string(201, 'b'), "").error,
              ErrorCode::Invalid);
}

TEST(Multipart, mutated_forms_are_read_or_refused_the_same_in_one_piece_and_in_many) {
    std::mt19937 random(7);
    const auto up_to = [&random](std::size_t count) {
        return std::uniform_int_distribution<std::size_t>(0, count)(random);
    };
    for (int round = 0; round < 2000; ++round) {
        auto body = tricky_body();
        for (auto changes = 1 + up_to(4); changes > 0; --changes) {
            const auto at = up_to(body.size() - 1);
            switch (up_to(3)) {
                case 0: body.erase(at, up_to(12)); break;
                case 1: body.insert(at, body.substr(up_to(body.size() - 1), up_to(30))); break;
                case 2: body.insert(at, "\r\n--b b"); break;
                default: body[at] = static_cast<char>(up_to(255));
            }
            if (body.empty()) {
                body = "x";
            }
        }
        std::vector<std::size_t> sizes;
        for (std::size_t sum = 0; sum < body.size(); sum += sizes.back()) {
            sizes.push_back(1 + up_to(50));
        }
        ASSERT_EQ(read(kType, body, sizes), read(kType, body)) << body;
    }
}

}  // namespace
}  // namespace oidor::server
