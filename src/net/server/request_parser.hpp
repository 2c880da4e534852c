// Turns bytes into requests within limits. Plain interface; the parsing library stays in the .cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace oidor::net::server {

struct ParserLimits {
    std::size_t header_bytes_max = 16 * 1024;
    std::size_t headers_max = 100;
};

/// Reads one request after the other from a connection's bytes. For one thread.
class RequestParser {
  public:
    enum class State {
        NeedMore,    ///< Give it what is left, with more behind.
        HeaderDone,  ///< Path, headers and `body_announced` can be judged; set the body limit.
        Done,
        Failed,  ///< `failure` says why; the connection cannot go on.
    };
    struct Failure {
        int status = 400;
        Error error = {.code = ErrorCode::Invalid, .message = "", .retry_after = {}};
    };

    explicit RequestParser(const ParserLimits& limits);
    ~RequestParser();
    RequestParser(const RequestParser&) = delete;
    RequestParser& operator=(const RequestParser&) = delete;

    /// Makes ready for the next request.
    void reset();
    /// Reads from `bytes`; `consumed` says how many are not needed again. Stops after the header
    /// and at the end of the request. The rest must come again at the front of the next call.
    State feed(std::string_view bytes, std::size_t& consumed);
    void set_body_limit(std::size_t size_bytes_max);

    /// True once a byte of this request was seen.
    [[nodiscard]] bool begun() const;
    [[nodiscard]] bool header_done() const;
    /// The body's size when it was announced.
    [[nodiscard]] std::optional<std::uint64_t> body_announced() const;
    [[nodiscard]] bool has_body() const;
    [[nodiscard]] bool keep_alive() const;
    [[nodiscard]] const Failure& failure() const;
    /// What has come of the body since this was asked last; nothing of it stays here.
    std::string take_body();
    /// The request: headers from HeaderDone on, the body from Done on. May be moved from.
    Request& request();

  private:
    class Impl;
    const ParserLimits limits_;
    std::unique_ptr<Impl> impl_;
};

}  // namespace oidor::net::server
