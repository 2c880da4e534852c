#include "store/sql/tables.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "base/json.hpp"

namespace oidor::store::sql {
namespace {

/// The row of the mark that is about the whole; the others are called like their tables.
constexpr std::string_view kWhole = "";

std::string key_list(const Table& table) {
    std::string list;
    for (const auto place : table.key) {
        list += (list.empty() ? "" : ", ") + quoted_name(table.columns[place].name);
    }
    return list;
}

Value to_value(const Row& row, int column, ColumnKind kind) {
    if (row.is_null(column)) {
        return nullptr;
    }
    switch (kind) {
        case ColumnKind::Integer: return row.int64(column);
        case ColumnKind::Text: return row.view(column);
        case ColumnKind::Bytes: return Bytes{row.view(column)};
    }
    return nullptr;
}

std::string format_position(const TablePosition& position) {
    const auto* after = reinterpret_cast<const std::uint8_t*>(position.after.data());
    return format_json(json::object{{"rows", position.rows},
                                    {"after", to_hex({after, position.after.size()})},
                                    {"done", position.done}});
}

std::optional<std::string> parse_hex(std::string_view hex) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string bytes;
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
        const auto high = kDigits.find(hex[at]);
        const auto low = kDigits.find(hex[at + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) {
            return std::nullopt;
        }
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

Result<json::object> read_state(const std::string& text) {
    TRY_ASSIGN(auto value, parse_json(text));
    if (!value.is_object()) {
        return fail(ErrorCode::Corrupt, "the mark of the copy is damaged");
    }
    return std::move(value.as_object());
}

/// What the database has must be what its migrations made; tables of others are theirs.
Result<void> compare(const std::vector<Table>& wanted, const FoundTables& found, int version) {
    for (const auto& table : wanted) {
        const auto there = found.find(table.name);
        if (there == found.end()) {
            return fail(ErrorCode::Corrupt, "the schema {} lacks the table {}: restore a backup",
                        version, table.name);
        }
        for (const auto& column : table.columns) {
            const auto same = there->second.find(column.name);
            if (same == there->second.end() || same->second != column.kind) {
                return fail(ErrorCode::Corrupt,
                            "the schema {} has no column {}.{} of {}: somebody changed it by hand",
                            version, table.name, column.name, format(column.kind));
            }
        }
        if (there->second.size() != table.columns.size()) {
            return fail(ErrorCode::Corrupt,
                        "the table {} has columns that schema {} does not know: somebody changed "
                        "it by hand, and they would be lost",
                        table.name, version);
        }
    }
    return {};
}

}  // namespace

std::string quoted_name(std::string_view name) { return fmt::format("\"{}\"", name); }

std::string column_list(const Table& table) {
    std::string list;
    for (const auto& column : table.columns) {
        list += (list.empty() ? "" : ", ") + quoted_name(column.name);
    }
    return list;
}

Param to_param(const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
        return *number;
    }
    if (const auto* text = std::get_if<std::string_view>(&value)) {
        return *text;
    }
    if (const auto* raw = std::get_if<Bytes>(&value)) {
        return Blob{raw->bytes};
    }
    return nullptr;
}

Result<void> check_finished(bool marked) {
    if (marked) {
        return fail(ErrorCode::Unavailable,
                    "the store is not finished: a restore or copy into it is under way or was "
                    "interrupted; run that command again, or empty this store");
    }
    return {};
}

Result<void> SqlTables::load_version(int version) {
    TRY_ASSIGN(tables_, tables_of(version));
    version_ = version;
    TRY_ASSIGN(const auto found, find_tables());
    return compare(tables_, found, version);
}

Result<void> SqlTables::load() {
    TRY_ASSIGN(const int version, read_version());
    TRY_ASSIGN(const bool marked, has_table(kUnfinished));
    TRY(check_finished(marked));
    if (version == 0) {
        return fail(ErrorCode::NotFound, "there is no store: check the path or URL");
    }
    return load_version(version);
}

Result<std::int64_t> SqlTables::count_rows(const Table& table) {
    std::int64_t count = 0;
    TRY(connection().first("SELECT count(*) FROM " + quoted_name(table.name),
                           [&](const Row& row) { count = row.int64(0); }));
    return count;
}

Result<void> SqlTables::each_row(const Table& table, const TablePosition& from,
                                 const RowReader& read) {
    auto statement = fmt::format("SELECT {} FROM {}", column_list(table), quoted_name(table.name));
    const auto keys = key_list(table);
    std::vector<Param> params;
    if (!from.after.empty()) {
        std::vector<Value> after(table.key.size());
        std::string_view bytes = from.after;
        TRY(take_row(bytes, after));
        std::string places;
        for (const auto& value : after) {
            params.push_back(to_param(value));
            places += places.empty() ? "?" : ", ?";
        }
        statement += fmt::format(" WHERE ({}) > ({})", keys, places);
    }
    if (!keys.empty()) {
        statement += " ORDER BY " + keys;
    }
    std::vector<Value> values(table.columns.size());
    return stream(statement, params, [&](const Row& row) -> Result<void> {
        for (std::size_t i = 0; i < values.size(); ++i) {
            values[i] = to_value(row, static_cast<int>(i), table.columns[i].kind);
        }
        return read(values);
    });
}

Result<void> SqlTables::check_empty(const std::vector<Sha256>& shipped) {
    for (const auto& table : tables_) {
        auto condition = std::string();
        std::vector<Param> params;
        if (table.name == "scorecards") {
            for (const auto& hash : shipped) {
                condition += condition.empty() ? " WHERE sha256 NOT IN (?" : ", ?";
                params.push_back(sql::to_param(hash));
            }
            condition += condition.empty() ? "" : ")";
        }
        bool holds = false;
        TRY(connection().each_of(
            fmt::format("SELECT 1 FROM {}{} LIMIT 1", quoted_name(table.name), condition), params,
            [&](const Row&) { holds = true; }));
        if (holds) {
            return fail(ErrorCode::Conflict,
                        "{} holds rows already (in {}): nothing was changed; choose an empty data "
                        "folder or database, or set that one aside",
                        name(), table.name);
        }
    }
    return {};
}

Result<bool> SqlTables::take_up(int version, const std::string& from, Timestamp now) {
    TRY_ASSIGN(const auto whole, find_state(kWhole));
    TRY_ASSIGN(const auto state, read_state(whole.value_or("{}")));
    if (find_string(state, "from") != from || find_int64(state, "version") != version) {
        return fail(ErrorCode::Conflict,
                    "{} belongs to an unfinished copy of {}: finish that one, or empty the target",
                    name(), find_string(state, "from").value_or("another store"));
    }
    complete_ = find_bool(state, "complete").value_or(false);
    if (complete_) {
        // The schema may be newer already; nothing is read by the tables of the older one any more.
        TRY_ASSIGN(version_, read_version());
        TRY_ASSIGN(tables_, tables_of(version_));
        return true;
    }
    TRY(migrate_to(version, now));
    TRY(load_version(version));
    TRY(set_triggers(false));
    return true;
}

Result<void> SqlTables::make_mark(int version, const std::string& from) {
    TRY(execute(fmt::format("CREATE TABLE {} (name TEXT NOT NULL PRIMARY KEY, state TEXT NOT NULL)",
                            kUnfinished)));
    return put_state(kWhole, format_json(json::object{{"from", from}, {"version", version}}));
}

Result<bool> SqlTables::begin(int version, const std::string& from,
                              const std::vector<Sha256>& shipped, Timestamp now) {
    TRY_ASSIGN(const bool marked, has_table(kUnfinished));
    if (marked) {
        return take_up(version, from, now);
    }
    TRY_ASSIGN(const int present, read_version());
    if (present != 0) {
        TRY(load_version(present));
        TRY(check_empty(shipped));
        if (present > version) {
            return fail(ErrorCode::Conflict,
                        "{} is empty but has schema {}, newer than what comes into it ({}): choose "
                        "a data folder or database that was never opened",
                        name(), present, version);
        }
    }
    // Cut off in this or behind it, it is an empty store, which the next run takes.
    TRY(migrate_to(version, now));
    TRY(load_version(version));
    TRY(set_triggers(false));
    const auto done = transact([&]() -> Result<void> {
        TRY(make_mark(version, from));
        return delete_rows();
    });
    TRY(done);
    return false;
}

Result<void> SqlTables::delete_rows() {
    for (auto table = tables_.rbegin(); table != tables_.rend(); ++table) {
        TRY(connection().run("DELETE FROM " + quoted_name(table->name)));
    }
    return {};
}

Result<void> SqlTables::put_state(std::string_view key, const std::string& state) {
    TRY(connection().run(fmt::format("INSERT INTO {} (name, state) VALUES (?, ?) "
                                     "ON CONFLICT (name) DO UPDATE SET state = excluded.state",
                                     kUnfinished),
                         key, state));
    return {};
}

Result<std::optional<std::string>> SqlTables::find_state(std::string_view key) {
    std::optional<std::string> state;
    TRY(connection().first(
        fmt::format("SELECT state FROM {} WHERE name = ?", kUnfinished),
        [&](const Row& row) { state = row.text(0); }, key));
    return state;
}

Result<TablePosition> SqlTables::position(const Table& table) {
    TRY_ASSIGN(const auto text, find_state(table.name));
    if (!text) {
        return TablePosition{};
    }
    TRY_ASSIGN(const auto state, read_state(*text));
    auto after = parse_hex(find_string(state, "after").value_or(""));
    if (!after) {
        return fail(ErrorCode::Corrupt, "the mark of the copy is damaged");
    }
    return TablePosition{.rows = find_int64(state, "rows").value_or(0),
                         .after = *std::move(after),
                         .done = find_bool(state, "done").value_or(false)};
}

Result<void> SqlTables::put_rows(const Table& table, std::span<const Value> values,
                                 const TablePosition& reached) {
    return transact([&]() -> Result<void> {
        if (!values.empty()) {
            TRY(insert(table, values));
        }
        return put_state(table.name, format_position(reached));
    });
}

Result<void> SqlTables::start_over() {
    return transact([&]() -> Result<void> {
        TRY(delete_rows());
        TRY(connection().run(fmt::format("DELETE FROM {} WHERE name <> ''", kUnfinished)));
        return {};
    });
}

Result<void> SqlTables::set_complete() {
    TRY(set_triggers(true));
    const auto done = transact([&]() -> Result<void> {
        TRY(set_numbers());
        TRY_ASSIGN(const auto whole, find_state(kWhole));
        TRY_ASSIGN(auto state, read_state(whole.value_or("{}")));
        state["complete"] = true;
        return put_state(kWhole, format_json(state));
    });
    TRY(done);
    complete_ = true;
    return {};
}

Result<void> SqlTables::migrate_up(Timestamp now) {
    TRY(migrate_to(newest_schema_version(), now));
    return load_version(newest_schema_version());
}

Result<std::int64_t> SqlTables::put_right(const RestoredOptions& options) {
    std::int64_t tombstones = 0;
    const auto righted = transact([&]() -> Result<void> {
        // The attempt was cut off by us, not by a fault of its own.
        TRY(connection().run(
            "UPDATE jobs SET state = 'queued', lease_until = NULL, again_priority = NULL, "
            "again_run_at = NULL, priority = CASE WHEN again_priority > priority "
            "THEN again_priority ELSE priority END, "
            "attempts = CASE WHEN attempts > 0 THEN attempts - 1 ELSE 0 END "
            "WHERE state = 'running'"));
        // Somebody who signed out since would be signed in again.
        TRY(connection().run("DELETE FROM sessions"));
        for (const auto& stone : options.tombstones) {
            TRY(
                connection().run("INSERT INTO tombstones (kind, identity_hash, erased_at) "
                                 "VALUES (?, ?, ?) ON CONFLICT (kind, identity_hash) DO NOTHING",
                                 stone.kind, Blob{stone.identity_hash}, stone.erased_at));
        }
        TRY(connection().first("SELECT count(*) FROM tombstones",
                               [&](const Row& row) { tombstones = row.int64(0); }));
        return {};
    });
    TRY(righted);
    return tombstones;
}

Result<void> SqlTables::finish() {
    return transact(
        [&]() -> Result<void> { return execute(fmt::format("DROP TABLE {}", kUnfinished)); });
}

}  // namespace oidor::store::sql
