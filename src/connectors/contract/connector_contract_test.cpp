// The questions that every connector of the registry has to answer in the same way.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <random>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "base/utf8.hpp"
#include "connectors/contract/cases.hpp"

namespace oidor::connectors::contract {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kReceived = std::chrono::sys_days(std::chrono::year(2026) / 2 / 10) + 15h;

/// Every text that a test wants to run on all connectors with a webhook.
Connector::Delivery deliver(const Connector& connector, std::string_view body,
                            std::string_view content_type = "application/json") {
    return connector.parse_delivery({.method = "POST",
                                     .path = "",
                                     .content_type = content_type,
                                     .body = body,
                                     .received_at = kReceived},
                                    account_of(connector.capabilities()));
}

std::vector<const Connector*> with_webhook() {
    std::vector<const Connector*> found;
    for (const auto& connector : all_connectors()) {
        if (connector->capabilities().webhook) {
            found.push_back(connector.get());
        }
    }
    return found;
}

bool is_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

TEST(ConnectorContract, the_registry_knows_each_source_once) {
    ASSERT_FALSE(all_connectors().empty());
    for (const auto& connector : all_connectors()) {
        EXPECT_EQ(find_connector(connector->capabilities().source), connector.get());
    }
    EXPECT_EQ(find_connector("no_such_source"), nullptr);
    EXPECT_EQ(find_connector(""), nullptr);
}

TEST(ConnectorContract, capabilities_are_stated_and_make_sense) {
    for (const auto& connector : all_connectors()) {
        const auto& stated = connector->capabilities();
        SCOPED_TRACE(stated.source);
        EXPECT_TRUE(is_name(stated.source));
        EXPECT_FALSE(stated.title.empty());
        EXPECT_TRUE(stated.webhook || stated.pull) << "it would never receive anything";
        EXPECT_FALSE(stated.signs && !stated.webhook);
        EXPECT_TRUE(stated.country.empty() || stated.country.size() == 2);
        EXPECT_TRUE(stated.time_zone.empty() || stated.time_zone.contains('/'));
        EXPECT_EQ(stated.recording_hosts.empty(), !stated.recordings);
        for (const auto& host : stated.recording_hosts) {
            EXPECT_TRUE(host.find('.', 1) != std::string::npos) << host;
            EXPECT_EQ(host.find_first_of("/:*@ "), std::string::npos) << host;
        }
    }
}

TEST(ConnectorContract, an_empty_or_foreign_body_is_rejected_as_invalid) {
    for (const auto* connector : with_webhook()) {
        SCOPED_TRACE(connector->capabilities().source);
        for (const std::string_view body : {"", " \n", "[]", "\"x\"", "5", "null", "true", "{", "}",
                                            "<html></html>", "\xFF\xFE\x00", "{]}"}) {
            SCOPED_TRACE(body);
            const auto delivery = deliver(*connector, body);
            ASSERT_TRUE(delivery.rejected);
            EXPECT_EQ(delivery.rejected->error.code, ErrorCode::Invalid);
            EXPECT_TRUE(delivery.events.empty());
            EXPECT_FALSE(delivery.rejected->error.message.empty());
        }
    }
}

TEST(ConnectorContract, an_item_without_identity_is_unusable) {
    for (const auto* connector : with_webhook()) {
        SCOPED_TRACE(connector->capabilities().source);
        const auto delivery = deliver(*connector, R"({"something": "else"})");
        ASSERT_TRUE(delivery.rejected);
        EXPECT_TRUE(delivery.rejected->unusable);
        EXPECT_EQ(delivery.rejected->error.code, ErrorCode::Invalid);
    }
}

TEST(ConnectorContract, bodies_over_the_bounds_are_too_large) {
    for (const auto* connector : with_webhook()) {
        SCOPED_TRACE(connector->capabilities().source);
        const auto big = deliver(*connector, std::string((std::size_t{1} << 20U) + 1, ' '));
        ASSERT_TRUE(big.rejected);
        EXPECT_EQ(big.rejected->error.code, ErrorCode::TooLarge);
        const auto deep =
            deliver(*connector, "{\"a\":" + std::string(5000, '[') + std::string(5000, ']') + "}");
        ASSERT_TRUE(deep.rejected);
        EXPECT_EQ(deep.rejected->error.code, ErrorCode::TooLarge);
    }
}

TEST(ConnectorContract, what_was_rejected_is_not_repeated_in_the_message) {
    for (const auto* connector : with_webhook()) {
        SCOPED_TRACE(connector->capabilities().source);
        for (const std::string_view body :
             {R"({"calling": "+5491167950079"})", R"("+5491167950079")", "+5491167950079"}) {
            const auto delivery = deliver(*connector, body);
            ASSERT_TRUE(delivery.rejected);
            EXPECT_FALSE(delivery.rejected->error.message.contains("67950079"));
        }
    }
}

TEST(ConnectorContract, merging_nothing_readable_is_invalid) {
    for (const auto& connector : all_connectors()) {
        SCOPED_TRACE(connector->capabilities().source);
        const auto account = account_of(connector->capabilities());
        EXPECT_EQ(connector->merge({}, account).error().code, ErrorCode::Invalid);
        const std::vector<KeptEvent> broken = {
            {.kind = "X", .normalised = "", .received_at = kReceived},
            {.kind = "X", .normalised = "[1]", .received_at = kReceived},
            {.kind = "X", .normalised = "{\"", .received_at = kReceived}};
        EXPECT_EQ(connector->merge(broken, account).error().code, ErrorCode::Invalid);
    }
}

/// Runs `check` for every case of every connector.
template <typename Check>
void for_each_case(Check check) {
    for (const auto& connector : all_connectors()) {
        const auto cases = list_cases(connector->capabilities().source);
        EXPECT_FALSE(cases.empty()) << connector->capabilities().source;
        for (const auto& given : cases) {
            SCOPED_TRACE(std::string(connector->capabilities().source) + "/" + given.name);
            check(*connector, given);
        }
    }
}

// `OIDOR_TEST_GOLDEN=1` rewrites the expected files; the difference is reviewed like code.
TEST(ConnectorContract, every_case_gives_what_it_expects) {
    const bool rewrite = std::getenv("OIDOR_TEST_GOLDEN") != nullptr;
    for_each_case([rewrite](const Connector& connector, const Case& given) {
        const auto made = outcome_of(connector, given);
        const auto path = given.folder / "expected.json";
        if (rewrite) {
            std::ofstream(path) << format_json(made) << "\n";
        }
        const auto expected = parse_json(read_file(path));
        ASSERT_TRUE(expected) << expected.error().message;
        EXPECT_EQ(canonical_json(made), canonical_json(*expected));
    });
}

TEST(ConnectorContract, parsing_is_deterministic_and_keeps_the_raw_bytes) {
    for_each_case([](const Connector& connector, const Case& given) {
        for (const auto& sent : given.deliveries) {
            const auto first = deliver(connector, sent.body, sent.content_type);
            const auto second = deliver(connector, sent.body, sent.content_type);
            EXPECT_EQ(first.events, second.events);
            EXPECT_EQ(first.rejected.has_value(), first.events.empty());
            for (const auto& event : first.events) {
                EXPECT_EQ(event.conversation.source, connector.capabilities().source);
                EXPECT_EQ(event.conversation.account, "default");
                EXPECT_FALSE(event.conversation.external_id.empty());
                EXPECT_TRUE(sent.body.contains(event.raw));
                EXPECT_TRUE(is_utf8(event.external_id) && is_utf8(event.kind));
            }
        }
    });
}

TEST(ConnectorContract, the_normalised_body_is_canonical_and_free_of_the_time_of_receipt) {
    for_each_case([](const Connector& connector, const Case& given) {
        const auto account = account_of(connector.capabilities());
        for (const auto& sent : given.deliveries) {
            WebhookRequest request{.method = "POST",
                                   .path = "",
                                   .content_type = sent.content_type,
                                   .body = sent.body,
                                   .received_at = kReceived};
            const auto now = connector.parse_delivery(request, account);
            request.received_at += 36h;
            EXPECT_EQ(connector.parse_delivery(request, account).events, now.events);
            for (const auto& event : now.events) {
                const auto parsed = parse_json(event.normalised);
                ASSERT_TRUE(parsed);
                EXPECT_EQ(canonical_json(*parsed), event.normalised);
            }
        }
    });
}

TEST(ConnectorContract, merging_gives_the_same_for_every_order_of_the_events) {
    for_each_case([](const Connector& connector, const Case& given) {
        const auto account = account_of(connector.capabilities());
        auto events = kept_events(connector, given);
        const auto expected = connector.merge(events, account);
        if (!expected) {
            EXPECT_TRUE(events.empty());
            return;
        }
        constexpr int kOrdersMax = 720;
        const auto by_body = [](const KeptEvent& event) {
            return std::tuple(event.kind, event.normalised);
        };
        const auto less = [&by_body](const KeptEvent& left, const KeptEvent& right) {
            return by_body(left) < by_body(right);
        };
        std::ranges::sort(events, less);
        int orders = 0;
        do {
            EXPECT_EQ(connector.merge(events, account).value(), *expected);
        } while (++orders < kOrdersMax && std::ranges::next_permutation(events, less).found);
    });
}

TEST(ConnectorContract, local_times_are_of_the_account_s_zone) {
    bool moved = false;
    for_each_case([&moved](const Connector& connector, const Case& given) {
        auto account = account_of(connector.capabilities());
        const auto events = kept_events(connector, given);
        const auto home = connector.merge(events, account);
        account.time_zone = "Asia/Tokyo";
        const auto tokyo = connector.merge(events, account);
        ASSERT_EQ(home.has_value(), tokyo.has_value());
        if (!home || !home->started_at || home->started_at == tokyo->started_at) {
            return;  // Its times carry an offset, or are those of the receipt.
        }
        moved = true;
        EXPECT_EQ(*home->started_at - *tokyo->started_at, 12h);
    });
    EXPECT_TRUE(moved) << "no case states a local time";
}

TEST(ConnectorContract, an_account_without_zones_is_utc_and_does_not_crash) {
    for_each_case([](const Connector& connector, const Case& given) {
        const auto merged = connector.merge(kept_events(connector, given), {.name = "default"});
        EXPECT_TRUE(merged || kept_events(connector, given).empty());
    });
}

/// Bytes that a body may become on its way: flipped, cut, doubled, with what breaks parsers put in.
std::string mutate(std::string body, std::mt19937& random) {
    static constexpr std::array<std::string_view, 14> kTokens = {
        "\"",           "{",    "}",     ",", ":", "\\", "{{", "}}", "\xC3",
        "\xED\xA0\x80", "null", "1e999", "%", "&"};
    const auto up_to = [&random](std::size_t count) {
        return std::uniform_int_distribution<std::size_t>(0, count)(random);
    };
    for (auto rounds = 1 + up_to(5); rounds > 0; --rounds) {
        const auto at = up_to(body.size());
        switch (up_to(4)) {
            case 0: body.insert(at, kTokens.at(up_to(kTokens.size() - 1))); break;
            case 1: body.erase(at, up_to(20)); break;
            case 2: body.insert(at, body.substr(up_to(body.size()), up_to(60))); break;
            case 3: body.resize(at); break;
            default:
                if (at < body.size()) {
                    body[at] = static_cast<char>(up_to(255));
                }
        }
    }
    return body;
}

TEST(ConnectorContract, mutated_bodies_are_rejected_or_kept_and_never_crash) {
    constexpr int kRoundsPerBody = 300;
    for_each_case([](const Connector& connector, const Case& given) {
        const auto account = account_of(connector.capabilities());
        std::mt19937 random(20260210);
        for (const auto& sent : given.deliveries) {
            for (int round = 0; round < kRoundsPerBody; ++round) {
                const auto body = mutate(sent.body, random);
                const auto delivery = deliver(connector, body, sent.content_type);
                ASSERT_EQ(delivery.rejected.has_value(), delivery.events.empty());
                for (const auto& event : delivery.events) {
                    ASSERT_TRUE(is_utf8(event.normalised) && is_utf8(event.external_id));
                    const KeptEvent kept{.kind = event.kind,
                                         .normalised = event.normalised,
                                         .received_at = kReceived};
                    const auto draft = connector.merge(std::span(&kept, 1), account);
                    ASSERT_TRUE(draft) << draft.error().message;
                    ASSERT_FALSE(draft->participations.empty());
                }
            }
        }
    });
}

}  // namespace
}  // namespace oidor::connectors::contract
