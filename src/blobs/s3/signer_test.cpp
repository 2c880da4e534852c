#include "blobs/s3/signer.hpp"

#include <gtest/gtest.h>

#include "base/sha256.hpp"

namespace oidor::blobs::s3 {
namespace {

// The credentials of AWS's published examples; nobody's.
Credentials example_credentials() {
    return {.access_key = Secret("AKIAIOSFODNN7EXAMPLE"),
            .secret_key = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            .region = "us-east-1"};
}

const std::string kAwsHost = "examplebucket.s3.amazonaws.com";
const std::string kAwsDate = "20130524T000000Z";

struct Case {
    std::string name = {};
    std::string time = "2013-05-24T00:00:00Z";
    Signable request = {};
    std::string canonical_hash = {};  ///< Empty: not published.
    std::string signature = {};
};

/// The examples "GET Object", "PUT Object", "GET Bucket Lifecycle" and "GET Bucket (List Objects)"
/// of AWS's page "Signature Calculations for the Authorization Header", and one in path style with
/// a condition, computed by another implementation.
std::vector<Case> header_cases() {
    const auto empty = sha256_hex("");
    const std::string welcome = sha256_hex("Welcome to Amazon S3.");
    const std::string commit = sha256_hex("{\"commitInfo\":{\"operation\":\"WRITE\"}}\n");
    return {
        {.name = "get_object",
         .request = {.path = "/test.txt",
                     .headers = {{"Host", kAwsHost},
                                 {"Range", "bytes=0-9"},
                                 {"x-amz-content-sha256", empty},
                                 {"x-amz-date", kAwsDate}},
                     .payload_hash = empty},
         .canonical_hash = "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972",
         .signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
        {.name = "put_object",
         .request = {.method = "PUT",
                     .path = "/test%24file.text",
                     .headers = {{"x-amz-storage-class", "REDUCED_REDUNDANCY"},
                                 {"x-amz-date", kAwsDate},
                                 {"x-amz-content-sha256", welcome},
                                 {"host", kAwsHost},
                                 {"date", "Fri, 24 May 2013 00:00:00 GMT"}},
                     .payload_hash = welcome},
         .signature = "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
        {.name = "get_bucket_lifecycle",
         .request = {.query = {{"lifecycle", ""}},
                     .headers = {{"host", kAwsHost},
                                 {"x-amz-content-sha256", empty},
                                 {"x-amz-date", kAwsDate}},
                     .payload_hash = empty},
         .signature = "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
        {.name = "list_objects",
         .request = {.query = {{"prefix", "J"}, {"max-keys", "2"}},
                     .headers = {{"host", kAwsHost},
                                 {"x-amz-content-sha256", empty},
                                 {"x-amz-date", kAwsDate}},
                     .payload_hash = empty},
         .signature = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
        {.name = "conditional_put_in_path_style",
         .time = "2025-03-04T13:05:09.999999Z",
         .request = {.method = "PUT",
                     .path = "/audits/tables/call_audits/_delta_log/00000000000000000001.json",
                     .headers = {{"host", "minio.example.com:9000"},
                                 {"if-none-match", "*"},
                                 {"x-amz-content-sha256", commit},
                                 {"x-amz-date", "20250304T130509Z"}},
                     .payload_hash = commit},
         .canonical_hash = "1e5ce3c5921161d198d343a42f3886e5fd8fdc94b00b81d2dffb98239365e0c3",
         .signature = "41c0261ed01fc0900b78b207acd98ae115f2941a12da9a05fd302e1c3fc03cfa"},
    };
}

TEST(Signer, signs_headers_as_published) {
    for (const auto& item : header_cases()) {
        const auto time = parse_rfc3339(item.time);
        ASSERT_TRUE(time) << item.name;
        if (!item.canonical_hash.empty()) {
            EXPECT_EQ(sha256_hex(canonical_request(item.request)), item.canonical_hash)
                << item.name << "\n"
                << canonical_request(item.request);
        }
        EXPECT_EQ(signature_of(item.request, example_credentials(), *time), item.signature)
            << item.name << "\n"
            << canonical_request(item.request);
    }
}

TEST(Signer, names_scope_and_headers_beside_the_signature) {
    const auto item = header_cases().front();
    EXPECT_EQ(
        authorization_of(item.request, example_credentials(), *parse_rfc3339(item.time)).reveal(),
        "AWS4-HMAC-SHA256 "
        "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
        "Signature=" +
            item.signature);
    EXPECT_EQ(string_to_sign(item.request, "us-east-1", *parse_rfc3339(item.time)),
              "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n" +
                  item.canonical_hash);
}

TEST(Signer, presigns_as_published) {
    const auto query = presigned_query(
        {.path = "/test.txt", .headers = {{"host", kAwsHost}}}, example_credentials(),
        *parse_rfc3339("2013-05-24T00:00:00Z"), std::chrono::seconds(86400));
    EXPECT_EQ(query.reveal(),
              "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524"
              "%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400"
              "&X-Amz-SignedHeaders=host&X-Amz-Signature="
              "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
    const auto path = "/audits/" + encode("audio/2025/03/04/llamada ñ 01.mp3", Encode::Path);
    EXPECT_EQ(path, "/audits/audio/2025/03/04/llamada%20%C3%B1%2001.mp3");
    EXPECT_TRUE(presigned_query({.path = path, .headers = {{"host", "minio.example.com:9000"}}},
                                example_credentials(), *parse_rfc3339("2025-03-04T13:05:09Z"),
                                std::chrono::hours(1))
                    .reveal()
                    .ends_with("&X-Amz-Signature="
                               "a7e8d532177eb8a3f0687f503970c668e98180f98f513273583ec4f7f375b42b"));
}

TEST(Signer, queries_are_encoded_and_then_sorted) {
    EXPECT_EQ(format_query({}), "");
    EXPECT_EQ(format_query({{"uploads", ""}, {"prefix", "a/b c+é"}, {"A", "~"}}),
              "A=~&prefix=a%2Fb%20c%2B%C3%A9&uploads=");
    EXPECT_EQ(format_query({{"a", "2"}, {"a", "1"}}), "a=1&a=2");
    EXPECT_EQ(encode("a/b//../c=:+ ", Encode::Path), "a/b//../c%3D%3A%2B%20");
}

TEST(Signer, header_values_lose_superfluous_spaces_and_names_their_case) {
    const auto text = canonical_request(
        {.headers = {{"X-Amz-Meta-B", "  a   b  "}, {"host", "h"}}, .payload_hash = "UNSIGNED"});
    EXPECT_EQ(text, "GET\n/\n\nhost:h\nx-amz-meta-b:a b\n\nhost;x-amz-meta-b\nUNSIGNED");
}

}  // namespace
}  // namespace oidor::blobs::s3
