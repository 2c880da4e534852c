// Listening: the audio of a stored recording, whole or by Range.
#pragma once

#include "base/result.hpp"
#include "blobs/blob_store.hpp"
#include "net/http.hpp"
#include "server/routes.hpp"
#include "store/store.hpp"

namespace oidor::server {

/// The audio of the recording `{id}`, never cached by anybody. NotFound when it is not stored or
/// not for this caller.
Result<net::Response> answer_recording(store::Store& store, const blobs::BlobStore& blobs,
                                       const Call& call);

/// The stored audio of a conversation as a file to save. NotFound when nothing is stored.
Result<net::Response> answer_recording_file(const blobs::BlobStore& blobs, const Call& call,
                                            const store::ConversationRow& row);

}  // namespace oidor::server
