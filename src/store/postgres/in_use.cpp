#include "store/postgres/in_use.hpp"

#include <string_view>

namespace oidor::store::postgres {
namespace {

/// `OIDS` and the schema; migrations have a lock of their own.
constexpr std::string_view kShareStore =
    "SELECT pg_try_advisory_lock_shared(1330201683, hashtext(current_schema()))";
constexpr std::string_view kClaimStore =
    "SELECT pg_try_advisory_lock(1330201683, hashtext(current_schema()))";

Result<bool> try_lock(Connection& connection, std::string_view statement) {
    bool locked = false;
    TRY(connection.first(statement, [&](const sql::Row& row) { locked = row.boolean(0); }));
    return locked;
}

}  // namespace

Result<void> share_store(Connection& connection) {
    TRY_ASSIGN(const bool locked, try_lock(connection, kShareStore));
    if (!locked) {
        return fail(ErrorCode::Unavailable,
                    "a copy or restore has the store to itself; wait until it has ended");
    }
    return {};
}

Result<void> claim_store(Connection& connection) {
    TRY_ASSIGN(const bool locked, try_lock(connection, kClaimStore));
    if (!locked) {
        return fail(ErrorCode::Conflict,
                    "it cannot be had alone: stop every server and worker that has it open");
    }
    return {};
}

}  // namespace oidor::store::postgres
