#include "main/listening.hpp"

#include <thread>
#include <utility>

#include <unistd.h>

namespace oidor {
namespace {

using namespace std::chrono_literals;

/// Longer than a process takes to end: its answers and its jobs.
constexpr std::chrono::seconds kTakenWithin{15};
constexpr std::chrono::milliseconds kAskAgainAfter{50};

Result<ListeningServer> take_over(net::ServerOptions options, net::Handler handler,
                                  const std::filesystem::path& data_dir) {
    TRY_ASSIGN(const auto where, net::parse_host_port(options.listen));
    if (where.port == 0) {
        return fail(ErrorCode::Invalid, "take over {}: name the port with --listen",
                    options.listen);
    }
    // Each try needs one of its own.
    const auto shared = std::make_shared<const net::Handler>(std::move(handler));
    const auto deadline = Deadline::after(kTakenWithin);
    for (;;) {
        ListeningServer opened;
        TRY_ASSIGN(opened.taken, net::take_listener(data_dir, where.port, deadline));
        opened.inherited = opened.taken != nullptr;
        options.listen_descriptor = opened.taken ? opened.taken->release() : -1;
        auto server =
            net::Server::open(options, [shared](net::Request&& request, net::Responder respond) {
                (*shared)(std::move(request), std::move(respond));
            });
        if (server) {
            opened.server = std::move(*server);
            return opened;
        }
        // In use, and nobody hands it over: its owner is ending, or is another program.
        if (server.error().code != ErrorCode::Conflict || deadline.expired()) {
            return fail(std::move(server).error());
        }
        std::this_thread::sleep_for(kAskAgainAfter);
    }
}

}  // namespace

Result<ListeningServer> open_listening_server(net::ServerOptions options, net::Handler handler,
                                              const ListeningOptions& how) {
    TRY_ASSIGN(const auto passed, net::find_activated_socket(how.activation, ::getpid()));
    if (passed && how.take_over) {
        return fail(ErrorCode::Invalid,
                    "--take-over: systemd holds the socket: restart the service instead");
    }
    if (how.take_over) {
        return take_over(std::move(options), std::move(handler), how.data_dir);
    }
    options.listen_descriptor = passed.value_or(-1);
    ListeningServer opened;
    opened.inherited = passed.has_value();
    TRY_ASSIGN(opened.server, net::Server::open(std::move(options), std::move(handler)));
    return opened;
}

}  // namespace oidor
