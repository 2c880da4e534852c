// Which rows refer to a blob, and blobs that may have lost the last of them.
#pragma once

#include "store/inbox.hpp"
#include "store/sql/work.hpp"

namespace oidor::store::sql {

/// A blob to be looked at from `at` on; an earlier time stays.
Result<void> check_blob_at(WriteContext& context, const Sha256& content, Timestamp at);
/// A row refers to the blob from now on, and `owner` no longer needs its claim. Unavailable while
/// it is being removed: bring it again.
Result<void> refer_to_blob(WriteContext& context, const Sha256& content, const Uuid& owner);

/// The audio that a kept event names is the conversation's.
Result<void> keep_event_blob(WriteContext& context, ConversationId conversation,
                             const NewEvent& event);

}  // namespace oidor::store::sql
