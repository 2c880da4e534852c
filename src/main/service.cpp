#include "main/service.hpp"

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

#include "cli/destinations.hpp"
#include "cli/house_costs.hpp"
#include "cli/opening.hpp"
#include "cli/sources.hpp"
#include "connectors/connector.hpp"
#include "ledger/fate.hpp"
#include "main/cost_gauges.hpp"
#include "main/fetching.hpp"
#include "main/version.hpp"
#include "pipeline/speech_engines.hpp"
#include "server/health_routes.hpp"
#include "server/page_routes.hpp"
#include "server/webhook_routes.hpp"

namespace oidor {
namespace {

constexpr std::chrono::seconds kAnswersWithin{10};
/// Then they are told to stop: their jobs go back to the queue, and whoever starts next goes on.
constexpr std::chrono::seconds kJobsWithin{3};
/// However many ask for the metrics, the store counts no more often.
constexpr std::chrono::milliseconds kGaugesKept{2000};
constexpr std::chrono::hours kRetainEvery{1};

telemetry::TelemetryOptions telemetry_options(const config::Settings& settings) {
    telemetry::TelemetryOptions options;
    options.level =
        telemetry::parse_level(settings.installation.log_level).value_or(telemetry::Level::Info);
    for (const auto& connector : connectors::all_connectors()) {
        options.sources.emplace_back(connector->capabilities().source);
    }
    options.sources.emplace_back("file");
    options.engines = speech::list_engine_names();
    for (int i = 0; i <= static_cast<int>(ledger::kLastGap); ++i) {
        options.gaps.emplace_back(ledger::format(static_cast<ledger::Gap>(i)));
    }
    return options;
}

int worker_threads(const config::Settings& settings) {
    const int configured = settings.installation.workers_count;
    return configured > 0 ? configured
                          : std::max(2, static_cast<int>(std::thread::hardware_concurrency()));
}

pipeline::RetentionOptions retention_options(const config::Settings& settings) {
    const auto& house = settings.installation;
    pipeline::RetentionOptions options;
    options.raw_bodies = std::chrono::days(house.retention_raw_body_days);
    if (house.retention_days > 0) {
        options.conversations = std::chrono::days(house.retention_days);
    }
    return options;
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

/// Engines of this installation; audio on its way to them lies in its folder, not in the system's,
/// which may be in memory.
speech::EngineOptions engine_options(const config::Settings& settings) {
    auto options = pipeline::to_engine_options(settings.installation);
    const auto folder = std::filesystem::path(settings.installation.data_dir) / "spool";
    std::error_code missing;
    std::filesystem::create_directories(folder, missing);
    options.spool_folder = missing ? "" : folder.string();
    return options;
}

}  // namespace

Service::Service(const config::Settings& settings, Role role)
    : settings_(settings),
      role_(role),
      telemetry_(telemetry_options(settings), clock_, writer_),
      hearing_({}, role.worker ? engine_options(settings) : speech::EngineOptions()) {}

Result<std::unique_ptr<Service>> Service::open(const config::Settings& settings,
                                               const Launch& launch) {
    const auto role = launch.role;
    std::unique_ptr<Service> service(new Service(settings, role));
    service->telemetry_.emit(telemetry::Event::config_loaded, {.version = kVersion});
    for (const auto& armed : list_armed_failpoints()) {
        service->telemetry_.emit(telemetry::Event::failpoints_armed, {.reason = armed});
    }
    observe_failpoints([&telemetry = service->telemetry_](const FailpointFaces& point) {
        telemetry.emit(telemetry::Event::failpoint_reached, {.reason = point.name});
    });
    TRY_ASSIGN(service->store_, cli::open_store(settings, service->clock_));
    TRY_ASSIGN(const auto health, service->store_->health());
    service->telemetry_.emit(
        telemetry::Event::store_opened,
        {.size_bytes = health.size_bytes, .version = std::to_string(health.schema_version)});
    TRY_ASSIGN(const auto seal, service->store_->erasure().seal_key_state());
    if (seal == store::SealKeyState::Missing || seal == store::SealKeyState::Other) {
        service->telemetry_.emit(telemetry::Event::erasure_unsealed);
    }
    TRY_ASSIGN(service->blobs_, cli::open_blobs(settings, service->clock_));
    service->access_ =
        std::make_unique<access::AccessControl>(service->store_->keyring(), service->clock_);
    TRY_ASSIGN(service->model_,
               pipeline::open_model(settings.installation, service->clock_, pipeline::masking()));
    if (role.worker) {
        TRY(service->open_workers());
    }
    if (role.api) {
        TRY(service->open_server(launch));
        return service;
    }
    TRY_ASSIGN(const auto passed, net::find_activated_socket(launch.activation, ::getpid()));
    if (passed || launch.take_over) {
        return fail(ErrorCode::Invalid,
                    "--role worker: takes no socket from systemd or another process");
    }
    if (!settings.installation.workers_listen.empty()) {
        TRY(service->open_watch(launch));
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
        .telemetry = &telemetry_,
        .model = model_.get(),
        .speech_costs = pipeline::speech_costs(settings->installation)});
    pool_ =
        std::make_unique<jobs::WorkerPool>(*store_, clock_, jobs::PoolOptions{.threads = threads});
    pipeline_->add_steps(*pool_);
    eraser_ = std::make_unique<pipeline::Eraser>(*store_, *blobs_, &telemetry_);
    eraser_->add_steps(*pool_, clock_, [this] { return retention_options(*settings_.get()); });
    pool_->on_outcome(
        [this](const jobs::WorkerPool::Outcome& outcome) { emit_outcome(telemetry_, outcome); });
    TRY_ASSIGN(auto destinations, cli::open_destinations(*settings));
    deliveries_ = std::make_unique<pipeline::Deliveries>(
        pipeline::Deliveries::Parts{.store = *store_, .clock = clock_, .telemetry = &telemetry_},
        std::move(destinations));
    // Before the first job runs: what it changes is noted for them.
    return deliveries_->register_sinks();
}

std::shared_ptr<const server::ApiParts> Service::make_parts(UiLanguage language) {
    const auto settings = settings_.get();
    auto parts = std::make_shared<server::ApiParts>(
        server::ApiParts{.store = *store_,
                         .blobs = *blobs_,
                         .clock = clock_,
                         .accounts = settings_.lookup(),
                         .version = kVersion,
                         .metrics = [this] { return format_metrics(); },
                         .language = language,
                         .erase =
                             [this](ConversationId id) {
                                 return pipeline::erase_conversation(
                                     *store_, id, store::ErasureCause::Asked, &telemetry_);
                             },
                         .upload_bytes_max = settings->installation.server_upload_bytes_max,
                         .costs = cli::house_costs(*settings)});
    if (chat_) {
        parts->ask_model = [this](ConversationId id, const std::string& question,
                                  const std::string& asked_by) {
            return chat_->ask(id, question, asked_by);
        };
    }
    return parts;
}

Result<void> Service::open_server(const Launch& launch) {
    if (model_) {
        chat_ = std::make_unique<pipeline::ModelChat>(*store_, settings_.lookup(), clock_, *model_,
                                                      &telemetry_);
    }
    const auto parts = make_parts(launch.language);
    auto routes = server::served_routes(parts);
    auto pages = server::page_routes(parts, launch.language);
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
    return serve_routes(std::move(routes), launch);
}

Result<void> Service::open_watch(const Launch& launch) {
    return serve_routes(server::health_routes(make_parts(launch.language)), launch);
}

Result<void> Service::serve_routes(std::vector<server::Route> routes, const Launch& launch) {
    const auto settings = settings_.get();
    const auto& installation = settings->installation;
    const bool tls = !installation.server_tls_certificate_file.empty();
    front_ = std::make_unique<server::Front>(
        std::move(routes), intake_.get(), *access_, clock_, telemetry_,
        server::FrontOptions{
            .language = launch.language,
            .query_api_key = installation.server_query_api_key,
            .trusted_proxies = read_networks(installation.server_trusted_proxies),
            .secure_cookie = tls || installation.public_url.starts_with("https://")});
    net::ServerOptions options;
    options.listen = role_.api ? installation.listen : installation.workers_listen;
    options.certificate_file = installation.server_tls_certificate_file;
    options.private_key_file = installation.server_tls_key_file;
    options.connections_max = static_cast<std::size_t>(installation.server_connections_max);
    options.body_plan = [this, body_max = static_cast<std::size_t>(
                                   installation.server_body_bytes_max)](const net::Request& head) {
        static constexpr std::size_t kWebhookBodyMax = std::size_t{1} << 20U;
        return head.path.starts_with("/webhook") ? net::BodyPlan{.size_bytes_max = kWebhookBodyMax}
                                                 : front_->plan_body(head, body_max);
    };
    TRY_ASSIGN(auto opened, open_listening_server(
                                options,
                                [this](net::Request&& request, net::Responder respond) {
                                    front_->handle(std::move(request), std::move(respond));
                                },
                                {.data_dir = installation.data_dir,
                                 .activation = role_.api ? launch.activation : net::Activation{},
                                 .take_over = launch.take_over}));
    server_ = std::move(opened.server);
    taken_ = std::move(opened.taken);
    listener_inherited_ = opened.inherited;
    return {};
}

std::string Service::format_metrics() {
    // Whoever finds the gauges old reads them again; the others show what is there meanwhile.
    const auto now_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now().time_since_epoch())
            .count();
    auto read_at_ms = gauges_read_at_ms_.load();
    const bool old = now_ms - read_at_ms >= kGaugesKept.count() || now_ms < read_at_ms;
    if (old && gauges_read_at_ms_.compare_exchange_strong(read_at_ms, now_ms)) {
        set_gauges(telemetry_, *store_, clock_);
        coverage_gauges_.set(telemetry_, *store_, settings_.lookup(), clock_.now());
        set_cost_gauges(telemetry_, *store_, pipeline::speech_costs(settings_.get()->installation),
                        clock_.now());
    }
    telemetry_.set(telemetry::Metric::server_connections_count,
                   static_cast<double>(server_->stats().connections_open));
    return telemetry_.format_prometheus();
}

void Service::start() {
    if (pool_) {
        deliveries_->start();
        pool_->start();
        telemetry_.emit(telemetry::Event::workers_started,
                        {.count = worker_threads(*settings_.get())});
    }
    if (server_) {
        server_->start();
        const auto where = url();
        telemetry_.emit(telemetry::Event::server_started, {.listen = where, .version = kVersion});
    }
    if (server_ && role_.api) {
        offer_listener();
    }
    if (taken_) {
        // After the offer: the predecessor, on its way out, then finds our offer in the place of
        // its own, and a third process always finds somebody. One that ended meanwhile has left the
        // socket to us all the same.
        const auto confirmed = taken_->confirm();
        taken_.reset();
        telemetry_.emit(telemetry::Event::listener_taken_over,
                        {.error = confirmed ? nullptr : &confirmed.error()});
    }
}

void Service::offer_listener() {
    const std::filesystem::path data_dir = settings_.get()->installation.data_dir;
    std::error_code made;  // With a database and a bucket elsewhere it may not be there yet.
    std::filesystem::create_directories(data_dir, made);
    auto giver = net::ListenerGiver::open(data_dir, server_->port(), server_->listener(), [this] {
        telemetry_.emit(telemetry::Event::listener_handed_over);
        ::kill(::getpid(), SIGTERM);  // As if somebody had asked this process to end.
    });
    if (giver) {
        giver_ = std::move(*giver);
    } else {
        telemetry_.emit(telemetry::Event::listener_not_offered, {.error = &giver.error()});
    }
}

void Service::stop() {
    // Before the server: its duplicate of the socket would keep a door open behind which nobody is.
    giver_.reset();
    if (server_) {
        server_->stop(Deadline::after(kAnswersWithin));
        telemetry_.emit(telemetry::Event::server_stopped);
    }
    if (pool_) {
        pool_->stop(Deadline::after(kJobsWithin));
        deliveries_->stop();
        telemetry_.emit(telemetry::Event::workers_stopped);
    }
    static_cast<void>(access_->flush_uses());
}

void Service::keep_house() {
    if (const auto flushed = access_->flush_uses(); !flushed) {
        telemetry_.emit(telemetry::Event::commit_failed, {.error = &flushed.error()});
    }
    const auto now = clock_.now();
    if (role_.worker && now - retained_at_ > kRetainEvery) {
        retained_at_ = now;
        // One row, whoever queues it: of several workers one does it.
        const auto queued = store_->queue().enqueue({{.kind = std::string(pipeline::kRetain),
                                                      .key = std::string(pipeline::kRetainKey),
                                                      .priority = -1,
                                                      .run_at = {}}});
        if (!queued) {
            telemetry_.emit(telemetry::Event::commit_failed, {.error = &queued.error()});
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
    const auto& listen =
        role_.api ? settings->installation.listen : settings->installation.workers_listen;
    auto address = server_->address();
    if (!listener_inherited_) {
        address.host = net::parse_host_port(listen).value_or(address).host;
    }
    return fmt::format(
        "{}://{}", settings->installation.server_tls_certificate_file.empty() ? "http" : "https",
        net::format_host_port(address));
}

}  // namespace oidor
