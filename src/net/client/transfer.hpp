// One HTTP exchange over libcurl, without redirects. Both clients are made of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "net/client.hpp"

namespace oidor::net::client {

/// What is known of an exchange before it begins. Everything borrowed lives for the call.
struct TransferRequest {
    std::string what = {};  ///< Begins every message: `fetch https://host:443`.
    std::string method = "GET";
    std::string url = {};
    std::vector<std::string> header_lines = {};     ///< `Name: value`, checked.
    const std::string* body = nullptr;              ///< Null: none is sent.
    const std::vector<UploadPart>* form = nullptr;  ///< Null: no form; else instead of `body`.
    Deadline deadline = Deadline::never();
    std::chrono::milliseconds connect_timeout = {};
    std::uint64_t size_bytes_max = 0;
    std::uint64_t bytes_per_second_min = 0;  ///< 0: as slow as the deadline lets it be.
    std::chrono::seconds slow_max = {};
    std::string ca_file = {};
    /// `Public` refuses every connection to an address that `is_private`.
    enum class Addresses { Any, Public } addresses = Addresses::Public;
    bool plain_http = false;
    /// `Success`: the sink gets the body of a 2xx answer; others are cut off after their head.
    enum class Bodies { Success, All } bodies = Bodies::Success;
};

struct TransferResult {
    int status = 0;
    Headers headers = {};
    std::uint64_t size_bytes = 0;
};

/// Caches that transfers of many threads share: name lookups and TLS sessions, never connections.
class SharedCaches {
  public:
    SharedCaches();
    SharedCaches(const SharedCaches&) = delete;
    SharedCaches& operator=(const SharedCaches&) = delete;
    ~SharedCaches();
    class Impl;
    [[nodiscard]] Impl& impl() const { return *impl_; }

  private:
    std::unique_ptr<Impl> impl_;
};

/// Runs transfers one after the other, on one thread at a time; keeps connections between them.
class Transferrer {
  public:
    Transferrer(const ClientOptions& options, const SharedCaches& caches);
    Transferrer(const Transferrer&) = delete;
    Transferrer& operator=(const Transferrer&) = delete;
    ~Transferrer();

    Result<TransferResult> run(const TransferRequest& request, const BodySink& sink,
                               const std::stop_token& stop, const Progress& progress);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

/// `Name: value` lines; secrets last. Errors: Invalid for a name that is no token or a value with
/// control bytes (shown without the value).
Result<std::vector<std::string>> make_header_lines(
    const std::vector<std::pair<std::string, std::string>>& headers,
    const std::vector<std::pair<std::string, Secret>>& secret_headers);

}  // namespace oidor::net::client
