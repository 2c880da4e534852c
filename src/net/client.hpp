// The HTTP clients. Two classes that share no settings, so that none can be taken for the other:
//
//   GuardedClient   fetches URLs that came from outside (providers' events, people). Every hop is
//                   held against a FetchPolicy: hosts, addresses, redirects, size, time.
//   OperatorClient  calls endpoints that the operator configured (S3, models, sinks, the providers'
//                   own REST APIs). Any address, no redirects.
//
// Both are safe to call from many threads at the same time; a call blocks its thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "net/http.hpp"

namespace oidor::net {

using namespace std::chrono_literals;

/// Takes the next bytes of a body. A failure ends the transfer and is what the call returns.
using BodySink = std::function<Result<void>(std::string_view bytes)>;

/// Called at least once a second while a call runs, on the caller's thread: for heartbeats.
using Progress = std::function<void(std::uint64_t received_bytes)>;

/// What an account allows to be fetched, and how much of it.
struct FetchPolicy {
    /// `host` (port 443), `host:port`, or `.suffix` (every host below, port 443). `*` is every
    /// host. Reached over https and at public addresses only.
    std::vector<std::string> allowed_hosts = {};
    /// `host` (any port) or `host:port`. The only way to a private address and to plain http.
    std::vector<std::string> private_hosts = {};
    unsigned redirects_max = 3;
    std::uint64_t size_bytes_max = std::uint64_t{512} << 20U;
    std::chrono::milliseconds connect_timeout = 10s;
    /// Slower than this for so long: Timeout.
    std::uint64_t bytes_per_second_min = 256;
    std::chrono::seconds slow_max = 30s;
    std::string ca_file = {};  ///< Instead of the system's certificates: a private authority.
};

/// A GET of bytes from outside, through the address guard.
struct FetchRequest {
    std::string url = {};
    /// Sent to the first origin (scheme, host, port) only: after a redirect elsewhere, no more.
    std::vector<std::pair<std::string, std::string>> headers = {};
    /// The same for credentials, which no message shows.
    std::vector<std::pair<std::string, Secret>> secret_headers = {};
    Deadline deadline = Deadline::after(10min);  ///< For all hops together.
};

/// What came back; the body went to the sink.
struct FetchResponse {
    int status = 0;
    Headers headers = {};
    std::uint64_t size_bytes = 0;  ///< What the sink was given.
    unsigned redirects = 0;
};

/// Settings of a client, not of an account.
struct ClientOptions {
    std::string user_agent = "oidor";
    /// Lines `HOST:PORT:ADDRESS` instead of a name lookup. The address is judged like any other.
    std::vector<std::string> fixed_addresses = {};
};

/// Decides whether a URL may be asked for under a policy, before any lookup: form, scheme, host,
/// port. `is_private_host` says that private addresses are fine. Errors: Invalid (no such URL),
/// Forbidden (with the reason).
struct JudgedUrl {
    std::string url = {};  ///< Normalised: what is fetched.
    std::string scheme = {};
    std::string host = {};
    std::uint16_t port = 0;
    bool is_private_host = false;
    /// `https://host:port`: what messages may show.
    [[nodiscard]] std::string origin() const;
};
Result<JudgedUrl> judge_url(std::string_view url, const FetchPolicy& policy);

/// The failure that a status of 300 or above stands for; `what` begins its message. Reads
/// Retry-After, in seconds or as a date. `now` is for the latter.
Error error_of_status(std::string_view what, int status, const Headers& headers, Timestamp now);

/// Fetches what others name. Holds no connection open after a call: an account's permission must
/// not be another's way in.
class GuardedClient {
  public:
    static Result<std::unique_ptr<GuardedClient>> open(ClientOptions options = {});
    GuardedClient(const GuardedClient&) = delete;
    GuardedClient& operator=(const GuardedClient&) = delete;
    ~GuardedClient();

    /// GETs a body into `sink`, which is called for a 2xx answer only. After a failure the sink may
    /// have been given a part, to be thrown away. Compressed bodies arrive as sent.
    /// Errors: Invalid, Forbidden (the guard, or 403), the statuses' own, TooLarge, Unavailable
    /// (lookup, connection, certificate, cut body), Timeout, Cancelled, and the sink's.
    Result<FetchResponse> fetch(const FetchRequest& request, const FetchPolicy& policy,
                                const BodySink& sink, const std::stop_token& stop = {},
                                const Progress& progress = {}) const;

  private:
    struct Shared;
    explicit GuardedClient(std::unique_ptr<Shared> shared);
    const std::unique_ptr<Shared> shared_;
};

/// One part of a multipart/form-data body.
struct UploadPart {
    std::string name = {};
    std::string value = {};         ///< Sent when there is no file.
    std::string content_type = {};  ///< Empty: none is stated.
    std::string file_path = {};     ///< A regular file; read while it is sent, never held whole.
    std::string file_name = {};     ///< What the other side is told that the file is called.
};

/// A call to an operator's endpoint.
struct ClientRequest {
    std::string method = "GET";
    std::string url = {};
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::vector<std::pair<std::string, Secret>> secret_headers = {};
    std::string body = {};
    std::vector<UploadPart> form = {};  ///< Not empty: it is the body, instead of `body`.
    Progress progress = {};
    Deadline deadline = Deadline::after(30s);
    std::chrono::milliseconds connect_timeout = 10s;
    std::size_t size_bytes_max = std::size_t{16} << 20U;  ///< Of the answer's body.
    std::string ca_file = {};
};

/// An answer held whole, within the client's limit.
struct ClientResponse {
    int status = 0;
    Headers headers = {};
    std::string body = {};
};

/// Calls the endpoints of the operator's own configuration.
class OperatorClient {
  public:
    static Result<std::unique_ptr<OperatorClient>> open(ClientOptions options = {});
    OperatorClient(const OperatorClient&) = delete;
    OperatorClient& operator=(const OperatorClient&) = delete;
    ~OperatorClient();

    /// Sends once; whatever status came back is a value (`error_of_status` judges it). Redirects
    /// are not followed. Errors: Invalid, TooLarge, Unavailable, Timeout, Cancelled, NotFound (a
    /// form's file that cannot be read).
    Result<ClientResponse> send(const ClientRequest& request,
                                const std::stop_token& stop = {}) const;

  private:
    struct Shared;
    explicit OperatorClient(std::unique_ptr<Shared> shared);
    const std::unique_ptr<Shared> shared_;
};

}  // namespace oidor::net
