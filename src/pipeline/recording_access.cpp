#include "pipeline/recording_access.hpp"

#include <boost/json.hpp>

#include "base/json.hpp"

namespace oidor::pipeline {
namespace {

using Sink = std::function<Result<void>(std::string_view)>;

bool answers_with_a_link(std::string_view url, std::string_view marker) {
    // In the path alone: a query is whatever who wrote the address wants it to be.
    return !marker.empty() && url.substr(0, url.find_first_of("?#")).contains(marker);
}

/// The address in `{"url": …}`.
Result<std::string> ask_for_link(const Get& get, const std::string& url,
                                 const AccountOptions& account, const std::stop_token& stop) {
    static constexpr std::size_t kAnswerBytesMax = std::size_t{64} << 10U;
    GuardedGet request{.url = url, .accept = "application/json", .secret_headers = {}};
    if (!account.recording_access.credentials.empty()) {
        request.secret_headers.push_back(account.recording_access.credentials.front());
    }
    std::string answer;
    const auto asked = get(
        request, account,
        [&answer](std::string_view bytes) -> Result<void> {
            if (answer.size() + bytes.size() > kAnswerBytesMax) {
                return fail(ErrorCode::TooLarge, "the answer with the link is over {} bytes",
                            kAnswerBytesMax);
            }
            answer.append(bytes);
            return {};
        },
        stop);
    TRY(asked);
    const auto value = parse_json(answer);
    auto link = value && value->is_object() ? find_string(value->get_object(), "url")
                                            : std::optional<std::string>();
    if (!link || link->empty()) {
        return fail(ErrorCode::Unsupported, "the source sent no link to the audio");
    }
    return *std::move(link);
}

}  // namespace

bool is_refused_by_source(const Error& error) {
    return (error.code == ErrorCode::Unauthenticated || error.code == ErrorCode::Forbidden) &&
           is_answer_of_source(error);
}

Fetcher with_recording_access(Get get) {
    return [get = std::move(get)](const std::string& url, const AccountOptions& account,
                                  const Sink& sink,
                                  const std::stop_token& stop) -> Result<FetchedAudio> {
        const auto& access = account.recording_access;
        if (answers_with_a_link(url, access.link_marker)) {
            TRY_ASSIGN(const auto link, ask_for_link(get, url, account, stop));
            return get({.url = link}, account, sink, stop);
        }
        auto fetched = get({.url = url}, account, sink, stop);
        for (const auto& credential : access.credentials) {
            if (fetched || !is_refused_by_source(fetched.error())) {
                break;
            }
            // Nothing has reached the sink: a refusal's body is not given to it.
            fetched = get({.url = url, .secret_headers = {credential}}, account, sink, stop);
        }
        return fetched;
    };
}

}  // namespace oidor::pipeline
