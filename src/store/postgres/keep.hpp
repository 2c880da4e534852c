// Keeping a batch of events with a few statements, whatever their number.
#pragma once

#include <optional>
#include <vector>

#include "base/result.hpp"
#include "store/inbox.hpp"
#include "store/postgres/work.hpp"
#include "store/sql/seal.hpp"

namespace oidor::store::postgres {

/// A receipt for each event, in their order, as if they had been kept one after another. Nothing
/// when another connection kept one of them meanwhile: undo the transaction and run it anew, when
/// that one is there to be seen.
Result<std::optional<std::vector<EventReceipt>>> keep_events(
    WriteContext& context, sql::Seal& seal, const std::vector<const NewEvent*>& events);

}  // namespace oidor::store::postgres
