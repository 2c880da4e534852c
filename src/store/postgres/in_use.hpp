// Who has a store in a PostgreSQL database open: everybody who does shares a lock of it, and who
// wants it alone asks for the whole.
#pragma once

#include "base/result.hpp"
#include "store/postgres/connection.hpp"

namespace oidor::store::postgres {

/// Until the connection ends. Unavailable while somebody has the store alone.
Result<void> share_store(Connection& connection);
/// Until the connection ends. Conflict while somebody else has the store open.
Result<void> claim_store(Connection& connection);

}  // namespace oidor::store::postgres
