#include "main/wiring.hpp"

#include <unistd.h>

#include <csignal>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "base/messages.hpp"
#include "cli/sources.hpp"
#include "main/service.hpp"
#include "main/version.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor {
namespace {

constexpr std::chrono::seconds kHousekeepingEvery{5};

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
    Launch launch;
    launch.activation = net::take_activation();
    const auto signals = block_signals();
    TRY_ASSIGN(launch.role, read_role(invocation));
    launch.language = invocation.language;
    launch.take_over = invocation.has("take-over");
    TRY_ASSIGN(const auto service, Service::open(settings, launch));
    for (std::size_t i = 0; i < settings.warnings.size(); ++i) {
        service->telemetry().emit(telemetry::Event::doctor_warned,
                                  {.reason = settings.warnings[i]});
    }
    for (const auto& missing : cli::list_missing_secrets(settings)) {
        if (launch.role.api && missing.configured) {
            service->telemetry().emit(telemetry::Event::secret_missing,
                                      {.source = missing.source, .setting = missing.path});
        }
    }
    service->start();
    if (!service->url().empty()) {
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
