#include "main/wiring.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "access/access_control.hpp"
#include "base/json.hpp"
#include "base/messages.hpp"
#include "cli/opening.hpp"
#include "cli/sources.hpp"
#include "connectors/connector.hpp"
#include "main/fetching.hpp"
#include "main/version.hpp"
#include "net/server.hpp"
#include "pipeline/account_cache.hpp"
#include "pipeline/pipeline.hpp"
#include "server/front.hpp"
#include "server/page_routes.hpp"
#include "server/webhook_routes.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor {
namespace {

constexpr std::chrono::seconds kAnswersWithin{10};
/// Then they are told to stop: their jobs go back to the queue, and whoever starts next goes on.
constexpr std::chrono::seconds kJobsWithin{3};
constexpr std::chrono::seconds kHousekeepingEvery{5};
constexpr std::chrono::hours kRawBodiesKept{30 * 24};

struct Role {
    bool api = true;
    bool worker = true;
};

Result<Role> read_role(const cli::Invocation& invocation) {
    const auto role = invocation.find("role").value_or("all");
    if (role == "all") {
        return Role{};
    }
    if (role == "api") {
        return Role{.api = true, .worker = false};
    }
    if (role == "worker") {
        return Role{.api = false, .worker = true};
    }
    return fail(ErrorCode::Invalid, "--role {}: expected all, api or worker", role);
}

telemetry::TelemetryOptions telemetry_options(const config::Settings& settings) {
    telemetry::TelemetryOptions options;
    options.level =
        telemetry::parse_level(settings.installation.log_level).value_or(telemetry::Level::Info);
    for (const auto& connector : connectors::all_connectors()) {
        options.sources.emplace_back(connector->capabilities().source);
    }
    options.sources.emplace_back("file");
    options.engines = speech::list_engine_names();
    return options;
}

int worker_threads(const config::Settings& settings) {
    const int configured = settings.installation.workers_count;
    return configured > 0 ? configured
                          : std::max(2, static_cast<int>(std::thread::hardware_concurrency()));
}

/// Signals are taken by one thread, `serve` itself; every other thread starts with them blocked.
sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        sigaddset(&signals, signal);
    }
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

/// What the configuration checked already.
std::vector<net::Network> read_networks(const std::vector<std::string>& texts) {
    std::vector<net::Network> networks;
    for (const auto& text : texts) {
        if (const auto network = net::Network::parse(text)) {
            networks.push_back(*network);
        }
    }
    return networks;
}

/// The settings in force; a reload replaces them for whoever asks next. Safe to call from many
/// threads.
class LiveSettings {
  public:
    explicit LiveSettings(const config::Settings& settings) { set(settings); }

    [[nodiscard]] std::shared_ptr<const config::Settings> get() const {
        return state_.with([](const State& state) { return state.settings; });
    }
    void set(const config::Settings& settings) {
        auto next = std::make_shared<const config::Settings>(settings);
        state_.with([&next](State& state) {
            state.settings = std::move(next);
            state.accounts = pipeline::AccountCache();
        });
    }
    /// Looks accounts up in what is in force at each call.
    [[nodiscard]] pipeline::AccountLookup lookup() const {
        return [this](std::string_view source, std::string_view name) {
            return state_.with([source, name](State& state) {
                return state.accounts.get(source, name, cli::account_lookup(state.settings));
            });
        };
    }

  private:
    struct State {
        std::shared_ptr<const config::Settings> settings = {};
        pipeline::AccountCache accounts = {};
    };
    mutable Synchronized<State> state_ = {};
};

/// Everything that runs. Members are built in order and ended in reverse.
class Service {
  public:
    static Result<std::unique_ptr<Service>> open(const config::Settings& settings, Role role,
                                                 UiLanguage language);

    void start();
    void stop();
    void reload(const cli::Invocation& invocation);
    void keep_house();
    [[nodiscard]] std::string url() const;
    [[nodiscard]] telemetry::Telemetry& telemetry() { return telemetry_; }

  private:
    Service(const config::Settings& settings, Role role)
        : settings_(settings),
          role_(role),
          telemetry_(telemetry_options(settings), clock_, writer_) {}
    Result<void> open_server(UiLanguage language);
    Result<void> open_workers();
    std::string format_metrics();

    LiveSettings settings_;
    Role role_;
    SystemClock clock_;
    telemetry::StderrWriter writer_;
    telemetry::Telemetry telemetry_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<blobs::BlobStore> blobs_;
    std::unique_ptr<access::AccessControl> access_;
    std::unique_ptr<net::GuardedClient> client_;
    pipeline::Hearing hearing_;
    std::unique_ptr<pipeline::Pipeline> pipeline_;
    std::unique_ptr<jobs::WorkerPool> pool_;
    std::unique_ptr<server::WebhookIntake> intake_;
    std::unique_ptr<server::Front> front_;
    std::unique_ptr<net::Server> server_;
    Timestamp raw_bodies_expired_at_ = {};
};

Result<std::unique_ptr<Service>> Service::open(const config::Settings& settings, Role role,
                                               UiLanguage language) {
    std::unique_ptr<Service> service(new Service(settings, role));
    service->telemetry_.emit(telemetry::Event::config_loaded, {.version = kVersion});
    TRY_ASSIGN(service->store_, cli::open_store(settings, service->clock_));
    TRY_ASSIGN(const auto health, service->store_->health());
    service->telemetry_.emit(
        telemetry::Event::store_opened,
        {.size_bytes = health.size_bytes, .version = std::to_string(health.schema_version)});
    TRY_ASSIGN(service->blobs_, cli::open_blobs(settings, service->clock_));
    service->access_ =
        std::make_unique<access::AccessControl>(service->store_->keyring(), service->clock_);
    if (role.worker) {
        TRY(service->open_workers());
    }
    if (role.api) {
        TRY(service->open_server(language));
    }
    return service;
}

Result<void> Service::open_workers() {
    const auto settings = settings_.get();
    TRY_ASSIGN(client_,
               net::GuardedClient::open({.user_agent = fmt::format("oidor/{}", kVersion)}));
    const int threads = worker_threads(*settings);
    pipeline_ = std::make_unique<pipeline::Pipeline>(pipeline::PipelineParts{
        .store = *store_,
        .blobs = *blobs_,
        .hearing = hearing_,
        .clock = clock_,
        .accounts = settings_.lookup(),
        .fetcher = make_fetcher(
            *client_, static_cast<std::uint64_t>(settings->installation.recording_bytes_max)),
        .hearing_concurrency = std::max(1, threads - 1),
        .telemetry = &telemetry_});
    pool_ =
        std::make_unique<jobs::WorkerPool>(*store_, clock_, jobs::PoolOptions{.threads = threads});
    pipeline_->add_steps(*pool_);
    pool_->on_outcome(
        [this](const jobs::WorkerPool::Outcome& outcome) { emit_outcome(telemetry_, outcome); });
    return {};
}

Result<void> Service::open_server(UiLanguage language) {
    const auto settings = settings_.get();
    const auto& installation = settings->installation;
    const auto parts = std::make_shared<const server::ApiParts>(
        server::ApiParts{.store = *store_,
                         .blobs = *blobs_,
                         .clock = clock_,
                         .accounts = settings_.lookup(),
                         .version = kVersion,
                         .metrics = [this] { return format_metrics(); },
                         .language = language,
                         .upload_bytes_max = installation.server_upload_bytes_max});
    auto routes = server::served_routes(parts);
    auto pages = server::page_routes(parts, language);
    routes.push_back({.method = "GET",
                      .pattern = "/openapi.json",
                      .name = "get_openapi",
                      .summary = "This document.",
                      .gate = server::Gate::Open,
                      .logged = false,
                      .handler = [](const server::Call&) -> Result<net::Response> {
                          static const auto document =
                              server::format_openapi(server::documented_routes(), kVersion);
                          return net::make_response(200, "application/json", document);
                      }});
    std::ranges::move(pages, std::back_inserter(routes));
    intake_ = std::make_unique<server::WebhookIntake>(store_->inbox(), *access_, settings_.lookup(),
                                                      clock_, telemetry_);
    const bool tls = !installation.server_tls_certificate_file.empty();
    front_ = std::make_unique<server::Front>(
        std::move(routes), intake_.get(), *access_, clock_, telemetry_,
        server::FrontOptions{
            .language = language,
            .query_api_key = installation.server_query_api_key,
            .trusted_proxies = read_networks(installation.server_trusted_proxies),
            .secure_cookie = tls || installation.public_url.starts_with("https://")});
    net::ServerOptions options;
    options.listen = installation.listen;
    options.certificate_file = installation.server_tls_certificate_file;
    options.private_key_file = installation.server_tls_key_file;
    options.connections_max = static_cast<std::size_t>(installation.server_connections_max);
    options.body_plan = [this, body_max = static_cast<std::size_t>(
                                   installation.server_body_bytes_max)](const net::Request& head) {
        static constexpr std::size_t kWebhookBodyMax = std::size_t{1} << 20U;
        return head.path.starts_with("/webhook") ? net::BodyPlan{.size_bytes_max = kWebhookBodyMax}
                                                 : front_->plan_body(head, body_max);
    };
    TRY_ASSIGN(server_,
               net::Server::open(options, [this](net::Request&& request, net::Responder respond) {
                   front_->handle(std::move(request), std::move(respond));
               }));
    return {};
}

std::string Service::format_metrics() {
    set_gauges(telemetry_, *store_);
    telemetry_.set(telemetry::Metric::server_connections_count,
                   static_cast<double>(server_->stats().connections_open));
    return telemetry_.format_prometheus();
}

void Service::start() {
    if (pool_) {
        pool_->start();
        telemetry_.emit(telemetry::Event::workers_started,
                        {.count = worker_threads(*settings_.get())});
    }
    if (server_) {
        server_->start();
        const auto where = url();
        telemetry_.emit(telemetry::Event::server_started, {.listen = where, .version = kVersion});
    }
}

void Service::stop() {
    if (server_) {
        server_->stop(Deadline::after(kAnswersWithin));
        telemetry_.emit(telemetry::Event::server_stopped);
    }
    if (pool_) {
        pool_->stop(Deadline::after(kJobsWithin));
        telemetry_.emit(telemetry::Event::workers_stopped);
    }
    static_cast<void>(access_->flush_uses());
}

void Service::keep_house() {
    if (const auto flushed = access_->flush_uses(); !flushed) {
        telemetry_.emit(telemetry::Event::commit_failed, {.error = &flushed.error()});
    }
    const auto now = clock_.now();
    if (role_.worker && now - raw_bodies_expired_at_ > std::chrono::hours(1)) {
        raw_bodies_expired_at_ = now;
        if (const auto expired = store_->inbox().expire_raw_bodies(now - kRawBodiesKept);
            !expired) {
            telemetry_.emit(telemetry::Event::commit_failed, {.error = &expired.error()});
        }
    }
}

void Service::reload(const cli::Invocation& invocation) {
    auto wanted = cli::load_settings(invocation);
    if (!wanted) {
        telemetry_.emit(telemetry::Event::config_refused, {.error = &wanted.error()});
        return;
    }
    for (const auto& difference : config::compare(*settings_.get(), *wanted)) {
        if (!difference.live) {
            telemetry_.emit(telemetry::Event::setting_deferred, {.setting = difference.path});
        }
    }
    telemetry_.set_level(
        telemetry::parse_level(wanted->installation.log_level).value_or(telemetry::Level::Info));
    settings_.set(*wanted);
    telemetry_.emit(telemetry::Event::config_reloaded);
}

std::string Service::url() const {
    if (!server_) {
        return {};
    }
    const auto settings = settings_.get();
    auto address = net::parse_host_port(settings->installation.listen).value_or(net::HostPort{});
    address.port = server_->port();
    return fmt::format(
        "{}://{}", settings->installation.server_tls_certificate_file.empty() ? "http" : "https",
        net::format_host_port(address));
}

/// Waits for a signal, keeping house meanwhile. False: stop; true: read the settings again.
bool wait_for_reload(const sigset_t& signals, Service& service) {
    for (;;) {
        const timespec patience{.tv_sec = kHousekeepingEvery.count(), .tv_nsec = 0};
        const int signal = sigtimedwait(&signals, nullptr, &patience);
        if (signal == SIGHUP) {
            return true;
        }
        if (signal == SIGINT || signal == SIGTERM) {
            return false;
        }
        service.keep_house();
    }
}

}  // namespace

Result<int> serve(const cli::Invocation& invocation, const config::Settings& settings) {
    const auto signals = block_signals();
    TRY_ASSIGN(const auto role, read_role(invocation));
    TRY_ASSIGN(const auto service, Service::open(settings, role, invocation.language));
    for (std::size_t i = 0; i < settings.warnings.size(); ++i) {
        service->telemetry().emit(telemetry::Event::doctor_warned,
                                  {.reason = settings.warnings[i]});
    }
    for (const auto& missing : cli::list_missing_secrets(settings)) {
        if (role.api && missing.configured) {
            service->telemetry().emit(telemetry::Event::secret_missing,
                                      {.source = missing.source, .setting = missing.path});
        }
    }
    service->start();
    if (role.api) {
        // One line of data for whoever started us: with port 0, only we know where.
        fmt::print("{}\n", format_json(json::object{{"listening", service->url()}}));
        std::fflush(stdout);
        if (isatty(STDERR_FILENO) == 1) {
            fmt::print(stderr, "{}\n",
                       say<Message::serve_ready>(invocation.language, kVersion, service->url()));
        }
    }
    while (wait_for_reload(signals, *service)) {
        service->reload(invocation);
    }
    service->stop();
    return 0;
}

}  // namespace oidor
