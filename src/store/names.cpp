// The spelling of the store's own enumerations, in SQL as in JSON.
#include <algorithm>
#include <array>
#include <utility>

#include "store/directory.hpp"
#include "store/outbox.hpp"
#include "store/queue.hpp"

namespace oidor::store {
namespace {

constexpr std::array<std::pair<JobState, std::string_view>, 6> kJobStates = {
    {{JobState::Queued, "queued"},
     {JobState::Running, "running"},
     {JobState::Done, "done"},
     {JobState::Dead, "dead"},
     {JobState::Skipped, "skipped"},
     {JobState::Discarded, "discarded"}}};

constexpr std::array<std::pair<OutboxState, std::string_view>, 3> kOutboxStates = {
    {{OutboxState::Waiting, "waiting"},
     {OutboxState::Refused, "refused"},
     {OutboxState::NeedsAttention, "needs_attention"}}};

}  // namespace

std::string_view format(JobState state) {
    return kJobStates.at(static_cast<std::size_t>(state)).second;
}

std::optional<JobState> parse_job_state(std::string_view text) {
    const auto* found =
        std::ranges::find(kJobStates, text, &decltype(kJobStates)::value_type::second);
    return found != kJobStates.end() ? std::optional(found->first) : std::nullopt;
}

std::string_view format(OutboxState state) {
    return kOutboxStates.at(static_cast<std::size_t>(state)).second;
}

std::optional<OutboxState> parse_outbox_state(std::string_view text) {
    const auto* found =
        std::ranges::find(kOutboxStates, text, &decltype(kOutboxStates)::value_type::second);
    return found != kOutboxStates.end() ? std::optional(found->first) : std::nullopt;
}

std::string_view format(MappingTarget target) {
    return target == MappingTarget::Campaign ? "campaign" : "agent";
}

std::optional<MappingTarget> parse_mapping_target(std::string_view text) {
    if (text == "campaign") {
        return MappingTarget::Campaign;
    }
    return text == "agent" ? std::optional(MappingTarget::Agent) : std::nullopt;
}

}  // namespace oidor::store
