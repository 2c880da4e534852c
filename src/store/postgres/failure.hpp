// What PostgreSQL says went wrong, as one of our codes with a cure for the operator.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

struct pg_conn;
struct pg_result;

namespace oidor::store::postgres {

/// By the SQLSTATE alone, so that neither the server's language nor a value of a row shows. `what`
/// is what was tried, `name` a constraint's or table's name, empty where it is not known.
Failure state_failure(std::string_view sqlstate, std::string_view what, std::string_view name = {});
/// Of a statement.
Failure result_failure(const pg_result* result, std::string_view what);
/// Of an attempt to connect to `shown`, which holds no password; `password` is cut out of whatever
/// the library says.
Failure connect_failure(const pg_conn* connection, std::string_view shown,
                        std::string_view password);
/// Of a connection that broke under a statement.
Failure lost_failure(std::string_view what);

/// The SQLSTATE of a failed statement; empty when the server said nothing.
std::string sqlstate_of(const pg_result* result);
/// It may succeed when the transaction is begun anew: another one was quicker.
bool is_rerun_state(std::string_view sqlstate);

}  // namespace oidor::store::postgres
