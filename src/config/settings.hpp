// The installation's settings as plain typed values, and the helpers that say which one counts.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "config/spec.hpp"
#include "config/value.hpp"

namespace oidor::config {

/// What is set for the whole installation; each member's text is in installation_spec().
struct Installation {
    std::string data_dir = "./oidor-data";
    std::string listen = "127.0.0.1:8080";  ///< Checked: parse_host_port reads it.
    std::string public_url = {};            ///< Without a slash at its end; empty: not known.
    std::string server_tls_certificate_file = {};
    std::string server_tls_key_file = {};
    std::int64_t server_body_bytes_max = std::int64_t{16} << 20;
    std::int64_t server_upload_bytes_max = std::int64_t{50} << 20;
    int server_connections_max = 1024;
    bool server_query_api_key = false;
    std::vector<std::string> server_trusted_proxies = {};
    Secret store_url = {};       ///< Never empty after load: `sqlite:PATH` or `postgres://…`.
    std::string blobs_url = {};  ///< Never empty after load: `file:DIR` or `s3://bucket/prefix`.
    std::string blobs_s3_endpoint = {};
    std::string blobs_s3_region = "us-east-1";
    std::optional<bool> blobs_s3_path_style = {};
    Secret blobs_s3_access_key = {};
    Secret blobs_s3_secret_key = {};
    std::string language = "es";
    std::string ui_language = {};  ///< Empty: from LANG, else Spanish.
    std::string speech_engine = {};
    std::optional<int> agent_channel = {};
    std::vector<std::string> speech_languages = {};  ///< Empty: not detected among them.
    bool speech_detect_language = false;
    std::vector<std::string> speech_phrases = {};
    bool speech_condense = true;
    Secret speech_azure_key = {};
    std::string speech_azure_region = {};
    std::string speech_azure_url = {};
    std::vector<std::string> speech_azure_locales = {};
    std::string speech_openai_url = {};
    std::string speech_openai_model = {};
    Secret speech_openai_api_key = {};
    std::int64_t speech_openai_file_bytes_max = std::int64_t{24} << 20;
    std::string speech_whisper_server_program = "whisper-server";
    std::string speech_whisper_server_model = {};
    std::string speech_whisper_server_vad_model = {};
    int speech_whisper_server_threads = 0;
    std::chrono::seconds speech_whisper_server_start_max = std::chrono::minutes(2);
    Secret openai_api_key = {};
    std::vector<std::string> speech_prices = {};  ///< Checked: parse_engine_price reads each.
    std::string speech_currency = "USD";
    std::string speech_budget_per_day = {};    ///< Checked; empty: no bound.
    std::string speech_budget_time_zone = {};  ///< Never empty after load with a budget.
    std::string models_url = {};               ///< Empty, or no model: no model is asked anything.
    std::string models_model = {};
    Secret models_api_key = {};
    std::chrono::seconds models_timeout = std::chrono::seconds(60);
    int models_reply_tokens_max = 4'000;
    std::int64_t models_transcript_bytes_max = std::int64_t{400} << 10;
    bool models_fields = false;
    std::string models_daily_budget_usd = {};  ///< Checked, as the prices: Decimal::parse reads it.
    std::int64_t models_daily_budget_tokens = 0;  ///< 0: no bound.
    std::string models_price_input_usd = {};
    std::string models_price_cached_usd = {};
    std::string models_price_output_usd = {};
    int workers_count = 0;            ///< 0: one per processor.
    std::string workers_listen = {};  ///< Empty: a worker answers nobody.
    std::int64_t recording_bytes_max = std::int64_t{512} << 20;
    std::string log_level = "info";
    std::string seal_key_file = {};  ///< Never empty after load.
    int retention_days = 0;          ///< 0: conversations stay.
    int retention_raw_body_days = 30;
    Secret notify_url = {};
    std::vector<std::string> notify_emails = {};
    std::string notify_message = {};
    std::string databricks_host = {};
    Secret databricks_token = {};
};

/// What every account of every source may set.
struct AccountCommon {
    std::string country = {};    ///< Empty: none.
    std::string time_zone = {};  ///< Empty: UTC.
    std::vector<std::string> recording_hosts = {};
    std::vector<std::string> private_hosts = {};
    std::string language = {};  ///< Empty: the installation's.
    std::string speech_engine = {};
    std::optional<int> agent_channel = {};
    std::optional<int> agent_channel_outbound = {};  ///< Where it is another one then.
    std::string default_campaign_id = {};
    std::string default_agent_id = {};
    std::vector<std::string> recording_retry_delays = {"5s", "15s", "45s", "2m", "10m", "1h"};
    std::chrono::seconds recording_give_up_after = std::chrono::hours(24);
    /// The source's durations count what is recorded, and no more.
    bool recording_covers_call = true;
    std::string recording_price = {};  ///< Checked: parse_audio_rate reads it; empty: unknown.
};

/// One account: the common settings, and the source's own in `values`, for the connector's
/// `spec.read(account.values)`.
struct Account {
    std::string source = {};
    std::string name = "default";
    bool configured = false;  ///< Something is set for it; else it has its source's defaults.
    AccountCommon common = {};
    Values values = {};
};

/// What every sink may set.
struct SinkCommon {
    std::string kind = {};
    std::vector<std::string> tables = {"call_recordings", "call_transcriptions", "call_audits"};
    bool mask_phones = true;
    int batch_size = 200;
    std::chrono::seconds batch_age = std::chrono::seconds(30);
};

/// A place that results are delivered to: the common settings, and its kind's own in `values`.
struct SinkSettings {
    std::string name = {};
    SinkCommon common = {};
    Values values = {};
};

/// All settings, checked. A plain value: a reload makes a new one.
struct Settings {
    Installation installation = {};
    std::vector<Account> accounts = {};  ///< By source, then name; `default` of each source is in.
    std::vector<Account> sources = {};   ///< What an account of each source starts from.
    std::vector<SinkSettings> sinks = {};    ///< By name.
    Values values = {};                      ///< Everything by full path, with its origin.
    std::vector<std::string> warnings = {};  ///< For `doctor`: odd, but no fault.
    std::string config_path = {};            ///< The file that was read; empty: none.

    /// The account when it is configured (or `default`), else one with the source's defaults;
    /// nothing for an unknown source or a name that no account can have.
    [[nodiscard]] std::optional<Account> find_account(std::string_view source,
                                                      std::string_view name) const;
};

/// `[a-z0-9]+`, at most 32 long, and not `health` or `test`; so are sinks named.
bool is_account_name(std::string_view name);

const Spec<Installation>& installation_spec();
const Spec<AccountCommon>& account_common_spec();
const Spec<SinkCommon>& sink_common_spec();

/// What may be set for the installation, an account or a campaign; empty: not set.
struct Hearing {
    std::string language = {};
    std::string speech_engine = {};  ///< Empty: none chosen.
    std::optional<int> agent_channel = {};
    bool operator==(const Hearing&) const = default;
};
/// The nearest wins, member by member: campaign, then account, then installation.
Hearing resolve_hearing(const Settings& settings, const Account& account,
                        const Hearing& campaign = {});

/// One setting that differs between two loads.
struct Difference {
    std::string path = {};
    bool live = false;  ///< False: takes effect at the next start.
    bool operator==(const Difference&) const = default;
};
/// What a reload would change, by path.
std::vector<Difference> compare(const Settings& running, const Settings& wanted);

}  // namespace oidor::config
