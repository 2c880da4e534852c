#include "config/load.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace oidor::config {
namespace {

using namespace std::chrono_literals;

struct DemoConfig {
    std::string number_id = {};
    Secret token = {};
    std::chrono::seconds poll_every = 30s;
};

const Spec<DemoConfig>& demo_spec() {
    using enum Need;
    static const auto spec =
        Spec<DemoConfig>("demo", "A source for tests.")
            .field(&DemoConfig::number_id,
                   {.key = "number_id", .text = "The number's id.", .need = Required})
            .field(&DemoConfig::token, {.key = "token",
                                        .text = "A token.",
                                        .need = Required,
                                        .older_names = {{.name = "DEMO_TOKEN"}}})
            .field(&DemoConfig::poll_every,
                   {.key = "poll_every", .text = "How often to ask.", .min = "5s", .max = "1h"});
    return spec;
}

AccountSpec anura_spec() {
    return {.source = "anura",
            .title = "Anura.",
            .country = "AR",
            .time_zone = "America/Argentina/Buenos_Aires",
            .recording_hosts = {".anura.com.ar"}};
}

/// A temporary folder with a config file and a `.env`.
class Load : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "config-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        inputs_.working_dir = pattern;
        inputs_.accounts = {anura_spec(), to_account_spec(demo_spec())};
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    void write(const std::string& name, std::string_view text, mode_t mode = 0600) {
        std::ofstream(folder_ / name, std::ios::binary) << text;
        ASSERT_EQ(::chmod((folder_ / name).c_str(), mode), 0);
    }
    /// The faults of a load that must fail.
    std::string faults() {
        const auto settings = load(inputs_);
        EXPECT_FALSE(settings);
        EXPECT_EQ(settings ? ErrorCode::Internal : settings.error().code, ErrorCode::Invalid);
        return settings ? "" : settings.error().message;
    }
    /// The settings of a load that must succeed.
    Settings settings() {
        auto loaded = load(inputs_);
        EXPECT_TRUE(loaded) << loaded.error().message;
        return loaded ? std::move(loaded).value() : Settings{};
    }

    std::filesystem::path folder_ = {};
    LoadInputs inputs_ = {};
};

TEST_F(Load, gives_defaults_when_nothing_is_set) {
    const auto all = settings();
    EXPECT_EQ(all.installation.data_dir, "./oidor-data");
    EXPECT_EQ(all.installation.listen, "127.0.0.1:8080");
    EXPECT_EQ(all.installation.language, "es");
    EXPECT_EQ(all.installation.store_url.reveal(), "sqlite:./oidor-data/oidor.db");
    EXPECT_EQ(all.installation.blobs_url, "file:./oidor-data/blobs");
    EXPECT_FALSE(all.installation.server_query_api_key);
    EXPECT_FALSE(all.installation.agent_channel.has_value());
    EXPECT_TRUE(all.warnings.empty()) << all.warnings.front();
    EXPECT_EQ(all.config_path, "");
    const auto anura = all.find_account("anura", "default");
    ASSERT_TRUE(anura);
    EXPECT_FALSE(anura->configured);
    EXPECT_EQ(anura->common.country, "AR");
    EXPECT_EQ(anura->common.time_zone, "America/Argentina/Buenos_Aires");
    EXPECT_EQ(anura->common.recording_hosts, std::vector<std::string>{".anura.com.ar"});
}

TEST_F(Load, lets_the_stronger_layer_win) {
    write("oidor.toml",
          "listen = \"127.0.0.1:1\"\nlanguage = \"pt\"\nlog.level = \"warn\"\n"
          "recording_bytes_max = \"2 MiB\"\n");
    write(".env", "OIDOR_LISTEN=127.0.0.1:2\nexport OIDOR_LANGUAGE='en' # ours\nOTHER=1\n");
    inputs_.environment = {{"OIDOR_LISTEN", "127.0.0.1:3"}, {"PATH", "/bin"}};
    const auto all = settings();
    EXPECT_EQ(all.installation.listen, "127.0.0.1:3");
    EXPECT_EQ(all.installation.language, "en");
    EXPECT_EQ(all.installation.log_level, "warn");
    EXPECT_EQ(all.installation.recording_bytes_max, 2 << 20);
    EXPECT_EQ(all.values.at("listen").origin, "OIDOR_LISTEN");
    EXPECT_EQ(all.values.at("language").origin, ".env:2 (OIDOR_LANGUAGE)");
    EXPECT_EQ(all.values.at("log.level").origin, "oidor.toml:3");
    inputs_.flags = {{"listen", "127.0.0.1:4"}};
    EXPECT_EQ(settings().installation.listen, "127.0.0.1:4");
    EXPECT_EQ(settings().values.at("listen").origin, "--listen");
}

TEST_F(Load, reads_every_kind) {
    write("oidor.toml", R"(
server.query_api_key = true
server.trusted_proxies = ["10.0.0.0/8", "::1"]
agent_channel = 1
[accounts.demo.ventas]
number_id = 105512345678
token = "t"
poll_every = "1m"
private_hosts = "pbx.internal:8080, other.internal"
[accounts.anura.sur]
)");
    inputs_.environment = {
        {"OIDOR_WORKERS_COUNT", "8"},
        {"OIDOR_ACCOUNTS_DEMO_VENTAS_RECORDING_HOSTS", "a.example.com,, b.example.com "},
        {"OIDOR_ACCOUNTS_DEMO_NORTE_NUMBER_ID", "7"},
        {"OIDOR_ACCOUNTS_DEMO_NORTE_TOKEN", "u"},
        {"OIDOR_ACCOUNTS_ANURA_SUR_SPEECH_ENGINE", "pocketsphinx"}};
    const auto all = settings();
    EXPECT_TRUE(all.installation.server_query_api_key);
    EXPECT_EQ(all.installation.server_trusted_proxies,
              (std::vector<std::string>{"10.0.0.0/8", "::1"}));
    EXPECT_EQ(all.installation.agent_channel, 1);
    EXPECT_EQ(all.installation.workers_count, 8);
    const auto ventas = all.find_account("demo", "ventas");
    ASSERT_TRUE(ventas && ventas->configured);
    EXPECT_EQ(ventas->common.private_hosts,
              (std::vector<std::string>{"pbx.internal:8080", "other.internal"}));
    EXPECT_EQ(ventas->common.recording_hosts,
              (std::vector<std::string>{"a.example.com", "b.example.com"}));
    const auto own = demo_spec().read(ventas->values);
    EXPECT_EQ(own.number_id, "105512345678");
    EXPECT_EQ(own.token.reveal(), "t");
    EXPECT_EQ(own.poll_every, 60s);
    EXPECT_EQ(demo_spec().read(all.find_account("demo", "norte")->values).poll_every, 30s);
    EXPECT_EQ(all.find_account("anura", "sur")->common.speech_engine, "pocketsphinx");
    EXPECT_TRUE(all.find_account("anura", "sur")->configured);
}

TEST_F(Load, reports_all_faults_at_once_with_origin_and_suggestion) {
    write("oidor.toml",
          "lisen = \"127.0.0.1:1\"\n"
          "agent_channel = 2\n"
          "[server]\n"
          "body_bytes_max = \"1 KiB\"\n"
          "conections_max = 9\n"
          "query_api_key = \"true\"\n"
          "trusted_proxies = [\"10.0.0.0/8\", \"nowhere\"]\n"
          "[accounts.anura.default]\n"
          "country = \"Argentina\"\n"
          "time_zone = \"America/Nowhere\"\n"
          "contry = \"AR\"\n"
          "[accounts.anura.test]\n"
          "country = \"AR\"\n"
          "[accounts.annura.default]\n"
          "country = \"AR\"\n"
          "[accounts.demo.default]\n"
          "poll_every = 30\n");
    inputs_.environment = {{"OIDOR_LISTN", "x"},
                           {"OIDOR_LISTEN", "nonsense"},
                           {"OIDOR_ACCOUNTS_ANURA_HEALTH_COUNTRY", "AR"},
                           {"OIDOR_ACCOUNTS_ANURA_DEFAULT_CUNTRY", "AR"},
                           {"OIDOR_ACCOUNTS_NOBODY_DEFAULT_COUNTRY", "AR"}};
    inputs_.flags = {{"lisen", "x"}, {"agent-channel", "left"}};
    EXPECT_EQ(
        faults(),
        "flag: --lisen: unknown key; did you mean --listen?\n"
        "--agent-channel: agent_channel: must be an integer\n"
        "OIDOR_LISTN: unknown name; did you mean OIDOR_LISTEN?\n"
        "OIDOR_LISTEN: listen: must be host:port, such as 127.0.0.1:8080\n"
        "OIDOR_ACCOUNTS_ANURA_HEALTH_COUNTRY: an account's name is A-Z and 0-9, at most 32, not "
        "HEALTH or TEST\n"
        "OIDOR_ACCOUNTS_ANURA_DEFAULT_CUNTRY: unknown name; did you mean "
        "OIDOR_ACCOUNTS_ANURA_DEFAULT_COUNTRY?\n"
        "OIDOR_ACCOUNTS_NOBODY_DEFAULT_COUNTRY: unknown name; accounts are "
        "OIDOR_ACCOUNTS_ANURA_<NAME>_<KEY>, OIDOR_ACCOUNTS_DEMO_<NAME>_<KEY>\n"
        "oidor.toml:1: lisen: unknown key; did you mean listen?\n"
        "oidor.toml:2: agent_channel: must be from 0 to 1\n"
        "oidor.toml:4: server.body_bytes_max: must be from 64 KiB to 1 GiB\n"
        "oidor.toml:5: server.conections_max: unknown key; did you mean server.connections_max?\n"
        "oidor.toml:6: server.query_api_key: must be true or false\n"
        "oidor.toml:7: server.trusted_proxies: item 2: must be an IP address or a prefix, such as "
        "10.0.0.0/8\n"
        "oidor.toml:9: accounts.anura.default.country: must be a country's two capital letters, "
        "such as AR\n"
        "oidor.toml:10: accounts.anura.default.time_zone: must be a time zone of the IANA "
        "database, such as America/Argentina/Buenos_Aires\n"
        "oidor.toml:11: accounts.anura.default.contry: unknown key; did you mean "
        "accounts.anura.default.country?\n"
        "oidor.toml:13: accounts.anura.test.country: an account's name is a-z and 0-9, at most "
        "32, not health or test\n"
        "oidor.toml:15: accounts.annura: unknown key; did you mean accounts.anura?\n"
        "oidor.toml:17: accounts.demo.default.poll_every: must be a duration, such as 30s or 5m\n"
        "accounts.demo.default.number_id: is needed and not set: put it into the file, or into "
        "OIDOR_ACCOUNTS_DEMO_DEFAULT_NUMBER_ID\n"
        "accounts.demo.default.token: is needed and not set: put it into the file, or into "
        "OIDOR_ACCOUNTS_DEMO_DEFAULT_TOKEN");
}

TEST_F(Load, a_budget_counts_the_days_of_one_zone) {
    const std::string budget = "[speech]\nbudget_per_day = \"5\"\n";
    const std::string lima = "[accounts.anura.lima]\ntime_zone = \"America/Lima\"\n";
    const std::string bogota = "[accounts.anura.bogota]\ntime_zone = \"America/Bogota\"\n";
    write("oidor.toml", budget + lima);
    EXPECT_EQ(settings().installation.speech_budget_time_zone, "America/Lima");
    write("oidor.toml", budget);
    EXPECT_EQ(settings().installation.speech_budget_time_zone, "America/Argentina/Buenos_Aires");
    write("oidor.toml", budget + lima + bogota);
    EXPECT_TRUE(
        faults().contains("oidor.toml:2: speech.budget_per_day: accounts lie in several "
                          "zones (America/Bogota, America/Lima)"));
    write("oidor.toml", budget + "budget_time_zone = \"America/Lima\"\n" + lima + bogota);
    EXPECT_EQ(settings().installation.speech_budget_time_zone, "America/Lima");
    // Without a budget nobody's day counts.
    write("oidor.toml", lima + bogota);
    EXPECT_EQ(settings().installation.speech_budget_time_zone, "");
}

TEST_F(Load, never_repeats_a_value_in_a_fault) {
    write("oidor.toml",
          "blobs.s3.access_key = HUSHHUSH\nstore.url = \"HUSHHUSH\"\nlog.level = \"HUSHHUSH\"\n");
    EXPECT_FALSE(faults().contains("HUSH")) << faults();
    EXPECT_TRUE(faults().starts_with("oidor.toml:1: is not TOML")) << faults();
    write("oidor.toml", "store.url = \"HUSHHUSH\"\nblobs.s3.access_key = [\"HUSHHUSH\"]\n");
    EXPECT_FALSE(faults().contains("HUSH")) << faults();
    write("oidor.toml", "a = \"HUSHHUSH\nb = 1\n");
    EXPECT_FALSE(faults().contains("HUSH")) << faults();
}

TEST_F(Load, refuses_broken_files) {
    write("oidor.toml", "listen = \"\xff\"\n");
    EXPECT_EQ(faults(), "oidor.toml: is not UTF-8");
    write("oidor.toml", "a = 1\na = 2\n");
    EXPECT_TRUE(faults().starts_with("oidor.toml:2: is not TOML")) << faults();
    write("oidor.toml", std::string((1U << 20U) + 1, '#'));
    EXPECT_TRUE(faults().contains("is larger than 1048576 bytes")) << faults();
    write("oidor.toml", "a" + std::string(200, 'b') + " = " + std::string(5000, '[') + "\n");
    EXPECT_TRUE(faults().starts_with("oidor.toml:1: is not TOML")) << faults();
    write("oidor.toml", "language = 1979-05-27\nlanguages = [1]\n");
    EXPECT_TRUE(faults().contains("oidor.toml:1: language: must be a text, an integer"))
        << faults();
    inputs_.config_path = "missing.toml";
    EXPECT_TRUE(faults().starts_with("missing.toml: there is no file")) << faults();
    inputs_.config_path = "";
    EXPECT_TRUE(faults().contains("is not a file")) << faults();
    inputs_.config_path = ".";
    EXPECT_TRUE(faults().contains("is not a file")) << faults();
}

TEST_F(Load, bounds_the_number_of_faults) {
    std::string text;
    for (int i = 0; i < 500; ++i) {
        text += "zzzzzz" + std::to_string(i) + " = 1\n";
    }
    write("oidor.toml", text);
    EXPECT_TRUE(faults().ends_with("\nand 400 more")) << faults();
}

TEST_F(Load, refuses_a_dotenv_that_others_can_read) {
    for (const mode_t mode : {0640, 0604, 0660, 0644}) {
        write(".env", "OIDOR_LISTEN=127.0.0.1:2\n", mode);
        EXPECT_TRUE(faults().contains(".env: others may read it (mode 0")) << faults();
        EXPECT_TRUE(faults().contains("chmod 600")) << faults();
    }
    write(".env", "OIDOR_LISTEN=127.0.0.1:2\n", 0400);
    EXPECT_EQ(settings().installation.listen, "127.0.0.1:2");
}

TEST_F(Load, reads_the_dotenv_beside_the_config_file) {
    std::filesystem::create_directory(folder_ / "etc");
    write("etc/house.toml", "data_dir = \"data\"\nstore.url = \"sqlite:here.db\"\n");
    write("etc/.env", "OIDOR_LOG_LEVEL=\"de\\bug\"\n");
    write(".env", "OIDOR_LOG_LEVEL=warn\n");
    inputs_.config_path = "etc/house.toml";
    const auto all = settings();
    EXPECT_EQ(all.installation.log_level, "debug");
    EXPECT_EQ(all.installation.data_dir, (folder_ / "etc/data").string());
    EXPECT_EQ(all.installation.store_url.reveal(), "sqlite:" + (folder_ / "etc/here.db").string());
}

TEST_F(Load, names_the_line_of_a_broken_dotenv) {
    write(".env",
          "# fine\n\nno equals\nOIDOR_LOG_LEVEL=\"open\nOIDOR_LOGLEVEL=warn\nBAD-NAME=1\n"
          "X='a' b\n");
    EXPECT_EQ(faults(),
              ".env:3: is not NAME=value\n"
              ".env:4: OIDOR_LOG_LEVEL: the quotation does not end, or text follows it\n"
              ".env:6: is not NAME=value\n"
              ".env:7: X: the quotation does not end, or text follows it\n"
              ".env:5 (OIDOR_LOGLEVEL): unknown name; did you mean OIDOR_LOG_LEVEL?");
    write(".env", "A=\xff\n");
    EXPECT_EQ(faults(), ".env: is not UTF-8");
}

TEST_F(Load, takes_a_secret_from_its_file) {
    write("token", "s3cret\r\n");
    write("oidor.toml", "[accounts.demo.default]\nnumber_id = \"1\"\ntoken_file = \"token\"\n");
    const auto all = settings();
    EXPECT_EQ(demo_spec().read(all.find_account("demo", "default")->values).token.reveal(),
              "s3cret");
    inputs_.environment = {{"OIDOR_ACCOUNTS_DEMO_DEFAULT_TOKEN_FILE", "absent"}};
    EXPECT_TRUE(faults().contains("accounts.demo.default.token_file: there is no file"))
        << faults();
    inputs_.environment = {{"OIDOR_ACCOUNTS_DEMO_DEFAULT_TOKEN", "a"},
                           {"OIDOR_ACCOUNTS_DEMO_DEFAULT_TOKEN_FILE", "token"}};
    EXPECT_TRUE(
        faults().contains("accounts.demo.default.token_file: is given already "
                          "(OIDOR_ACCOUNTS_DEMO_DEFAULT_TOKEN)"))
        << faults();
    inputs_.environment = {};
    write("token", "");
    EXPECT_TRUE(faults().contains("token_file: is empty")) << faults();
    write("token", std::string(65537, 'x'));
    EXPECT_TRUE(faults().contains("is larger than 65536 bytes")) << faults();
}

TEST_F(Load, keeps_older_names_working) {
    inputs_.environment = {{"ANURA_DEFAULT_CAMPAIGN_ID", "15"},
                           {"ANURA_DEFAULT_OPERATOR_ID", "7"},
                           {"DEMO_DEFAULT_CAMPAIGN_ID", ""},
                           {"S3_BUCKET", "recordings"},
                           {"S3_ENDPOINT", "http://minio:9000"},
                           {"S3_ACCESS_KEY", "a"},
                           {"S3_SECRET_KEY", "b"},
                           {"AZURE_SPEECH_KEY", "k"},
                           {"AZURE_SPEECH_REGION", "brazilsouth"},
                           {"OPENAI_API_KEY", "o"},
                           {"NOTIFY_URL", "https://n.example.com/t"},
                           {"EMAILS", "a@example.com, b@example.com"},
                           {"EMAIL_MESSAGE", "Hola"},
                           {"DATABRICKS_HOST", "https://adb.example.com"},
                           {"DATABRICKS_TOKEN", "d"}};
    auto all = settings();
    const auto anura = all.find_account("anura", "default");
    EXPECT_EQ(anura->common.default_campaign_id, "15");
    EXPECT_EQ(anura->common.default_agent_id, "7");
    EXPECT_FALSE(all.find_account("demo", "default")->configured);
    EXPECT_EQ(all.installation.blobs_url, "s3://recordings");
    EXPECT_EQ(all.installation.blobs_s3_endpoint, "http://minio:9000");
    EXPECT_EQ(all.installation.blobs_s3_secret_key.reveal(), "b");
    EXPECT_EQ(all.installation.openai_api_key.reveal(), "o");
    EXPECT_EQ(all.installation.notify_emails.size(), 2U);
    EXPECT_EQ(all.installation.databricks_token.reveal(), "d");
    // What has no use yet says so.
    EXPECT_FALSE(all.warnings.empty());

    write(".env", "S3_BUCKET=other\nEMAILS=c@example.com\n");
    EXPECT_EQ(settings().installation.blobs_url, "s3://recordings");
    EXPECT_EQ(settings().installation.notify_emails.size(), 2U);
    write("oidor.toml",
          "blobs.url = \"file:kept\"\n[accounts.anura.default]\ndefault_campaign_id = 16\n");
    all = settings();
    EXPECT_EQ(all.installation.blobs_url, "file:" + (folder_ / "kept").string());
    EXPECT_EQ(all.find_account("anura", "default")->common.default_campaign_id, "15");
    inputs_.environment.emplace_back("OIDOR_ACCOUNTS_ANURA_DEFAULT_DEFAULT_CAMPAIGN_ID", "17");
    EXPECT_EQ(settings().find_account("anura", "default")->common.default_campaign_id, "17");
}

TEST_F(Load, checks_what_belongs_together) {
    write("oidor.toml", "[server.tls]\nkey_file = \"key.pem\"\n[blobs.s3]\naccess_key = \"a\"\n");
    EXPECT_EQ(faults(),
              "oidor.toml:2: server.tls: certificate_file and key_file go together\n"
              "oidor.toml:4: blobs.s3: access_key and secret_key go together");
}

TEST_F(Load, holds_the_engine_against_the_engines_of_this_build) {
    inputs_.speech_engines = {"pocketsphinx"};
    inputs_.environment = {{"OIDOR_SPEECH_ENGINE", "azure"}};
    EXPECT_EQ(faults(), "OIDOR_SPEECH_ENGINE: speech.engine: this version has only pocketsphinx");
    inputs_.environment = {{"OIDOR_SPEECH_ENGINE", "pocketsphinx"}};
    EXPECT_EQ(settings().installation.speech_engine, "pocketsphinx");
}

TEST_F(Load, holds_urls_against_the_stores_of_this_build) {
    inputs_.url_schemes = {"sqlite", "file"};
    inputs_.environment = {{"OIDOR_STORE_URL", "postgres://ana:HUSH@db.example.com/oidor"},
                           {"S3_BUCKET", "recordings"}};
    EXPECT_EQ(faults(),
              "OIDOR_STORE_URL: store.url: this version has only sqlite, file\n"
              "S3_BUCKET: blobs.url: this version has only sqlite, file");
    inputs_.environment = {{"OIDOR_STORE_URL", "sqlite:/x.db"}, {"OIDOR_BLOBS_URL", "file:/x"}};
    EXPECT_EQ(settings().installation.store_url.reveal(), "sqlite:/x.db");
}

TEST_F(Load, warns_of_what_is_odd) {
    write("oidor.toml",
          "listen = \"0.0.0.0:8080\"\npublic_url = \"http://oidor.example.com/\"\n"
          "[accounts.demo.default]\nnumber_id = \"1\"\ntoken = \"t\"\n",
          0644);
    const auto all = settings();
    ASSERT_EQ(all.warnings.size(), 4U);
    EXPECT_TRUE(all.warnings[0].starts_with("listen: the server is open to the network"));
    EXPECT_EQ(all.warnings[1], "public_url: is plain http");
    EXPECT_EQ(all.warnings[2], "accounts.demo.default: no time_zone is known: UTC is used");
    EXPECT_TRUE(all.warnings[3].starts_with("oidor.toml: holds a secret")) << all.warnings[3];
    EXPECT_EQ(all.installation.public_url, "http://oidor.example.com");
}

TEST_F(Load, leaves_the_names_of_scripts_alone) {
    inputs_.environment = {{"OIDOR_DEV_PRESET", "x"},
                           {"OIDOR_TEST_GOLDEN", "x"},
                           {"OIDOR_FAILPOINTS", "store.commit.after=kill"}};
    EXPECT_EQ(settings().installation.language, "es");
}

TEST_F(Load, gives_an_unnamed_account_what_its_source_states_and_nothing_of_default) {
    inputs_.environment = {{"ANURA_DEFAULT_CAMPAIGN_ID", "15"},
                           {"OIDOR_ACCOUNTS_ANURA_DEFAULT_COUNTRY", "UY"}};
    const auto all = settings();
    const auto other = all.find_account("anura", "otra");
    ASSERT_TRUE(other);
    EXPECT_FALSE(other->configured);
    EXPECT_EQ(other->name, "otra");
    EXPECT_EQ(other->common.country, "AR");
    EXPECT_EQ(other->common.default_campaign_id, "");
    EXPECT_FALSE(all.find_account("nobody", "default"));
    EXPECT_FALSE(all.find_account("anura", "health"));
    EXPECT_FALSE(all.find_account("anura", "No"));
}

TEST_F(Load, lets_the_nearest_hearing_win) {
    write("oidor.toml",
          "language = \"pt\"\nagent_channel = 1\n[accounts.anura.default]\nlanguage = \"en\"\n"
          "agent_channel = 0\nagent_channel_outbound = 1\n");
    const auto all = settings();
    const auto account = *all.find_account("anura", "default");
    EXPECT_EQ(account.common.agent_channel_outbound, 1);
    EXPECT_EQ(resolve_hearing(all, account),
              (Hearing{.language = "en", .speech_engine = "", .agent_channel = 0}));
    EXPECT_EQ(resolve_hearing(all, account, {.language = "es", .speech_engine = "azure"}),
              (Hearing{.language = "es", .speech_engine = "azure", .agent_channel = 0}));
    EXPECT_EQ(resolve_hearing(all, *all.find_account("anura", "otra")),
              (Hearing{.language = "pt", .speech_engine = "", .agent_channel = 1}));
}

TEST_F(Load, tells_what_a_reload_changes) {
    const auto before = settings();
    write("oidor.toml",
          "listen = \"127.0.0.1:9\"\nlog.level = \"debug\"\n"
          "[accounts.demo.default]\nnumber_id = \"1\"\ntoken = \"t\"\n");
    const auto after = settings();
    EXPECT_EQ(compare(before, after),
              (std::vector<Difference>{{.path = "accounts.demo.default.number_id"},
                                       {.path = "accounts.demo.default.token"},
                                       {.path = "listen"},
                                       {.path = "log.level", .live = true}}));
    EXPECT_EQ(compare(after, before).size(), 4U);
    EXPECT_TRUE(compare(after, after).empty());
}

TEST(Sources, are_declared_once_with_keys_of_their_own) {
    auto twice = anura_spec();
    twice.keys = {account_common_spec().keys()[0]};
    EXPECT_DEATH((void)load({.accounts = {twice}}), "declared once");
    EXPECT_DEATH((void)load({.accounts = {anura_spec(), anura_spec()}}), "declared once");
}

}  // namespace
}  // namespace oidor::config
