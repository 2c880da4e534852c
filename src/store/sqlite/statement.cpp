#include "store/sqlite/statement.hpp"

#include <cerrno>

#include <sqlite3.h>

namespace oidor::store::sqlite {
namespace {

struct Meaning {
    ErrorCode code;
    std::string_view cure;  ///< What the operator does about it.
};

Meaning meaning_of(int result, int system_error) {
    switch (result & 0xFF) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return {ErrorCode::Unavailable,
                    "another program holds the store; close it or wait until it has finished"};
        case SQLITE_FULL:
            return {ErrorCode::Unavailable, "the disk is full; free space in the data folder"};
        case SQLITE_IOERR:
            return {ErrorCode::Unavailable,
                    "the disk failed; check the system's log and the free space and limits of the "
                    "data folder"};
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return {ErrorCode::Forbidden,
                    "no permission to write; give this user the data folder and its files"};
        case SQLITE_CANTOPEN:
            if (system_error == EACCES || system_error == EROFS || system_error == EPERM) {
                return {ErrorCode::Forbidden,
                        "no permission; give this user the data folder and its files"};
            }
            return {ErrorCode::Unavailable, "check that the data folder exists and is a folder"};
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return {ErrorCode::Corrupt,
                    "the file is damaged or no store; set it aside and restore a backup"};
        case SQLITE_CONSTRAINT: return {ErrorCode::Conflict, ""};
        case SQLITE_TOOBIG: return {ErrorCode::TooLarge, ""};
        case SQLITE_NOMEM: return {ErrorCode::Unavailable, "out of memory; give this machine more"};
        default: return {ErrorCode::Internal, ""};
    }
}

}  // namespace

Failure sqlite_failure(sqlite3* database, int result, std::string_view what) {
    const int extended = database != nullptr ? sqlite3_extended_errcode(database) : result;
    const int system_error = database != nullptr ? sqlite3_system_errno(database) : 0;
    const auto meaning = meaning_of(result, system_error);
    // Only the kind of the failure, and for constraints the names of columns: never a value.
    const char* text = (result & 0xFF) == SQLITE_CONSTRAINT && database != nullptr
                           ? sqlite3_errmsg(database)
                           : sqlite3_errstr(result);
    if (meaning.code == ErrorCode::Internal && database != nullptr) {
        text = sqlite3_errmsg(database);
    }
    if (meaning.cure.empty()) {
        return fail(meaning.code, "{}: {} (sqlite {})", what, text, extended);
    }
    return fail(meaning.code, "{}: {} (sqlite {}): {}", what, text, extended, meaning.cure);
}

bool StatementRow::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t StatementRow::int64(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string_view StatementRow::view(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return bytes != nullptr ? std::string_view(bytes, size) : std::string_view();
}

namespace {

struct Bind {
    sqlite3_stmt* statement;
    int position;

    int operator()(std::nullptr_t) const { return sqlite3_bind_null(statement, position); }
    int operator()(std::int64_t value) const {
        return sqlite3_bind_int64(statement, position, value);
    }
    int operator()(std::string_view text) const {
        // A null pointer would bind NULL.
        const char* data = text.data() != nullptr ? text.data() : "";
        return sqlite3_bind_text64(statement, position, data, text.size(), SQLITE_STATIC,
                                   SQLITE_UTF8);
    }
    int operator()(Blob blob) const {
        const char* data = blob.bytes.data() != nullptr ? blob.bytes.data() : "";
        return sqlite3_bind_blob64(statement, position, data, blob.bytes.size(), SQLITE_STATIC);
    }
};

}  // namespace

int bind_all(sqlite3_stmt* statement, std::span<const sql::Param> params) {
    int position = 0;
    for (const auto& param : params) {
        const int result = std::visit(Bind{statement, ++position}, param);
        if (result != SQLITE_OK) {
            return result;
        }
    }
    return SQLITE_OK;
}

}  // namespace oidor::store::sqlite
