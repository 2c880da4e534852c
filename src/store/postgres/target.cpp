#include "store/postgres/target.hpp"

#include <algorithm>
#include <memory>
#include <string_view>

#include <libpq-fe.h>

namespace oidor::store::postgres {
namespace {

struct FreeOptions {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

/// `5432`, or one for each of several hosts; the library looks at it only when it connects.
bool is_port(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || c == ','; });
}

}  // namespace

Result<Target> read_target(const PostgresOptions& options) {
    const std::string url(options.url.reveal());
    const bool ours = url.starts_with("postgres://") || url.starts_with("postgresql://");
    char* message = nullptr;
    const std::unique_ptr<PQconninfoOption, FreeOptions> parsed(
        ours ? PQconninfoParse(url.c_str(), &message) : nullptr);
    // The library's message repeats the URL, and the password with it.
    PQfreemem(message);
    bool valid = parsed != nullptr;
    for (const auto* option = parsed.get(); valid && option->keyword != nullptr; ++option) {
        valid = std::string_view(option->keyword) != "port" || option->val == nullptr ||
                is_port(option->val);
    }
    if (!valid) {
        return fail(ErrorCode::Invalid,
                    "store.url: not a PostgreSQL URL; write postgres://USER@HOST:5432/DATABASE, "
                    "with signs such as @ / : % in the password as %40 %2F %3A %25");
    }
    std::string user;
    std::string host;
    std::string port;
    std::string database;
    Target target = {.url = options.url,
                     .connect_timeout = options.connect_timeout,
                     .statement_timeout = options.statement_timeout,
                     .lock_timeout = options.lock_timeout};
    for (const auto* option = parsed.get(); option->keyword != nullptr; ++option) {
        const std::string_view keyword = option->keyword;
        const std::string value = option->val != nullptr ? option->val : "";
        if (keyword == "user") {
            user = value.empty() ? value : value + "@";
        } else if (keyword == "host" || (keyword == "hostaddr" && host.empty())) {
            host = value;
        } else if (keyword == "port") {
            port = value.empty() ? value : ":" + value;
        } else if (keyword == "dbname") {
            database = value;
        } else if (keyword == "password") {
            target.password = Secret(value);
        }
    }
    target.shown = fmt::format("postgres://{}{}{}/{}", user, host, port, database);
    return target;
}

}  // namespace oidor::store::postgres
