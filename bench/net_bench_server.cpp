// A server with a trivial handler, to be put under load from outside (wrk):
//   net_bench_server [inline|posted] [HOST:PORT] [CERTIFICATE KEY]
// `inline` answers inside the handler; `posted` answers from another thread, as the store does.
// Ends on SIGINT or SIGTERM and prints its counters as JSON.
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "net/server.hpp"

namespace {

using oidor::Deadline;
using oidor::net::make_response;
using oidor::net::Request;
using oidor::net::Responder;

/// Answers in batches on a thread of its own.
class Answerer {
  public:
    Answerer() : thread_([this](const std::stop_token& stop) { run(stop); }) {}
    void add(Responder responder) {
        {
            const std::lock_guard lock(mutex_);
            waiting_.push_back(std::move(responder));
        }
        changed_.notify_one();
    }

  private:
    void run(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            std::vector<Responder> batch;
            {
                std::unique_lock lock(mutex_);
                changed_.wait(lock, stop, [this] { return !waiting_.empty(); });
                batch = std::exchange(waiting_, {});
            }
            for (auto& respond : batch) {
                respond(make_response(200, "application/json", R"({"ok":true})"));
            }
        }
    }

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::vector<Responder> waiting_;
    std::jthread thread_;
};

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string_view> words(argv + 1, argv + argc);
    const bool posted = !words.empty() && words[0] == "posted";
    oidor::net::ServerOptions options;
    if (words.size() > 1) {
        options.listen = words[1];
    }
    if (words.size() > 3) {
        options.certificate_file = words[2];
        options.private_key_file = words[3];
    }
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    Answerer answerer;
    auto server = oidor::net::Server::open(options, [&](Request&& /*request*/, Responder respond) {
        if (posted) {
            answerer.add(std::move(respond));
        } else {
            respond(make_response(200, "application/json", R"({"ok":true})"));
        }
    });
    if (!server) {
        fmt::print(stderr, "{}\n", server.error().message);
        return 1;
    }
    server.value()->start();
    int received = 0;
    sigwait(&signals, &received);
    server.value()->stop(Deadline::after(std::chrono::seconds(2)));
    const auto stats = server.value()->stats();
    fmt::print(R"({{"connections":{},"requests":{},"rejected":{}}})"
               "\n",
               stats.connections_accepted, stats.requests, stats.requests_rejected);
    return 0;
}
