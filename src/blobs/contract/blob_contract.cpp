#include "blobs/contract/blob_contract.hpp"

#include <fstream>
#include <thread>
#include <vector>

#include "base/id.hpp"
#include "base/sha256.hpp"

namespace oidor::blobs {

void BlobContract::SetUp() {
    folder_ = std::filesystem::temp_directory_path() / ("oidor-blobs-" + format_uuid(make_uuid7()));
    reopen();
}

void BlobContract::TearDown() {
    blobs_.reset();
    std::filesystem::remove_all(folder_);
}

void BlobContract::reopen() {
    blobs_.reset();
    auto opened = GetParam().open(folder_);
    ASSERT_TRUE(opened) << opened.error().message;
    blobs_ = std::move(*opened);
}

Result<BlobInfo> BlobContract::put(const std::string& bytes) {
    TRY_ASSIGN(const auto writer, blobs().open_writer());
    TRY(writer->write(bytes));
    return writer->commit();
}

namespace {

const std::string kAbsent = sha256_hex("absent");

template <typename T>
std::string code_of(const Result<T>& result) {
    return result ? "success" : std::string(faces_of(result.error().code).name);
}

TEST_P(BlobContract, what_is_written_in_pieces_is_read_whole_and_in_ranges) {
    auto writer = blobs().open_writer();
    ASSERT_TRUE(writer) << writer.error().message;
    for (const auto* piece : {"hola, ", "", "buenos ", "días"}) {
        ASSERT_TRUE((*writer)->write(piece));
    }
    const auto info = (*writer)->commit();
    ASSERT_TRUE(info) << info.error().message;
    const std::string whole = "hola, buenos días";
    EXPECT_EQ(info->sha256_hex, sha256_hex(whole));
    EXPECT_EQ(info->size_bytes, static_cast<std::int64_t>(whole.size()));
    reopen();
    const auto& hex = info->sha256_hex;
    EXPECT_EQ(*blobs().read(hex, 0, 1000), whole);
    EXPECT_EQ(*blobs().read(hex, 6, 6), "buenos");
    EXPECT_EQ(*blobs().read(hex, 13, 1000), "días");
    EXPECT_EQ(*blobs().read(hex, 5, 0), "");
    EXPECT_EQ(*blobs().read(hex, static_cast<std::int64_t>(whole.size()), 10), "");
    EXPECT_EQ(code_of(blobs().read(hex, static_cast<std::int64_t>(whole.size()) + 1, 1)),
              "Invalid");
    EXPECT_EQ(code_of(blobs().read(hex, -1, 1)), "Invalid");
    EXPECT_EQ(code_of(blobs().read(hex, 0, -1)), "Invalid");
    EXPECT_EQ(code_of(blobs().verify(hex)), "success");
}

TEST_P(BlobContract, the_same_content_is_stored_once) {
    const auto first = put("audio");
    const auto second = put("audio");
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->sha256_hex, second->sha256_hex);
    ASSERT_TRUE(blobs().remove(first->sha256_hex));
    EXPECT_FALSE(blobs().find_blob(first->sha256_hex)->has_value());
    EXPECT_EQ(code_of(put("audio")), "success");
}

TEST_P(BlobContract, an_empty_blob_is_a_blob) {
    const auto info = put("");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->size_bytes, 0);
    EXPECT_EQ(*blobs().read(info->sha256_hex, 0, 10), "");
    EXPECT_EQ(code_of(blobs().verify(info->sha256_hex)), "success");
}

TEST_P(BlobContract, what_is_not_committed_is_not_there) {
    {
        auto writer = blobs().open_writer();
        ASSERT_TRUE(writer);
        ASSERT_TRUE((*writer)->write("half"));
    }
    EXPECT_FALSE(blobs().find_blob(sha256_hex("half"))->has_value());
}

TEST_P(BlobContract, a_committed_writer_takes_nothing_more) {
    auto writer = blobs().open_writer();
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->write("audio"));
    ASSERT_TRUE((*writer)->commit());
    EXPECT_EQ(code_of((*writer)->write("more")), "Invalid");
    EXPECT_EQ(code_of((*writer)->commit()), "Invalid");
    EXPECT_EQ(*blobs().read(sha256_hex("audio"), 0, 100), "audio");
}

TEST_P(BlobContract, what_is_absent_is_said_to_be) {
    const auto found = blobs().find_blob(kAbsent);
    ASSERT_TRUE(found);
    EXPECT_FALSE(found->has_value());
    EXPECT_EQ(code_of(blobs().read(kAbsent, 0, 1)), "NotFound");
    EXPECT_EQ(code_of(blobs().open_local(kAbsent)), "NotFound");
    EXPECT_EQ(code_of(blobs().verify(kAbsent)), "NotFound");
    EXPECT_EQ(code_of(blobs().remove(kAbsent)), "success");
}

TEST_P(BlobContract, only_hashes_are_names) {
    std::ofstream(folder_ / "secret") << "secret";
    const std::string upper(64, 'A');
    for (const auto& name :
         {std::string(), std::string("../secret"), std::string("secret"),
          std::string(61, '.') + "/..", upper, std::string(63, 'a'), std::string(65, 'a'),
          std::string(64, '/'), std::string(63, 'a') + std::string(1, '\0')}) {
        EXPECT_EQ(code_of(blobs().find_blob(name)), "Invalid");
        EXPECT_EQ(code_of(blobs().read(name, 0, 1)), "Invalid");
        EXPECT_EQ(code_of(blobs().open_local(name)), "Invalid");
        EXPECT_EQ(code_of(blobs().verify(name)), "Invalid");
        EXPECT_EQ(code_of(blobs().remove(name)), "Invalid");
    }
    EXPECT_TRUE(std::filesystem::exists(folder_ / "secret"));
}

TEST_P(BlobContract, a_local_file_has_the_content) {
    const auto info = put("audio");
    ASSERT_TRUE(info);
    const auto local = blobs().open_local(info->sha256_hex);
    ASSERT_TRUE(local);
    std::ifstream file(**local);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "audio");
}

TEST_P(BlobContract, many_threads_store_the_same_and_other_content) {
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 8; ++t) {
            threads.emplace_back([&, t] {
                for (int i = 0; i < 10; ++i) {
                    EXPECT_EQ(code_of(put("same")), "success");
                    EXPECT_EQ(code_of(put(std::to_string(t * 100 + i))), "success");
                }
            });
        }
    }
    EXPECT_EQ(code_of(blobs().verify(sha256_hex("same"))), "success");
    EXPECT_EQ(code_of(blobs().verify(sha256_hex("709"))), "success");
}

TEST_P(BlobContract, whoever_asks_hears_of_a_blob_before_it_has_its_name) {
    const auto name = sha256_hex("noted");
    const auto opened = blobs().open_writer();
    ASSERT_TRUE(opened) << opened.error().message;
    const auto& writer = *opened;
    ASSERT_TRUE(writer->write("noted"));
    bool there = true;
    std::string heard;
    writer->before_name([&](const BlobInfo& info) -> Result<void> {
        heard = info.sha256_hex;
        const auto found = blobs().find_blob(name);
        there = !found || found->has_value();
        return {};
    });
    ASSERT_TRUE(writer->commit());
    EXPECT_EQ(heard, name);
    EXPECT_FALSE(there);
    const auto named = blobs().find_blob(name);
    ASSERT_TRUE(named);
    EXPECT_TRUE(named->has_value());
}

TEST_P(BlobContract, a_refusal_before_the_name_leaves_nothing) {
    const auto opened = blobs().open_writer();
    ASSERT_TRUE(opened) << opened.error().message;
    const auto& writer = *opened;
    ASSERT_TRUE(writer->write("refused"));
    writer->before_name([](const BlobInfo&) -> Result<void> {
        return fail(ErrorCode::Unavailable, "it is being removed");
    });
    EXPECT_EQ(code_of(writer->commit()), "Unavailable");
    const auto found = blobs().find_blob(sha256_hex("refused"));
    ASSERT_TRUE(found);
    EXPECT_FALSE(found->has_value());
}

}  // namespace
}  // namespace oidor::blobs
