#include "store/contract/store_contract.hpp"

namespace oidor::store {
namespace {

using namespace std::chrono_literals;

KeyRow make_key_row(const std::string& name, Timestamp now) {
    return {.id = KeyId::make(),
            .name = name,
            .prefix = "oid_abc",
            .key_sha256 = sha256(name + "-secret"),
            .scopes = {"webhook:anura/default", "audits:read"},
            .campaigns = {"7"},
            .created_at = now};
}

TEST_P(StoreContract, a_key_is_found_by_its_hash_until_it_is_revoked) {
    auto& keyring = store().keyring();
    const auto key = make_key_row("pbx", clock_.now());
    must(keyring.insert_key(key));
    auto same_name = make_key_row("pbx", clock_.now());
    same_name.key_sha256 = sha256("other");
    EXPECT_EQ(code_of(keyring.insert_key(same_name)), "Conflict");
    const auto found = must(keyring.find_key(key.key_sha256));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, key.id);
    EXPECT_EQ(found->scopes, key.scopes);
    EXPECT_EQ(found->campaigns, key.campaigns);
    EXPECT_EQ(found->prefix, key.prefix);
    EXPECT_FALSE(found->revoked_at);
    EXPECT_EQ(must(keyring.find_key(key.id))->name, "pbx");
    EXPECT_FALSE(must(keyring.find_key(sha256("nobody's"))));
    EXPECT_EQ(code_of(keyring.revoke_key("nobody", clock_.now())), "NotFound");
    must(keyring.revoke_key("pbx", clock_.now()));
    must(keyring.revoke_key(key.id.text(), clock_.now() + 1h));
    EXPECT_EQ(must(keyring.find_key(key.id))->revoked_at, clock_.now());
    must(keyring.insert_key(same_name));
    EXPECT_EQ(must(keyring.list_keys()).size(), 2U);
    must(keyring.revoke_key(same_name.id.text(), clock_.now()));
    EXPECT_TRUE(must(keyring.find_key(same_name.id))->revoked_at);
}

TEST_P(StoreContract, uses_of_a_key_add_up_by_day) {
    auto& keyring = store().keyring();
    const auto key = make_key_row("pbx", clock_.now());
    must(keyring.insert_key(key));
    EXPECT_EQ(must(keyring.count_key_uses(key.id, "2026-02-02")), 0);
    must(keyring.add_key_uses(key.id, "2026-02-02", 3));
    must(keyring.add_key_uses(key.id, "2026-02-02", 4));
    must(keyring.add_key_uses(key.id, "2026-02-03", 1));
    EXPECT_EQ(must(keyring.count_key_uses(key.id, "2026-02-02")), 7);
    EXPECT_EQ(code_of(keyring.add_key_uses(KeyId::make(), "2026-02-02", 1)), "NotFound");
}

TEST_P(StoreContract, sessions_expire_and_links_are_taken_once) {
    auto& keyring = store().keyring();
    const auto key = make_key_row("page", clock_.now());
    must(keyring.insert_key(key));
    const auto now = clock_.now();
    const auto token = sha256("session");
    const auto link = sha256("link");
    must(keyring.insert_session({.token_sha256 = token, .key = key.id, .expires_at = now + 1h}));
    must(keyring.insert_session(
        {.token_sha256 = link, .key = key.id, .one_use = true, .expires_at = now + 1h}));
    EXPECT_EQ(must(keyring.find_session(token, now))->key, key.id);
    EXPECT_FALSE(must(keyring.find_session(token, now + 1h)));
    EXPECT_FALSE(must(keyring.take_link(token, now)));
    EXPECT_TRUE(must(keyring.find_session(link, now))->one_use);
    EXPECT_TRUE(must(keyring.take_link(link, now)));
    EXPECT_FALSE(must(keyring.take_link(link, now)));
    must(keyring.insert_session(
        {.token_sha256 = link, .key = key.id, .one_use = true, .expires_at = now + 1h}));
    EXPECT_FALSE(must(keyring.take_link(link, now + 1h)));
    must(keyring.delete_expired_sessions(now + 59min));
    EXPECT_TRUE(must(keyring.find_session(token, now)));
    must(keyring.delete_expired_sessions(now + 1h));
    EXPECT_FALSE(must(keyring.find_session(token, now)));
    must(keyring.insert_session({.token_sha256 = token, .key = key.id, .expires_at = now + 1h}));
    must(keyring.delete_session(token));
    must(keyring.delete_session(token));
    EXPECT_FALSE(must(keyring.find_session(token, now)));
}

TEST_P(StoreContract, a_revoked_key_is_signed_out) {
    auto& keyring = store().keyring();
    const auto key = make_key_row("page", clock_.now());
    must(keyring.insert_key(key));
    const auto token = sha256("session");
    must(keyring.insert_session(
        {.token_sha256 = token, .key = key.id, .expires_at = clock_.now() + 1h}));
    must(keyring.revoke_key("page", clock_.now()));
    EXPECT_FALSE(must(keyring.find_session(token, clock_.now())));
}

TEST_P(StoreContract, the_access_log_is_read_newest_first) {
    auto& keyring = store().keyring();
    const auto key = KeyId::make();
    std::vector<AccessEntry> entries;
    for (int i = 0; i < 5; ++i) {
        entries.push_back({.at = clock_.now(),
                           .key = i % 2 == 0 ? std::optional(key) : std::nullopt,
                           .action = "list_conversations",
                           .subject = std::to_string(i),
                           .address = "127.0.0.1",
                           .status = 200 + i});
    }
    must(keyring.append_access(entries));
    must(keyring.append_access({}));
    const auto page = must(keyring.list_access({}, 2));
    ASSERT_EQ(page.size(), 2U);
    EXPECT_EQ(page[0].subject, "4");
    EXPECT_EQ(page[0].status, 204);
    EXPECT_EQ(page[0].key, key);
    EXPECT_EQ(page[0].action, "list_conversations");
    EXPECT_EQ(page[0].address, "127.0.0.1");
    EXPECT_FALSE(page[1].key);
    const auto rest = must(keyring.list_access(page[1].sequence, 10));
    ASSERT_EQ(rest.size(), 3U);
    EXPECT_EQ(rest[2].subject, "0");
}

}  // namespace
}  // namespace oidor::store
