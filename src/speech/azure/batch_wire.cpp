#include "speech/azure/batch_wire.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/json.hpp>

#include "base/sha256.hpp"

namespace oidor::speech::azure {
namespace {

/// A result waits for us over a week-end, or until a day's budget is open again.
constexpr int kTimeToLiveHours = 7 * 24;
constexpr std::size_t kNameDigits = 40;
constexpr std::size_t kIdBytesMax = 64;

/// The id is put into a path: nothing but a plain segment is taken.
std::optional<std::string> job_id_of(std::string_view self) {
    self = self.substr(0, self.find('?'));
    self = self.substr(self.rfind('/') + 1);
    const bool plain =
        !self.empty() && self.size() <= kIdBytesMax && std::ranges::all_of(self, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '-';
        });
    return plain ? std::optional(std::string(self)) : std::nullopt;
}

JobState state_of(std::string_view status) {
    return status == "Succeeded" ? JobState::Done
           : status == "Failed"  ? JobState::Failed
                                 : JobState::Waiting;
}

Result<BatchJob> to_job(const json::object& object) {
    BatchJob job;
    const auto id = job_id_of(find_string(object, "self").value_or(""));
    if (!id) {
        return fail(ErrorCode::Unavailable, "a batch job without its address");
    }
    job.id = *id;
    job.name = find_string(object, "displayName").value_or("");
    job.state = state_of(find_string(object, "status").value_or(""));
    job.created_at = parse_rfc3339(find_string(object, "createdDateTime").value_or(""));
    const auto* properties = find_object(object, "properties");
    const auto* error = properties != nullptr ? find_object(*properties, "error") : nullptr;
    if (error != nullptr) {
        const auto code = find_string(*error, "code").value_or("");
        const bool word = std::ranges::all_of(
            code, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
        job.error_code = word ? code.substr(0, kIdBytesMax) : "";
    }
    return job;
}

}  // namespace

std::string job_name(const BatchOrder& order) {
    auto what = fmt::format("1|{}|{}|{}", order.audio_sha256, fmt::join(order.locales, ","),
                            order.channels);
    what += order.anew.empty() ? "" : "|" + order.anew;
    return "oidor-" + sha256_hex(what).substr(0, kNameDigits);
}

std::string format_order(const BatchOrder& order, const Secret& url) {
    json::object properties = {{"timeToLiveHours", kTimeToLiveHours},
                               {"wordLevelTimestampsEnabled", true},
                               {"displayFormWordLevelTimestampsEnabled", true},
                               {"punctuationMode", "DictatedAndAutomatic"},
                               {"profanityFilterMode", "None"}};
    if (order.channels == 2) {
        properties["channels"] = json::array{0, 1};
    } else {
        properties["channels"] = json::array{0};
        properties["diarization"] = json::object{{"enabled", true}, {"maxSpeakers", 2}};
    }
    if (order.locales.size() > 1) {
        properties["languageIdentification"] = json::object{
            {"mode", "Continuous"},
            {"candidateLocales", json::array(order.locales.begin(), order.locales.end())}};
    }
    return format_json(json::object{{"displayName", job_name(order)},
                                    {"locale", order.locales.front()},
                                    {"contentUrls", json::array{json::string(url.reveal())}},
                                    {"properties", std::move(properties)}});
}

Result<BatchJob> read_job(std::string_view body) {
    TRY_ASSIGN(const auto object, read_answer(body));
    return to_job(object);
}

Result<JobPage> read_job_page(std::string_view body) {
    TRY_ASSIGN(const auto object, read_answer(body));
    const auto* values = find_array(object, "values");
    if (values == nullptr) {
        return fail(ErrorCode::Unavailable, "a list of batch jobs without values");
    }
    JobPage page;
    for (const auto& value : *values) {
        if (const auto* entry = value.if_object()) {
            TRY_ASSIGN(auto job, to_job(*entry));
            page.jobs.push_back(std::move(job));
        }
    }
    page.more = !find_string(object, "@nextLink").value_or("").empty();
    return page;
}

Result<std::optional<Secret>> read_result_url(std::string_view body) {
    TRY_ASSIGN(const auto object, read_answer(body));
    const auto* values = find_array(object, "values");
    if (values == nullptr) {
        return fail(ErrorCode::Unavailable, "a list of result files without values");
    }
    for (const auto& value : *values) {
        const auto* file = value.if_object();
        if (file == nullptr || find_string(*file, "kind") != "Transcription") {
            continue;
        }
        const auto* links = find_object(*file, "links");
        auto url = links != nullptr ? find_string(*links, "contentUrl") : std::nullopt;
        if (url) {
            return std::optional(Secret(*std::move(url)));
        }
    }
    return std::optional<Secret>();
}

}  // namespace oidor::speech::azure
