// What a committed blob survives: the loss of everything that was not synced.
#include "blobs/lossy_files.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "base/id.hpp"
#include "base/sha256.hpp"

namespace oidor::blobs {
namespace {

namespace fs = std::filesystem;

class LossyFilesTest : public testing::Test {
  protected:
    LossyFilesTest() { fs::create_directories(root()); }
    ~LossyFilesTest() override { fs::remove_all(base_); }

    fs::path root() const { return base_ / "root"; }
    static Result<BlobInfo> put(BlobStore& blobs, const std::string& bytes) {
        TRY_ASSIGN(const auto writer, blobs.open_writer());
        TRY(writer->write(bytes));
        return writer->commit();
    }
    /// In how many of many states that may be found the blob is whole.
    int count_whole(const LossyDisk& disk, const std::string& sha256_hex) {
        int whole = 0;
        for (std::uint64_t seed = 0; seed < kStates; ++seed) {
            const auto target = base_ / std::to_string(seed);
            disk.lay_out(target, seed);
            const auto found = open_filesystem_blobs(target / "blobs");
            whole += found && (*found)->verify(sha256_hex) ? 1 : 0;
            fs::remove_all(target);
        }
        return whole;
    }

    static constexpr int kStates = 60;
    fs::path base_ =
        fs::canonical(fs::temp_directory_path()) / ("oidor-lossy-" + format_uuid(make_uuid7()));
};

TEST_F(LossyFilesTest, a_committed_blob_is_there_in_every_state) {
    LossyDisk disk(root());
    LossyFiles files(disk);
    const auto blobs = open_filesystem_blobs_on(root() / "blobs", files);
    ASSERT_TRUE(blobs) << blobs.error().message;
    const auto info = put(**blobs, std::string(5000, 'x'));
    ASSERT_TRUE(info) << info.error().message;
    EXPECT_EQ(count_whole(disk, info->sha256_hex), kStates);
}

TEST_F(LossyFilesTest, a_folder_that_another_has_just_made_is_synced_before_it_counts) {
    const auto hex = sha256_hex("audio");
    LossyDisk disk(root());
    LossyFiles files(disk);
    const auto blobs = open_filesystem_blobs_on(root() / "blobs", files);
    ASSERT_TRUE(blobs);
    // Somebody made both folders and was stopped before they were synced.
    const auto outer = root() / "blobs" / hex.substr(0, 2);
    ASSERT_EQ(files.make_folder(outer), 0);
    ASSERT_EQ(files.make_folder(outer / hex.substr(2, 2)), 0);
    ASSERT_TRUE(put(**blobs, "audio"));
    EXPECT_EQ(count_whole(disk, hex), kStates);
}

TEST_F(LossyFilesTest, a_second_blob_in_known_folders_is_there_too) {
    LossyDisk disk(root());
    LossyFiles files(disk);
    const auto blobs = open_filesystem_blobs_on(root() / "blobs", files);
    ASSERT_TRUE(blobs);
    ASSERT_TRUE(put(**blobs, "audio"));
    ASSERT_TRUE((*blobs)->remove(sha256_hex("audio")));
    ASSERT_TRUE(put(**blobs, "audio"));
    EXPECT_EQ(count_whole(disk, sha256_hex("audio")), kStates);
}

TEST_F(LossyFilesTest, a_removed_blob_stays_removed) {
    LossyDisk disk(root());
    LossyFiles files(disk);
    const auto blobs = open_filesystem_blobs_on(root() / "blobs", files);
    ASSERT_TRUE(blobs);
    ASSERT_TRUE(put(**blobs, "audio"));
    ASSERT_TRUE((*blobs)->remove(sha256_hex("audio")));
    EXPECT_EQ(count_whole(disk, sha256_hex("audio")), 0);
}

TEST_F(LossyFilesTest, a_sync_that_fails_is_unavailable_and_names_nothing) {
    LossyDisk disk(root());
    LossyFiles files(disk);
    const auto blobs = open_filesystem_blobs_on(root() / "blobs", files);
    ASSERT_TRUE(blobs);
    disk.fail_sync(1);
    const auto failed = put(**blobs, "audio");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::Unavailable);
    EXPECT_FALSE((*blobs)->find_blob(sha256_hex("audio"))->has_value());
    EXPECT_TRUE(fs::is_empty(root() / "blobs" / "tmp"));
    ASSERT_TRUE(put(**blobs, "audio"));
    EXPECT_EQ(count_whole(disk, sha256_hex("audio")), kStates);
}

TEST_F(LossyFilesTest, the_double_finds_a_sync_that_is_left_out) {
    for (const auto& options : {LossyFilesOptions{.forget_syncs = true},
                                LossyFilesOptions{.forget_folder_syncs = true}}) {
        fs::remove_all(root());
        fs::create_directories(root());
        LossyDisk disk(root());
        LossyFiles files(disk, options);
        const auto blobs = open_filesystem_blobs_on(root() / "blobs", files);
        ASSERT_TRUE(blobs);
        ASSERT_TRUE(put(**blobs, std::string(5000, 'x')));
        EXPECT_LT(count_whole(disk, sha256_hex(std::string(5000, 'x'))), kStates);
    }
}

}  // namespace
}  // namespace oidor::blobs
