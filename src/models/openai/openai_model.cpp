#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>

#include <fmt/format.h>

#include "base/synchronized.hpp"
#include "models/chat_model.hpp"
#include "models/openai/wire.hpp"

namespace oidor::models {
namespace {

using openai::Dialect;

/// Everything that can be taken away, once each.
constexpr int kStepsDownMax = 6;
constexpr std::chrono::milliseconds kPauseFirst{500};
constexpr std::chrono::milliseconds kPauseMax{8'000};
/// Whoever asks for a longer wait gets it from the queue, not from a thread.
constexpr std::chrono::milliseconds kWaitHereMax{10'000};

bool sleep_for(std::chrono::milliseconds pause, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    woken.wait_for(lock, stop, pause, [] { return false; });
    return !stop.stop_requested();
}

std::chrono::milliseconds back_off(int attempt) {
    static thread_local std::minstd_rand random{std::random_device{}()};
    const auto whole = std::min(kPauseFirst * (1 << std::min(attempt, 10)), kPauseMax);
    const double part = 1.0 - std::uniform_real_distribution<double>(0.0, 0.25)(random);
    return std::chrono::milliseconds(
        static_cast<std::int64_t>(static_cast<double>(whole.count()) * part));
}

class OpenAiModel final : public ChatModel {
  public:
    OpenAiModel(EndpointOptions options, const net::OperatorClient& client, const Clock& clock)
        : options_(std::move(options)),
          url_(openai::completions_url(options_.url)),
          client_(client),
          clock_(clock) {
        if (!options_.pause) {
            options_.pause = sleep_for;
        }
    }

    [[nodiscard]] std::string name() const override { return options_.model; }

    Result<Completion> complete(const CompletionRequest& request, Purse& purse) override {
        int steps_down = 0;
        for (int attempt = 0;;) {
            TRY(purse.open());
            const auto dialect = dialect_.with([](const Dialect& known) { return known; });
            auto tried = send(request, dialect, purse);
            if (tried.completion) {
                return *std::move(tried.completion);
            }
            if (tried.refused_for && steps_down < kStepsDownMax) {
                ++steps_down;
                dialect_.with([&](Dialect& known) { known = *tried.refused_for; });
                continue;
            }
            ++attempt;
            const auto pause = tried.error.retry_after.value_or(back_off(attempt - 1));
            const bool here = pause <= kWaitHereMax && pause < request.deadline.remaining();
            if (!tried.repeatable || attempt >= options_.attempts_max || !here) {
                return fail(std::move(tried.error));
            }
            if (!options_.pause(pause, request.stop)) {
                return fail(ErrorCode::Cancelled, "model: stopped while waiting");
            }
        }
    }

  private:
    struct Tried {
        std::optional<Completion> completion = {};
        Error error = {};
        bool repeatable = false;
        std::optional<Dialect> refused_for = {};
    };

    Tried send(const CompletionRequest& request, const Dialect& dialect, Purse& purse) const {
        const auto started = std::chrono::steady_clock::now();
        const auto response = call(request, dialect);
        auto tried = judge(response, dialect);
        CallRecord record;
        record.duration = std::chrono::duration_cast<std::chrono::microseconds>(
            std::chrono::steady_clock::now() - started);
        if (tried.completion) {
            record.usage = tried.completion->usage;
            record.reply_bytes = tried.completion->text.size();
            for (const auto& message : request.messages) {
                record.prompt_bytes += message.content.size();
            }
        } else {
            record.error = &tried.error;
        }
        purse.note(record);
        return tried;
    }

    Result<net::ClientResponse> call(const CompletionRequest& request,
                                     const Dialect& dialect) const {
        net::ClientRequest http;
        http.method = "POST";
        http.url = url_;
        http.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
        if (!options_.api_key.empty()) {
            http.secret_headers = {
                {"Authorization", Secret(fmt::format("Bearer {}", options_.api_key.reveal()))}};
        }
        http.body = openai::format_request(request, options_.model, dialect);
        http.deadline = Deadline::after(std::min(options_.timeout, request.deadline.remaining()));
        http.size_bytes_max = options_.reply_bytes_max;
        return client_.send(http, request.stop);
    }

    Tried judge(const Result<net::ClientResponse>& response, const Dialect& dialect) const {
        Tried tried;
        if (!response) {
            tried.error = response.error().within("model");
            tried.repeatable = tried.error.code == ErrorCode::Unavailable ||
                               tried.error.code == ErrorCode::Timeout;
            if (tried.error.code == ErrorCode::TooLarge) {
                // The reply's size, not the prompt's.
                tried.error.code = ErrorCode::Corrupt;
            }
            return tried;
        }
        if (response->status < 200 || response->status >= 300) {
            tried.error = openai::to_error(*response, clock_.now());
            tried.repeatable = openai::may_repeat(*response, tried.error);
            const auto said = openai::read_error(response->body);
            if (said.code == "content_filter") {
                tried.completion = Completion{.finish = Finish::Filtered};
            } else if (tried.error.code == ErrorCode::Invalid) {
                tried.refused_for = openai::step_down(dialect, said);
            }
            return tried;
        }
        auto completion = openai::read_completion(response->body);
        if (!completion) {
            tried.error = std::move(completion).error();
            tried.repeatable = true;
            return tried;
        }
        tried.completion = std::move(*completion);
        return tried;
    }

    EndpointOptions options_;
    std::string url_;
    const net::OperatorClient& client_;
    const Clock& clock_;
    Synchronized<Dialect> dialect_ = {};
};

}  // namespace

std::unique_ptr<ChatModel> open_openai_model(EndpointOptions options,
                                             const net::OperatorClient& client,
                                             const Clock& clock) {
    return std::make_unique<OpenAiModel>(std::move(options), client, clock);
}

}  // namespace oidor::models
