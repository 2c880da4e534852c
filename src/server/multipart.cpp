#include "server/multipart.hpp"

#include <algorithm>

#include "net/http_parse.hpp"

namespace oidor::server {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    return first == std::string_view::npos
               ? std::string_view()
               : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view find_disposition(std::string_view head) {
    while (!head.empty()) {
        const auto end = std::min(head.find("\r\n"), head.size());
        const auto line = head.substr(0, end);
        const auto colon = line.find(':');
        if (colon != std::string_view::npos &&
            net::equal_ignoring_case(trim(line.substr(0, colon)), "content-disposition")) {
            return trim(line.substr(colon + 1));
        }
        head.remove_prefix(std::min(end + 2, head.size()));
    }
    return {};
}

}  // namespace

std::optional<std::string> find_attribute(std::string_view value, std::string_view name) {
    std::size_t at = std::min(value.find(';'), value.size());
    while (at < value.size()) {
        const auto equals = value.find('=', at);
        if (equals == std::string_view::npos) {
            break;
        }
        const auto key = trim(value.substr(at + 1, equals - at - 1));
        std::string text;
        std::size_t end = equals + 1;
        if (end < value.size() && value[end] == '"') {
            for (++end; end < value.size() && value[end] != '"'; ++end) {
                // Browsers escape the quote alone; a single `\` is part of a Windows path.
                if (value[end] == '\\' && end + 1 < value.size() && value[end + 1] == '"') {
                    ++end;
                }
                text.push_back(value[end]);
            }
            end = std::min(value.find(';', std::min(end, value.size())), value.size());
        } else {
            end = std::min(value.find(';', end), value.size());
            text = trim(value.substr(equals + 1, end - equals - 1));
        }
        if (net::equal_ignoring_case(key, name)) {
            return text;
        }
        at = end;
    }
    return std::nullopt;
}

Result<MultipartReader> MultipartReader::open(std::string_view content_type, PartSink& sink) {
    static constexpr std::size_t kBoundarySizeMax = 200;
    const auto boundary = find_attribute(content_type, "boundary");
    if (!boundary || boundary->empty() || boundary->size() > kBoundarySizeMax) {
        return fail(ErrorCode::Invalid, "multipart: no boundary");
    }
    return MultipartReader(*boundary, sink);
}

Result<void> MultipartReader::feed(std::string_view bytes) {
    if (state_ == State::Done) {
        return {};  // What stands behind the last delimiter is nobody's.
    }
    waiting_.append(bytes);
    for (;;) {
        TRY_ASSIGN(const bool moved, step());
        if (!moved) {
            return {};
        }
    }
}

Result<void> MultipartReader::finish() {
    if (state_ == State::Done) {
        return {};
    }
    return state_ == State::Preamble
               ? fail(ErrorCode::Invalid, "multipart: no parts")
               : fail(ErrorCode::Invalid, "multipart: the last part is cut off");
}

/// True when something was read; false: more bytes are needed.
Result<bool> MultipartReader::step() {
    switch (state_) {
        case State::Preamble: return read_preamble();
        case State::Delimited: return read_delimited();
        case State::Head: return read_head();
        case State::Body: return read_body();
        case State::Done: waiting_.clear(); break;
    }
    return false;
}

bool MultipartReader::read_preamble() {
    const auto at = waiting_.find(delimiter_);
    if (at == std::string::npos) {
        // All but what may be the beginning of a delimiter.
        waiting_.erase(0, waiting_.size() - std::min(waiting_.size(), delimiter_.size() - 1));
        return false;
    }
    waiting_.erase(0, at + delimiter_.size());
    state_ = State::Delimited;
    return true;
}

Result<bool> MultipartReader::read_delimited() {
    if (waiting_.size() < 2) {
        return false;
    }
    if (waiting_.starts_with("--")) {
        state_ = State::Done;
        return true;
    }
    if (++parts_ > kPartsMax) {
        return fail(ErrorCode::TooLarge, "multipart: more than {} parts", kPartsMax);
    }
    state_ = State::Head;
    return true;
}

Result<bool> MultipartReader::read_head() {
    const auto gap = waiting_.find(kHeadEnd);
    const auto next = waiting_.find(delimiter_);
    // A part without a gap has no value: the next one begins.
    if (next < gap) {
        waiting_.erase(0, next + delimiter_.size());
        state_ = State::Delimited;
        return true;
    }
    if (std::min(gap, waiting_.size()) > kHeadBytesMax) {
        return fail(ErrorCode::TooLarge, "multipart: a part's head is over {} bytes",
                    kHeadBytesMax);
    }
    if (gap == std::string::npos) {
        return false;
    }
    const auto disposition = find_disposition(std::string_view(waiting_).substr(0, gap));
    auto name = find_attribute(disposition, "name");
    named_ = name.has_value();
    if (named_) {
        sink_->on_part(
            {.name = *std::move(name), .file_name = find_attribute(disposition, "filename")});
    }
    // The gap's last line break stays: with it an empty value's delimiter is whole.
    waiting_.erase(0, gap + kHeadEnd.size() - 2);
    state_ = State::Body;
    skip_ = 2;
    return true;
}

bool MultipartReader::read_body() {
    const auto at = waiting_.find(delimiter_);
    const bool ends = at != std::string::npos;
    const auto sure =
        ends ? at : waiting_.size() - std::min(waiting_.size(), delimiter_.size() - 1);
    const auto from = std::min(skip_, sure);
    if (named_ && sure > from) {
        sink_->on_part_bytes(std::string_view(waiting_).substr(from, sure - from));
    }
    skip_ -= from;
    waiting_.erase(0, ends ? at + delimiter_.size() : sure);
    if (!ends) {
        return false;
    }
    if (named_) {
        sink_->on_part_end();
    }
    state_ = State::Delimited;
    return true;
}

}  // namespace oidor::server
