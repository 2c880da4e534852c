#include "store/postgres/failure.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <libpq-fe.h>

namespace oidor::store::postgres {
namespace {

/// States that begin with `state` mean this; the first that fits is taken.
struct Meaning {
    std::string_view state;
    ErrorCode code;
    std::string_view text;
    std::string_view cure;  ///< What the operator does about it.
};

// Source: PostgreSQL 15, appendix A (error codes), read 2026-11-21.
constexpr std::array kMeanings = {
    Meaning{"08", ErrorCode::Unavailable, "the connection failed",
            "check that the server runs and can be reached"},
    Meaning{"0A", ErrorCode::Unsupported, "the server cannot do this", ""},
    Meaning{"22", ErrorCode::Invalid, "a value does not fit its column", ""},
    Meaning{"23", ErrorCode::Conflict, "a constraint refuses it", ""},
    Meaning{"25006", ErrorCode::Unavailable, "the server takes reads only",
            "name the primary server in store.url"},
    Meaning{"28", ErrorCode::Unauthenticated, "the server refuses this user or password",
            "check user and password in store.url, and pg_hba.conf on the server"},
    Meaning{"3D000", ErrorCode::NotFound, "there is no such database",
            "create it (createdb), or name another one in store.url"},
    Meaning{"3F000", ErrorCode::NotFound, "there is no such schema",
            "create it, or set another search_path for this user"},
    Meaning{"40", ErrorCode::Conflict, "another transaction was quicker", ""},
    Meaning{"42501", ErrorCode::Forbidden, "no permission",
            "give this user a database or schema of its own"},
    Meaning{"42P07", ErrorCode::Unsupported, "a table of this name is there already",
            "it belongs to another program; choose a database or schema for oidor alone"},
    Meaning{"53100", ErrorCode::Unavailable, "the server's disk is full",
            "free space on the server"},
    Meaning{"53200", ErrorCode::Unavailable, "the server is out of memory",
            "give that machine more"},
    Meaning{"53300", ErrorCode::Unavailable, "the server has no connection left",
            "raise its max_connections or use fewer programs"},
    Meaning{"53", ErrorCode::Unavailable, "the server lacks a resource", "see the server's log"},
    Meaning{"54", ErrorCode::TooLarge, "a value is larger than the server can take", ""},
    Meaning{"55P03", ErrorCode::Unavailable, "another transaction holds the rows",
            "try again in a moment; see pg_stat_activity on the server"},
    Meaning{"57014", ErrorCode::Timeout, "the statement took too long",
            "see the server's load and log"},
    Meaning{"57", ErrorCode::Unavailable, "the server is starting or stopping",
            "wait until it is up"},
    Meaning{"58", ErrorCode::Unavailable, "the server's disk or system failed",
            "see the server's log"},
    Meaning{"XX001", ErrorCode::Corrupt, "the server found damaged data",
            "see the server's log, restore a backup"},
    Meaning{"XX002", ErrorCode::Corrupt, "the server found a damaged index",
            "see the server's log, run REINDEX"},
};

std::string field_of(const PGresult* result, int field) {
    const char* text = PQresultErrorField(result, field);
    return text != nullptr ? text : "";
}

/// One line, without the password.
std::string clean(std::string_view message, std::string_view password) {
    std::string text(message);
    if (!password.empty()) {
        for (auto at = text.find(password); at != std::string::npos; at = text.find(password)) {
            text.replace(at, password.size(), "...");
            if (password.find("...") != std::string_view::npos) {
                break;
            }
        }
    }
    std::ranges::replace(text, '\n', ' ');
    while (!text.empty() && (text.back() == ' ' || text.back() == '.')) {
        text.pop_back();
    }
    return text;
}

/// The state in `… FATAL:  28P01`, as the library writes it when it is asked for states.
std::string_view state_in(std::string_view message) {
    const auto at = message.rfind(":  ");
    if (at == std::string_view::npos || message.size() < at + 8) {
        return {};
    }
    const auto state = message.substr(at + 3, 5);
    const bool fits = std::ranges::all_of(state, [](char c) {
        return std::isdigit(static_cast<unsigned char>(c)) != 0 || (c >= 'A' && c <= 'Z');
    });
    return fits ? state : std::string_view();
}

}  // namespace

Failure state_failure(std::string_view sqlstate, std::string_view what, std::string_view name) {
    const auto* found = std::ranges::find_if(
        kMeanings, [&](const Meaning& meaning) { return sqlstate.starts_with(meaning.state); });
    const bool known = found != kMeanings.end();
    const auto code = known ? found->code : ErrorCode::Internal;
    std::string text = fmt::format("{}: {}", what, known ? found->text : "the statement failed");
    if (!name.empty()) {
        text += fmt::format(" ({})", name);
    }
    text += fmt::format(" (sqlstate {})", sqlstate);
    if (known && !found->cure.empty()) {
        text += fmt::format(": {}", found->cure);
    }
    return fail(code, "{}", text);
}

Failure result_failure(const PGresult* result, std::string_view what) {
    const auto state = sqlstate_of(result);
    if (state.empty()) {
        return lost_failure(what);
    }
    auto name = field_of(result, PG_DIAG_CONSTRAINT_NAME);
    if (name.empty()) {
        name = field_of(result, PG_DIAG_TABLE_NAME);
    }
    return state_failure(state, what, name);
}

Failure connect_failure(const PGconn* connection, std::string_view shown,
                        std::string_view password) {
    const auto message = clean(PQerrorMessage(connection), password);
    const auto what = fmt::format("connect to {}", shown);
    if (const auto state = state_in(message); !state.empty()) {
        return state_failure(state, what);
    }
    if (message.find("no password supplied") != std::string::npos) {
        return state_failure("28P01", what);
    }
    return fail(ErrorCode::Unavailable,
                "{}: {}: check host and port in store.url, and that the server runs", what,
                message);
}

Failure lost_failure(std::string_view what) {
    return fail(ErrorCode::Unavailable, "{}: the connection to the server was lost", what);
}

std::string sqlstate_of(const PGresult* result) { return field_of(result, PG_DIAG_SQLSTATE); }

bool is_rerun_state(std::string_view sqlstate) {
    return sqlstate == "40001" || sqlstate == "40P01";
}

}  // namespace oidor::store::postgres
