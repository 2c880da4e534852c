#include "store/sqlite/statement.hpp"

#include <algorithm>
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

bool Row::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Row::int64(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Row::view(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return bytes != nullptr ? std::string_view(bytes, size) : std::string_view();
}

std::optional<std::string> Row::optional_text(int column) const {
    return is_null(column) ? std::nullopt : std::optional(text(column));
}

std::optional<std::int64_t> Row::optional_int64(int column) const {
    return is_null(column) ? std::nullopt : std::optional(int64(column));
}

Timestamp Row::time(int column) const {
    return Timestamp(std::chrono::microseconds(int64(column)));
}

std::optional<Timestamp> Row::optional_time(int column) const {
    return is_null(column) ? std::nullopt : std::optional(time(column));
}

Uuid Row::uuid(int column) const {
    Uuid uuid;
    const auto bytes = view(column);
    std::copy_n(bytes.begin(), std::min(bytes.size(), uuid.bytes.size()), uuid.bytes.begin());
    return uuid;
}

Sha256 Row::sha256(int column) const {
    Sha256 hash = {};
    const auto bytes = view(column);
    std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
    return hash;
}

void Binder::note(int result) {
    if (result_ == SQLITE_OK) {
        result_ = result;
    }
    ++next_;
}

void Binder::bind(std::nullptr_t) { note(sqlite3_bind_null(statement_, next_)); }

void Binder::bind(std::int64_t value) { note(sqlite3_bind_int64(statement_, next_, value)); }

void Binder::bind(std::string_view text) {
    // A null pointer would bind NULL.
    const char* data = text.data() != nullptr ? text.data() : "";
    note(sqlite3_bind_text64(statement_, next_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Binder::bind(Blob blob) {
    const char* data = blob.bytes.data() != nullptr ? blob.bytes.data() : "";
    note(sqlite3_bind_blob64(statement_, next_, data, blob.bytes.size(), SQLITE_STATIC));
}

}  // namespace oidor::store::sqlite
