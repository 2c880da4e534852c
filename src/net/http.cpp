#include "net/http.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <boost/json.hpp>

#include "base/assert.hpp"
#include "base/json.hpp"
#include "net/http_parse.hpp"

namespace oidor::net {
namespace {

struct Reason {
    int status;
    std::string_view text;
};

constexpr std::array kReasons = {
    Reason{100, "Continue"},
    Reason{200, "OK"},
    Reason{201, "Created"},
    Reason{202, "Accepted"},
    Reason{204, "No Content"},
    Reason{206, "Partial Content"},
    Reason{301, "Moved Permanently"},
    Reason{302, "Found"},
    Reason{303, "See Other"},
    Reason{304, "Not Modified"},
    Reason{307, "Temporary Redirect"},
    Reason{308, "Permanent Redirect"},
    Reason{400, "Bad Request"},
    Reason{401, "Unauthorized"},
    Reason{403, "Forbidden"},
    Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"},
    Reason{408, "Request Timeout"},
    Reason{409, "Conflict"},
    Reason{410, "Gone"},
    Reason{412, "Precondition Failed"},
    Reason{413, "Content Too Large"},
    Reason{415, "Unsupported Media Type"},
    Reason{416, "Range Not Satisfiable"},
    Reason{417, "Expectation Failed"},
    Reason{422, "Unprocessable Content"},
    Reason{429, "Too Many Requests"},
    Reason{431, "Request Header Fields Too Large"},
    Reason{500, "Internal Server Error"},
    Reason{501, "Not Implemented"},
    Reason{502, "Bad Gateway"},
    Reason{503, "Service Unavailable"},
    Reason{504, "Gateway Timeout"},
    Reason{505, "HTTP Version Not Supported"},
};

/// An address of X-Forwarded-For; some proxies write its port too.
std::optional<IpAddress> read_forwarded(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return std::nullopt;
    }
    text = text.substr(first, text.find_last_not_of(" \t") - first + 1);
    if (auto address = IpAddress::parse(text)) {
        return address;
    }
    if (text.starts_with('[') && text.ends_with(']')) {
        return IpAddress::parse(text.substr(1, text.size() - 2));
    }
    const auto with_port = parse_host_port(text);
    return with_port ? IpAddress::parse(with_port->host) : std::nullopt;
}

void append_clean(std::string& text, std::string_view value) {
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        text.push_back((byte < 0x20 && c != '\t') || byte == 0x7f ? ' ' : c);
    }
}

/// Answers into a function instead of a connection.
class FunctionTarget final : public ResponseTarget {
  public:
    explicit FunctionTarget(std::function<void(Response&&)> function)
        : function_(std::move(function)) {}
    void answer(std::uint64_t /*ticket*/, Response&& response) override {
        function_(std::move(response));
    }

  private:
    std::function<void(Response&&)> function_;
};

}  // namespace

std::string_view reason_of(int status) {
    const auto* const found = std::ranges::lower_bound(kReasons, status, {}, &Reason::status);
    return found != kReasons.end() && found->status == status ? found->text : std::string_view();
}

void Headers::add(std::string_view name, std::string_view value) {
    ASSERT(text_.size() + name.size() + value.size() < (std::size_t{1} << 31U),
           "headers are bounded long before 2 GiB");
    const auto name_at = static_cast<std::uint32_t>(text_.size());
    append_clean(text_, name);
    const auto value_at = static_cast<std::uint32_t>(text_.size());
    append_clean(text_, value);
    entries_.push_back({.name_at = name_at,
                        .name_size = value_at - name_at,
                        .value_at = value_at,
                        .value_size = static_cast<std::uint32_t>(text_.size()) - value_at});
}

void Headers::set(std::string_view name, std::string_view value) {
    std::erase_if(entries_, [&](const Entry& entry) {
        return equal_ignoring_case(std::string_view(text_).substr(entry.name_at, entry.name_size),
                                   name);
    });
    add(name, value);
}

std::pair<std::string_view, std::string_view> Headers::at(std::size_t index) const {
    ASSERT(index < entries_.size(), "a header is asked for by an index below size()");
    const auto& entry = entries_[index];
    const std::string_view text(text_);
    return {text.substr(entry.name_at, entry.name_size),
            text.substr(entry.value_at, entry.value_size)};
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const auto field = at(i);
        if (equal_ignoring_case(field.first, name)) {
            return field.second;
        }
    }
    return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
    std::size_t found = 0;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        found += equal_ignoring_case(at(i).first, name) ? 1U : 0U;
    }
    return found;
}

std::optional<std::string> Request::find_query(std::string_view name) const {
    const auto parameters = parse_query(query);
    if (!parameters) {
        return std::nullopt;
    }
    const auto* const value = find_parameter(parameters.value(), name);
    return value == nullptr ? std::nullopt : std::optional(*value);
}

std::string Request::content_type() const {
    const auto field = headers.find("content-type");
    return field ? parse_header_value(*field).value : std::string();
}

IpAddress origin_of(const Request& request, std::span<const Network> proxies) {
    std::string chain;
    for (std::size_t i = 0; i < request.headers.size(); ++i) {
        const auto [name, value] = request.headers.at(i);
        if (equal_ignoring_case(name, "X-Forwarded-For")) {
            chain.append(chain.empty() ? "" : ",").append(value);
        }
    }
    auto origin = request.peer;
    std::string_view left = chain;
    while (!left.empty() && std::ranges::any_of(proxies, [&origin](const Network& network) {
        return network.contains(origin);
    })) {
        const auto comma = left.rfind(',');
        const auto named = read_forwarded(left.substr(comma + 1));
        if (!named) {
            break;
        }
        origin = *named;
        left = comma == std::string_view::npos ? std::string_view() : left.substr(0, comma);
    }
    return origin;
}

FileBody::FileBody(FileBody&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      offset_(other.offset_),
      length_(other.length_) {}

FileBody& FileBody::operator=(FileBody&& other) noexcept {
    if (this != &other) {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
        descriptor_ = std::exchange(other.descriptor_, -1);
        offset_ = other.offset_;
        length_ = other.length_;
    }
    return *this;
}

FileBody::~FileBody() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

Result<FileBody> FileBody::open(const std::filesystem::path& path) {
    // Not blocking: opening a pipe must not hang an I/O thread before its kind is known.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        const int error = errno;
        return fail(error == ENOENT ? ErrorCode::NotFound : ErrorCode::Unavailable,
                    "open a file to send: {}", std::strerror(error));
    }
    FileBody body(descriptor, 0, 0);
    struct stat status = {};
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        return fail(ErrorCode::NotFound, "open a file to send: not a regular file");
    }
    body.length_ = static_cast<std::uint64_t>(status.st_size);
    return body;
}

void FileBody::narrow(std::uint64_t offset, std::uint64_t length) {
    ASSERT(offset <= length_ && length <= length_ - offset, "a range lies inside its file");
    offset_ += offset;
    length_ = length;
}

Result<std::size_t> FileBody::read(char* into, std::size_t size) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size, length_));
    ssize_t got = 0;
    do {
        got = ::pread(descriptor_, into, wanted, static_cast<off_t>(offset_));
    } while (got < 0 && errno == EINTR);
    if (got <= 0 && wanted > 0) {
        return fail(ErrorCode::Corrupt, "send a file: it became shorter or cannot be read");
    }
    offset_ += static_cast<std::uint64_t>(got);
    length_ -= static_cast<std::uint64_t>(got);
    return static_cast<std::size_t>(got);
}

Response make_response(int status, std::string_view content_type, std::string body) {
    Response response;
    response.status = status;
    response.headers.add("Content-Type", content_type);
    response.body = std::move(body);
    return response;
}

Response make_problem(int status, const Error& error) {
    json::object problem;
    const auto reason = reason_of(status);
    problem["type"] = "about:blank";
    problem["title"] = json::string_view(reason.data(), reason.size());
    problem["status"] = status;
    problem["detail"] = error.message;
    const auto name = faces_of(error.code).name;
    problem["code"] = json::string_view(name.data(), name.size());
    auto response = make_response(status, "application/problem+json", format_json(problem));
    if (error.retry_after) {
        // Rounded up: asking a moment too early would be answered no again.
        const auto wait = std::chrono::ceil<std::chrono::seconds>(*error.retry_after);
        response.headers.add("Retry-After",
                             std::to_string(std::max<std::int64_t>(wait.count(), 1)));
    }
    return response;
}

Response make_problem(const Error& error) {
    return make_problem(faces_of(error.code).http_status, error);
}

Response make_file_response(const Request& request, FileBody file, std::string_view content_type) {
    const std::uint64_t size = file.size_bytes();
    const auto header = request.headers.find("range");
    const auto range = header ? parse_range(*header, size) : RangeRequest{};
    if (range.kind == RangeKind::Unsatisfiable) {
        auto response = make_problem(
            416, {.code = ErrorCode::Invalid, .message = "no such range", .retry_after = {}});
        response.headers.add("Content-Range", fmt::format("bytes */{}", size));
        return response;
    }
    auto response = make_response(200, content_type, "");
    response.headers.add("Accept-Ranges", "bytes");
    if (range.kind == RangeKind::Part) {
        response.status = 206;
        response.headers.add("Content-Range",
                             fmt::format("bytes {}-{}/{}", range.range.offset,
                                         range.range.offset + range.range.length - 1, size));
        file.narrow(range.range.offset, range.range.length);
    }
    response.file = std::move(file);
    return response;
}

Responder::Responder(std::function<void(Response&&)> function)
    : target_(std::make_shared<FunctionTarget>(std::move(function))) {}

Responder& Responder::operator=(Responder&& other) noexcept {
    if (this != &other) {
        Responder old(std::move(*this));  // Answers 500 if it was still open.
        target_ = std::move(other.target_);
        ticket_ = other.ticket_;
    }
    return *this;
}

Responder::~Responder() {
    if (target_) {
        (*this)(make_problem(
            {.code = ErrorCode::Internal, .message = "no answer was made", .retry_after = {}}));
    }
}

void Responder::operator()(Response response) {
    ASSERT(target_ != nullptr, "a request is answered once");
    const auto target = std::move(target_);
    target->answer(ticket_, std::move(response));
}

}  // namespace oidor::net
