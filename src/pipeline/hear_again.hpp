// When a conversation is heard, and how somebody has it heard once more.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "store/store.hpp"

namespace oidor::pipeline {

/// The job that hears a conversation. Its place in the queue is the conversation's start: the
/// oldest call is heard first, whenever its recording came.
store::JobSpec transcribe_job(const Conversation& conversation);

/// Has a conversation heard again. What failed may use a reply that was paid for already; what was
/// heard, however badly, is asked for anew. `engine`: another one, for this conversation from now
/// on. The present transcript stays current until the new one is there.
///
/// Errors: NotFound; Conflict: its transcript was handed in, or none of its recordings is stored;
/// Invalid: no engine of that name.
Result<void> hear_again(store::Store& store, ConversationId id,
                        const std::optional<std::string>& engine, Timestamp now);

/// The same for all of a filter, the oldest call first; gives how many. What cannot be heard again
/// is left out.
Result<std::int64_t> hear_all_again(store::Store& store, const store::HearingFilter& filter,
                                    const std::optional<std::string>& engine, Timestamp now);

}  // namespace oidor::pipeline
