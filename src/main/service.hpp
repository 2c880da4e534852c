// Everything that runs in `oidor serve`: built, wired, started and ended in one place.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "access/access_control.hpp"
#include "base/failpoint.hpp"
#include "base/messages.hpp"
#include "base/time.hpp"
#include "blobs/blob_store.hpp"
#include "cli/command.hpp"
#include "jobs/worker_pool.hpp"
#include "main/coverage_gauges.hpp"
#include "main/listening.hpp"
#include "main/live_settings.hpp"
#include "net/client.hpp"
#include "net/server.hpp"
#include "pipeline/deliveries.hpp"
#include "pipeline/erasure.hpp"
#include "pipeline/model_chat.hpp"
#include "pipeline/model_endpoint.hpp"
#include "pipeline/pipeline.hpp"
#include "server/front.hpp"
#include "store/store.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor {

/// What this process does.
struct Role {
    bool api = true;
    bool worker = true;
};

/// How this process was started.
struct Launch {
    Role role = {};
    UiLanguage language = UiLanguage::Spanish;
    bool take_over = false;
    net::Activation activation = {};
};

/// Everything that runs. Members are built in order and ended in reverse.
class Service {
  public:
    static Result<std::unique_ptr<Service>> open(const config::Settings& settings,
                                                 const Launch& launch);
    ~Service() { observe_failpoints({}); }
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    void start();
    void stop();
    void reload(const cli::Invocation& invocation);
    void keep_house();
    [[nodiscard]] std::string url() const;
    [[nodiscard]] telemetry::Telemetry& telemetry() { return telemetry_; }

  private:
    Service(const config::Settings& settings, Role role);
    Result<void> open_server(const Launch& launch);
    Result<void> open_watch(const Launch& launch);
    Result<void> open_workers();
    /// The API, or in a worker what watches it.
    Result<void> serve_routes(std::vector<server::Route> routes, const Launch& launch);
    void offer_listener();
    std::shared_ptr<const server::ApiParts> make_parts(UiLanguage language);
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
    std::unique_ptr<pipeline::ModelEndpoint> model_;
    std::unique_ptr<pipeline::ModelChat> chat_;
    std::unique_ptr<pipeline::Pipeline> pipeline_;
    std::unique_ptr<pipeline::Eraser> eraser_;
    std::unique_ptr<jobs::WorkerPool> pool_;
    std::unique_ptr<pipeline::Deliveries> deliveries_;
    std::unique_ptr<server::WebhookIntake> intake_;
    std::unique_ptr<server::Front> front_;
    std::unique_ptr<net::Server> server_;
    bool listener_inherited_ = false;
    std::unique_ptr<net::TakenListener> taken_;
    std::unique_ptr<net::ListenerGiver> giver_;
    std::atomic<std::int64_t> gauges_read_at_ms_ = 0;
    CoverageGauges coverage_gauges_;
    Timestamp retained_at_ = {};
};

}  // namespace oidor
