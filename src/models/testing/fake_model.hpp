// A model for tests: says what it is told to, and keeps what it was asked.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "domain/transcript.hpp"
#include "models/chat_model.hpp"

namespace oidor::models::testing {

/// Replies in the order in which they were put; the last one is repeated.
class FakeModel final : public ChatModel {
  public:
    [[nodiscard]] std::string name() const override { return "fake-1"; }

    Result<Completion> complete(const CompletionRequest& request, Purse& purse) override {
        TRY(purse.open());
        asked.push_back(request);
        if (replies_.empty()) {
            return fail(ErrorCode::Unavailable, "nothing to say");
        }
        auto reply = replies_.front();
        if (replies_.size() > 1) {
            replies_.pop_front();
        }
        CallRecord record;
        if (reply) {
            record.usage = reply->usage;
        } else {
            record.error = &reply.error();
        }
        purse.note(record);
        return reply;
    }

    void say(std::string text) {
        Completion completion;
        completion.text = std::move(text);
        put(std::move(completion));
    }
    void end(Finish finish) {
        Completion completion;
        completion.finish = finish;
        put(std::move(completion));
    }
    void put(Completion completion) {
        completion.model = "fake-1-2026";
        completion.usage = {.prompt_tokens = 100, .cached_tokens = 0, .completion_tokens = 20};
        replies_.emplace_back(std::move(completion));
    }
    void fail_with(Error error) { replies_.emplace_back(fail(std::move(error))); }

    std::vector<CompletionRequest> asked = {};

  private:
    std::deque<Result<Completion>> replies_ = {};
};

/// Pays for everything until it is told not to.
class FakePurse final : public Purse {
  public:
    Result<void> open() override {
        if (empty) {
            return fail(ErrorCode::RateLimited, "the budget is used up");
        }
        return {};
    }
    void note(const CallRecord& call) override {
        ++calls;
        failed += call.error != nullptr ? 1 : 0;
        tokens += call.usage.prompt_tokens.value_or(0) + call.usage.completion_tokens.value_or(0);
    }
    bool empty = false;
    int calls = 0;
    int failed = 0;
    std::int64_t tokens = 0;
};

inline Segment make_segment(Speaker speaker, std::string text) {
    Segment segment;
    segment.speaker = speaker;
    segment.text = std::move(text);
    return segment;
}

}  // namespace oidor::models::testing
