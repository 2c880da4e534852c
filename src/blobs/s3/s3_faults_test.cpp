// What the store does when the server, the network or the key is not as it should be.
#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/id.hpp"
#include "base/sha256.hpp"
#include "blobs/s3/testing/server_process.hpp"

namespace oidor::blobs {
namespace {

using namespace std::chrono_literals;
using s3::testing::options_of_fake;
using s3::testing::ServerProcess;

/// A fake of its own for each test, with parts of 1 KiB.
class S3Faults : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_NE(server_.port(), 0);
        options_ = options_of_fake(server_, folder_);
        options_.part_bytes = 1024;
        options_.wait = [this](std::chrono::milliseconds pause) { pauses_.push_back(pause); };
        open();
    }
    void TearDown() override {
        blobs_.reset();
        std::filesystem::remove_all(folder_);
    }

    void open() {
        auto opened = open_s3_blobs(options_, *clock_);
        ASSERT_TRUE(opened) << opened.error().message;
        blobs_ = std::move(*opened);
    }
    Result<BlobInfo> put(const std::string& bytes) {
        TRY_ASSIGN(const auto writer, blobs_->open_writer());
        TRY(writer->write(bytes));
        return writer->commit();
    }
    /// What happens to the next requests.
    void plan(json::object fault) {
        fault.insert({{"count", 1}});
        (void)server_.control("faults", json::array{std::move(fault)});
    }
    void plan_status(const char* method, const char* match, int status, const char* code,
                     int count = 1) {
        (void)server_.control("faults", json::array{json::object{{"method", method},
                                                                 {"match", match},
                                                                 {"count", count},
                                                                 {"do", "status"},
                                                                 {"status", status},
                                                                 {"code", code}}});
    }
    /// How many requests with that method and text in their target the server has seen.
    [[nodiscard]] int count_requests(std::string_view method, std::string_view match) const {
        int count = 0;
        const auto state = server_.state();
        for (const auto& request : state.at("requests").as_array()) {
            const std::string_view target = request.at(1).as_string();
            count += request.at(0).as_string() == method && target.contains(match) ? 1 : 0;
        }
        return count;
    }
    /// How many it answered with that status; 0: not at all.
    [[nodiscard]] int count_requests(int status) const {
        const auto state = server_.state();
        const auto& requests = state.at("requests").as_array();
        return static_cast<int>(std::ranges::count_if(
            requests, [status](const auto& request) { return request.at(2) == status; }));
    }
    [[nodiscard]] std::size_t count_of(const char* what) const {
        const auto state = server_.state();
        const auto& value = state.at(what);
        return value.is_array() ? value.as_array().size() : value.as_object().size();
    }
    static std::string key_of(const std::string& hex) {
        return "oidor/" + hex.substr(0, 2) + "/" + hex.substr(2, 2) + "/" + hex;
    }

    const std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("oidor-s3-" + format_uuid(make_uuid7()));
    const ServerProcess server_{{"fake_s3.py", "recordings", "--part-bytes-min", "1024"}};
    const SystemClock system_clock_ = {};
    const Clock* clock_ = &system_clock_;
    S3Options options_ = {};
    std::unique_ptr<BlobStore> blobs_ = {};
    std::vector<std::chrono::milliseconds> pauses_ = {};
    const std::string large_ = std::string(2500, 'x');  // Three parts.
};

TEST_F(S3Faults, what_passes_is_tried_again_after_growing_pauses) {
    plan_status("PUT", "", 503, "SlowDown", 4);
    ASSERT_TRUE(put("audio"));
    EXPECT_EQ(count_requests("PUT", ""), 5);
    ASSERT_EQ(pauses_.size(), 4U);
    for (std::size_t i = 0; i < pauses_.size(); ++i) {
        EXPECT_LE(pauses_[i], 100ms * (1 << i));
    }
    for (const int status : {500, 502, 429, 408}) {
        plan_status("GET", "", status, "InternalError");
        EXPECT_EQ(*blobs_->read(sha256_hex("audio"), 0, 5), "audio") << status;
    }
}

TEST_F(S3Faults, a_server_that_asks_for_a_pause_gets_it) {
    plan({{"method", "PUT"},
          {"do", "status"},
          {"status", 503},
          {"code", "SlowDown"},
          {"headers", {{"Retry-After", "7"}}}});
    ASSERT_TRUE(put("audio"));
    ASSERT_EQ(pauses_.size(), 1U);
    EXPECT_EQ(pauses_[0], 7s);
}

TEST_F(S3Faults, it_gives_up_after_the_last_try_and_says_where) {
    plan_status("PUT", "", 503, "SlowDown", 100);
    const auto stored = put("audio");
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().code, ErrorCode::Unavailable);
    EXPECT_TRUE(stored.error().message.contains("status 503 (SlowDown)")) << stored.error().message;
    EXPECT_EQ(count_requests("PUT", ""), 5);
    EXPECT_EQ(count_of("objects"), 0U);
}

TEST_F(S3Faults, a_refusal_is_never_tried_again) {
    plan_status("PUT", "", 403, "AccessDenied", 100);
    const auto stored = put("audio");
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().code, ErrorCode::Unavailable);
    EXPECT_TRUE(stored.error().message.contains("s3:PutObject")) << stored.error().message;
    EXPECT_EQ(count_requests("PUT", ""), 1);
    EXPECT_TRUE(pauses_.empty());
    for (const auto& secret : {"test-secret", "test-access", "Signature=", "Credential="}) {
        EXPECT_FALSE(stored.error().message.contains(secret)) << stored.error().message;
    }
}

TEST_F(S3Faults, cut_connections_are_opened_again) {
    for (const auto* method : {"HEAD", "PUT", "GET", "DELETE"}) {
        plan({{"method", method}, {"do", "cut"}, {"count", 2}});
        ASSERT_TRUE(put("audio")) << method;
        EXPECT_EQ(*blobs_->read(sha256_hex("audio"), 1, 3), "udi") << method;
        EXPECT_TRUE(blobs_->remove(sha256_hex("audio"))) << method;
    }
    // Each was cut twice. A cut of a kept connection is partly made good by the client itself.
    EXPECT_EQ(count_requests(0), 8);
    EXPECT_GE(pauses_.size(), 4U);
}

TEST_F(S3Faults, a_cut_body_is_asked_for_again) {
    ASSERT_TRUE(put("audio"));
    plan({{"method", "GET"}, {"do", "truncate"}});
    EXPECT_EQ(*blobs_->read(sha256_hex("audio"), 0, 5), "audio");
    EXPECT_EQ(pauses_.size(), 1U);
}

TEST_F(S3Faults, a_server_that_says_nothing_is_left_in_time) {
    options_.request_timeout = 200ms;
    options_.attempts_max = 2;
    open();
    plan({{"method", "GET"}, {"do", "stall"}, {"seconds", 1}, {"count", 2}});
    const auto read = blobs_->read(sha256_hex("audio"), 0, 5);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::Timeout) << read.error().message;
}

TEST_F(S3Faults, a_lost_answer_is_no_conflict) {
    // The first PUT was done; the second is told that the object is there.
    plan({{"method", "PUT"}, {"do", "lost"}});
    EXPECT_TRUE(put("audio"));
    EXPECT_EQ(count_requests("PUT", ""), 2);
    plan({{"method", "POST"}, {"match", "uploadId"}, {"do", "lost"}});
    const auto stored = put(large_);
    EXPECT_TRUE(stored) << stored.error().message;
    EXPECT_TRUE(blobs_->verify(sha256_hex(large_)));
}

TEST_F(S3Faults, a_server_without_conditions_is_served_too) {
    for (const auto* way : {"ignore", "refuse"}) {
        const ServerProcess other(
            {"fake_s3.py", "recordings", "--part-bytes-min", "1024", "--no-conditions", way});
        options_.endpoint = other.endpoint();
        open();
        EXPECT_TRUE(put("audio")) << way;
        EXPECT_TRUE(put("audio")) << way;
        EXPECT_TRUE(put(large_)) << way;
        EXPECT_TRUE(blobs_->verify(sha256_hex(large_))) << way;
        EXPECT_TRUE(blobs_->probe()->contains("looked for before one is stored")) << way;
    }
}

TEST_F(S3Faults, a_part_that_fails_leaves_nothing_behind) {
    plan_status("PUT", "partNumber=3", 403, "AccessDenied", 100);
    const auto stored = put(large_);
    ASSERT_FALSE(stored);
    EXPECT_TRUE(stored.error().message.contains("AccessDenied"));
    EXPECT_EQ(count_of("uploads"), 0U);
    EXPECT_EQ(count_of("objects"), 0U);
    EXPECT_FALSE(blobs_->find_blob(sha256_hex(large_))->has_value());
}

TEST_F(S3Faults, a_part_is_tried_again_by_itself) {
    plan_status("PUT", "partNumber=2", 500, "InternalError", 2);
    ASSERT_TRUE(put(large_));
    EXPECT_EQ(count_requests("PUT", "partNumber=1&"), 1);
    EXPECT_EQ(count_requests("PUT", "partNumber=2&"), 3);
    EXPECT_TRUE(blobs_->verify(sha256_hex(large_)));
}

TEST_F(S3Faults, an_error_inside_a_good_answer_is_an_error) {
    plan({{"method", "POST"}, {"match", "uploadId"}, {"do", "late"}});
    const auto stored = put(large_);
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().code, ErrorCode::Unavailable) << stored.error().message;
    EXPECT_EQ(count_of("uploads"), 0U);
    EXPECT_EQ(count_of("objects"), 0U);
}

TEST_F(S3Faults, left_overs_are_aborted_a_day_later_by_the_probe) {
    (void)server_.control("faults", json::array{json::object{{"method", "POST"},
                                                             {"match", "uploadId"},
                                                             {"count", 1},
                                                             {"do", "status"},
                                                             {"status", 400},
                                                             {"code", "InvalidPart"}},
                                                json::object{{"method", "DELETE"},
                                                             {"match", "uploadId"},
                                                             {"count", 100},
                                                             {"do", "status"},
                                                             {"status", 403},
                                                             {"code", "AccessDenied"}}});
    ASSERT_FALSE(put(large_));
    EXPECT_EQ(count_of("uploads"), 1U);
    (void)server_.control("faults", json::array{});
    EXPECT_FALSE(blobs_->probe()->contains("unfinished")) << "young ones may be at work";
    (void)server_.control("age", json::object{{"hours", 25}});
    const auto words = blobs_->probe();
    EXPECT_TRUE(words->contains("unfinished uploads over a day old: 1, aborted: 1")) << *words;
    EXPECT_EQ(count_of("uploads"), 0U);
}

TEST_F(S3Faults, a_blob_of_another_size_is_replaced_and_one_of_other_bytes_is_corrupt) {
    const auto hex = put("audio")->sha256_hex;
    (void)server_.control("damage", json::object{{"key", key_of(hex)}, {"text", "aud"}});
    EXPECT_EQ(blobs_->verify(hex).error().code, ErrorCode::Corrupt);
    EXPECT_EQ(blobs_->open_local(hex).error().code, ErrorCode::Corrupt);
    ASSERT_TRUE(put("audio"));
    EXPECT_TRUE(blobs_->verify(hex));
    (void)server_.control("damage", json::object{{"key", key_of(hex)}, {"text", "video"}});
    EXPECT_EQ(blobs_->verify(hex).error().code, ErrorCode::Corrupt);
    EXPECT_TRUE(std::filesystem::is_empty(folder_ / "spool" / "copies"));
}

TEST_F(S3Faults, a_missing_bucket_is_not_a_missing_blob) {
    options_.bucket = "elsewhere";
    open();
    const auto hex = sha256_hex("audio");
    EXPECT_EQ(blobs_->find_blob(hex).error().code, ErrorCode::Unavailable);
    EXPECT_EQ(blobs_->read(hex, 0, 1).error().code, ErrorCode::Unavailable);
    EXPECT_EQ(blobs_->remove(hex).error().code, ErrorCode::Unavailable);
    const auto stored = put("audio");
    EXPECT_TRUE(stored.error().message.contains("there is no bucket elsewhere"))
        << stored.error().message;
}

TEST_F(S3Faults, a_wrong_clock_key_or_region_is_told) {
    const ManualClock slow(SystemClock().now() - 1h);
    clock_ = &slow;
    open();
    auto told = blobs_->probe();
    EXPECT_TRUE(told.error().message.contains("s behind the server's: keep it by NTP"))
        << told.error().message;
    clock_ = &system_clock_;
    options_.region = "sa-east-1";
    open();
    told = blobs_->probe();
    EXPECT_TRUE(told.error().message.contains("the bucket lies in us-east-1"))
        << told.error().message;
    options_.region = "us-east-1";
    options_.access_key = Secret("hushhush");
    open();
    told = blobs_->probe();
    EXPECT_TRUE(told.error().message.contains("InvalidAccessKeyId")) << told.error().message;
    EXPECT_FALSE(told.error().message.contains("hushhush"));
}

TEST_F(S3Faults, a_probe_that_comes_back_changed_is_corrupt) {
    plan({{"method", "GET"}, {"match", "probe-"}, {"do", "garble"}});
    EXPECT_EQ(blobs_->probe().error().code, ErrorCode::Corrupt);
    plan_status("DELETE", "probe-", 403, "AccessDenied");
    EXPECT_TRUE(blobs_->probe().error().message.starts_with("remove a probe"));
    plan_status("GET", "uploads", 403, "AccessDenied");
    EXPECT_TRUE(blobs_->probe()->ends_with("unfinished uploads could not be listed"));
}

TEST_F(S3Faults, the_bucket_may_stand_in_the_host) {
    options_.endpoint = fmt::format("http://localhost:{}", server_.port());
    options_.path_style = false;  // *.localhost is this computer (RFC 6761).
    open();
    const auto stored = put("audio");
    ASSERT_TRUE(stored) << stored.error().message;
    EXPECT_EQ(*blobs_->read(stored->sha256_hex, 0, 5), "audio");
    EXPECT_EQ(count_requests("PUT", "/oidor/"), 1);
    EXPECT_EQ(count_requests("PUT", "/recordings/"), 0);
    const auto url = blobs_->sign_url(stored->sha256_hex, 1min);
    EXPECT_TRUE(url->reveal().starts_with("http://recordings.localhost:"));
}

TEST_F(S3Faults, amazon_is_where_there_is_no_endpoint) {
    const auto url_of = [this](std::string region, std::string bucket) {
        auto options = options_;
        options.endpoint = "";
        options.region = std::move(region);
        options.bucket = std::move(bucket);
        const auto url = (*open_s3_blobs(options, *clock_))->sign_url(sha256_hex(""), 1min);
        return std::string(url->reveal().substr(0, url->reveal().find("/oidor/")));
    };
    EXPECT_EQ(url_of("sa-east-1", "calls"), "https://calls.s3.sa-east-1.amazonaws.com");
    EXPECT_EQ(url_of("us-east-1", "my.calls"), "https://s3.us-east-1.amazonaws.com/my.calls");
    EXPECT_EQ(url_of("cn-north-1", "calls"), "https://calls.s3.cn-north-1.amazonaws.com.cn");
}

TEST_F(S3Faults, options_that_cannot_work_are_refused_at_once) {
    const auto refused = [this](const std::function<void(S3Options&)>& change) {
        auto options = options_;
        change(options);
        const auto opened = open_s3_blobs(options, *clock_);
        return !opened && opened.error().code == ErrorCode::Invalid;
    };
    EXPECT_TRUE(refused([](auto& options) { options.access_key = {}; }));
    EXPECT_TRUE(refused([](auto& options) { options.secret_key = {}; }));
    EXPECT_TRUE(refused([](auto& options) { options.access_key = Secret("a b"); }));
    EXPECT_TRUE(refused([](auto& options) { options.region = ""; }));
    EXPECT_TRUE(refused([](auto& options) { options.bucket = "a b"; }));
    EXPECT_TRUE(refused([](auto& options) { options.endpoint = "ftp://127.0.0.1"; }));
    std::filesystem::create_directories(folder_);
    options_.spool_folder = "/dev/null/spool";
    EXPECT_FALSE(open_s3_blobs(options_, *clock_));
}

TEST_F(S3Faults, a_server_that_is_away_does_not_hinder_opening) {
    options_.endpoint = "http://127.0.0.1:9";
    options_.attempts_max = 2;
    open();
    const auto read = blobs_->read(sha256_hex("audio"), 0, 5);
    EXPECT_EQ(read.error().code, ErrorCode::Unavailable);
    EXPECT_EQ(pauses_.size(), 1U);
}

}  // namespace
}  // namespace oidor::blobs
