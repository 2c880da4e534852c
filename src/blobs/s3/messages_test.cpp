#include "blobs/s3/messages.hpp"

#include <gtest/gtest.h>

namespace oidor::blobs::s3 {
namespace {

net::ClientResponse answer(int status, std::string_view code, std::string_view more = "") {
    net::ClientResponse response;
    response.status = status;
    if (!code.empty()) {
        response.body = fmt::format(
            "<?xml version=\"1.0\"?><Error><Code>{}</Code>{}<Message>HUSH"
            "</Message><AWSAccessKeyId>HUSH</AWSAccessKeyId></Error>",
            code, more);
    }
    return response;
}

Error judged(const net::ClientResponse& response) {
    return error_of("store a blob", response, {.bucket = "calls", .region = "us-east-1"},
                    *parse_rfc3339("2026-11-21T12:00:00Z"));
}

TEST(Messages, elements_are_found_and_their_entities_resolved) {
    EXPECT_EQ(find_text("<A><UploadId>a&amp;b&lt;&quot;&#34;&amp;lt;</UploadId></A>", "UploadId"),
              "a&b<\"\"&lt;");
    EXPECT_EQ(find_text("<A></A>", "A"), "");
    EXPECT_EQ(find_text("<A>cut off", "A"), std::nullopt);
    EXPECT_EQ(find_text("", "A"), std::nullopt);
    EXPECT_EQ(error_code_of(answer(403, "AccessDenied").body), "AccessDenied");
    EXPECT_EQ(error_code_of(answer(403, "a secret?").body), "");
    EXPECT_EQ(error_code_of(answer(403, std::string(65, 'x')).body), "");
    EXPECT_EQ(error_code_of("<html><Code>x</Code></html>"), "");
}

TEST(Messages, unfinished_uploads_are_listed_and_broken_entries_left_out) {
    const auto uploads = parse_uploads(
        "<R><Upload><Key>a/b</Key><UploadId>1&amp;2</UploadId>"
        "<Initiated>2026-11-20T10:00:00.000Z</Initiated></Upload>"
        "<Upload><Key>no id</Key><Initiated>2026-11-20T10:00:00Z</Initiated></Upload>"
        "<Upload><Key>c</Key><UploadId>3</UploadId><Initiated>yesterday</Initiated></Upload>"
        "<Upload><Key>cut");
    ASSERT_EQ(uploads.size(), 1U);
    EXPECT_EQ(uploads[0].key, "a/b");
    EXPECT_EQ(uploads[0].id, "1&2");
    EXPECT_EQ(format_rfc3339(uploads[0].begun_at), "2026-11-20T10:00:00Z");
}

TEST(Messages, parts_are_named_in_order) {
    EXPECT_EQ(format_complete({"\"a\"", "b<"}),
              "<CompleteMultipartUpload>"
              "<Part><PartNumber>1</PartNumber><ETag>&quot;a&quot;</ETag></Part>"
              "<Part><PartNumber>2</PartNumber><ETag>b&lt;</ETag></Part>"
              "</CompleteMultipartUpload>");
}

TEST(Messages, ranges_are_read_strictly) {
    const auto range = parse_content_range("bytes 5-9/100");
    ASSERT_TRUE(range);
    EXPECT_EQ(range->offset, 5);
    EXPECT_EQ(range->length, 5);
    EXPECT_EQ(range->total, 100);
    EXPECT_EQ(parse_content_range("bytes */7")->total, 7);
    for (const auto* text : {"", "bytes", "bytes 5-4/100", "bytes 0-100/100", "bytes 0-9/*",
                             "bytes -1-9/100", "bytes 0-9", "bytes a-9/100", "items 0-9/100"}) {
        EXPECT_FALSE(parse_content_range(text)) << text;
    }
}

TEST(Messages, only_what_may_pass_is_tried_again) {
    for (const int status : {500, 502, 503, 504, 408, 429}) {
        EXPECT_TRUE(is_passing(answer(status, ""))) << status;
    }
    for (const int status : {200, 301, 400, 403, 404, 409, 412, 416, 501}) {
        EXPECT_FALSE(is_passing(answer(status, ""))) << status;
    }
    EXPECT_TRUE(is_passing(answer(409, "ConditionalRequestConflict")));
    EXPECT_TRUE(is_passing(answer(503, "SlowDown")));
    EXPECT_FALSE(is_passing(answer(403, "SlowDown")));
}

TEST(Messages, an_error_names_its_cure_and_nothing_else_of_the_answer) {
    struct Case {
        int status;
        std::string_view code;
        std::string_view words;
    };
    for (const auto& item : {
             Case{404, "NoSuchBucket", "there is no bucket calls: create it, or correct blobs.url"},
             Case{403, "AccessDenied", "allow it s3:ListBucket on the bucket calls"},
             Case{403, "", "allow it s3:ListBucket on the bucket calls"},
             Case{403, "InvalidAccessKeyId", "correct blobs.s3.access_key"},
             Case{403, "SignatureDoesNotMatch", "correct blobs.s3.access_key"},
             Case{403, "RequestTimeTooSkewed", "keep it by NTP"},
             Case{301, "PermanentRedirect", "correct blobs.s3.region or blobs.s3.endpoint"},
             Case{503, "SlowDown", "the server is busy or ill"},
             Case{400, "InvalidRequest", "see the server's own log"},
         }) {
        const auto error = judged(answer(item.status, item.code));
        EXPECT_EQ(error.code, ErrorCode::Unavailable) << item.code;
        EXPECT_TRUE(error.message.contains(item.words)) << error.message;
        EXPECT_TRUE(error.message.starts_with(fmt::format("store a blob: status {}", item.status)));
        EXPECT_FALSE(error.message.contains("HUSH")) << error.message;
    }
    EXPECT_EQ(judged(answer(400, "EntityTooLarge")).code, ErrorCode::TooLarge);
    EXPECT_EQ(judged(answer(504, "")).code, ErrorCode::Timeout);
}

TEST(Messages, the_region_and_the_clock_are_told) {
    EXPECT_TRUE(judged(answer(400, "AuthorizationHeaderMalformed", "<Region>sa-east-1</Region>"))
                    .message.contains("the bucket lies in sa-east-1: set blobs.s3.region"));
    auto moved = answer(301, "");
    moved.headers.add("x-amz-bucket-region", "eu-west-1");
    EXPECT_TRUE(judged(moved).message.contains("the bucket lies in eu-west-1"));
    auto skewed = answer(403, "RequestTimeTooSkewed");
    skewed.headers.add("Date", "Sat, 21 Nov 2026 12:30:00 GMT");
    EXPECT_TRUE(judged(skewed).message.contains("clock is 1800 s behind the server's"))
        << judged(skewed).message;
    skewed.headers.set("Date", "Sat, 21 Nov 2026 11:30:00 GMT");
    EXPECT_TRUE(judged(skewed).message.contains("clock is 1800 s ahead of the server's"));
    auto slow = answer(503, "SlowDown");
    slow.headers.add("Retry-After", "3");
    EXPECT_EQ(judged(slow).retry_after, std::chrono::seconds(3));
}

}  // namespace
}  // namespace oidor::blobs::s3
