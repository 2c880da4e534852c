// Which database is meant, and how to speak to it.
#pragma once

#include <chrono>
#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "store/store.hpp"

namespace oidor::store::postgres {

/// A checked URL with the time-outs of each connection to it.
struct Target {
    Secret url = {};
    Secret password = {};    ///< As the URL has it: it is cut out of the library's messages.
    std::string shown = {};  ///< `postgres://user@host:5432/database`.
    std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
    std::chrono::milliseconds statement_timeout = std::chrono::seconds(30);
    std::chrono::milliseconds lock_timeout = std::chrono::seconds(10);
};

/// Invalid for what is no such URL; the message does not repeat it.
Result<Target> read_target(const PostgresOptions& options);

}  // namespace oidor::store::postgres
