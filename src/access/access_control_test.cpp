#include "access/access_control.hpp"

#include <stdlib.h>

#include <filesystem>

#include <gtest/gtest.h>

#include "store/store.hpp"

namespace oidor::access {
namespace {

using namespace std::chrono_literals;

/// A keyring that counts look-ups and whose writes of uses fail after so many.
class WatchedKeyring final : public store::Keyring {
  public:
    explicit WatchedKeyring(store::Keyring& keyring) : keyring_(keyring) {}

    mutable int look_ups = 0;
    int writes_left = 100;

    Result<std::optional<store::KeyRow>> find_key(const Sha256& hash) const override {
        ++look_ups;
        return keyring_.find_key(hash);
    }
    Result<void> add_key_uses(KeyId id, const std::string& day, std::int64_t uses) override {
        if (--writes_left < 0) {
            return fail(ErrorCode::Unavailable, "no room");
        }
        return keyring_.add_key_uses(id, day, uses);
    }

    Result<void> insert_key(const store::KeyRow& key) override { return keyring_.insert_key(key); }
    Result<std::optional<store::KeyRow>> find_key(KeyId id) const override {
        return keyring_.find_key(id);
    }
    Result<std::vector<store::KeyRow>> list_keys() const override { return keyring_.list_keys(); }
    Result<void> revoke_key(const std::string& name, Timestamp at) override {
        return keyring_.revoke_key(name, at);
    }
    Result<std::int64_t> count_key_uses(KeyId id, const std::string& day) const override {
        return keyring_.count_key_uses(id, day);
    }
    Result<void> insert_session(const store::SessionRow& session) override {
        return keyring_.insert_session(session);
    }
    Result<std::optional<store::SessionRow>> find_session(const Sha256& token,
                                                          Timestamp now) const override {
        return keyring_.find_session(token, now);
    }
    Result<std::optional<store::SessionRow>> take_link(const Sha256& token,
                                                       Timestamp now) override {
        return keyring_.take_link(token, now);
    }
    Result<void> delete_session(const Sha256& token) override {
        return keyring_.delete_session(token);
    }
    Result<void> delete_expired_sessions(Timestamp now) override {
        return keyring_.delete_expired_sessions(now);
    }
    Result<void> append_access(const std::vector<store::AccessEntry>& entries) override {
        return keyring_.append_access(entries);
    }
    Result<std::vector<store::AccessEntry>> list_access(std::optional<std::int64_t> before,
                                                        int limit) const override {
        return keyring_.list_access(before, limit);
    }

  private:
    store::Keyring& keyring_;
};

class Access : public ::testing::Test {
  protected:
    Access() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "oidor-access-XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
        auto opened = store::open_sqlite_store({.path = folder_ / "oidor.db"}, clock_);
        EXPECT_TRUE(opened) << opened.error().message;
        store_ = std::move(opened).value();
    }
    ~Access() override {
        store_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    Secret key(std::vector<std::string> scopes, std::string name = "ana",
               std::vector<std::string> campaigns = {}) {
        auto made = access().create_key({.name = std::move(name),
                                         .scopes = std::move(scopes),
                                         .campaigns = std::move(campaigns)});
        EXPECT_TRUE(made) << made.error().message;
        return made->key;
    }
    /// A new one each time: nothing is remembered between calls.
    AccessControl access() { return AccessControl(store_->keyring(), clock_); }

    ManualClock clock_{*parse_rfc3339("2026-02-10T15:00:00Z")};
    std::filesystem::path folder_;
    std::unique_ptr<store::Store> store_;
};

TEST_F(Access, a_key_is_known_by_its_hash_alone) {
    const auto made = key({"audits:read"});
    EXPECT_TRUE(made.reveal().starts_with("oidor_"));
    EXPECT_EQ(made.reveal().size(), 6U + 43U);
    const auto principal = access().authenticate(made.reveal());
    ASSERT_TRUE(principal);
    EXPECT_EQ(principal->name, "ana");
    EXPECT_EQ(access().authenticate("oidor_nothing").error().code, ErrorCode::Unauthenticated);
    EXPECT_EQ(access().authenticate("").error().code, ErrorCode::Unauthenticated);
}

TEST_F(Access, a_revoked_key_is_refused_and_its_name_is_free_again) {
    const auto made = key({"audits:read"});
    EXPECT_EQ(access().create_key({.name = "ana", .scopes = {"review"}}).error().code,
              ErrorCode::Conflict);
    ASSERT_TRUE(store_->keyring().revoke_key("ana", clock_.now()));
    EXPECT_EQ(access().authenticate(made.reveal()).error().code, ErrorCode::Unauthenticated);
    EXPECT_TRUE(access().create_key({.name = "ana", .scopes = {"review"}}));
}

TEST_F(Access, scopes_are_checked_when_a_key_is_made) {
    for (const auto* scope : {"audits", "webhook:anura", "webhook:anura/", "webhook:/default",
                              "webhook:anura/health", "webhook:Anura/default", "*", ""}) {
        EXPECT_EQ(access().create_key({.name = "x", .scopes = {scope}}).error().code,
                  ErrorCode::Invalid)
            << scope;
    }
    EXPECT_EQ(access().create_key({.name = "x", .scopes = {}}).error().code, ErrorCode::Invalid);
    EXPECT_EQ(access().create_key({.name = "", .scopes = {"review"}}).error().code,
              ErrorCode::Invalid);
}

TEST(Principal, admin_reads_everything_and_writes_no_webhook) {
    const Principal admin{.scopes = {"admin"}};
    EXPECT_TRUE(admin.allows("content:read"));
    EXPECT_FALSE(admin.allows("webhook:anura/default"));
    const Principal pbx{.scopes = {"webhook:anura/lima"}};
    EXPECT_TRUE(pbx.allows("webhook:anura/lima"));
    EXPECT_FALSE(pbx.allows("webhook:anura/default"));
    EXPECT_FALSE(pbx.allows("audits:read"));
    EXPECT_EQ(pbx.only_account("anura"), "lima");
    EXPECT_FALSE(pbx.only_account("twilio"));
}

TEST(Principal, a_limited_key_sees_its_campaigns_and_nothing_unmapped) {
    const Principal limited{.campaigns = {"1"}};
    EXPECT_TRUE(limited.allows_campaign("1"));
    EXPECT_FALSE(limited.allows_campaign("2"));
    EXPECT_FALSE(limited.allows_campaign(std::nullopt));
    EXPECT_TRUE(Principal{}.allows_campaign(std::nullopt));
}

TEST_F(Access, a_session_lives_twelve_hours_and_dies_with_its_key) {
    const auto made = key({"audits:read"});
    const auto session = access().sign_in(made.reveal());
    ASSERT_TRUE(session);
    EXPECT_EQ(access().find_session(session->token.reveal())->name, "ana");
    clock_.advance(11h);
    EXPECT_TRUE(access().find_session(session->token.reveal()));
    clock_.advance(2h);
    EXPECT_EQ(access().find_session(session->token.reveal()).error().code,
              ErrorCode::Unauthenticated);
    const auto other = access().sign_in(made.reveal());
    ASSERT_TRUE(other);
    ASSERT_TRUE(store_->keyring().revoke_key("ana", clock_.now()));
    EXPECT_EQ(access().find_session(other->token.reveal()).error().code,
              ErrorCode::Unauthenticated);
}

TEST_F(Access, signing_out_ends_the_session) {
    const auto made = key({"audits:read"});
    const auto session = access().sign_in(made.reveal());
    ASSERT_TRUE(access().sign_out(session->token.reveal()));
    EXPECT_FALSE(access().find_session(session->token.reveal()));
}

TEST_F(Access, a_link_works_once_and_is_no_session) {
    const auto made = key({"audits:read"});
    const auto principal = access().authenticate(made.reveal());
    const auto link = access().create_link(principal->key);
    ASSERT_TRUE(link);
    EXPECT_FALSE(access().find_session(link->reveal()));
    EXPECT_TRUE(access().take_link(link->reveal()));
    EXPECT_EQ(access().take_link(link->reveal()).error().code, ErrorCode::Unauthenticated);
    const auto late = access().create_link(principal->key);
    clock_.advance(31min);
    EXPECT_FALSE(access().take_link(late->reveal()));
}

TEST_F(Access, a_key_that_may_not_see_the_page_gets_no_link_and_no_session) {
    const auto made = key({"webhook:anura/default"}, "pbx");
    const auto principal = access().authenticate(made.reveal());
    ASSERT_TRUE(principal);
    EXPECT_EQ(access().create_link(principal->key).error().code, ErrorCode::Forbidden);
    EXPECT_EQ(access().sign_in(made.reveal()).error().code, ErrorCode::Forbidden);
    // Nor one whose link was made some other way.
    ASSERT_TRUE(store_->keyring().insert_session({.token_sha256 = sha256("token"),
                                                  .key = principal->key,
                                                  .one_use = true,
                                                  .expires_at = clock_.now() + 1h}));
    EXPECT_EQ(access().take_link("token").error().code, ErrorCode::Forbidden);
    EXPECT_EQ(access().create_link(KeyId::make()).error().code, ErrorCode::Unauthenticated);
}

TEST_F(Access, an_unknown_key_is_looked_up_once_a_second) {
    WatchedKeyring watched(store_->keyring());
    AccessControl control(watched, clock_);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(control.authenticate("guess").error().code, ErrorCode::Unauthenticated);
    }
    EXPECT_EQ(watched.look_ups, 1);
    EXPECT_FALSE(control.authenticate("another guess"));
    EXPECT_EQ(watched.look_ups, 2);
}

TEST_F(Access, uses_that_could_not_be_written_are_counted_at_the_next_flush) {
    const auto one = key({"audits:read"}, "one");
    const auto two = key({"audits:read"}, "two");
    WatchedKeyring watched(store_->keyring());
    AccessControl control(watched, clock_);
    const auto first = control.authenticate(one.reveal());
    const auto second = control.authenticate(two.reveal());
    watched.writes_left = 1;
    EXPECT_EQ(control.flush_uses().error().code, ErrorCode::Unavailable);
    ASSERT_TRUE(control.authenticate(one.reveal()));
    watched.writes_left = 10;
    ASSERT_TRUE(control.flush_uses());
    EXPECT_EQ(*store_->keyring().count_key_uses(first->key, "2026-02-10"), 2);
    EXPECT_EQ(*store_->keyring().count_key_uses(second->key, "2026-02-10"), 1);
}

TEST_F(Access, uses_are_counted_per_day_when_they_are_flushed) {
    const auto made = key({"audits:read"});
    AccessControl control(store_->keyring(), clock_);
    const auto principal = control.authenticate(made.reveal());
    ASSERT_TRUE(control.authenticate(made.reveal()));
    ASSERT_TRUE(control.flush_uses());
    ASSERT_TRUE(control.flush_uses());
    EXPECT_EQ(store_->keyring().count_key_uses(principal->key, "2026-02-10").value(), 2);
}

TEST_F(Access, what_is_recorded_is_listed_newest_first) {
    ASSERT_TRUE(
        access().record({.at = clock_.now(), .action = "listen", .subject = "a", .status = 200}));
    ASSERT_TRUE(
        access().record({.at = clock_.now(), .action = "show_day", .subject = "b", .status = 200}));
    const auto log = store_->keyring().list_access(std::nullopt, 10).value();
    ASSERT_EQ(log.size(), 2U);
    EXPECT_EQ(log[0].action, "show_day");
}

}  // namespace
}  // namespace oidor::access
