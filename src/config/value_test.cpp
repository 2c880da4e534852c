#include "config/value.hpp"

#include <gtest/gtest.h>

namespace oidor::config {
namespace {

using namespace std::chrono_literals;

struct Case {
    Format format;
    std::string_view good;
    std::string_view bad;
};

TEST(Value, is_held_against_its_format) {
    const std::vector<Case> cases = {
        {Format::HostPort, "127.0.0.1:8080", "127.0.0.1"},
        {Format::Amount, "2.50", "-2.50"},
        {Format::Amount, "0", "1e3"},
        {Format::Currency, "USD", "usd"},
        {Format::AudioRate, "0.0025/min", "0.0025"},
        {Format::EnginePrice, "azure 1.00/h step=1s", "azure"},
        {Format::HostPort, "[::1]:0", "::1:0"},
        {Format::HostPort, "name.example.com:65535", "name:65536"},
        {Format::HostPort, "localhost:1", "localhost:+1"},
        {Format::HostPort, "localhost:1", "local host:1"},
        {Format::Host, "a.example.com", "http://a.example.com"},
        {Format::Host, "example.com", ".example.com"},
        {Format::HostRule, ".example.com", "."},
        {Format::HostRule, "a:8443", ".a:8443"},
        {Format::Host, "a:8443", "a:0"},
        {Format::Host, "10.0.0.7", "a/b"},
        {Format::HostRule, "[::1]:80", "..example.com"},
        {Format::Host, "[::1]", "[1.2.3.4]"},
        {Format::Host, "a", "*.example.com"},
        {Format::Network, "10.0.0.0/8", "10.0.0.0/33"},
        {Format::Network, "::/0", "10.0.0"},
        {Format::Network, "fe80::1", "fe80::1/129"},
        {Format::Url, "https://oidor.example.com/base", "oidor.example.com"},
        {Format::Url, "http://localhost:8080", "https://user@example.com"},
        {Format::Url, "http://[::1]:80", "https://example.com/?a=b"},
        {Format::Url, "https://example.com", "https://exa mple.com"},
        {Format::Url, "https://example.com", "https://"},
        {Format::StoreUrl, "sqlite:/x/y.db", "sqlite:"},
        {Format::StoreUrl, "postgres://db/oidor", "mysql://db"},
        {Format::BlobsUrl, "file:/x", "file:"},
        {Format::BlobsUrl, "s3://bucket/prefix", "s3://b"},
        {Format::BlobsUrl, "s3://bucket", "s3://bucket/../x"},
        {Format::Language, "es", "ES"},
        {Format::Language, "gnx", "es-AR"},
        {Format::Country, "AR", "ar"},
        {Format::TimeZone, "America/Argentina/Buenos_Aires", "../../etc/passwd"},
        {Format::TimeZone, "UTC", "America"},
        {Format::Name, "whisper_server", "Whisper"},
        {Format::Size, "64 MiB", "64 MB"},
        {Format::Any, "x", ""},
        {Format::Any, "ñ", "\xff"},
    };
    for (const auto& each : cases) {
        EXPECT_TRUE(check_format(each.good, each.format)) << each.good;
        EXPECT_FALSE(check_format(each.bad, each.format)) << each.bad;
    }
    EXPECT_FALSE(check_format(std::string(5000, 'x'), Format::Any));
    EXPECT_FALSE(check_format(std::string_view("a\0b", 3), Format::Path));
}

TEST(Value, reads_and_writes_sizes_and_durations) {
    EXPECT_EQ(parse_size("4096"), 4096);
    EXPECT_EQ(parse_size("2GiB"), std::int64_t{2} << 30);
    EXPECT_FALSE(parse_size("-1"));
    EXPECT_FALSE(parse_size("1.5 MiB"));
    EXPECT_FALSE(parse_size("9223372036854775807 GiB"));
    EXPECT_FALSE(parse_size(""));
    EXPECT_EQ(format_size(0), "0");
    EXPECT_EQ(format_size(1000), "1000");
    EXPECT_EQ(format_size(3 << 20), "3 MiB");
    EXPECT_EQ(parse_duration("250ms"), 250ms);
    EXPECT_EQ(parse_duration("2d"), 48h);
    EXPECT_FALSE(parse_duration("30"));
    EXPECT_EQ(format_duration(90s), "90s");
    EXPECT_EQ(format_duration(0s), "0s");
    EXPECT_EQ(format_duration(2h), "2h");
}

TEST(Value, reads_host_and_port) {
    EXPECT_EQ(parse_host_port("[::1]:8080"), (HostPort{.host = "::1", .port = 8080}));
    EXPECT_EQ(parse_host_port("localhost:0"), (HostPort{.host = "localhost", .port = 0}));
    EXPECT_FALSE(parse_host_port("localhost:"));
    EXPECT_FALSE(parse_host_port(":80"));
    EXPECT_FALSE(parse_host_port(""));
}

TEST(Value, compares_by_kind_and_content) {
    EXPECT_TRUE(equal_values(Value(Secret("a")), Value(Secret("a"))));
    EXPECT_FALSE(equal_values(Value(Secret("a")), Value(Secret("b"))));
    EXPECT_FALSE(equal_values(Value(Secret("a")), Value(std::string("a"))));
    EXPECT_TRUE(equal_values(Value(std::int64_t{1}), Value(std::int64_t{1})));
    EXPECT_FALSE(equal_values(Value(true), Value(false)));
    EXPECT_FALSE(
        equal_values(Value(std::vector<std::string>{"a"}), Value(std::vector<std::string>{})));
}

}  // namespace
}  // namespace oidor::config
