// HTTP messages as the rest of the program sees them: Request, Response, and the Responder through
// which an answer goes back from any thread. No transport, no library types.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "net/address.hpp"

namespace oidor::net {

/// Header fields in order; names compare without case. One text and one table, so that a message
/// costs two allocations however many fields it has.
class Headers {
  public:
    /// Appends a field; control bytes become spaces, so that a value cannot end its line.
    void add(std::string_view name, std::string_view value);
    /// Replaces every field of that name.
    void set(std::string_view name, std::string_view value);
    /// The first value; nothing when there is none. The view lives until the next change.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;
    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    /// Name and value at `index` < size().
    [[nodiscard]] std::pair<std::string_view, std::string_view> at(std::size_t index) const;

  private:
    struct Entry {
        std::uint32_t name_at, name_size, value_at, value_size;
    };
    std::string text_ = {};
    std::vector<Entry> entries_ = {};
};

/// Takes a request's body piece by piece while it arrives, instead of memory. Which requests have
/// one is the server's option `body_plan`.
class BodyStream {
  public:
    virtual ~BodyStream() = default;
    /// The next bytes, on an I/O thread: it must not block. `done` is called once, from any
    /// thread; until then nothing more is read from the client. A failure is the stream's to
    /// remember: the request's handler asks it. Never called again while `done` is awaited.
    virtual void write(std::string bytes, std::move_only_function<void()> done) = 0;
};

/// One request, complete.
struct Request {
    std::string method = {};  ///< As received: `GET`.
    std::string target = {};  ///< As received: what signatures are computed over.
    std::string path = {};    ///< Percent-decoded, UTF-8, no control bytes; `//` and `..` stay.
    std::string query = {};   ///< Raw, behind the `?`.
    Headers headers = {};
    std::string body = {};  ///< Raw bytes, chunks joined; with a stream, the end that it lacks.
    std::shared_ptr<BodyStream> stream = {};  ///< What took the body before its end; or null.
    IpAddress peer = {};  ///< The socket's other end; behind a trusted proxy, `origin_of`.
    std::uint16_t peer_port = 0;
    bool is_tls = false;

    /// The first value of a query parameter, decoded; nothing when it is absent.
    [[nodiscard]] std::optional<std::string> find_query(std::string_view name) const;
    /// The content type without parameters, lower case; empty when there is none.
    [[nodiscard]] std::string content_type() const;
};

/// Whom a request comes from: its peer, or, while that is one of `proxies`, whom X-Forwarded-For
/// names before it. A value that is no address ends the search where it stands.
IpAddress origin_of(const Request& request, std::span<const Network> proxies);

/// A part of an open file that is streamed as a body. Owns the descriptor.
class FileBody {
  public:
    /// Opens a regular file, whole. Errors: NotFound, Unavailable.
    static Result<FileBody> open(const std::filesystem::path& path);
    /// Takes over an open descriptor.
    FileBody(int descriptor, std::uint64_t offset, std::uint64_t length)
        : descriptor_(descriptor), offset_(offset), length_(length) {}
    FileBody(FileBody&& other) noexcept;
    FileBody& operator=(FileBody&& other) noexcept;
    FileBody(const FileBody&) = delete;
    FileBody& operator=(const FileBody&) = delete;
    ~FileBody();

    [[nodiscard]] std::uint64_t size_bytes() const { return length_; }
    /// Narrows to `length` bytes from `offset` of what there is now; both must lie inside.
    void narrow(std::uint64_t offset, std::uint64_t length);
    /// Takes the next bytes, at most `size`. Errors: Corrupt when the file became shorter.
    Result<std::size_t> read(char* into, std::size_t size);

  private:
    int descriptor_ = -1;
    std::uint64_t offset_ = 0;
    std::uint64_t length_ = 0;
};

/// What goes back. Content-Length, Date and Connection are the server's business.
struct Response {
    int status = 200;
    Headers headers = {};
    std::string body = {};
    std::optional<FileBody> file = {};  ///< Instead of `body`; streamed in pieces.
    bool close = false;                 ///< Ends the connection after this answer.
};

/// A response with a body of that type.
Response make_response(int status, std::string_view content_type, std::string body);
/// RFC 9457 problem object with our code as a member; Retry-After where the error has one.
Response make_problem(const Error& error);
/// The same under another status (422, 405 …).
Response make_problem(int status, const Error& error);
/// A file body answered with or without the request's Range (206, 416, If-Range is not looked at).
/// `content_type` goes out; caching headers are the caller's business.
Response make_file_response(const Request& request, FileBody file, std::string_view content_type);
/// `Not Found` and so on; empty for a status without a name.
std::string_view reason_of(int status);

/// Where a Responder sends its answer. Implementations are safe to call from any thread.
class ResponseTarget {
  public:
    virtual ~ResponseTarget() = default;
    virtual void answer(std::uint64_t ticket, Response&& response) = 0;
};

/// Answers one request, once, from any thread, now or later. Movable; when it is dropped without an
/// answer, the client gets 500. The answer of a client who left is thrown away.
class Responder {
  public:
    Responder(std::shared_ptr<ResponseTarget> target, std::uint64_t ticket)
        : target_(std::move(target)), ticket_(ticket) {}
    /// Answers into a function: for tests of handlers. It may be called from any thread.
    explicit Responder(std::function<void(Response&&)> function);
    Responder(Responder&&) noexcept = default;
    Responder& operator=(Responder&& other) noexcept;
    Responder(const Responder&) = delete;
    Responder& operator=(const Responder&) = delete;
    ~Responder();

    /// Sends the answer. A second call is our bug.
    void operator()(Response response);
    [[nodiscard]] bool answered() const { return target_ == nullptr; }

  private:
    // Shared: an answer may come after the server has gone, and then must find something to fall
    // on.
    std::shared_ptr<ResponseTarget> target_;
    std::uint64_t ticket_ = 0;
};

/// Called on an I/O thread, by several at the same time; it must not block: slow work goes
/// elsewhere and takes the Responder along. A handler that throws gives 500.
using Handler = std::move_only_function<void(Request&&, Responder) const>;

}  // namespace oidor::net
