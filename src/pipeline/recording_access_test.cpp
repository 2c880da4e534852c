#include "pipeline/recording_access.hpp"

#include <deque>

#include <gtest/gtest.h>

namespace oidor::pipeline {
namespace {

constexpr const char* kLink = "https://api.example.com/r/7:generate-audio-download-link";

/// A source that answers as it is told, and remembers how it was asked.
class Source {
  public:
    struct Answer {
        std::optional<Error> error = {};
        std::string body = {};
    };

    Result<std::string> fetch(const std::string& url, const AccountOptions& account) {
        const auto fetcher = with_recording_access(
            [this](const GuardedGet& get, const AccountOptions&, const auto& sink,
                   const std::stop_token&) -> Result<FetchedAudio> {
                std::string asked = get.url;
                for (const auto& [name, value] : get.secret_headers) {
                    asked.append(" ").append(name).append("=").append(value.reveal());
                }
                asked_.push_back(asked);
                if (answers_.empty()) {
                    ADD_FAILURE() << "asked once too often: " << asked;
                    return fail(ErrorCode::Internal, "no answer");
                }
                const auto answer = answers_.front();
                answers_.pop_front();
                if (answer.error) {
                    return fail(*answer.error);
                }
                TRY(sink(answer.body));
                return FetchedAudio{.media_type = "audio/wav",
                                    .size_bytes = static_cast<std::int64_t>(answer.body.size())};
            });
        std::string got;
        const auto fetched = fetcher(url, account,
                                     [&got](std::string_view bytes) -> Result<void> {
                                         got.append(bytes);
                                         return {};
                                     },
                                     {});
        TRY(fetched);
        return got;
    }

    void refuses(ErrorCode code, std::string message) {
        answers_.push_back(
            {.error = Error{.code = code, .message = std::move(message), .retry_after = {}}});
    }
    void gives(std::string body) { answers_.push_back({.body = std::move(body)}); }

    std::vector<std::string> asked_ = {};

  private:
    std::deque<Answer> answers_ = {};
};

AccountOptions account_with(std::vector<std::pair<std::string, std::string>> credentials,
                            std::string marker = {}) {
    AccountOptions account;
    account.recording_access.link_marker = std::move(marker);
    for (auto& [name, value] : credentials) {
        account.recording_access.credentials.emplace_back(name, Secret(value));
    }
    return account;
}

using Asked = std::vector<std::string>;

TEST(RecordingAccess, credentials_stay_at_home_while_nobody_asks_for_them) {
    Source source;
    source.gives("audio");
    EXPECT_EQ(source.fetch("https://a/1.wav", account_with({{"X-API-Key", "k"}})).value(), "audio");
    EXPECT_EQ(source.asked_, (Asked{"https://a/1.wav"}));
}

TEST(RecordingAccess, after_a_refusal_each_credential_is_tried_in_turn) {
    Source source;
    source.refuses(ErrorCode::Unauthenticated, "GET https://a: status 401");
    source.refuses(ErrorCode::Forbidden, "GET https://a: status 403");
    source.gives("audio");
    const auto account = account_with({{"Authorization", "Bearer t"}, {"X-API-Key", "k"}});
    EXPECT_EQ(source.fetch("https://a/1.wav", account).value(), "audio");
    EXPECT_EQ(source.asked_, (Asked{"https://a/1.wav", "https://a/1.wav Authorization=Bearer t",
                                    "https://a/1.wav X-API-Key=k"}));
}

TEST(RecordingAccess, when_all_are_refused_the_last_refusal_is_the_error) {
    Source source;
    source.refuses(ErrorCode::Forbidden, "GET https://a: status 403");
    source.refuses(ErrorCode::Unauthenticated, "GET https://a: status 401");
    const auto fetched = source.fetch("https://a/1.wav", account_with({{"X-API-Key", "k"}}));
    EXPECT_EQ(fetched.error().code, ErrorCode::Unauthenticated);
    EXPECT_EQ(recording_reason(fetched.error()), "denied");
}

TEST(RecordingAccess, what_our_guard_refuses_gets_no_credential) {
    Source source;
    source.refuses(ErrorCode::Forbidden, "https://b: the host is not allowed");
    const auto fetched = source.fetch("https://b/1.wav", account_with({{"X-API-Key", "k"}}));
    EXPECT_EQ(fetched.error().code, ErrorCode::Forbidden);
    EXPECT_EQ(source.asked_.size(), 1U);
}

TEST(RecordingAccess, what_is_not_there_yet_gets_no_credential) {
    Source source;
    source.refuses(ErrorCode::NotFound, "GET https://a: status 404");
    EXPECT_EQ(source.fetch("https://a/1.wav", account_with({{"X-API-Key", "k"}})).error().code,
              ErrorCode::NotFound);
    EXPECT_EQ(source.asked_.size(), 1U);
}

TEST(RecordingAccess, a_link_is_asked_for_with_the_key_and_followed_without) {
    Source source;
    source.gives(R"({"url": "https://files.example.com/7.mp3?sig=1"})");
    source.gives("audio");
    const auto account = account_with({{"X-API-Key", "k"}}, ":generate-audio-download-link");
    EXPECT_EQ(source.fetch(kLink, account).value(), "audio");
    EXPECT_EQ(source.asked_, (Asked{std::string(kLink) + " X-API-Key=k",
                                    "https://files.example.com/7.mp3?sig=1"}));
}

TEST(RecordingAccess, a_marker_behind_the_path_is_none) {
    Source source;
    source.gives("audio");
    const auto account = account_with({{"X-API-Key", "k"}}, ":generate-audio-download-link");
    const auto* const url = "https://a/1.wav?x=:generate-audio-download-link";
    EXPECT_TRUE(source.fetch(url, account));
    EXPECT_EQ(source.asked_, (Asked{url}));
}

TEST(RecordingAccess, without_a_key_the_source_says_that_it_wants_one) {
    Source source;
    source.refuses(ErrorCode::Unauthenticated, "GET https://api: status 401");
    const auto fetched = source.fetch(kLink, account_with({}, ":generate-audio-download-link"));
    EXPECT_EQ(recording_reason(fetched.error()), "denied");
    EXPECT_EQ(source.asked_, (Asked{kLink}));
}

TEST(RecordingAccess, an_answer_without_a_link_is_unsupported) {
    for (const std::string body : {"", "[]", "{}", R"({"url": ""})", R"({"url": 5})", "<html>"}) {
        SCOPED_TRACE(body);
        Source source;
        source.gives(body);
        const auto account = account_with({{"X-API-Key", "k"}}, ":generate-audio-download-link");
        EXPECT_EQ(source.fetch(kLink, account).error().code, ErrorCode::Unsupported);
    }
}

TEST(RecordingAccess, an_answer_that_is_no_link_but_a_flood_is_cut_off) {
    Source source;
    source.gives(std::string(70'000, 'x'));
    const auto account = account_with({{"X-API-Key", "k"}}, ":generate-audio-download-link");
    EXPECT_EQ(source.fetch(kLink, account).error().code, ErrorCode::TooLarge);
}

}  // namespace
}  // namespace oidor::pipeline
