#include "net/server/request_parser.hpp"

#include <algorithm>
#include <utility>

#include <boost/beast/http/basic_parser.hpp>

#include "base/utf8.hpp"
#include "net/http_parse.hpp"

namespace oidor::net::server {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

std::string_view to_view(string_view text) { return {text.data(), text.size()}; }

constexpr std::size_t kBodyReserveMax = 64 * 1024;

/// What the library's parser tells its owner.
class ParserEvents {
  public:
    virtual void on_request(string_view method, string_view target, int version,
                            error_code& error) = 0;
    virtual void on_field(string_view name, string_view value, error_code& error) = 0;
    virtual void on_body_size(std::uint64_t size_bytes) = 0;
    virtual std::size_t on_body(string_view bytes, error_code& error) = 0;

  protected:
    ~ParserEvents() = default;
};

class Parser final : public http::basic_parser<true> {
  public:
    Parser(ParserEvents& events, std::size_t header_bytes_max) : events_(events) {
        body_limit(boost::none);  // Ours is per path and checked by the owner.
        header_limit(static_cast<std::uint32_t>(header_bytes_max));
    }

  private:
    void on_request_impl(http::verb /*method*/, string_view method, string_view target, int version,
                         error_code& error) override {
        events_.on_request(method, target, version, error);
    }
    void on_response_impl(int /*code*/, string_view /*reason*/, int /*version*/,
                          error_code& /*error*/) override {}
    void on_field_impl(http::field /*name*/, string_view name, string_view value,
                       error_code& error) override {
        events_.on_field(name, value, error);
    }
    void on_header_impl(error_code& /*error*/) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>& size,
                           error_code& /*error*/) override {
        events_.on_body_size(size.value_or(0));
    }
    std::size_t on_body_impl(string_view bytes, error_code& error) override {
        return events_.on_body(bytes, error);
    }
    void on_chunk_header_impl(std::uint64_t /*size*/, string_view /*extensions*/,
                              error_code& /*error*/) override {}
    std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, string_view bytes,
                                   error_code& error) override {
        return events_.on_body(bytes, error);
    }
    void on_finish_impl(error_code& /*error*/) override {}

    ParserEvents& events_;
};

}  // namespace

/// Takes the library's events into our own Request.
class RequestParser::Impl final : public ParserEvents {
  public:
    explicit Impl(const ParserLimits& limits) : limits_(limits) {
        parser_.emplace(*this, limits_.header_bytes_max);
    }

    void reset() {
        request_ = {};
        failure_ = {};
        header_bytes_ = 0;
        header_read_ = 0;
        body_limit_ = 0;
        body_size_ = 0;
        begun_ = false;
        parser_.emplace(*this, limits_.header_bytes_max);
    }

    State feed(std::string_view bytes, std::size_t& consumed) {
        consumed = 0;
        begun_ = begun_ || !bytes.empty();
        const bool in_header = !parser_->is_header_done();
        parser_->eager(!in_header);
        error_code error;
        if (!in_header && !parser_->is_done() && bytes.empty()) {
            return State::NeedMore;
        }
        if (!parser_->is_done()) {
            consumed = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
        }
        if (error == http::error::need_more) {
            header_read_ += in_header ? consumed : 0;
            // The library bounds what it waits for, not what it has already taken.
            if (!in_header || header_read_ + bytes.size() - consumed <= limits_.header_bytes_max) {
                return State::NeedMore;
            }
            error = http::error::header_limit;
        }
        if (error) {
            refuse(error);
            return State::Failed;
        }
        if (in_header && parser_->is_header_done()) {
            return check_header() ? State::HeaderDone : State::Failed;
        }
        return parser_->is_done() ? State::Done : State::NeedMore;
    }

    void set_body_limit(std::size_t size_bytes_max) { body_limit_ = size_bytes_max; }

    void on_request(string_view method, string_view target, int version,
                    error_code& error) override {
        version_ = version;
        count_header_bytes(method.size() + target.size() + 12, error);
        request_.method = to_view(method);
        request_.target = to_view(target);
    }
    void on_field(string_view name, string_view value, error_code& error) override {
        // Fields behind a chunked body could only be used to smuggle.
        if (parser_->is_header_done()) {
            return count_header_bytes(name.size() + value.size() + 4, error);
        }
        count_header_bytes(name.size() + value.size() + 4, error);
        if (!error && request_.headers.size() >= limits_.headers_max) {
            fail_with(431, "more than " + std::to_string(limits_.headers_max) + " header fields");
            error = http::error::header_limit;
        }
        if (!error) {
            request_.headers.add(to_view(name), to_view(value));
        }
    }
    void on_body_size(std::uint64_t size_bytes) override {
        request_.body.reserve(
            static_cast<std::size_t>(std::min<std::uint64_t>(size_bytes, kBodyReserveMax)));
    }
    std::size_t on_body(string_view bytes, error_code& error) override {
        if (bytes.size() > body_limit_ - std::min(body_limit_, body_size_)) {
            failure_ = {.status = 413,
                        .error = {.code = ErrorCode::TooLarge,
                                  .message = "the body is over its limit of " +
                                             std::to_string(body_limit_) + " bytes",
                                  .retry_after = {}}};
            error = http::error::body_limit;
            return 0;
        }
        request_.body.append(bytes.data(), bytes.size());
        body_size_ += bytes.size();
        return bytes.size();
    }

  private:
    friend class RequestParser;

    const ParserLimits limits_;
    Request request_ = {};
    Failure failure_ = {};
    std::size_t header_bytes_ = 0;  // Of whole lines, trailers included.
    std::size_t header_read_ = 0;   // Of bytes taken so far.
    std::size_t body_limit_ = 0;
    std::size_t body_size_ = 0;  // Of what was taken away, too.
    bool begun_ = false;
    int version_ = 11;
    std::optional<Parser> parser_;

    void fail_with(int status, std::string message) {
        failure_ = {.status = status,
                    .error = {.code = status == 413 || status == 431 ? ErrorCode::TooLarge
                                                                     : ErrorCode::Invalid,
                              .message = std::move(message),
                              .retry_after = {}}};
    }

    void count_header_bytes(std::size_t size, error_code& error) {
        header_bytes_ += size;
        if (header_bytes_ > limits_.header_bytes_max) {
            error = http::error::header_limit;
        }
    }

    void refuse(error_code error) {
        if (!failure_.error.message.empty()) {
            return;
        }
        if (error == http::error::header_limit) {
            fail_with(431, "the request's header is over " +
                               std::to_string(limits_.header_bytes_max) + " bytes");
        } else if (error == http::error::bad_version) {
            fail_with(505,
                      "the request line does not end in HTTP/1.0 or HTTP/1.1 and a line break");
        } else {
            fail_with(400, "malformed request: " + error.message());
        }
    }

    bool check_header();
    bool split_target();
};

bool RequestParser::Impl::check_header() {
    const auto& headers = request_.headers;
    const std::size_t hosts = headers.count("host");
    if (hosts > 1 || (hosts == 0 && version_ >= 11)) {
        fail_with(400, "exactly one Host header is needed");
        return false;
    }
    if (const auto encoding = headers.find("transfer-encoding")) {
        // Anything but plain `chunked` is where two readers could disagree about a body's end.
        if (!parser_->chunked() || !equal_ignoring_case(*encoding, "chunked") || version_ < 11) {
            fail_with(400, "only the transfer encoding `chunked` is understood");
            return false;
        }
    }
    return split_target();
}

bool RequestParser::Impl::split_target() {
    std::string_view target = request_.target;
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (target.size() > scheme.size() &&
            equal_ignoring_case(target.substr(0, scheme.size()), scheme)) {
            target.remove_prefix(scheme.size());
            target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
        }
    }
    const std::size_t mark = std::min(target.find('?'), target.size());
    const auto raw_path = target.substr(0, mark);
    auto path = percent_decode(raw_path.empty() ? "/" : raw_path);
    const bool asterisk = raw_path == "*" && request_.method == "OPTIONS";
    if (!path || (!asterisk && !path->starts_with('/')) || !is_utf8(*path) ||
        std::ranges::any_of(*path, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; })) {
        fail_with(400, "the request's target is not an absolute, well-encoded path");
        return false;
    }
    request_.path = std::move(*path);
    request_.query = target.substr(std::min(mark + 1, target.size()));
    return true;
}

RequestParser::RequestParser(const ParserLimits& limits)
    : limits_(limits), impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;

void RequestParser::reset() { impl_->reset(); }
RequestParser::State RequestParser::feed(std::string_view bytes, std::size_t& consumed) {
    return impl_->feed(bytes, consumed);
}
void RequestParser::set_body_limit(std::size_t size_bytes_max) {
    impl_->set_body_limit(size_bytes_max);
}
bool RequestParser::begun() const { return impl_->begun_; }
bool RequestParser::header_done() const { return impl_->parser_->is_header_done(); }
std::optional<std::uint64_t> RequestParser::body_announced() const {
    const auto length = impl_->parser_->content_length();
    return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}
bool RequestParser::has_body() const { return !impl_->parser_->is_done(); }
bool RequestParser::keep_alive() const { return impl_->parser_->keep_alive(); }
const RequestParser::Failure& RequestParser::failure() const { return impl_->failure_; }
std::string RequestParser::take_body() { return std::exchange(impl_->request_.body, {}); }
Request& RequestParser::request() { return impl_->request_; }

}  // namespace oidor::net::server
