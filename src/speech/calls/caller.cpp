#include "speech/calls/caller.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <random>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/json.hpp"

namespace oidor::speech::calls {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPauseFirst{500};
constexpr milliseconds kPauseMax{8'000};
constexpr milliseconds kWaitHereMax{10'000};
constexpr std::chrono::hours kRetryAfterMax{24};
constexpr std::size_t kRefusalBytesMax = 2'000;
constexpr std::size_t kWordBytesMax = 48;

bool sleep_for(milliseconds pause, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    woken.wait_for(lock, stop, pause, [] { return false; });
    return !stop.stop_requested();
}

milliseconds back_off(int attempt) {
    static thread_local std::minstd_rand random{std::random_device{}()};
    const auto whole = std::min(kPauseFirst * (1 << std::min(attempt, 10)), kPauseMax);
    const double part = 1.0 - std::uniform_real_distribution<double>(0.0, 0.25)(random);
    return milliseconds(static_cast<std::int64_t>(static_cast<double>(whole.count()) * part));
}

std::string lower_text(std::string_view text) {
    std::string out(text.substr(0, kRefusalBytesMax));
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
    return out;
}

/// A text, or a number as text; empty for anything else.
std::string text_or_number(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    if (value == nullptr) {
        return {};
    }
    if (const auto* text = value->if_string()) {
        return std::string(text->data(), std::min(text->size(), kRefusalBytesMax));
    }
    return value->is_number() ? json::serialize(*value) : std::string();
}

/// A word of a list (`invalid_api_key`, `InvalidLocale`) may be shown; a sentence may not.
std::string_view shown_word(const std::string& word) {
    const bool plain =
        !word.empty() && word.size() <= kWordBytesMax && std::ranges::all_of(word, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        });
    return plain ? std::string_view(word) : std::string_view();
}

std::optional<milliseconds> find_retry_after_ms(const net::Headers& headers) {
    const auto text = headers.find("retry-after-ms");
    std::int64_t number = -1;
    if (text) {
        std::from_chars(text->data(), text->data() + text->size(), number);
    }
    return number < 0 ? std::nullopt
                      : std::optional(std::min(milliseconds(number), milliseconds(kRetryAfterMax)));
}

bool may_repeat(const net::ClientResponse& response, const Error& error) {
    if (const auto advice = response.headers.find("x-should-retry")) {
        if (*advice == "true" || *advice == "false") {
            return *advice == "true";
        }
    }
    return error.code == ErrorCode::RateLimited || error.code == ErrorCode::Unavailable;
}

}  // namespace

Refusal read_refusal(int status, std::string_view body) {
    Refusal refusal{.status = status};
    const auto value = parse_json(body);
    const auto* object = value ? value->if_object() : nullptr;
    if (object == nullptr) {
        refusal.message = lower_text(body);
        return refusal;
    }
    const auto* inner = find_object(*object, "error");
    const auto& source = inner != nullptr ? *inner : *object;
    refusal.code = text_or_number(source, "code");
    if (refusal.code.empty()) {
        refusal.code = text_or_number(source, "type");
    }
    // Azure's outer code is a class; the inner one says what it is about.
    if (const auto* reason = find_object(source, "innerError")) {
        const auto code = text_or_number(*reason, "code");
        refusal.code = code.empty() ? refusal.code : code;
    }
    refusal.param = lower_text(text_or_number(source, "param"));
    for (const std::string_view key : {"message", "error", "detail"}) {
        if (refusal.message.empty()) {
            refusal.message = lower_text(text_or_number(source, key));
        }
    }
    if (refusal.message.empty()) {
        refusal.message = lower_text(body);
    }
    return refusal;
}

Error to_error(const net::ClientResponse& response, const Refusal& refusal, Timestamp now) {
    auto error = net::error_of_status("engine", response.status, response.headers, now);
    if (response.status == 409) {
        error.code = ErrorCode::Unavailable;  // Somebody else's change; ours is made once.
    } else if (response.status < 400) {
        error.code = ErrorCode::Invalid;  // An address that leads elsewhere is not followed.
    }
    if (refusal.code == "insufficient_quota" || refusal.code == "QuotaViolation") {
        // It looks like a rate limit and never passes by itself.
        error.code = ErrorCode::Forbidden;
        error.retry_after.reset();
    } else if (response.status == 429) {
        const auto wait = find_retry_after_ms(response.headers);
        error.retry_after = wait ? wait : error.retry_after;
    }
    error.message = fmt::format("status {} from the endpoint", response.status);
    if (const auto word = shown_word(refusal.code); !word.empty()) {
        error.message += fmt::format(" ({})", word);
    }
    return error;
}

Deadline deadline_for(const Patience& patience, Milliseconds audio, const Watch& watch) {
    const auto wanted = milliseconds(
        static_cast<std::int64_t>(static_cast<double>(audio.count()) * patience.of_the_audio));
    const auto whole = std::clamp(wanted, patience.at_least, patience.at_most);
    return Deadline::after(std::min(whole, watch.deadline.remaining()));
}

Result<void> check_watch(const Watch& watch, std::string_view engine) {
    if (watch.heartbeat) {
        watch.heartbeat();
    }
    if (watch.stop.stop_requested()) {
        return fail(ErrorCode::Cancelled, "{}: asked to stop", engine);
    }
    if (watch.deadline.expired()) {
        return fail(ErrorCode::Timeout, "{}: not done in time", engine);
    }
    return {};
}

struct Caller::Tried {
    bool done = false;
    Error error = {};
    bool repeatable = false;
    bool answered = false;  ///< With 2xx.
    Refusal refusal = {};
};

Caller::Caller(std::string engine, const EngineOptions& options)
    : engine_(std::move(engine)),
      client_(options.client),
      pause_(options.pause ? options.pause : sleep_for) {
    if (!client_) {
        auto opened = net::OperatorClient::open();
        // Opening reaches nothing; without memory nothing works.
        ASSERT(opened.has_value(), "a client opens without touching the network");
        client_ = std::move(opened).value();
    }
}

bool Caller::pause(milliseconds pause, const Watch& watch) const {
    return pause_(pause, watch.stop);
}

Caller::Tried Caller::try_once(const MakeRequest& make, const ReadReply& read, const Watch& watch,
                               const MayBeBilled& billed) const {
    Tried tried;
    auto request = make();
    if (!request) {
        tried.error = std::move(request).error();
        tried.repeatable = tried.error.code == ErrorCode::Unavailable;
        return tried;
    }
    auto next_beat = std::chrono::steady_clock::now() + watch.heartbeat_every;
    request->progress = [&](std::uint64_t /*received*/) {
        const auto now = std::chrono::steady_clock::now();
        if (watch.heartbeat && now >= next_beat) {
            next_beat = now + watch.heartbeat_every;
            watch.heartbeat();
        }
    };
    const auto response = client_->send(*request, watch.stop);
    if (!response) {
        tried.error = response.error();
        tried.repeatable = tried.error.code == ErrorCode::Unavailable;
        const bool heard_perhaps = tried.error.code == ErrorCode::Timeout ||
                                   tried.error.code == ErrorCode::Cancelled ||
                                   tried.error.code == ErrorCode::TooLarge;
        if (heard_perhaps && billed) {
            billed();
        }
        if (tried.error.code == ErrorCode::TooLarge) {
            // The reply's size, not the recording's; it may have been paid.
            tried.error.code = ErrorCode::Internal;
        }
        return tried;
    }
    if (response->status < 200 || response->status >= 300) {
        tried.refusal = read_refusal(response->status, response->body);
        tried.error = to_error(*response, tried.refusal, SystemClock().now());
        tried.repeatable = may_repeat(*response, tried.error);
        return tried;
    }
    tried.answered = true;
    if (billed) {
        billed();
    }
    if (auto taken = read(*response); !taken) {
        tried.error = std::move(taken).error();
        tried.repeatable = tried.error.code == ErrorCode::Unavailable;
        return tried;
    }
    tried.done = true;
    return tried;
}

Result<void> Caller::call(const MakeRequest& make, const ReadReply& read, const Watch& watch,
                          Refusal* refusal, int attempts_max, const MayBeBilled& billed) const {
    int unbelieved = 0;
    for (int attempt = 0;; ++attempt) {
        TRY(check_watch(watch, engine_));
        auto tried = try_once(make, read, watch, billed);
        if (refusal != nullptr) {
            *refusal = tried.refusal;
        }
        if (tried.done) {
            return {};
        }
        const auto wait = tried.error.retry_after.value_or(back_off(attempt));
        const bool here = wait <= kWaitHereMax && wait < watch.deadline.remaining();
        unbelieved += tried.answered ? 1 : 0;
        if (!tried.repeatable || attempt + 1 >= attempts_max || unbelieved >= kUnbelievedMax ||
            !here) {
            return fail(tried.error.within(engine_));
        }
        if (!pause(wait, watch)) {
            return fail(ErrorCode::Cancelled, "{}: asked to stop", engine_);
        }
    }
}

}  // namespace oidor::speech::calls
