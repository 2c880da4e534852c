// Azure's batch transcription on the wire. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "speech/azure/wire.hpp"

namespace oidor::speech::azure {

/// What is asked of a job; what its name is a hash of.
struct BatchOrder {
    std::string audio_sha256 = {};
    std::vector<std::string> locales = {};  ///< Not empty.
    int channels = 1;
    std::string anew = {};  ///< Not empty: another job than the one that was made without it.
};

/// `oidor-` and 40 hexadecimal digits: the same for the same audio and order, today and after a
/// restart.
std::string job_name(const BatchOrder& order);

/// The body of `transcriptions:submit`. `url` is a secret: it opens the recording.
std::string format_order(const BatchOrder& order, const Secret& url);

enum class JobState { Waiting, Done, Failed };
struct BatchJob {
    std::string id = {};  ///< A path segment, checked: letters, digits, dashes.
    std::string name = {};
    JobState state = JobState::Waiting;
    std::string error_code = {};  ///< A word of the provider's; never its sentence.
    std::optional<Timestamp> created_at = {};
};

/// Errors of all: Unavailable for an answer of another form.
Result<BatchJob> read_job(std::string_view body);
/// The jobs of a page, and whether there is another page.
struct JobPage {
    std::vector<BatchJob> jobs = {};
    bool more = false;
};
Result<JobPage> read_job_page(std::string_view body);
/// Where the transcription of the job's only file lies; nothing when there is none.
Result<std::optional<Secret>> read_result_url(std::string_view body);

}  // namespace oidor::speech::azure
