#include "config/pages.hpp"

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "config/load.hpp"

namespace oidor::config {
namespace {

using namespace std::chrono_literals;

struct PagesDemo {
    Secret token = {};
    std::chrono::seconds poll_every = 30s;
};

std::vector<AccountSpec> specs() {
    static const auto spec =
        Spec<PagesDemo>("demo", "A source for tests.")
            .field(&PagesDemo::token, {.key = "token", .text = "A token.", .need = Need::Required})
            .field(&PagesDemo::poll_every,
                   {.key = "poll_every", .text = "How often to ask.", .min = "5s", .max = "1h"});
    auto demo = to_account_spec(spec);
    demo.country = "AR";
    demo.time_zone = "America/Argentina/Buenos_Aires";
    demo.recording_hosts = {".example.com"};
    return {demo};
}

/// Holds `text` against the file; with OIDOR_TEST_GOLDEN=write it is written instead.
void expect_golden(const std::string& name, const std::string& text) {
    const auto path = std::string(OIDOR_SOURCE_DIR "/src/config/testdata/") + name;
    const char* mode = std::getenv("OIDOR_TEST_GOLDEN");
    if (mode != nullptr && std::string_view(mode) == "write") {
        std::ofstream(path, std::ios::binary) << text;
    }
    std::ifstream file(path, std::ios::binary);
    std::stringstream kept;
    kept << file.rdbuf();
    EXPECT_EQ(kept.str(), text) << name << " is stale: OIDOR_TEST_GOLDEN=write rewrites it";
}

Settings load_with(Pairs environment) {
    auto settings = load({.environment = std::move(environment),
                          .working_dir = "/nonexistent",
                          .accounts = specs()});
    EXPECT_TRUE(settings) << settings.error().message;
    return settings ? std::move(settings).value() : Settings{};
}

TEST(Pages, keep_the_reference_and_the_sample) {
    expect_golden("reference.md", format_reference(specs()));
    expect_golden("sample.toml", format_sample(specs()));
    expect_golden("flags.es.txt", format_flags_help(UiLanguage::Spanish));
    expect_golden("flags.en.txt", format_flags_help(UiLanguage::English));
}

TEST(Pages, give_a_sample_whose_every_line_can_be_uncommented) {
    std::stringstream sample(format_sample(specs()));
    std::string text;
    for (std::string line; std::getline(sample, line);) {
        if (line.contains(" = ") && !line.contains("_file = \"/etc/oidor/")) {
            text += line.substr(2) + "\n";
        }
    }
    std::string pattern = "/tmp/config-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    std::ofstream(pattern + "/oidor.toml") << text;
    const auto settings = load({.environment = {{"OIDOR_ACCOUNTS_DEMO_DEFAULT_TOKEN", "t"}},
                                .working_dir = pattern,
                                .accounts = specs()});
    EXPECT_TRUE(settings) << settings.error().message << "\n" << text;
    EXPECT_EQ(std::system(("rm -r " + pattern).c_str()), 0);
}

TEST(Pages, show_no_secret) {
    const auto settings =
        load_with({{"OIDOR_ACCOUNTS_DEMO_DEFAULT_TOKEN", "HUSH"},
                   {"OIDOR_STORE_URL", "postgres://ana:HUSH@db.example.com/oidor?password=HUSH"},
                   {"OIDOR_NOTIFY_URL", "https://n.example.com/HUSH"},
                   {"OIDOR_RECORDING_BYTES_MAX", "1048577"}});
    for (const auto form : {ShowForm::Text, ShowForm::Json}) {
        const auto shown = format_settings(settings, form);
        EXPECT_FALSE(shown.contains("HUSH")) << shown;
        EXPECT_TRUE(shown.contains("********")) << shown;
        EXPECT_TRUE(shown.contains("postgres://ana:********@db.example.com/oidor?********"))
            << shown;
    }
    const auto text = format_settings(settings);
    EXPECT_TRUE(text.contains("listen = \"127.0.0.1:8080\"  # default\n")) << text;
    EXPECT_TRUE(text.contains("recording_bytes_max = 1048577  # OIDOR_RECORDING_BYTES_MAX\n"));
    EXPECT_TRUE(text.contains("accounts.demo.default.poll_every = \"30s\"  # default\n"));
    const auto parsed = parse_json(format_settings(settings, ShowForm::Json));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->at("recording_bytes_max").at("value").as_int64(), 1048577);
}

TEST(Pages, give_a_schema_that_knows_every_key) {
    const auto parsed = parse_json(format_schema(specs()));
    ASSERT_TRUE(parsed) << parsed.error().message;
    const auto& properties = parsed->at("properties");
    EXPECT_EQ(properties.at("agent_channel").at("maximum").as_int64(), 1);
    EXPECT_EQ(properties.at("log").at("properties").at("level").at("enum").as_array().size(), 4U);
    EXPECT_TRUE(properties.at("blobs")
                    .at("properties")
                    .at("s3")
                    .at("properties")
                    .as_object()
                    .contains("secret_key_file"));
    const auto& demo = properties.at("accounts").at("properties").at("demo");
    const auto& account = demo.at("patternProperties").as_object().begin()->value();
    EXPECT_EQ(account.at("properties").at("poll_every").at("default").as_string(), "30s");
    EXPECT_FALSE(demo.at("additionalProperties").as_bool());
}

TEST(Declarations, are_complete) {
    std::set<std::string> variables;
    std::set<std::string_view> flags;
    std::vector<Key> keys;
    for (const auto& key : installation_spec().keys()) {
        keys.push_back(key);
        EXPECT_TRUE(variables.insert(environment_name(key.options.key)).second);
    }
    for (const auto& key : account_common_spec().keys()) {
        keys.push_back(key);
    }
    for (const auto& key : keys) {
        const auto& options = key.options;
        EXPECT_TRUE(options.text.ends_with('.')) << options.key;
        EXPECT_TRUE(key.kind == Kind::Secret || !options.example.empty()) << options.key;
        if (!options.flag.empty()) {
            EXPECT_TRUE(flags.insert(options.flag).second) << options.flag;
            EXPECT_FALSE(options.text_es.empty()) << options.key;
            EXPECT_FALSE(options.argument.empty()) << options.key;
            EXPECT_NE(key.kind, Kind::Secret) << "a secret never has a flag: " << options.key;
        }
    }
    EXPECT_TRUE(flags.contains("data"));
    EXPECT_EQ(list_flags().size(), flags.size());
}

}  // namespace
}  // namespace oidor::config
