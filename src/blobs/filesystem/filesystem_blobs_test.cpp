#include <csignal>
#include <fstream>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sha256.hpp"
#include "blobs/contract/blob_contract.hpp"

namespace oidor::blobs {
namespace {

INSTANTIATE_TEST_SUITE_P(Filesystem, BlobContract,
                         testing::Values(BlobBackend{.name = "filesystem",
                                                     .open = open_filesystem_blobs}),
                         [](const auto& info) { return info.param.name; });

class FilesystemBlobs : public BlobContract {};
INSTANTIATE_TEST_SUITE_P(Filesystem, FilesystemBlobs,
                         testing::Values(BlobBackend{.name = "filesystem",
                                                     .open = open_filesystem_blobs}),
                         [](const auto& info) { return info.param.name; });

std::size_t count_temporary(const std::filesystem::path& folder) {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "tmp")) {
        count += entry.exists() ? 1 : 0;
    }
    return count;
}

TEST_P(FilesystemBlobs, a_blob_lies_below_its_first_digits_for_this_user_alone) {
    const auto info = put("audio");
    ASSERT_TRUE(info);
    const auto& hex = info->sha256_hex;
    const auto path = folder_ / hex.substr(0, 2) / hex.substr(2, 2) / hex;
    ASSERT_TRUE(std::filesystem::exists(path));
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0600));
    EXPECT_EQ(count_temporary(folder_), 0U);
}

TEST_P(FilesystemBlobs, opening_removes_what_a_killed_program_left) {
    const pid_t child = ::fork();
    if (child == 0) {
        auto writer = blobs().open_writer();
        const bool right = writer && (*writer)->write("half");
        ::_exit(right ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_EQ(status, 0);
    EXPECT_EQ(count_temporary(folder_), 1U);
    reopen();
    EXPECT_EQ(count_temporary(folder_), 0U);
}

TEST_P(FilesystemBlobs, opening_leaves_what_is_being_written) {
    auto writer = blobs().open_writer();
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->write("audio"));
    const auto second = open_filesystem_blobs(folder_);
    ASSERT_TRUE(second);
    EXPECT_EQ(count_temporary(folder_), 1U);
    ASSERT_TRUE((*writer)->commit());
    EXPECT_EQ(*(*second)->read(sha256_hex("audio"), 0, 10), "audio");
}

TEST_P(FilesystemBlobs, a_full_disk_is_unavailable_and_leaves_nothing) {
    const pid_t child = ::fork();
    if (child == 0) {
        struct rlimit limit = {.rlim_cur = 100'000, .rlim_max = 100'000};
        ::signal(SIGXFSZ, SIG_IGN);
        ::setrlimit(RLIMIT_FSIZE, &limit);
        const auto full = put(std::string(200'000, 'x'));
        const bool right = !full && full.error().code == ErrorCode::Unavailable &&
                           full.error().message.find("the disk is full") != std::string::npos;
        ::_exit(right && put("small") ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(count_temporary(folder_), 0U);
    EXPECT_FALSE(blobs().find_blob(sha256_hex(std::string(200'000, 'x')))->has_value());
    EXPECT_TRUE(blobs().find_blob(sha256_hex("small"))->has_value());
}

TEST_P(FilesystemBlobs, a_damaged_blob_is_corrupt_and_healed_by_storing_it_again) {
    const auto info = put("audio");
    ASSERT_TRUE(info);
    const auto path = **blobs().open_local(info->sha256_hex);
    std::ofstream(path) << "other";
    const auto damaged = blobs().verify(info->sha256_hex);
    ASSERT_FALSE(damaged);
    EXPECT_EQ(damaged.error().code, ErrorCode::Corrupt);
    ASSERT_TRUE(put("audio"));
    EXPECT_TRUE(blobs().verify(info->sha256_hex));
}

TEST_P(FilesystemBlobs, a_folder_that_is_a_file_is_refused) {
    std::ofstream(folder_ / "file") << "x";
    EXPECT_FALSE(open_filesystem_blobs(folder_ / "file"));
}

}  // namespace
}  // namespace oidor::blobs
