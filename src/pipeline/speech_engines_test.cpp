#include "pipeline/speech_engines.hpp"

#include <gtest/gtest.h>

namespace oidor::pipeline {
namespace {

std::string key_for(const std::string& url, const std::string& own = "") {
    config::Installation settings;
    settings.openai_api_key = Secret("openai's");
    settings.speech_openai_api_key = Secret(std::string(own));
    settings.speech_openai_url = url;
    return std::string(to_engine_options(settings).openai.api_key.reveal());
}

TEST(SpeechEngines, openais_key_is_sent_to_openai_alone) {
    EXPECT_EQ(key_for("https://api.openai.com"), "openai's");
    EXPECT_EQ(key_for("https://api.openai.com/v1"), "openai's");
    EXPECT_EQ(key_for("https://api.openai.com:443/v1"), "openai's");
    for (const std::string url :
         {"https://api.groq.com/openai/v1", "http://gpu.example.net:8000",
          "http://api.openai.com/v1", "https://api.openai.com.example.net/v1",
          "https://api.openai.com:8443/v1", "https://api.openai.community/v1",
          "https://api.openai.com@example.net/v1", "https://example.net/https://api.openai.com",
          ""}) {
        EXPECT_EQ(key_for(url), "") << url;
    }
}

TEST(SpeechEngines, a_servers_own_key_is_sent_wherever_it_is) {
    EXPECT_EQ(key_for("https://api.groq.com/openai/v1", "groq's"), "groq's");
    EXPECT_EQ(key_for("https://api.openai.com/v1", "another"), "another");
}

}  // namespace
}  // namespace oidor::pipeline
