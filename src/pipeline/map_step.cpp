#include "pipeline/map_step.hpp"

#include <algorithm>

#include "base/failpoint.hpp"
#include "base/time_zone.hpp"
#include "pipeline/customer.hpp"
#include "pipeline/erasure.hpp"
#include "pipeline/hear_again.hpp"
#include "pipeline/steps.hpp"

namespace oidor::pipeline {
namespace {

/// A call that nobody took: there is nothing to fetch, hear or judge.
bool was_abandoned(CallOutcome outcome) {
    return outcome == CallOutcome::NoAnswer || outcome == CallOutcome::Busy ||
           outcome == CallOutcome::Cancelled || outcome == CallOutcome::Failed;
}

std::optional<std::string> customer_address(const connectors::ConversationDraft& draft) {
    return draft.direction == Direction::Outbound ? draft.address_to : draft.address_from;
}

/// A campaign or an agent is named that nobody mapped.
bool lacks_mapping(const store::ConversationRow& row) {
    const auto lacks = [](const Mapped& mapped) {
        return mapped.state == MappingState::Unmapped && mapped.wanted.has_value();
    };
    return lacks(row.conversation.campaign) ||
           std::ranges::any_of(row.participations, lacks, &Participation::agent);
}

store::JobSpec job_for(std::string_view kind, ConversationId id) {
    return {.kind = std::string(kind), .key = id.text(), .priority = 0, .run_at = {}};
}

Result<bool> exists(const store::Directory& directory, store::MappingTarget target,
                    const std::string& id) {
    if (target == store::MappingTarget::Campaign) {
        TRY_ASSIGN(const auto campaign, directory.find_campaign(id));
        return campaign.has_value();
    }
    TRY_ASSIGN(const auto agent, directory.find_agent(id));
    return agent.has_value();
}

}  // namespace

Result<Mapped> map_names(const store::Directory& directory, const NamesToMap& names) {
    for (const auto& [kind, value] : names.lookups) {
        TRY_ASSIGN(const auto found,
                   directory.find_mapping(names.target, names.source, names.account, kind, value));
        if (found) {
            return Mapped{.id = found, .state = MappingState::Mapped, .wanted = {}};
        }
    }
    if (names.wanted) {
        TRY_ASSIGN(const bool there, exists(directory, names.target, *names.wanted));
        return there ? Mapped{.id = names.wanted, .state = MappingState::Mapped, .wanted = {}}
                     : Mapped{.id = {}, .state = MappingState::Unmapped, .wanted = names.wanted};
    }
    if (names.fallback) {
        TRY_ASSIGN(const bool there, exists(directory, names.target, *names.fallback));
        return there ? Mapped{.id = names.fallback, .state = MappingState::Defaulted, .wanted = {}}
                     : Mapped{.id = {}, .state = MappingState::Unmapped, .wanted = names.fallback};
    }
    return Mapped{};
}

Result<std::vector<Participation>> MapStep::map_participations(
    const ConversationKey& key, const connectors::ConversationDraft& draft,
    const AccountOptions& account) const {
    auto drafts = draft.participations;
    if (drafts.empty()) {
        drafts.emplace_back();  // the empty leg: whoever is named first takes it over
    }
    std::vector<Participation> participations;
    for (const auto& part : drafts) {
        TRY_ASSIGN(auto mapped,
                   map_names(store_.directory(), {.target = store::MappingTarget::Agent,
                                                  .source = key.source,
                                                  .account = key.account,
                                                  .lookups = part.lookups,
                                                  .wanted = part.wanted,
                                                  .fallback = account.default_agent_id}));
        auto name = part.name;
        if (mapped.id) {
            TRY_ASSIGN(const auto agent, store_.directory().find_agent(*mapped.id));
            name = agent ? std::optional(agent->name) : name;
        } else if (!mapped.wanted && part.name) {
            mapped.wanted = part.name;
        }
        participations.push_back({.id = {},
                                  .leg = part.leg,
                                  .agent = std::move(mapped),
                                  .agent_name = std::move(name),
                                  .from = part.from,
                                  .to = part.to});
    }
    return participations;
}

Result<UploadedCall> MapStep::draft_of(const store::ConversationRow& row,
                                       const AccountOptions& account) const {
    const auto& key = row.conversation.key;
    TRY_ASSIGN(const auto events, store_.inbox().list_events_of(row.conversation.id));
    if (events.empty()) {
        // Known by its transcript alone. A file is whole; of a call, the source has yet to tell.
        UploadedCall call;
        call.draft.ended = key.source == kFileSource;
        return call;
    }
    std::vector<connectors::KeptEvent> kept;
    for (const auto& event : events) {
        kept.push_back(
            {.kind = event.kind, .normalised = event.normalised, .received_at = event.received_at});
    }
    if (key.source == kFileSource) {
        return merge_uploads(kept);
    }
    const auto* connector = connectors::find_connector(key.source);
    if (connector == nullptr) {
        return fail(ErrorCode::Unsupported, "map: no connector for source {}", key.source);
    }
    TRY_ASSIGN(auto draft, connector->merge(kept, {.name = key.account,
                                                   .country = account.country,
                                                   .time_zone = account.time_zone,
                                                   .utc_offset = &utc_offset}));
    return UploadedCall{.draft = std::move(draft), .audio = {}};
}

Result<void> MapStep::store_uploaded(store::ConversationRow& row, const UploadedAudio& audio) {
    for (auto& recording : row.recordings) {
        if (recording.state != RecordingState::Stored) {
            recording.state = RecordingState::Stored;
            recording.reason = {};
            recording.sha256 = audio.sha256_hex;
            recording.media_type = audio.media_type;
            recording.size_bytes = audio.size_bytes;
            TRY(store_.conversations().put_recording(recording, {}));
        }
    }
    return {};
}

Result<void> MapStep::run(ConversationId id) {
    TRY_ASSIGN(const auto found, store_.conversations().find_conversation(id));
    if (!found) {
        return fail(ErrorCode::NotFound, "map: no conversation {}", id.text());
    }
    const auto account = accounts_(found->conversation.key.source, found->conversation.key.account);
    const auto told = draft_of(*found, account);
    if (!told) {
        if (told.error().code == ErrorCode::Invalid) {
            say(telemetry::Event::event_unreadable, found->conversation, &told.error());
        }
        return fail(told.error());
    }
    const auto& draft = told->draft;

    store::MappedConversation mapped;
    auto& conversation = mapped.conversation;
    conversation = found->conversation;
    conversation.kind = draft.kind;
    conversation.direction = draft.direction;
    conversation.outcome = draft.outcome;
    conversation.state = draft.ended ? ConversationState::Ended : ConversationState::Open;
    conversation.reason = {};
    conversation.started_at = draft.started_at;
    conversation.ended_at = draft.ended_at;
    conversation.duration_s = draft.duration_s;
    conversation.address_from = draft.address_from;
    conversation.address_to = draft.address_to;
    conversation.details_json = draft.details_json;
    if (const auto address = customer_address(draft)) {
        conversation.customer_key = customer_key(*address, account.country);
    }
    TRY_ASSIGN(conversation.campaign,
               map_names(store_.directory(), {.target = store::MappingTarget::Campaign,
                                              .source = conversation.key.source,
                                              .account = conversation.key.account,
                                              .lookups = draft.campaign_lookups,
                                              .wanted = draft.campaign_wanted,
                                              .fallback = account.default_campaign_id}));
    auto zone = account.time_zone;
    if (conversation.campaign.id) {
        TRY_ASSIGN(const auto campaign,
                   store_.directory().find_campaign(*conversation.campaign.id));
        zone = campaign && campaign->time_zone ? *campaign->time_zone : zone;
    }
    conversation.day = local_day(zone, draft.started_at.value_or(conversation.created_at));
    TRY_ASSIGN(mapped.participations, map_participations(conversation.key, draft, account));
    for (const auto& recording : draft.recordings) {
        mapped.recordings.push_back(
            {.external_id = recording.external_id, .candidate_urls = recording.candidate_urls});
    }
    TRY(fail_at<Failpoint::pipeline_map_before_merge>());
    TRY_ASSIGN(auto row, store_.conversations().merge(mapped, {}));
    TRY_ASSIGN(const bool erased, store_.erasure().is_erased(row.conversation));
    if (erased) {
        // A call from before its customer was erased, which nobody knew then. A hold wins.
        const auto gone = erase_conversation(store_, id, store::ErasureCause::Asked, telemetry_);
        if (gone || gone.error().code != ErrorCode::Conflict) {
            return gone ? Result<void>() : fail(gone.error());
        }
    }
    say(telemetry::Event::conversation_mapped, row.conversation);
    if (lacks_mapping(row) && !lacks_mapping(*found)) {
        say(telemetry::Event::conversation_unmapped, row.conversation);
    }
    if (told->audio) {
        TRY(store_uploaded(row, *told->audio));
    }
    TRY(fail_at<Failpoint::pipeline_map_after_merge>());
    return queue_next(row, draft);
}

Result<void> MapStep::queue_next(const store::ConversationRow& row,
                                 const connectors::ConversationDraft& draft) {
    const auto id = row.conversation.id;
    if (!draft.ended && draft.recordings.empty()) {
        return {};
    }
    TRY_ASSIGN(const auto transcript, store_.conversations().find_transcript(id));
    if (draft.ended &&
        (transcript || was_abandoned(draft.outcome) || draft.direction == Direction::Internal)) {
        TRY(store_.queue().enqueue({job_for(kAudit, id)}));
        TRY(fail_at<Failpoint::pipeline_map_between_jobs>());
    }
    // A call whose transcript was handed in is not heard, but its recording is kept all the same.
    const bool wanted = draft.recorded.value_or(true);
    const bool to_fetch = std::ranges::any_of(row.recordings, [](const Recording& recording) {
        return recording.state != RecordingState::Stored && !recording.candidate_urls.empty();
    });
    const bool stored = std::ranges::any_of(row.recordings, [](const Recording& recording) {
        return recording.state == RecordingState::Stored;
    });
    if (to_fetch && wanted) {
        return store_.queue().enqueue({job_for(kFetch, id)});
    }
    if (!draft.ended || transcript) {
        return {};
    }
    if (stored) {
        return store_.queue().enqueue({transcribe_job(row.conversation)});
    }
    if (row.conversation.state == ConversationState::Ended) {
        const auto reason = draft.recorded == false ? "not_recorded" : "no_recording_announced";
        return store_.conversations().put_state(id, ConversationState::NoRecording, reason, {});
    }
    return {};
}

void MapStep::say(telemetry::Event event, const Conversation& conversation, const Error* error) {
    if (telemetry_ != nullptr) {
        telemetry_->emit(event, {.source = conversation.key.source,
                                 .account = conversation.key.account,
                                 .conversation_id = conversation.id.uuid,
                                 .error = error,
                                 .stage = telemetry::Stage::Map});
    }
}

}  // namespace oidor::pipeline
