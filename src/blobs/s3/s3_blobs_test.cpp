// The contract over two servers: OpenStack Swift, other people's code, and the strict fake.
#include <filesystem>

#include "base/id.hpp"
#include "base/sha256.hpp"
#include "blobs/contract/blob_contract.hpp"
#include "blobs/s3/testing/server_process.hpp"

namespace oidor::blobs {
namespace {

using s3::testing::options_of_fake;
using s3::testing::ServerProcess;

const SystemClock kClock;

const ServerProcess& fake() {
    static const ServerProcess server({"fake_s3.py", "recordings"});
    return server;
}

const ServerProcess& swift() {
    static const ServerProcess server({"swift_server.py", "recordings"});
    return server;
}

Result<std::unique_ptr<BlobStore>> open_on_fake(const std::filesystem::path& folder) {
    auto options = options_of_fake(fake(), folder);
    options.prefix = folder.filename().string();
    return open_s3_blobs(options, kClock);
}

S3Options options_of_swift(const std::filesystem::path& folder) {
    auto options = options_of_fake(swift(), folder);
    options.prefix = folder.filename().string();
    options.access_key = Secret("test:tester");
    options.secret_key = Secret("testing");
    options.wait = {};
    return options;
}

Result<std::unique_ptr<BlobStore>> open_on_swift(const std::filesystem::path& folder) {
    return open_s3_blobs(options_of_swift(folder), kClock);
}

INSTANTIATE_TEST_SUITE_P(S3, BlobContract,
                         testing::Values(BlobBackend{.name = "fake", .open = open_on_fake},
                                         BlobBackend{.name = "swift", .open = open_on_swift}),
                         [](const auto& info) { return info.param.name; });

class S3Blobs : public BlobContract {};
INSTANTIATE_TEST_SUITE_P(S3, S3Blobs,
                         testing::Values(BlobBackend{.name = "fake", .open = open_on_fake},
                                         BlobBackend{.name = "swift", .open = open_on_swift}),
                         [](const auto& info) { return info.param.name; });

TEST_P(S3Blobs, a_large_blob_goes_up_in_parts_and_comes_back_by_ranges) {
    constexpr std::size_t kSize = (std::size_t{17} << 20U) + 5;  // Three parts of 8 MiB at most.
    std::string bytes(kSize, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<char>((i * i) >> 7U);
    }
    const auto info = put(bytes);
    ASSERT_TRUE(info) << info.error().message;
    EXPECT_EQ(info->sha256_hex, sha256_hex(bytes));
    const auto found = blobs().find_blob(info->sha256_hex);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->size_bytes, static_cast<std::int64_t>(kSize));
    const auto across = blobs().read(info->sha256_hex, (8 << 20) - 10, 20);
    ASSERT_TRUE(across) << across.error().message;
    EXPECT_EQ(*across, bytes.substr((8U << 20U) - 10, 20));
    EXPECT_EQ(*blobs().read(info->sha256_hex, static_cast<std::int64_t>(kSize) - 3, 1000),
              bytes.substr(kSize - 3));
    const auto verified = blobs().verify(info->sha256_hex);
    EXPECT_TRUE(verified) << verified.error().message;
    const auto local = blobs().open_local(info->sha256_hex);
    ASSERT_TRUE(local) << local.error().message;
    EXPECT_EQ(std::filesystem::file_size(**local), kSize);
    EXPECT_TRUE(put(bytes));  // Again: it is there.
}

TEST_P(S3Blobs, a_copy_lives_as_long_as_it_is_held) {
    const auto info = put("audio");
    ASSERT_TRUE(info) << info.error().message;
    std::filesystem::path path;
    {
        const auto local = blobs().open_local(info->sha256_hex);
        ASSERT_TRUE(local) << local.error().message;
        path = **local;
        // Another program that opens the same folder leaves it alone.
        ASSERT_TRUE(GetParam().open(folder_));
        EXPECT_TRUE(std::filesystem::exists(path));
    }
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_FALSE(blobs().is_local());
}

TEST_P(S3Blobs, opening_removes_the_copies_that_a_killed_program_left) {
    const auto info = put("audio");
    ASSERT_TRUE(info);
    const auto left = folder_ / "spool" / "copies" / "left";
    std::filesystem::copy_file(**blobs().open_local(info->sha256_hex), left);
    // A blob on its way in has a name for a moment, before it has none.
    const auto spooled = folder_ / "spool" / "left";
    std::filesystem::copy_file(left, spooled);
    reopen();
    EXPECT_FALSE(std::filesystem::exists(left));
    EXPECT_FALSE(std::filesystem::exists(spooled));
    EXPECT_TRUE(std::filesystem::exists(left.parent_path()));
}

TEST_P(S3Blobs, a_signed_url_is_fetched_without_a_key_until_it_is_too_old) {
    const auto info = put("audio");
    ASSERT_TRUE(info) << info.error().message;
    const auto client = net::OperatorClient::open();
    const auto url = blobs().sign_url(info->sha256_hex, std::chrono::seconds(60));
    ASSERT_TRUE(url);
    const auto got = (*client)->send({.url = std::string(url->reveal())});
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->status, 200);
    EXPECT_EQ(got->body, "audio");
    auto other = std::string(url->reveal());
    other.replace(other.find("X-Amz-Expires=60"), 16, "X-Amz-Expires=61");
    EXPECT_EQ((*client)->send({.url = other})->status, 403);
    EXPECT_EQ(blobs().sign_url(info->sha256_hex, std::chrono::seconds(0)).error().code,
              ErrorCode::Invalid);
    EXPECT_EQ(blobs().sign_url(info->sha256_hex, std::chrono::hours(169)).error().code,
              ErrorCode::Invalid);
    EXPECT_EQ(blobs().sign_url("../x", std::chrono::seconds(60)).error().code, ErrorCode::Invalid);
}

TEST_P(S3Blobs, a_probe_says_what_the_server_does_with_what_is_there) {
    const auto words = blobs().probe();
    ASSERT_TRUE(words) << words.error().message;
    // Swift knows no condition on PUT: it refuses one with 501.
    EXPECT_EQ(*words, GetParam().name == "fake"
                          ? "stored, read and removed a probe; an object that is there is never "
                            "overwritten"
                          : "stored, read and removed a probe; an object that is there is looked "
                            "for before one is stored");
}

TEST(S3OnSwift, a_wrong_key_and_a_missing_bucket_say_what_to_do) {
    const auto folder =
        std::filesystem::temp_directory_path() / ("oidor-blobs-" + format_uuid(make_uuid7()));
    auto options = options_of_swift(folder);
    options.secret_key = Secret("hushhush");
    auto refused = (*open_s3_blobs(options, kClock))->probe();
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().message.contains("SignatureDoesNotMatch"))
        << refused.error().message;
    EXPECT_FALSE(refused.error().message.contains("hushhush"));
    options = options_of_swift(folder);
    options.bucket = "elsewhere";
    const auto blobs = open_s3_blobs(options, kClock);
    for (const auto& message :
         {(*blobs)->probe().error().message, (*blobs)->find_blob(sha256_hex("x")).error().message,
          (*blobs)->read(sha256_hex("x"), 0, 1).error().message}) {
        EXPECT_TRUE(message.contains("there is no bucket elsewhere: create it")) << message;
    }
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace oidor::blobs
