// What the two halves of the outbox share: noting, and whose turn it is.
#pragma once

#include <string>

#include "store/outbox.hpp"
#include "store/sql/work.hpp"

namespace oidor::store::sql {

/// Whether also what is delivered already goes out.
enum class Again { No, Yes };

/// The conversation is to be looked at for this sink.
Result<void> note(WriteContext& context, const std::string& sink, ConversationId conversation,
                  Again again);

/// Keeps the turn ours until the transaction ends. Conflict when it is lost.
Result<void> check_held(WriteContext& context, const SinkTurn& turn);
/// The same, and Conflict when the sink is paused or forgotten: nothing more is to be sent.
Result<void> check_open(WriteContext& context, const SinkTurn& turn);

}  // namespace oidor::store::sql
