#include "config/settings.hpp"

#include <algorithm>

#include "config/cost_settings.hpp"
#include "config/model_settings.hpp"
#include "config/speech_settings.hpp"

namespace oidor::config {
namespace {

void declare_server(Spec<Installation>& spec) {
    spec.field(&Installation::data_dir,
               {.key = "data_dir",
                .text = "The folder that holds everything: store, recordings, packs.",
                .text_es = "La carpeta que lo guarda todo: base, grabaciones, paquetes.",
                .example = "/var/lib/oidor",
                .format = Format::Path,
                .flag = "data",
                .argument = "DIR"})
        .field(&Installation::listen,
               {.key = "listen",
                .text = "Where the server listens; port 0 takes a free one.",
                .text_es = "Dónde escucha el servidor; el puerto 0 toma uno libre.",
                .example = "0.0.0.0:8443",
                .format = Format::HostPort,
                .flag = "listen",
                .argument = "HOST:PORT"})
        .field(&Installation::public_url,
               {.key = "public_url",
                .text = "How providers and people reach the server: the base of links and the "
                        "host that webhook signatures are checked against.",
                .example = "https://oidor.example.com",
                .format = Format::Url})
        .field(&Installation::server_tls_certificate_file,
               {.key = "server.tls.certificate_file",
                .text = "The certificate chain (PEM). With it the server speaks TLS.",
                .example = "/etc/oidor/fullchain.pem",
                .format = Format::Path})
        .field(&Installation::server_tls_key_file, {.key = "server.tls.key_file",
                                                    .text = "The certificate's private key (PEM).",
                                                    .example = "/etc/oidor/privkey.pem",
                                                    .format = Format::Path})
        .field(&Installation::server_body_bytes_max,
               {.key = "server.body_bytes_max",
                .text = "The largest request body that is held in memory; a larger one gets 413. "
                        "Uploaded files and recordings are streamed and have their own bounds.",
                .example = "16 MiB",
                .min = "64 KiB",
                .max = "1 GiB",
                .format = Format::Size})
        .field(&Installation::server_upload_bytes_max,
               {.key = "server.upload_bytes_max",
                .text = "The largest file that POST /upload takes; a larger one gets 413. It goes "
                        "to blobs.url as it arrives, and is never in memory whole.",
                .example = "50 MiB",
                .min = "64 KiB",
                .max = "16 GiB",
                .format = Format::Size})
        .field(&Installation::server_connections_max,
               {.key = "server.connections_max",
                .text = "How many connections are open at once; more are answered 503.",
                .example = "1024",
                .min = "8",
                .max = "65536"})
        .field(&Installation::server_query_api_key,
               {.key = "server.query_api_key",
                .text = "Also take a key from ?api_key= in the address. Addresses end up in the "
                        "logs of proxies: leave it off unless a provider offers nothing else.",
                .example = "true"})
        .field(&Installation::server_trusted_proxies,
               {.key = "server.trusted_proxies",
                .text = "Proxies whose X-Forwarded-For is believed: whose address the access log "
                        "names and failed sign-ins are counted for.",
                .example = "10.0.0.0/8, 192.0.2.7",
                .format = Format::Network});
}

void declare_stores(Spec<Installation>& spec) {
    spec.field(&Installation::store_url, {.key = "store.url",
                                          .text = "Where conversations, jobs and audits are kept.",
                                          .default_words = "sqlite:oidor.db inside data_dir",
                                          .example = "postgres://oidor@db.example.com/oidor",
                                          .format = Format::StoreUrl})
        .field(&Installation::blobs_url,
               {.key = "blobs.url",
                .text = "Where recordings and transcripts are kept.",
                .default_words = "file:blobs inside data_dir",
                .example = "s3://recordings/oidor",
                .format = Format::BlobsUrl,
                .older_names = {{.name = "S3_BUCKET", .prefix = "s3://", .weakest = true}}})
        .field(&Installation::blobs_s3_endpoint,
               {.key = "blobs.s3.endpoint",
                .text = "An S3-compatible server; without it, Amazon's for the region.",
                .example = "https://minio.example.com:9000",
                .format = Format::Url,
                .older_names = {{.name = "S3_ENDPOINT"}}})
        .field(&Installation::blobs_s3_region, {.key = "blobs.s3.region",
                                                .text = "The region that requests are signed for.",
                                                .example = "sa-east-1"})
        .field(&Installation::blobs_s3_path_style,
               {.key = "blobs.s3.path_style",
                .text = "Put the bucket into the path instead of the host.",
                .default_words = "true when there is an endpoint",
                .example = "true"})
        .field(&Installation::blobs_s3_access_key, {.key = "blobs.s3.access_key",
                                                    .text = "The access key's id.",
                                                    .older_names = {{.name = "S3_ACCESS_KEY"}}})
        .field(&Installation::blobs_s3_secret_key, {.key = "blobs.s3.secret_key",
                                                    .text = "The access key's secret.",
                                                    .older_names = {{.name = "S3_SECRET_KEY"}}})
        .field(&Installation::seal_key_file,
               {.key = "seal_key_file",
                .text = "The key that recognises what was erased and seals other people's tokens: "
                        "a file outside data_dir, never part of a backup. It is made when "
                        "something is erased and there is none.",
                .default_words = "beside data_dir, its name with .seal-key behind",
                .example = "/etc/oidor/seal.key",
                .format = Format::Path})
        .field(&Installation::retention_days,
               {.key = "retention.days",
                .text = "Conversations older than this are erased, unless their campaign says "
                        "otherwise or a hold keeps them; 0: they stay.",
                .example = "730",
                .min = "0",
                .max = "36500",
                .effect = Effect::Live})
        .field(&Installation::retention_raw_body_days,
               {.key = "retention.raw_body_days",
                .text = "The bodies of webhooks, as they came, are dropped after this; what was "
                        "read from them stays.",
                .example = "30",
                .min = "1",
                .max = "3650",
                .effect = Effect::Live});
}

void declare_hearing(Spec<Installation>& spec) {
    spec.field(&Installation::language,
               {.key = "language",
                .text = "The language of conversations that do not say theirs.",
                .text_es = "El idioma de las conversaciones que no dicen el suyo.",
                .example = "es",
                .format = Format::Language,
                .effect = Effect::Live,
                .flag = "language",
                .argument = "LANGUAGE"})
        .field(&Installation::ui_language,
               {.key = "ui_language",
                .text = "The language of the command line and the page.",
                .text_es = "El idioma de la línea de comandos y de la página.",
                .default_words = "from LANG, else es",
                .example = "en",
                .choices = {"es", "en"},
                .flag = "ui-language",
                .argument = "LANGUAGE"})
        .field(&Installation::speech_engine,
               {.key = "speech.engine",
                .text = "Which engine transcribes: azure, azure_batch, openai, pocketsphinx or "
                        "whisper_server.",
                .text_es = "Qué motor transcribe: azure, azure_batch, openai, pocketsphinx o "
                           "whisper_server.",
                .default_words = "pocketsphinx for English, whisper_server where it has a model",
                .example = "azure",
                .format = Format::Name,
                .effect = Effect::Live,
                .flag = "engine",
                .argument = "NAME"})
        .field(&Installation::agent_channel,
               {.key = "agent_channel",
                .text = "Which channel of a two-channel recording is the agent's.",
                .text_es = "Qué canal de una grabación de dos canales es el del agente.",
                .default_words = "not known",
                .example = "0",
                .min = "0",
                .max = "1",
                .effect = Effect::Live,
                .flag = "agent-channel",
                .argument = "0|1"})
        .field(
            &Installation::openai_api_key,
            {.key = "openai.api_key",
             .text =
                 "The key for OpenAI or a compatible server: for models, unless models.api_key is "
                 "given, and for the engine openai, unless speech.openai.api_key is.",
             .older_names = {{.name = "OPENAI_API_KEY"}}})
        .field(&Installation::recording_bytes_max,
               {.key = "recording_bytes_max",
                .text = "The largest recording that is fetched or taken; a larger one is failed "
                        "and says so.",
                .example = "512 MiB",
                .min = "1 MiB",
                .max = "16 GiB",
                .format = Format::Size});
}

void declare_operation(Spec<Installation>& spec) {
    spec.field(&Installation::workers_count,
               {.key = "workers.count",
                .text = "How many jobs run at once; 0: one per processor.",
                .example = "4",
                .min = "0",
                .max = "256"})
        .field(
            &Installation::workers_listen,
            {.key = "workers.listen",
             .text = "Where a process with --role worker answers /healthz, /readyz and /metrics; "
                     "not set: nowhere. Every other role answers them where it listens.",
             .text_es = "Dónde un proceso con --role worker responde /healthz, /readyz y "
                        "/metrics; sin valor: en ninguna parte.",
             .example = "127.0.0.1:8081",
             .format = Format::HostPort})
        .field(&Installation::log_level,
               {.key = "log.level",
                .text = "The least serious lines that are written to stderr.",
                .text_es = "Las líneas menos graves que se escriben en stderr.",
                .example = "debug",
                .choices = {"error", "warn", "info", "debug"},
                .effect = Effect::Live,
                .flag = "log-level",
                .argument = "LEVEL"})
        .field(&Installation::notify_url,
               {.key = "notify.url",
                .text = "Where notices are posted. It may carry a token, so it is a secret.",
                .use = Use::Reserved,
                .older_names = {{.name = "NOTIFY_URL"}}})
        .field(&Installation::notify_emails, {.key = "notify.emails",
                                              .text = "Who gets notices by mail.",
                                              .example = "calidad@example.com",
                                              .use = Use::Reserved,
                                              .older_names = {{.name = "EMAILS"}}})
        .field(&Installation::notify_message, {.key = "notify.message",
                                               .text = "The first line of a notice.",
                                               .example = "Proceso de auditoría",
                                               .use = Use::Reserved,
                                               .older_names = {{.name = "EMAIL_MESSAGE"}}})
        .field(&Installation::databricks_host, {.key = "databricks.host",
                                                .text = "The workspace's address.",
                                                .example = "https://adb-1.2.azuredatabricks.net",
                                                .use = Use::Reserved,
                                                .older_names = {{.name = "DATABRICKS_HOST"}}})
        .field(&Installation::databricks_token, {.key = "databricks.token",
                                                 .text = "A token of the workspace.",
                                                 .use = Use::Reserved,
                                                 .older_names = {{.name = "DATABRICKS_TOKEN"}}});
}

Spec<Installation> make_installation_spec() {
    Spec<Installation> spec("installation", "What is set for the whole installation.");
    declare_server(spec);
    declare_stores(spec);
    declare_hearing(spec);
    declare_speech(spec);
    declare_costs(spec);
    declare_models(spec);
    declare_operation(spec);
    return spec;
}

void declare_account_places(Spec<AccountCommon>& spec) {
    spec.field(&AccountCommon::country,
               {.key = "country",
                .text = "The country whose rules read the account's phone numbers.",
                .default_words = "what the source states, else none",
                .example = "AR",
                .format = Format::Country,
                .effect = Effect::Live})
        .field(&AccountCommon::time_zone,
               {.key = "time_zone",
                .text = "The zone of times that the source gives without one, and of its days.",
                .default_words = "what the source states, else UTC with a warning",
                .example = "America/Argentina/Buenos_Aires",
                .format = Format::TimeZone,
                .effect = Effect::Live})
        .field(&AccountCommon::recording_hosts,
               {.key = "recording_hosts",
                .text = "Hosts that recordings are fetched from (host, host:port, or .host for "
                        "every host below); no other is asked.",
                .default_words = "what the source states",
                .example = "pbx.example.com, .storage.example.com",
                .format = Format::HostRule,
                .effect = Effect::Live})
        .field(&AccountCommon::private_hosts,
               {.key = "private_hosts",
                .text = "Hosts (host or host:port) that may have a private address, plain http "
                        "included, for this account alone. Nothing else lets one be fetched.",
                .example = "pbx.internal:8080",
                .format = Format::Host,
                .effect = Effect::Live});
}

void declare_account_choices(Spec<AccountCommon>& spec) {
    spec.field(&AccountCommon::language, {.key = "language",
                                          .text = "As language, for this account.",
                                          .default_words = "the installation's",
                                          .example = "en",
                                          .format = Format::Language,
                                          .effect = Effect::Live})
        .field(&AccountCommon::speech_engine, {.key = "speech.engine",
                                               .text = "As speech.engine, for this account.",
                                               .default_words = "the installation's",
                                               .example = "pocketsphinx",
                                               .format = Format::Name,
                                               .effect = Effect::Live})
        .field(&AccountCommon::agent_channel, {.key = "agent_channel",
                                               .text = "As agent_channel, for this account.",
                                               .default_words = "the installation's",
                                               .example = "1",
                                               .min = "0",
                                               .max = "1",
                                               .effect = Effect::Live})
        .field(&AccountCommon::agent_channel_outbound,
               {.key = "agent_channel_outbound",
                .text = "As agent_channel, of this account's outbound calls.",
                .default_words = "agent_channel",
                .example = "0",
                .min = "0",
                .max = "1",
                .effect = Effect::Live})
        .field(&AccountCommon::default_campaign_id,
               {.key = "default_campaign_id",
                .text = "The campaign of events that name none.",
                .example = "15",
                .effect = Effect::Live,
                .older_names = {{.name = "{SOURCE}_DEFAULT_CAMPAIGN_ID"}}})
        .field(&AccountCommon::default_agent_id,
               {.key = "default_agent_id",
                .text = "The agent of events that name none.",
                .example = "7",
                .effect = Effect::Live,
                .older_names = {{.name = "{SOURCE}_DEFAULT_OPERATOR_ID"}}})
        .field(&AccountCommon::recording_retry_delays,
               {.key = "recording_retry_delays",
                .text = "Pauses between attempts at a recording that the source does not have yet; "
                        "the last one repeats.",
                .example = "5s, 1m, 1h",
                .format = Format::Time,
                .effect = Effect::Live})
        .field(&AccountCommon::recording_give_up_after,
               {.key = "recording_give_up_after",
                .text = "How long after the call a recording is asked for; then it is missing.",
                .example = "24h",
                .min = "0s",
                .max = "30d",
                .effect = Effect::Live})
        .field(&AccountCommon::recording_covers_call,
               {.key = "recording_covers_call",
                .text = "The source's durations count what is recorded, so that a clearly shorter "
                        "recording lacks a part of the call. false where they count queues or "
                        "menus too.",
                .example = "false",
                .effect = Effect::Live});
}

Spec<AccountCommon> make_account_common_spec() {
    Spec<AccountCommon> spec("accounts", "What every account of every source may set.");
    declare_account_places(spec);
    declare_account_choices(spec);
    declare_account_costs(spec);
    return spec;
}

}  // namespace

const Spec<Installation>& installation_spec() {
    static const auto spec = make_installation_spec();
    return spec;
}

const Spec<AccountCommon>& account_common_spec() {
    static const auto spec = make_account_common_spec();
    return spec;
}

bool is_account_name(std::string_view name) {
    constexpr std::size_t kNameBytesMax = 32;
    return !name.empty() && name.size() <= kNameBytesMax && name != "health" && name != "test" &&
           std::ranges::all_of(
               name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

std::string environment_name(std::string_view path) {
    std::string name = "OIDOR_";
    for (const char c : path) {
        name += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return name;
}

std::optional<Account> Settings::find_account(std::string_view source,
                                              std::string_view name) const {
    if (!is_account_name(name)) {
        return std::nullopt;
    }
    for (const auto& account : accounts) {
        if (account.source == source && account.name == name) {
            return account;
        }
    }
    for (const auto& start : sources) {
        if (start.source == source) {
            auto account = start;
            account.name = name;
            return account;
        }
    }
    return std::nullopt;
}

Hearing resolve_hearing(const Settings& settings, const Account& account, const Hearing& campaign) {
    const auto nearest = [](const std::string& first, const std::string& second,
                            const std::string& third) {
        return !first.empty() ? first : !second.empty() ? second : third;
    };
    const auto& house = settings.installation;
    const auto& own = account.common;
    return {
        .language = nearest(campaign.language, own.language, house.language),
        .speech_engine = nearest(campaign.speech_engine, own.speech_engine, house.speech_engine),
        .agent_channel = campaign.agent_channel ? campaign.agent_channel
                         : own.agent_channel    ? own.agent_channel
                                                : house.agent_channel};
}

std::vector<Difference> compare(const Settings& running, const Settings& wanted) {
    std::vector<Difference> differences;
    for (const auto& [path, entry] : running.values) {
        const auto other = wanted.values.find(path);
        if (other == wanted.values.end() || !equal_values(entry.value, other->second.value)) {
            differences.push_back({.path = path, .live = entry.live});
        }
    }
    for (const auto& [path, entry] : wanted.values) {
        if (!running.values.contains(path)) {
            differences.push_back({.path = path, .live = entry.live});
        }
    }
    std::ranges::sort(differences, {}, &Difference::path);
    return differences;
}

}  // namespace oidor::config
