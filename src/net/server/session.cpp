#include "net/server/session.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/assert.hpp"
#include "net/http_parse.hpp"

namespace oidor::net::server {
namespace {

using namespace std::chrono;

constexpr std::size_t kBufferStart = 4 * 1024;
constexpr std::size_t kBufferForBodies = 64 * 1024;
constexpr std::size_t kSmallBody = 16 * 1024;
constexpr std::size_t kPiece = 128 * 1024;
constexpr std::size_t kStreamedPiece = 256 * 1024;
constexpr std::size_t kLingerBytesMax = 1024 * 1024;
constexpr milliseconds kLingerTime = 2s;
constexpr milliseconds kLingerTimeDraining = 200ms;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

}  // namespace

Session::Session(SessionHost& host, std::size_t slot, std::unique_ptr<Transport> transport,
                 const Peer& peer)
    : host_(host),
      slot_(slot),
      transport_(std::move(transport)),
      peer_(peer),
      parser_({.header_bytes_max = host.options().header_bytes_max,
               .headers_max = host.options().headers_max}),
      buffer_(kBufferStart) {
    transport_->set_events(*this);
}

void Session::start() {
    set_deadline(host_.options().header_timeout);
    if (peer_.is_tls) {
        reading_ = true;  // The handshake is this session's one open operation.
        transport_->handshake();
        return;
    }
    phase_ = Phase::Header;
    read_more();
}

void Session::on_handshake(bool succeeded) {
    reading_ = false;
    if (!succeeded || phase_ == Phase::Closed) {
        return close();
    }
    phase_ = Phase::Header;
    read_more();
}

void Session::on_read(bool succeeded, std::size_t size) {
    reading_ = false;
    if (!succeeded || phase_ == Phase::Closed) {
        return close();
    }
    switch (phase_) {
        case Phase::Header:
            if (!parser_.begun()) {
                set_deadline(host_.options().header_timeout);
            }
            end_ += size;
            return process();
        case Phase::Body:
            body_received_ += size;
            set_body_deadline();
            end_ += size;
            return process();
        case Phase::Lingering:
            lingered_bytes_ += size;
            if (lingered_bytes_ > kLingerBytesMax) {
                return close();
            }
            reading_ = true;
            return transport_->read(buffer_.data(), buffer_.size());
        default:
            // A time-out answered while this read was open: what came is not wanted any more.
            return;
    }
}

void Session::process() {
    for (;;) {
        std::size_t consumed = 0;
        const auto state = parser_.feed({buffer_.data() + begin_, end_ - begin_}, consumed);
        begin_ += consumed;
        if (begin_ == end_) {
            begin_ = end_ = 0;
        }
        switch (state) {
            case RequestParser::State::NeedMore:
                if (stream_ && parser_.request().body.size() >= kStreamedPiece) {
                    return stream_piece();
                }
                return read_more();
            case RequestParser::State::Failed:
                return reject(parser_.failure().status, parser_.failure().error);
            case RequestParser::State::HeaderDone:
                if (!accept_header()) {
                    return;
                }
                break;
            case RequestParser::State::Done: return dispatch();
        }
    }
}

/// Judges the header; false when an answer is on its way instead.
bool Session::accept_header() {
    const auto& request = parser_.request();
    head_request_ = request.method == "HEAD";
    const auto expectation = request.headers.find("expect");
    if (expectation && !equal_ignoring_case(*expectation, "100-continue")) {
        reject(417, {.code = ErrorCode::Invalid,
                     .message = "only the expectation 100-continue is understood",
                     .retry_after = {}});
        return false;
    }
    if (!parser_.has_body()) {
        return true;
    }
    if (!accept_body()) {
        return false;
    }
    phase_ = Phase::Body;
    body_began_ = steady_clock::now();
    body_received_ = end_ - begin_;
    set_body_deadline();
    if (expectation && begin_ == end_) {
        phase_ = Phase::Continue;
        writing_ = true;
        transport_->write(kContinue, {});
        return false;
    }
    return true;
}

/// Decides where the body goes; false when an answer is on its way instead.
bool Session::accept_body() {
    const auto& options = host_.options();
    auto& request = parser_.request();
    request.peer = peer_.address;
    request.peer_port = peer_.port;
    request.is_tls = peer_.is_tls;
    BodyPlan plan{.size_bytes_max = options.body_limit ? options.body_limit(request.path)
                                                       : options.body_bytes_max};
    if (options.body_plan) {
        plan = options.body_plan(request);
    }
    if (plan.refusal) {
        keep_alive_ = false;
        respond(*std::move(plan.refusal));
        return false;
    }
    if (parser_.body_announced().value_or(0) > plan.size_bytes_max) {
        reject(413, {.code = ErrorCode::TooLarge,
                     .message =
                         fmt::format("the body is over its limit of {} bytes", plan.size_bytes_max),
                     .retry_after = {}});
        return false;
    }
    parser_.set_body_limit(plan.size_bytes_max);
    stream_ = std::move(plan.stream);
    return true;
}

/// Gives the stream what has come. Nothing is read until it has taken it: a slow disk slows the
/// client down instead of filling memory.
void Session::stream_piece() {
    phase_ = Phase::Streaming;
    ticket_ = host_.make_ticket(slot_);
    piece_began_ = steady_clock::now();
    set_deadline(host_.options().handler_timeout);
    stream_->write(parser_.take_body(), host_.make_resumer(ticket_));
}

void Session::resume(std::uint64_t ticket) {
    if (phase_ != Phase::Streaming || ticket != ticket_) {
        return;
    }
    phase_ = Phase::Body;
    // The client is not to blame for the time that we took.
    body_began_ += steady_clock::now() - piece_began_;
    set_body_deadline();
    process();
}

void Session::read_more() {
    if (end_ == buffer_.size() && begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    const std::size_t buffer_max =
        std::max(host_.options().header_bytes_max + kBufferStart, kBufferForBodies);
    if (end_ == buffer_.size()) {
        if (buffer_.size() >= buffer_max) {
            return reject(phase_ == Phase::Header ? 431 : 400,
                          {.code = ErrorCode::Invalid,
                           .message = "a header, chunk header or trailer is too long",
                           .retry_after = {}});
        }
        buffer_.resize(std::min(buffer_.size() * 2, buffer_max));
    } else if (phase_ == Phase::Body && buffer_.size() < kBufferForBodies && end_ == 0) {
        buffer_.resize(kBufferForBodies);
    }
    reading_ = true;
    transport_->read(buffer_.data() + end_, buffer_.size() - end_);
}

void Session::dispatch() {
    auto& request = parser_.request();
    request.peer = peer_.address;
    request.peer_port = peer_.port;
    request.is_tls = peer_.is_tls;
    request.stream = std::move(stream_);
    keep_alive_ = parser_.keep_alive();
    phase_ = Phase::Handling;
    ticket_ = host_.make_ticket(slot_);
    set_deadline(host_.options().handler_timeout);
    if (auto response = host_.dispatch(std::move(request), ticket_)) {
        respond(std::move(*response));
    }
}

void Session::answer(std::uint64_t ticket, Response&& response) {
    if (phase_ == Phase::Handling && ticket == ticket_) {
        respond(std::move(response));
    }
}

void Session::reject(int status, const Error& error) {
    host_.count_rejected();
    keep_alive_ = false;
    respond(make_problem(status, error));
}

void Session::respond(Response&& response) {
    ASSERT(!writing_, "one answer is written at a time");
    phase_ = Phase::Writing;
    stream_.reset();
    keep_alive_ = keep_alive_ && !response.close && !host_.draining();
    file_ = std::move(response.file);
    body_ = std::move(response.body);
    body_sent_ = 0;
    const std::uint64_t length = file_ ? file_->size_bytes() : body_.size();
    out_.clear();
    fmt::format_to(std::back_inserter(out_), "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                   reason_of(response.status), host_.date());
    for (std::size_t i = 0; i < response.headers.size(); ++i) {
        const auto [name, value] = response.headers.at(i);
        out_.append(name).append(": ").append(value).append("\r\n");
    }
    if (!has_no_body(response.status)) {
        fmt::format_to(std::back_inserter(out_), "Content-Length: {}\r\n", length);
    }
    out_.append(keep_alive_ ? "\r\n" : "Connection: close\r\n\r\n");
    if (head_request_ || has_no_body(response.status)) {
        file_.reset();
        body_.clear();
    }
    if (body_.size() <= kSmallBody) {
        out_.append(body_);
        body_.clear();
    }
    write_piece();
}

void Session::write_piece() {
    if (file_ && file_->size_bytes() > 0) {
        const std::size_t head = out_.size();
        out_.resize(head +
                    static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, file_->size_bytes())));
        const auto got = file_->read(out_.data() + head, out_.size() - head);
        if (!got) {
            return close();  // The stated length cannot be kept: the client must see a cut body.
        }
        out_.resize(head + got.value());
    }
    const auto piece = std::string_view(body_).substr(body_sent_, kPiece);
    body_sent_ += piece.size();
    set_deadline(host_.options().write_timeout);
    writing_ = true;
    transport_->write(out_, piece);
}

void Session::on_write(bool succeeded) {
    writing_ = false;
    if (!succeeded || phase_ == Phase::Closed) {
        return close();
    }
    if (phase_ == Phase::Continue) {
        phase_ = Phase::Body;
        return process();
    }
    out_.clear();
    if (body_sent_ < body_.size() || (file_ && file_->size_bytes() > 0)) {
        return write_piece();
    }
    finish_response();
}

void Session::finish_response() {
    file_.reset();
    if (body_.capacity() > kSmallBody) {
        body_ = {};
    }
    if (out_.capacity() > 2 * kSmallBody) {
        out_ = {};  // An idle connection must not hold a big answer's memory.
    }
    if (!keep_alive_ || reading_) {
        return linger();
    }
    parser_.reset();
    head_request_ = false;
    phase_ = Phase::Header;
    if (begin_ == end_) {
        if (buffer_.size() > kBufferStart) {
            buffer_ = std::vector<char>(kBufferStart);
        }
        const auto& options = host_.options();
        set_deadline(host_.draining() ? std::min(options.drain_grace, options.idle_timeout)
                                      : options.idle_timeout);
        return read_more();
    }
    set_deadline(host_.options().header_timeout);
    process();
}

/// Closing with unread bytes would reset the connection and take the answer with it.
void Session::linger() {
    phase_ = Phase::Lingering;
    set_deadline(host_.draining() ? kLingerTimeDraining : kLingerTime);
    transport_->shutdown_send();
    if (!reading_) {
        reading_ = true;
        transport_->read(buffer_.data(), buffer_.size());
    }
}

void Session::tick(SteadyTime now) {
    if (now < deadline_) {
        return;
    }
    const auto time_out = [this](int status, ErrorCode code, std::string message) {
        reject(status, {.code = code, .message = std::move(message), .retry_after = {}});
    };
    switch (phase_) {
        case Phase::Header:
            if (parser_.begun()) {
                return time_out(408, ErrorCode::Timeout, "the request's header took too long");
            }
            return close();
        case Phase::Body:
            return time_out(408, ErrorCode::Timeout, "the request's body took too long");
        case Phase::Streaming:
            return time_out(504, ErrorCode::Timeout, "the body could not be kept in time");
        case Phase::Handling:
            return time_out(504, ErrorCode::Timeout, "no answer was made in time");
        default: return close();
    }
}

bool Session::between_requests() const {
    return phase_ == Phase::Header && !parser_.begun() && begin_ == end_;
}

void Session::drain() {
    // A client that has a connection may have sent on it already: it gets its answer, and is told
    // there that this was the last one.
    if (phase_ == Phase::Handshake || between_requests()) {
        deadline_ = std::min(deadline_, steady_clock::now() + host_.options().drain_grace);
    }
}

void Session::abort() { close(); }

void Session::close() {
    if (phase_ != Phase::Closed) {
        phase_ = Phase::Closed;
        stream_.reset();
        deadline_ = SteadyTime::max();
        transport_->close();
    }
    if (!reading_ && !writing_) {
        host_.end_session(slot_);  // Destroys this.
    }
}

void Session::set_deadline(milliseconds from_now) { deadline_ = steady_clock::now() + from_now; }

void Session::set_body_deadline() {
    const auto& options = host_.options();
    const auto earned =
        seconds(body_received_ / std::max<std::size_t>(options.body_bytes_per_second_min, 1));
    deadline_ = body_began_ + options.body_timeout + earned;
}

}  // namespace oidor::net::server
