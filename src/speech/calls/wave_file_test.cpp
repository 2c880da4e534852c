#include "speech/calls/wave_file.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "speech/testing/temporary_folder.hpp"

namespace oidor::speech::calls {
namespace {

using namespace std::chrono_literals;

std::string read_whole(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Ten seconds whose sample k is k mod 1000, in blocks that fit nothing.
SpeechRequest counting_request() {
    SpeechRequest request;
    request.pcm = [](int, const PcmSink& sink, const Watch&) -> Result<void> {
        std::vector<std::int16_t> block;
        for (int at = 0; at < 160'000; ++at) {
            block.push_back(static_cast<std::int16_t>(at % 1000));
            if (block.size() == 1'237 || at == 159'999) {
                TRY(sink(block));
                block.clear();
            }
        }
        return {};
    };
    return request;
}

TEST(WritePieces, each_has_its_samples_and_a_header_and_no_name_on_the_disk) {
    const speech::testing::TemporaryFolder folder;
    const std::vector<Piece> pieces = {{.stretches = {{1s, 2s}, {3s, 3'500ms}}},
                                       {.stretches = {{3'500ms, 10s}}}};
    const auto files = write_pieces(counting_request(), 0, pieces, folder.path().string());
    ASSERT_TRUE(files) << files.error().message;
    ASSERT_EQ(files->size(), 2U);
    EXPECT_EQ((*files)[0]->length(), 1'500ms);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    const auto bytes = read_whole((*files)[0]->path());
    EXPECT_EQ(static_cast<std::int64_t>(bytes.size()), wave_bytes(1'500ms));
    EXPECT_EQ(wave_length(wave_bytes(1'500ms)), 1'500ms);
    EXPECT_EQ(bytes.substr(0, 4) + bytes.substr(8, 8), "RIFFWAVEfmt ");
    std::vector<std::int16_t> samples((bytes.size() - 44) / 2);
    std::memcpy(samples.data(), bytes.data() + 44, samples.size() * 2);
    EXPECT_EQ(samples.front(), 16'000 % 1000);
    EXPECT_EQ(samples[16'000], 48'000 % 1000);
    EXPECT_EQ(samples[16'001], 48'001 % 1000);
    EXPECT_EQ(samples.back(), 55'999 % 1000);
    // It can be read again, as a second try does.
    EXPECT_EQ(read_whole((*files)[0]->path()), bytes);
}

TEST(WritePieces, samples_that_end_before_the_speech_are_an_error) {
    const std::vector<Piece> pieces = {{.stretches = {{1s, 12s}}}};
    const auto files = write_pieces(counting_request(), 0, pieces, "");
    ASSERT_FALSE(files);
    EXPECT_EQ(files.error().code, ErrorCode::Invalid);
}

TEST(WritePieces, errors_of_the_source_and_of_the_folder_are_told) {
    auto request = counting_request();
    const std::vector<Piece> pieces = {{.stretches = {{1s, 2s}}}};
    EXPECT_EQ(write_pieces(request, 0, pieces, "/nowhere").error().code, ErrorCode::Unavailable);
    request.pcm = [](int, const PcmSink&, const Watch&) {
        return Result<void>(fail(ErrorCode::NotFound, "gone"));
    };
    EXPECT_EQ(write_pieces(request, 0, pieces, "").error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace oidor::speech::calls
