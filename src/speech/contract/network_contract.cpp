#include "speech/contract/network_contract.hpp"

namespace oidor::speech {

using namespace std::chrono_literals;

std::string NetworkEngineContract::outcome(const std::vector<std::string>& faults,
                                           bool with_deadline) {
    GetParam().simulator().next_calls(faults);
    const auto engine = GetParam().open(std::string(kContractKey));
    auto request = GetParam().request();
    if (with_deadline) {
        request.watch.deadline = Deadline::after(400ms);
    }
    const auto reply = engine->transcribe(request);
    GetParam().simulator().next_calls({});
    if (reply) {
        return "heard";
    }
    error_ = reply.error();
    // Nothing of a key or of what was said is told.
    EXPECT_FALSE(error_.message.contains(kContractKey)) << error_.message;
    EXPECT_FALSE(error_.message.contains("simulated ")) << error_.message;
    EXPECT_FALSE(error_.message.contains("Palabras")) << error_.message;
    EXPECT_TRUE(error_.message.starts_with("engine " + engine->capabilities().name))
        << error_.message;
    return std::string(faces_of(error_.code).name);
}

namespace {

TEST_P(NetworkEngineContract, a_wrong_key_is_the_operators_to_mend) {
    GetParam().simulator().next_calls({});
    const auto reply = GetParam().open("wrong")->transcribe(GetParam().request());
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::Unauthenticated) << reply.error().message;
    EXPECT_TRUE(reply.error().message.contains("speech.")) << reply.error().message;
    EXPECT_FALSE(reply.error().message.contains("wrong")) << reply.error().message;
}

TEST_P(NetworkEngineContract, refusals_have_their_class_and_are_not_repeated) {
    EXPECT_EQ(outcome({"401", "500"}), "Unauthenticated");
    EXPECT_EQ(outcome({"403", "500"}), "Forbidden");
    EXPECT_EQ(outcome({"404", "500"}), "NotFound");
    EXPECT_EQ(outcome({"413", "500"}), "TooLarge");
    EXPECT_EQ(outcome({"415", "500"}), "Unsupported");
    EXPECT_EQ(outcome({"quota", "500"}), "Forbidden");
    EXPECT_EQ(error_.retry_after, std::nullopt);
}

TEST_P(NetworkEngineContract, whoever_asks_for_a_long_wait_gets_it_from_the_queue) {
    EXPECT_EQ(outcome({"429_long"}), "RateLimited");
    EXPECT_EQ(error_.retry_after, 1h);
}

TEST_P(NetworkEngineContract, an_answer_that_does_not_come_is_a_time_out) {
    (void)GetParam().simulator().control({{"slow_seconds", 3}});
    EXPECT_EQ(outcome({"slow"}, true), "Timeout");
}

TEST_P(NetworkEngineContract, a_reply_of_another_recording_is_not_believed) {
    EXPECT_EQ(outcome(std::vector<std::string>(40, "other_file")), "Unavailable");
    EXPECT_TRUE(error_.message.contains("the reply")) << error_.message;
}

TEST_P(NetworkEngineContract, what_passes_is_tried_again_and_then_heard) {
    for (const std::string fault : {"429", "500", "503", "cut", "bad_json", "no_json"}) {
        const auto first = outcome({fault});
        // A job is created by one try alone: the next call finds it, or makes it.
        EXPECT_TRUE(first == "heard" || first == "Unavailable" || first == "RateLimited")
            << fault << ": " << first << " " << error_.message;
        EXPECT_EQ(first == "heard" ? first : outcome({}), "heard") << fault;
    }
}

TEST_P(NetworkEngineContract, what_does_not_pass_is_an_error_in_the_end) {
    for (const std::string fault : {"500", "503", "cut", "bad_json", "no_json"}) {
        EXPECT_EQ(outcome(std::vector<std::string>(40, fault)), "Unavailable") << fault;
    }
    EXPECT_EQ(outcome(std::vector<std::string>(40, "429")), "RateLimited");
}

}  // namespace
}  // namespace oidor::speech
