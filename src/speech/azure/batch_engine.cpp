#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "base/sha256.hpp"
#include "base/synchronized.hpp"
#include "speech/azure/azure_engine.hpp"
#include "speech/azure/batch_wire.hpp"
#include "speech/azure/settings.hpp"
#include "speech/calls/assembly.hpp"
#include "speech/calls/caller.hpp"

namespace oidor::speech::azure {
namespace {

/// Voices are told apart in files of up to 240 minutes.
constexpr std::chrono::hours kBatchDurationMax{4};
constexpr std::size_t kResultBytesMax = std::size_t{64} << 20U;
constexpr std::chrono::seconds kCallMax{60};
constexpr std::chrono::milliseconds kPollFirst{5'000};
constexpr std::chrono::milliseconds kPollMax{30'000};
/// How long until a job that was just made is looked at; one that takes longer is looked at less
/// often, so that many of them leave room for others.
constexpr std::chrono::seconds kComeBackFirst{60};
constexpr std::chrono::seconds kComeBackMax{900};
/// The job may wait in the provider's queue before it fetches.
constexpr std::chrono::hours kUrlLifetime{24};
constexpr int kPageSize = 100;
constexpr int kPagesMax = 20;
/// Where the list of languages is not named: one is needed.
constexpr int kLocalesMax = 10;

Result<std::string> hash_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    Sha256Stream stream;
    std::array<char, 65'536> bytes = {};
    while (file.read(bytes.data(), bytes.size()) || file.gcount() > 0) {
        stream.update({bytes.data(), static_cast<std::size_t>(file.gcount())});
    }
    if (!file.eof()) {
        return fail(ErrorCode::NotFound, "the recording cannot be read");
    }
    return to_hex(stream.finish());
}

class BatchEngine final : public Engine {
  public:
    explicit BatchEngine(const EngineOptions& options)
        : azure_(options.azure), caller_("engine azure_batch", options) {
        capabilities_.options_key = options_key(azure_);
        capabilities_.missing = find_missing(azure_);
    }

    [[nodiscard]] const EngineCapabilities& capabilities() const override { return capabilities_; }

    [[nodiscard]] Result<EngineReply> transcribe(const SpeechRequest& request) const override {
        TRY(check_request(capabilities_, request));
        TRY(check_settings(azure_, caller_.engine()));
        TRY(calls::check_watch(request.watch, caller_.engine()));
        delete_finished(request.watch);
        calls::Assembly assembly(request);
        if (!has_speech(request)) {
            return assembly.finish({});
        }
        TRY_ASSIGN(const auto order, make_order(request));
        TRY_ASSIGN(auto job, find_or_create(request, order));
        TRY(await(request.watch, job));
        auto taken = take_result(request, job, assembly);
        if (!taken) {
            return fail(std::move(taken).error());
        }
        remember_finished(job.id);
        return assembly.finish({});
    }

  private:
    Result<BatchOrder> make_order(const SpeechRequest& request) const {
        if (request.analysis.channels.size() > 2) {
            return fail(ErrorCode::Unsupported,
                        "{}: {} channels, and the service hears two: set speech.engine to another "
                        "engine",
                        caller_.engine(), request.analysis.channels.size());
        }
        BatchOrder order;
        order.channels = static_cast<int>(request.analysis.channels.size());
        auto locales = choose_locales(azure_, request);
        if (!locales) {
            return fail(locales.error().within(caller_.engine()));
        }
        order.locales = *std::move(locales);
        if (order.locales.empty() || order.locales.size() > kLocalesMax) {
            return fail(ErrorCode::Unsupported,
                        "{}: a batch job needs its language, or up to {} to choose from: set "
                        "language or speech.languages",
                        caller_.engine(), kLocalesMax);
        }
        order.anew = request.anew;
        order.audio_sha256 = request.audio_sha256;
        if (order.audio_sha256.empty()) {
            TRY_ASSIGN(order.audio_sha256, hash_file(request.audio_path));
        }
        return order;
    }

    [[nodiscard]] net::ClientRequest make_request(std::string method, std::string_view path,
                                                  const Watch& watch) const {
        net::ClientRequest http;
        http.method = std::move(method);
        http.url = make_url(azure_, path, kVersion);
        http.headers = {{"Accept", "application/json"}};
        http.secret_headers = {{"Ocp-Apim-Subscription-Key", azure_.key}};
        http.deadline = Deadline::after(
            std::min<std::chrono::milliseconds>(kCallMax, watch.deadline.remaining()));
        return http;
    }

    Result<void> ask(const calls::MakeRequest& make, const calls::ReadReply& read,
                     const Watch& watch) const {
        calls::Refusal refusal;
        auto asked = caller_.call(make, read, watch, &refusal);
        return asked ? std::move(asked) : explain(asked.error(), refusal);
    }

    Result<std::string> get(std::string_view path, const Watch& watch) const {
        std::string body;
        const auto make = [&]() -> Result<net::ClientRequest> {
            return make_request("GET", path, watch);
        };
        TRY(ask(
            make,
            [&](const net::ClientResponse& response) -> Result<void> {
                body = response.body;
                return {};
            },
            watch));
        return body;
    }

    /// Whoever created it, before a restart or for the same recording in another conversation.
    Result<std::optional<BatchJob>> find_job(const std::string& name, const Watch& watch) const {
        std::optional<BatchJob> found;
        for (int page_number = 0; page_number < kPagesMax; ++page_number) {
            // Their names are plain letters, so nothing needs quoting.
            TRY_ASSIGN(const auto body,
                       get(fmt::format("transcriptions?filter=displayName%20eq%20%27{}%27&top={}"
                                       "&skip={}",
                                       name, kPageSize, page_number * kPageSize),
                           watch));
            TRY_ASSIGN(const auto page, read_job_page(body));
            for (const auto& job : page.jobs) {
                const bool better = job.state == JobState::Done ||
                                    (job.state == JobState::Waiting &&
                                     (!found || found->state == JobState::Failed)) ||
                                    !found;
                if (job.name == name && better) {
                    found = job;
                }
            }
            if (!page.more || (found && found->state == JobState::Done)) {
                break;
            }
        }
        return found;
    }

    Result<BatchJob> find_or_create(const SpeechRequest& request, const BatchOrder& order) const {
        TRY_ASSIGN(auto found, find_job(job_name(order), request.watch));
        if (found && found->state != JobState::Failed) {
            return *std::move(found);
        }
        if (found) {
            delete_job(found->id, request.watch);  // Its reason was told when it failed.
        }
        if (!request.audio_url) {
            return fail(ErrorCode::Unsupported,
                        "{}: the service fetches recordings itself, and there is no URL for this "
                        "one: set blobs.url to s3://…, or speech.engine to azure",
                        caller_.engine());
        }
        auto url = request.audio_url(kUrlLifetime);
        if (!url) {
            auto error = url.error().within(caller_.engine());
            if (error.code == ErrorCode::Unsupported) {
                error.message += ": set blobs.url to s3://…, or speech.engine to azure";
            }
            return fail(std::move(error));
        }
        return create(request.watch, order, *url);
    }

    Result<BatchJob> create(const Watch& watch, const BatchOrder& order, const Secret& url) const {
        BatchJob job;
        calls::Refusal refusal;
        // One try: the one before may have made a job although its answer did not reach us. Whoever
        // comes next looks for it first, so that a lost answer costs a look and not a second job.
        auto created = caller_.call(
            [&]() -> Result<net::ClientRequest> {
                auto http = make_request("POST", "transcriptions:submit", watch);
                http.headers.emplace_back("Content-Type", "application/json");
                http.body = format_order(order, url);
                return http;
            },
            [&](const net::ClientResponse& response) -> Result<void> {
                TRY_ASSIGN(job, read_job(response.body));
                return {};
            },
            watch, &refusal, 1);
        if (!created) {
            return explain(created.error(), refusal);
        }
        return job;
    }

    [[nodiscard]] static std::chrono::milliseconds come_back_after(const BatchJob& job) {
        const auto age =
            job.created_at ? SystemClock().now() - *job.created_at : std::chrono::microseconds(0);
        return std::clamp(std::chrono::duration_cast<std::chrono::milliseconds>(age) / 2,
                          std::chrono::milliseconds(kComeBackFirst),
                          std::chrono::milliseconds(kComeBackMax));
    }

    /// Waits a little; a job that takes longer is asked for again by the queue.
    Result<void> await(const Watch& watch, BatchJob& job) const {
        const auto patience = Deadline::after(azure_.batch_wait_max);
        auto pause = kPollFirst;
        while (job.state == JobState::Waiting) {
            if (patience.remaining() <= pause || watch.deadline.remaining() <= pause) {
                TRY(check_age(job));
                Error error{
                    .code = ErrorCode::RateLimited,
                    .message = fmt::format("{}: the batch job is running", caller_.engine()),
                    .retry_after = come_back_after(job)};
                return fail(std::move(error));
            }
            if (!caller_.pause(pause, watch)) {
                return fail(ErrorCode::Cancelled, "{}: asked to stop", caller_.engine());
            }
            pause = std::min(pause * 2, kPollMax);
            TRY_ASSIGN(const auto body, get("transcriptions/" + job.id, watch));
            TRY_ASSIGN(auto next, read_job(body));
            next.id = job.id;
            job = std::move(next);
        }
        if (job.state == JobState::Failed) {
            delete_job(job.id, watch);
            // What the service finds wrong with the recording or the order stays so; its own
            // trouble, or a link that ran out in its queue, does not.
            const bool final =
                job.error_code.starts_with("Invalid") || job.error_code.starts_with("Unsupported");
            return fail(final ? ErrorCode::Invalid : ErrorCode::Unavailable,
                        "{}: the batch job failed{}{}", caller_.engine(),
                        job.error_code.empty() ? "" : ": ", job.error_code);
        }
        return {};
    }

    /// The provider never says when a job is stuck.
    Result<void> check_age(const BatchJob& job) const {
        if (job.created_at &&
            SystemClock().now() - *job.created_at > std::chrono::hours(azure_.batch_age_max)) {
            return fail(ErrorCode::Timeout, "{}: the batch job is not done after {} h",
                        caller_.engine(), azure_.batch_age_max.count());
        }
        return {};
    }

    Result<void> take_result(const SpeechRequest& request, const BatchJob& job,
                             calls::Assembly& assembly) const {
        TRY_ASSIGN(const auto files,
                   get(fmt::format("transcriptions/{}/files?top=100", job.id), request.watch));
        TRY_ASSIGN(const auto url, read_result_url(files));
        if (!url) {
            // The job is done, and its file is not: the report has a sentence that may name the
            // URL.
            delete_job(job.id, request.watch);
            return fail(ErrorCode::Invalid,
                        "{}: the service could not read the recording (see the job's report)",
                        caller_.engine());
        }
        const auto make = [&]() -> Result<net::ClientRequest> {
            net::ClientRequest http;  // The URL is its own key; ours is for nobody else.
            http.url = std::string(url->reveal());
            http.deadline = Deadline::after(std::min<std::chrono::milliseconds>(
                kCallMax * 5, request.watch.deadline.remaining()));
            http.size_bytes_max = kResultBytesMax;
            return http;
        };
        bool fits = true;
        auto taken = ask(
            make,
            [&](const net::ClientResponse& response) -> Result<void> {
                TRY_ASSIGN(auto form, read_batch_result(response.body));
                auto added = assembly.add_whole(std::move(form));
                fits = added.has_value();
                return added;
            },
            request.watch);
        if ((taken || !fits) && request.on_sent) {
            request.on_sent(request.analysis.duration *
                            static_cast<int>(request.analysis.channels.size()));
        }
        if (!fits) {
            delete_job(job.id, request.watch);  // Else it would be found, and not believed, again.
        }
        return taken;
    }

    /// It lives for seven days at most, so a failure here is not the recording's.
    void delete_job(const std::string& id, const Watch& watch) const {
        const auto make = [&]() -> Result<net::ClientRequest> {
            return make_request("DELETE", "transcriptions/" + id, watch);
        };
        const auto deleted = caller_.call(
            make, [](const net::ClientResponse&) -> Result<void> { return {}; }, watch);
        (void)deleted;
    }

    struct FinishedJob {
        std::string id = {};
        std::chrono::steady_clock::time_point at = {};
    };

    /// A result is not deleted in the call that read it: were we to end before its words are
    /// durable, the recording would be paid for twice.
    void remember_finished(const std::string& id) const {
        finished_.with([&](auto& jobs) {
            jobs.push_back({.id = id, .at = std::chrono::steady_clock::now()});
        });
    }

    void delete_finished(const Watch& watch) const {
        const auto before = std::chrono::steady_clock::now() - azure_.batch_keep;
        std::vector<std::string> ids;
        finished_.with([&](auto& jobs) {
            for (const auto& job : jobs) {
                if (job.at <= before) {
                    ids.push_back(job.id);
                }
            }
            std::erase_if(jobs, [&](const FinishedJob& job) { return job.at <= before; });
        });
        for (const auto& id : ids) {
            delete_job(id, watch);
        }
    }

    AzureOptions azure_;
    calls::Caller caller_;
    mutable Synchronized<std::vector<FinishedJob>> finished_ = {};
    EngineCapabilities capabilities_ = {.name = "azure_batch",
                                        .separates_channels = true,
                                        .duration_max = kBatchDurationMax,
                                        .takes_urls = true};
};

}  // namespace

std::unique_ptr<Engine> open_batch_engine(const EngineOptions& options) {
    return std::make_unique<BatchEngine>(options);
}

}  // namespace oidor::speech::azure
