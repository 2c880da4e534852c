#include "cli/sources.hpp"

#include <filesystem>

#include <gtest/gtest.h>

#include "base/id.hpp"
#include "config/load.hpp"

namespace oidor::cli {
namespace {

using namespace std::chrono_literals;

/// Settings of an environment, in a folder where nothing else is configured.
class Sources : public testing::Test {
  protected:
    Sources() { std::filesystem::create_directories(folder_); }
    ~Sources() override { std::filesystem::remove_all(folder_); }

    config::Settings load(config::Pairs environment) const {
        auto settings = config::load({.environment = std::move(environment),
                                      .working_dir = folder_.string(),
                                      .accounts = account_specs()});
        EXPECT_TRUE(settings) << settings.error().message;
        return settings ? *std::move(settings) : config::Settings{};
    }
    pipeline::AccountOptions options(const config::Settings& settings, std::string_view source,
                                     std::string_view account = "default") const {
        return account_lookup(std::make_shared<const config::Settings>(settings))(source, account);
    }

    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("oidor-sources-" + format_uuid(make_uuid7()));
};

std::vector<std::pair<std::string, std::string>> revealed(
    const connectors::RecordingAccess& access) {
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& [name, value] : access.credentials) {
        all.emplace_back(name, value.reveal());
    }
    return all;
}

using Credentials = std::vector<std::pair<std::string, std::string>>;

TEST_F(Sources, an_account_of_anura_has_the_provider_s_hosts_zone_and_a_day_of_retries) {
    const auto anura = options(load({}), "anura");
    EXPECT_EQ(anura.recording_hosts, (std::vector<std::string>{"anura.com", ".anura.com",
                                                               "anura.com.ar", ".anura.com.ar"}));
    EXPECT_EQ(anura.country, "AR");
    EXPECT_EQ(anura.time_zone, "America/Argentina/Buenos_Aires");
    EXPECT_EQ(anura.recording_retry_delays,
              (std::vector<std::chrono::milliseconds>{5s, 15s, 45s, 2min, 10min, 1h}));
    EXPECT_EQ(anura.recording_give_up_after, 24h);
    EXPECT_TRUE(anura.recording_access.credentials.empty());
    EXPECT_TRUE(anura.private_hosts.empty());
}

TEST_F(Sources, hosts_and_credentials_are_of_one_account) {
    const auto settings = load({{"OIDOR_ACCOUNTS_ANURA_NORTE_RECORDING_HOSTS", "pbx.example.com"},
                                {"OIDOR_ACCOUNTS_ANURA_NORTE_RECORDING_BEARER", "t"},
                                {"OIDOR_ACCOUNTS_ANURA_NORTE_RECORDING_API_KEY", "k"}});
    const auto north = options(settings, "anura", "norte");
    EXPECT_EQ(north.recording_hosts, std::vector<std::string>{"pbx.example.com"});
    EXPECT_EQ(revealed(north.recording_access),
              (Credentials{{"Authorization", "Bearer t"}, {"X-API-Key", "k"}}));
    EXPECT_TRUE(options(settings, "anura").recording_access.credentials.empty());
    EXPECT_EQ(options(settings, "anura").recording_hosts.size(), 4U);
}

TEST_F(Sources, the_older_names_of_net2phone_fill_its_default_account) {
    const auto settings = load({{"NET2PHONE_SECRET", "s"},
                                {"NET2PHONE_API_KEY", "k"},
                                {"NET2PHONE_DEFAULT_CAMPAIGN_ID", "15"}});
    const auto account = options(settings, "net2phone");
    EXPECT_EQ(account.default_campaign_id, "15");
    EXPECT_EQ(revealed(account.recording_access), (Credentials{{"X-API-Key", "k"}}));
    EXPECT_EQ(account.recording_access.link_marker, ":generate-audio-download-link");
    EXPECT_TRUE(list_missing_secrets(settings).empty());
    EXPECT_FALSE(options(settings, "anura").default_campaign_id);
    // Another account begins with nothing of it.
    EXPECT_TRUE(options(settings, "net2phone", "norte").recording_access.credentials.empty());
}

TEST_F(Sources, an_account_without_the_secret_that_it_needs_is_named) {
    const auto nothing = list_missing_secrets(load({}));
    ASSERT_EQ(nothing.size(), 1U);
    EXPECT_EQ(nothing.front().path, "accounts.net2phone.default.secret");
    EXPECT_FALSE(nothing.front().configured);
    const auto half = list_missing_secrets(
        load({{"NET2PHONE_SECRET", "s"}, {"OIDOR_ACCOUNTS_NET2PHONE_NORTE_API_KEY", "k"}}));
    ASSERT_EQ(half.size(), 1U);
    EXPECT_EQ(half.front().path, "accounts.net2phone.norte.secret");
    EXPECT_TRUE(half.front().configured);
}

}  // namespace
}  // namespace oidor::cli
