// What the steps need to know of an account, with the nearest setting chosen already.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/audio_price.hpp"
#include "config/value.hpp"
#include "connectors/connector.hpp"

namespace oidor::pipeline {

/// A plain copy of what counts for one account at one moment.
struct AccountOptions {
    std::string country = {};    ///< `AR`; empty: unknown.
    std::string time_zone = {};  ///< An IANA name; `UTC` where nothing is stated.
    std::vector<std::string> recording_hosts = {};
    std::vector<std::string> private_hosts = {};
    std::string language = "es";
    std::optional<std::string> speech_engine = {};
    std::optional<int> agent_channel = {};
    /// Of outbound calls; null: the same.
    std::optional<int> agent_channel_outbound = {};
    /// What a recording may be spoken in where no campaign says; empty: `language`.
    std::vector<std::string> speech_languages = {};
    std::vector<std::string> speech_phrases = {};  ///< Words to expect in recordings.
    std::optional<std::string> default_campaign_id = {};
    std::optional<std::string> default_agent_id = {};
    /// Pauses between attempts at a recording; the last one repeats until
    /// `recording_give_up_after`.
    std::vector<std::chrono::milliseconds> recording_retry_delays = {};
    std::chrono::milliseconds recording_give_up_after = std::chrono::hours(24);
    /// The source's durations count what is recorded: a shorter recording lacks a part.
    bool recording_covers_call = true;
    connectors::RecordingAccess recording_access = {};
    /// What the source takes for recording and keeping audio; null: unknown.
    std::optional<config::AudioRate> recording_price = {};
    /// What is set under the source's own keys, for its connector; null: nothing.
    std::shared_ptr<const config::Values> own = {};
};

/// The options of an account of a source. Safe to call from many threads.
using AccountLookup =
    std::function<AccountOptions(std::string_view source, std::string_view account)>;

}  // namespace oidor::pipeline
