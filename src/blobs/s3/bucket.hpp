// One bucket of an S3-compatible server: signed requests, tried again where that helps.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "blobs/blob_store.hpp"
#include "blobs/s3/messages.hpp"
#include "blobs/s3/signer.hpp"
#include "net/client.hpp"

namespace oidor::blobs::s3 {

/// One request to the bucket.
struct Exchange {
    std::string what = {};  ///< Begins every message: `read the blob …`.
    std::string method = "GET";
    std::string key = {};  ///< Not encoded; empty: the bucket itself.
    Fields query = {};
    Fields headers = {};
    std::string body = {};
    std::int64_t size_bytes_max = 0;  ///< Of the answer; an error's document has room beside it.
    /// Whether an answer with a good status is whole; one that is not is asked for again.
    std::function<bool(const net::ClientResponse&)> is_whole = {};
};

/// Safe to call from many threads; a call blocks its thread.
class Bucket {
  public:
    /// Touches no network. Errors: Invalid, for options that no request could be made from.
    static Result<std::unique_ptr<Bucket>> open(const S3Options& options, const Clock& clock);
    Bucket(const Bucket&) = delete;
    Bucket& operator=(const Bucket&) = delete;

    /// The answer, whatever its status, of the last of at most `attempts_max` tries; each has a
    /// time-out of its own inside the deadline. Connection errors, cut answers and what
    /// `is_passing` are tried again after a growing, random pause, never another 4xx. Errors:
    /// Unavailable, Timeout, TooLarge.
    Result<net::ClientResponse> send(const Exchange& exchange, Deadline deadline) const;

    /// What an answer that is no success means.
    [[nodiscard]] Failure failure(const Exchange& exchange,
                                  const net::ClientResponse& response) const;

    /// A URL to GET the key by, and nothing else.
    [[nodiscard]] Secret presign(const std::string& key, std::chrono::seconds lifetime) const;

    [[nodiscard]] const S3Options& options() const { return options_; }
    [[nodiscard]] Timestamp now() const { return clock_.now(); }

  private:
    struct Place {
        std::string origin = {};  ///< `https://host:port`
        std::string host = {};    ///< As the Host header goes out.
        std::string base = {};    ///< The path before the key, encoded, without a slash at its end.
    };

    Bucket(S3Options options, Place place, const Clock& clock,
           std::unique_ptr<net::OperatorClient> client);
    static Place place_of(const S3Options& options);
    /// The path of a key, encoded; `/bucket` or `/` for the bucket itself.
    [[nodiscard]] std::string place_of_key(const std::string& key) const;
    [[nodiscard]] Signable signable_of(const Exchange& exchange, Timestamp time) const;
    Result<net::ClientResponse> send_once(const Exchange& exchange, Deadline deadline) const;
    /// Waits before the next try; false when there is no time for it.
    [[nodiscard]] bool pause(int attempt, const std::optional<std::chrono::milliseconds>& asked,
                             Deadline deadline) const;

    const S3Options options_;
    const Place place_;
    const Credentials credentials_;
    const Clock& clock_;
    const std::unique_ptr<net::OperatorClient> client_;
};

}  // namespace oidor::blobs::s3
