#include <gtest/gtest.h>

#include "net/client.hpp"

namespace oidor::net {
namespace {

FetchPolicy policy() {
    FetchPolicy result;
    result.allowed_hosts = {"pbx.example", ".media.example", "odd.example:8443", "203.0.113.9"};
    result.private_hosts = {"10.1.2.3:8080", "nas.internal", "[fd00::1]:81"};
    return result;
}

ErrorCode refusal(std::string_view url, const FetchPolicy& by) {
    const auto judged = judge_url(url, by);
    EXPECT_FALSE(judged) << url << " became " << (judged ? judged->url : "");
    return judged ? ErrorCode::Internal : judged.error().code;
}

TEST(UrlGuard, lets_the_listed_hosts_through) {
    for (const std::string_view url :
         {"https://pbx.example/a.mp3", "https://PBX.Example/a?b=c%20d", "HTTPS://pbx.example:443/",
          "https://a.media.example/", "https://a.b.media.example", "https://odd.example:8443/x",
          "http://10.1.2.3:8080/x", "https://10.1.2.3:8080/x", "http://nas.internal/x",
          "http://nas.internal:9000/x", "http://[fd00::1]:81/x", "http://[FD00:0::1]:81/x",
          "https://pbx.example/grabación 1.mp3#t=1"}) {
        const auto judged = judge_url(url, policy());
        EXPECT_TRUE(judged) << url << ": " << judged.error().message;
    }
    EXPECT_EQ(judge_url("https://PBX.example/grabaci\xc3\xb3n 1.mp3#t", policy())->url,
              "https://PBX.example/grabaci%c3%b3n%201.mp3");
    EXPECT_TRUE(judge_url("http://nas.internal/x", policy())->is_private_host);
    EXPECT_FALSE(judge_url("https://pbx.example/x", policy())->is_private_host);
}

/// Every host is allowed here, so only the guard's own rules stand in the way.
TEST(UrlGuard, tricks_are_refused_even_where_every_host_is_allowed) {
    FetchPolicy every;
    every.allowed_hosts = {"*"};
    for (const std::string_view url : {"https://127.0.0.1/",
                                       "https://127.0.0.1:443/",
                                       "https://127.1/",
                                       "https://0x7f.1/",
                                       "https://0x7f000001/",
                                       "https://2130706433/",
                                       "https://0177.0.0.1/",
                                       "https://017700000001/",
                                       "https://127.0.0.01/",
                                       "https://127.0.0.1./",
                                       "https://0/",
                                       "https://0.0.0.0/",
                                       "https://1.2.3/",
                                       "https://1.2.3.4.5/",
                                       "https://4294967297/",
                                       "https://10.0.0.1/",
                                       "https://172.16.0.1/",
                                       "https://192.168.1.1/",
                                       "https://100.64.0.1/",
                                       "https://169.254.169.254/latest/meta-data/",
                                       "https://224.0.0.1/",
                                       "https://255.255.255.255/",
                                       "https://[::1]/",
                                       "https://[::]/",
                                       "https://[0:0:0:0:0:0:0:1]/",
                                       "https://[::ffff:127.0.0.1]/",
                                       "https://[::ffff:7f00:1]/",
                                       "https://[::127.0.0.1]/",
                                       "https://[64:ff9b::7f00:1]/",
                                       "https://[2002:7f00:1::]/",
                                       "https://[2001:0:7f00:1::]/",
                                       "https://[fe80::1]/",
                                       "https://[fe80::1%25lo]/",
                                       "https://[fd00::1]/",
                                       "https://[ff02::1]/",
                                       "https://[127.0.0.1]/",
                                       "https://[::1/",
                                       "https://[::1]x/",
                                       "https://pbx.example./",
                                       "https://.pbx.example/",
                                       "https://pbx..example/",
                                       "https://pbx.example@127.0.0.1/",
                                       "https://127.0.0.1@pbx.example/",
                                       "https://user:password@pbx.example/",
                                       "https://@pbx.example/",
                                       "https://pbx.example%2f@evil.example/",
                                       "https://pbx%2eexample/",
                                       "https://%31%32%37.0.0.1/",
                                       "https://pbx.example\\@127.0.0.1/",
                                       "https:\\\\127.0.0.1/",
                                       "https:/127.0.0.1/",
                                       "https:127.0.0.1",
                                       "https:///127.0.0.1/",
                                       "https://",
                                       "https://:443/",
                                       "https://pbx.example:/",
                                       "https://pbx.example:0/",
                                       "https://pbx.example:65536/",
                                       "https://pbx.example:443:80/",
                                       "https://pbx.example:+443/",
                                       "https://pbx.example:0443/",
                                       "https://pbx.example :443/",
                                       "https://pbx.example\t/",
                                       "https://pbx.example\r\nHost: a/",
                                       "https://pbx.example/\nX",
                                       " https://pbx.example/",
                                       "https://pbx_\x01.example/",
                                       "https://p\xc3\xa1x.example/",
                                       "https://\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1/",
                                       "https://127\xe3\x80\x82"
                                       "0.0.1/",
                                       "https://pbx.example:8443/",
                                       "http://pbx.example/",
                                       "http://8.8.8.8/",
                                       "ftp://pbx.example/",
                                       "file:///etc/passwd",
                                       "gopher://pbx.example/",
                                       "dict://127.0.0.1:6379/",
                                       "javascript://pbx.example/",
                                       "//pbx.example/",
                                       "pbx.example",
                                       "/etc/passwd"}) {
        EXPECT_EQ(refusal(url, every), ErrorCode::Forbidden) << url;
    }
    EXPECT_EQ(refusal("", every), ErrorCode::Invalid);
    EXPECT_EQ(refusal("https://pbx.example/" + std::string(9000, 'a'), every), ErrorCode::Invalid);
    EXPECT_EQ(refusal(std::string_view("https://pbx.example\0.evil.example/", 34), every),
              ErrorCode::Forbidden);
}

TEST(UrlGuard, a_list_takes_what_it_says_and_no_more) {
    for (const std::string_view url :
         {"https://evil.example/", "https://notpbx.example/", "https://pbx.example.evil.test/",
          "https://a.pbx.example/", "https://media.example/", "https://xmedia.example/",
          "https://odd.example/", "https://pbx.example:8443/", "https://pbx.example:80/",
          "http://pbx.example/", "http://pbx.example:443/", "https://10.1.2.3/",
          "http://10.1.2.3:8081/", "http://10.1.2.4:8080/", "http://a.nas.internal/",
          "http://[fd00::1]:82/", "http://[fd00::2]:81/", "https://203.0.113.9/",
          "http://203.0.113.9/"}) {
        EXPECT_EQ(refusal(url, policy()), ErrorCode::Forbidden) << url;
    }
    EXPECT_EQ(refusal("https://pbx.example/", {}), ErrorCode::Forbidden);
    FetchPolicy star;
    star.private_hosts = {"*", ".internal", "bad:port", ""};
    EXPECT_EQ(refusal("http://127.0.0.1/", star), ErrorCode::Forbidden);
    EXPECT_EQ(refusal("http://a.internal/", star), ErrorCode::Forbidden);
}

TEST(UrlGuard, messages_show_no_more_than_the_origin) {
    const auto judged = judge_url("https://evil.example/path?token=hush", policy());
    ASSERT_FALSE(judged);
    EXPECT_EQ(judged.error().message,
              "fetch https://evil.example:443: host or port is not on the allowed list");
    const auto typed = judge_url("https://user:hush@pbx.example/", policy());
    EXPECT_EQ(typed.error().message.find("hush"), std::string::npos);
}

}  // namespace
}  // namespace oidor::net
