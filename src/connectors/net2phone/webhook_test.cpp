#include "connectors/net2phone/webhook.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "base/hmac.hpp"
#include "base/json.hpp"
#include "connectors/net2phone/config.hpp"

namespace oidor::connectors::net2phone {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kSecret = "net2phone-secret-0123456789abcdef";
constexpr std::string_view kBody = R"({"event":"call_completed","call_id":"1"})";
constexpr Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 2 / 10) + 13h;

AccountContext account_with(std::string_view secret) {
    config::Values values;
    if (!secret.empty()) {
        values["secret"] = {.value = Secret(std::string(secret)), .kind = config::Kind::Secret};
    }
    AccountContext account;
    account.own = std::make_shared<const config::Values>(std::move(values));
    return account;
}

std::string sign(std::string_view timestamp, std::string_view body,
                 std::string_view secret = kSecret) {
    return to_hex(hmac_sha256(secret, std::string(timestamp).append(":").append(body)));
}

net::Headers headers_of(std::string_view timestamp, std::string_view signature) {
    net::Headers headers;
    headers.add("X-Net2phone-Timestamp", timestamp);
    headers.add("X-Net2phone-Signature", signature);
    return headers;
}

bool is_good(const net::Headers* headers, std::string_view body = kBody,
             const AccountContext& account = account_with(kSecret)) {
    const auto checked = check_signature({.method = "POST",
                                          .path = "",
                                          .content_type = "application/json",
                                          .body = body,
                                          .received_at = kNow,
                                          .headers = headers},
                                         account);
    EXPECT_TRUE(checked || checked.error().code == ErrorCode::Forbidden);
    return checked.has_value();
}

bool is_good_at(std::string_view timestamp) {
    const auto headers = headers_of(timestamp, sign(timestamp, kBody));
    return is_good(&headers);
}

// Made with Python's hmac, so that our own signer cannot agree with itself alone.
TEST(Signature, one_that_was_made_elsewhere_is_good) {
    const auto headers =
        headers_of("2026-02-10T13:00:00.1234567Z",
                   "a21970cda03bafa4bf39773fd977fe266011ba3ddae632ec89dd0c243b80e75f");
    EXPECT_TRUE(is_good(&headers));
}

TEST(Signature, the_case_of_its_digits_does_not_matter) {
    auto signature = sign("2026-02-10T13:00:00Z", kBody);
    for (auto& c : signature) {
        c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    const auto headers = headers_of("2026-02-10T13:00:00Z", signature);
    EXPECT_TRUE(is_good(&headers));
}

TEST(Signature, its_time_may_lie_five_minutes_off_either_way) {
    EXPECT_TRUE(is_good_at("2026-02-10T13:05:00Z"));
    EXPECT_TRUE(is_good_at("2026-02-10T12:55:00Z"));
    EXPECT_FALSE(is_good_at("2026-02-10T13:05:01Z"));
    EXPECT_FALSE(is_good_at("2026-02-10T12:54:59Z"));
    EXPECT_FALSE(is_good_at("2025-02-10T13:00:00Z"));
}

TEST(Signature, its_time_counts_with_its_offset) {
    EXPECT_TRUE(is_good_at("2026-02-10T10:00:00-03:00"));
    EXPECT_TRUE(is_good_at("2026-02-10T22:00:00.1234567+09:00"));
    EXPECT_FALSE(is_good_at("2026-02-10T13:00:00-03:00"));
}

TEST(Signature, a_time_that_does_not_say_when_is_none) {
    for (const std::string_view text :
         {"", "2026-02-10T13:00:00", "1770728400", "now", "2026-02-10", "2026-02-10T13:00:00Z "}) {
        EXPECT_FALSE(is_good_at(text)) << text;
    }
}

TEST(Signature, whatever_was_changed_makes_it_wrong) {
    constexpr std::string_view kTime = "2026-02-10T13:00:00Z";
    const auto signature = sign(kTime, kBody);
    const auto good = headers_of(kTime, signature);
    EXPECT_TRUE(is_good(&good));
    EXPECT_FALSE(is_good(&good, std::string(kBody) + " "));
    EXPECT_FALSE(is_good(&good, ""));
    EXPECT_FALSE(is_good(&good, kBody, account_with("another secret")));
    const auto other_time = headers_of("2026-02-10T13:00:01Z", signature);
    EXPECT_FALSE(is_good(&other_time));
    for (const auto& wrong : {signature.substr(1), signature + "0", signature.substr(0, 63) + "g",
                              std::string(), "sha256=" + signature, std::string(64, '0')}) {
        const auto headers = headers_of(kTime, wrong);
        EXPECT_FALSE(is_good(&headers)) << wrong;
    }
}

TEST(Signature, both_headers_are_needed_once) {
    constexpr std::string_view kTime = "2026-02-10T13:00:00Z";
    const auto signature = sign(kTime, kBody);
    EXPECT_FALSE(is_good(nullptr));
    net::Headers headers;
    EXPECT_FALSE(is_good(&headers));
    headers.add("x-net2phone-signature", signature);
    EXPECT_FALSE(is_good(&headers));
    headers.add("x-net2phone-timestamp", kTime);
    EXPECT_TRUE(is_good(&headers));
    headers.add("x-net2phone-timestamp", kTime);
    EXPECT_FALSE(is_good(&headers));
}

TEST(Signature, without_a_secret_nothing_is_signed_well) {
    constexpr std::string_view kTime = "2026-02-10T13:00:00Z";
    const auto headers = headers_of(kTime, sign(kTime, kBody, ""));
    EXPECT_FALSE(is_good(&headers, kBody, account_with("")));
    EXPECT_FALSE(is_good(&headers, kBody, AccountContext{}));
}

Connector::Delivery deliver(std::string_view body) {
    return parse_delivery({.method = "POST", .body = body, .received_at = kNow}, {});
}

TEST(Delivery, ids_too_long_for_a_number_keep_their_digits) {
    const auto first =
        deliver(R"({"event": "x", "call_id": 9007199254740993, "n": [9007199254740993]})");
    const auto second =
        deliver(R"({"event": "x", "call_id": 9007199254740993, "n": [9007199254740992]})");
    ASSERT_FALSE(first.rejected || second.rejected);
    EXPECT_EQ(first.events.front().external_id, "9007199254740993");
    EXPECT_NE(first.events.front().normalised, second.events.front().normalised);
}

TEST(Delivery, a_number_that_lost_its_digits_is_no_id) {
    for (const std::string_view id : {"1e30", "1.5", "123456789012345678901234567890"}) {
        EXPECT_TRUE(deliver(std::string(R"({"call_id": )").append(id).append("}")).rejected) << id;
    }
}

TEST(Delivery, an_event_s_name_is_kept_in_small_letters_and_never_grows_the_key) {
    const auto kind = [](std::string_view event, std::string_view more = "") {
        return deliver(std::string(R"({"call_id": "1", "event": ")")
                           .append(event)
                           .append("\"")
                           .append(more)
                           .append("}"))
            .events.front()
            .kind;
    };
    EXPECT_EQ(kind("Call_COMPLETED"), "call_completed");
    EXPECT_EQ(kind(" call_parked "), "call_parked");
    EXPECT_EQ(kind(""), "unknown");
    EXPECT_EQ(kind("", R"(, "recording_url": "https://x/1.mp3")"), "call_recorded");
    EXPECT_EQ(kind(std::string(65, 'x')), "unknown");
}

TEST(Delivery, the_page_that_explains_repeats_no_number_name_or_link) {
    const auto said = explain_delivery(
        {.method = "POST",
         .body =
             R"({"event": "call_recorded", "call_id": "1", "originating_number": "+5491155550101",
                     "recording_url": "https://x/secret.mp3", "user": {"name": "Ferreyra", "account_id": 300}})",
         .received_at = kNow},
        {});
    EXPECT_EQ(said.http_status, 200);
    for (const std::string_view text : {"55550101", "secret.mp3", "Ferreyra"}) {
        EXPECT_FALSE(said.body_json.contains(text)) << text;
    }
    const auto value = parse_json(said.body_json);
    ASSERT_TRUE(value);
    EXPECT_EQ(find_string(value->get_object(), "status"), "validated");
    EXPECT_EQ(find_bool(value->get_object(), "has_recording"), true);
    EXPECT_EQ(explain_delivery({.method = "POST", .body = "[]"}, {}).http_status, 400);
    EXPECT_EQ(explain_delivery({.method = "POST", .body = "{}"}, {}).http_status, 422);
}

}  // namespace
}  // namespace oidor::connectors::net2phone
