#include "net/address.hpp"

#include <gtest/gtest.h>

namespace oidor::net {
namespace {

IpAddress address(std::string_view text) {
    const auto parsed = IpAddress::parse(text);
    EXPECT_TRUE(parsed) << text;
    return parsed.value_or(IpAddress());
}

TEST(Address, reads_plain_spellings_only) {
    EXPECT_EQ(address("192.0.2.1").to_string(), "192.0.2.1");
    EXPECT_EQ(address("2001:DB8:0:0::1").to_string(), "2001:db8::1");
    for (const std::string_view odd :
         {"", "1.2.3", "1.2.3.4.5", "0177.0.0.1", "0x7f.0.0.1", "2130706433", "1.2.3.4 ",
          "1.2.3.256", "[::1]", "fe80::1%eth0", ":::", "1.2.3.-4"}) {
        EXPECT_FALSE(IpAddress::parse(odd)) << odd;
    }
    EXPECT_FALSE(IpAddress::parse(std::string_view("127.0.0.1\0x", 11)));
}

TEST(Address, everything_that_leads_inside_is_private) {
    for (const std::string_view text : {"0.0.0.0",
                                        "0.1.2.3",
                                        "10.0.0.1",
                                        "10.255.255.255",
                                        "100.64.0.1",
                                        "100.127.255.255",
                                        "127.0.0.1",
                                        "127.255.255.254",
                                        "169.254.169.254",
                                        "172.16.0.1",
                                        "172.31.255.255",
                                        "192.0.0.8",
                                        "192.0.2.1",
                                        "192.88.99.1",
                                        "192.168.0.1",
                                        "198.18.0.1",
                                        "198.19.255.255",
                                        "198.51.100.1",
                                        "203.0.113.1",
                                        "224.0.0.1",
                                        "239.255.255.250",
                                        "240.0.0.1",
                                        "255.255.255.255",
                                        "::",
                                        "::1",
                                        "::127.0.0.1",
                                        "::ffff:127.0.0.1",
                                        "::ffff:8.8.8.8",
                                        "64:ff9b::7f00:1",
                                        "64:ff9b::808:808",
                                        "64:ff9b:1::1",
                                        "100::1",
                                        "2001::1",
                                        "2001:0:7f00:1::",
                                        "2001:db8::1",
                                        "2002:7f00:1::",
                                        "3fff::1",
                                        "fc00::1",
                                        "fd12::1",
                                        "fe80::1",
                                        "fec0::1",
                                        "ff02::1",
                                        "5f00::1",
                                        "4000::1"}) {
        EXPECT_TRUE(is_private(address(text))) << text;
    }
}

TEST(Address, public_addresses_are_public) {
    for (const std::string_view text :
         {"1.1.1.1",         "8.8.8.8",        "9.255.255.255",        "11.0.0.0",
          "100.63.255.255",  "100.128.0.0",    "126.255.255.255",      "128.0.0.1",
          "169.253.0.1",     "172.15.255.255", "172.32.0.0",           "192.167.255.255",
          "192.169.0.0",     "198.17.255.255", "198.20.0.0",           "223.255.255.255",
          "2606:4700::1111", "2a00:1450::1",   "2001:4860:4860::8888", "2800:3f0::1"}) {
        EXPECT_FALSE(is_private(address(text))) << text;
    }
}

TEST(Address, loopback_is_told_in_all_its_forms) {
    EXPECT_TRUE(is_loopback(address("127.0.0.1")));
    EXPECT_TRUE(is_loopback(address("127.8.9.10")));
    EXPECT_TRUE(is_loopback(address("::1")));
    EXPECT_TRUE(is_loopback(address("::ffff:127.0.0.1")));
    EXPECT_FALSE(is_loopback(address("128.0.0.1")));
    EXPECT_FALSE(is_loopback(address("::2")));
    EXPECT_FALSE(is_loopback(address("::")));
    EXPECT_FALSE(is_loopback(address("::ffff:10.0.0.1")));
}

TEST(Address, a_household_shares_one_limit) {
    EXPECT_EQ(address("192.0.2.1").limit_key(), "192.0.2.1");
    EXPECT_EQ(address("2a00:1:2:3:4:5:6:7").limit_key(), address("2a00:1:2:3::9").limit_key());
    EXPECT_NE(address("2a00:1:2:3::1").limit_key(), address("2a00:1:2:4::1").limit_key());
}

TEST(Network, holds_the_addresses_that_begin_as_it_does) {
    const auto holds = [](std::string_view network, std::string_view address) {
        return Network::parse(network)->contains(*IpAddress::parse(address));
    };
    EXPECT_TRUE(holds("10.0.0.0/8", "10.255.1.2"));
    EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.0"));
    EXPECT_TRUE(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
    EXPECT_FALSE(holds("10.0.0.0/8", "a00::1"));
    EXPECT_TRUE(holds("192.0.2.7", "192.0.2.7"));
    EXPECT_FALSE(holds("192.0.2.7", "192.0.2.6"));
    EXPECT_TRUE(holds("0.0.0.0/0", "203.0.113.9"));
    EXPECT_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
    EXPECT_TRUE(holds("2001:db8::/33", "2001:db8:7fff::1"));
    EXPECT_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
    EXPECT_FALSE(holds("2001:db8::/33", "192.0.2.7"));
    for (const auto* text : {"", "nowhere", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129"}) {
        EXPECT_FALSE(Network::parse(text)) << text;
    }
}

TEST(HostPort, reads_and_writes_the_same_text) {
    for (const std::string_view text : {"127.0.0.1:8080", "localhost:0", "[::1]:65535"}) {
        const auto value = parse_host_port(text);
        ASSERT_TRUE(value) << text;
        EXPECT_EQ(format_host_port(value.value()), text);
    }
    EXPECT_EQ(parse_host_port(":80").value(), (HostPort{.host = "0.0.0.0", .port = 80}));
}

TEST(HostPort, refuses_what_is_no_address) {
    for (const std::string_view text :
         {"", "8080", "a:", "a:x", "a:65536", "a:-1", "::1:80", "[::1", "[a]:80", "[1.2.3.4]:80",
          "a b:80", "a]:80", "a/b:80"}) {
        const auto value = parse_host_port(text);
        ASSERT_FALSE(value) << text;
        EXPECT_EQ(value.error().code, ErrorCode::Invalid) << text;
    }
}

}  // namespace
}  // namespace oidor::net
