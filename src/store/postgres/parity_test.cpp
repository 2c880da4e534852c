// The two schemas are the same but for what is listed here.
#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "store/postgres/test_server.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/test_folder.hpp"

namespace oidor::store::postgres {
namespace {

using Facts = std::set<std::string>;

// Several connections write PostgreSQL at once, so one constraint holds an event's identity;
// SQLite, with one writer, spares an index of keys that lie far apart.
const Facts kOnlySqlite = {
    "events unique (conversation_id,external_id,kind,body_sha256)",
    "events unique events_with_own_id (source,account,external_id,kind,body_sha256) partial",
    "jobs index jobs_waiting (kind,priority,run_at) partial",
};
const Facts kOnlyPostgres = {
    "events unique (source,account,external_id,kind,body_sha256)",
    "events index events_by_conversation (conversation_id,sequence)",
    // Claims walk it in its order, highest priority first.
    "jobs index jobs_waiting (kind,priority,run_at,id) partial",
};

void read_sqlite_indexes(sql::Connection& connection, const std::string& table, Facts& facts) {
    std::map<std::string, std::string> indexes;
    must(connection.each(
        "SELECT l.name, l.\"unique\", l.origin, l.partial, coalesce(i.name, 'expression') "
        "FROM pragma_index_list(?) l JOIN pragma_index_info(l.name) i ORDER BY l.name, i.seqno",
        [&](const sql::Row& row) {
            if (row.view(2) == "pk") {
                return;
            }
            auto& text = indexes[row.text(0)];
            if (text.empty()) {
                text = table + (row.boolean(1) ? " unique " : " index ") +
                       (row.view(2) == "c" ? row.text(0) + " " : "") +
                       (row.boolean(3) ? "partial" : "") + "(";
            } else {
                text += ",";
            }
            text += row.view(4);
        },
        table));
    for (auto& [name, text] : indexes) {
        const auto partial = text.find("partial(");
        if (partial != std::string::npos) {
            text.erase(partial, 7);
        }
        facts.insert(text + ")" + (partial != std::string::npos ? " partial" : ""));
    }
}

void read_sqlite_table(sql::Connection& connection, const std::string& table, Facts& facts) {
    std::map<std::int64_t, std::string> primary;
    must(connection.each(
        "SELECT name, type, \"notnull\", pk FROM pragma_table_info(?)",
        [&](const sql::Row& row) {
            const bool needed = row.boolean(2) || row.int64(3) > 0;
            const std::string kind = row.view(1) == "TEXT"   ? "text"
                                     : row.view(1) == "BLOB" ? "bytes"
                                                             : "integer";
            facts.insert(table + "." + row.text(0) + " " + kind + (needed ? " needed" : ""));
            if (row.int64(3) > 0) {
                primary[row.int64(3)] = row.text(0);
            }
        },
        table));
    std::string key;
    for (const auto& [place, column] : primary) {
        key += (key.empty() ? "" : ",") + column;
    }
    if (!key.empty()) {
        facts.insert(table + " primary (" + key + ")");
    }
    must(connection.each(
        "SELECT \"from\", \"table\", \"to\" FROM pragma_foreign_key_list(?)",
        [&](const sql::Row& row) {
            facts.insert(table + "." + row.text(0) + " refers to " + row.text(1) + "." +
                         row.text(2));
        },
        table));
    read_sqlite_indexes(connection, table, facts);
}

Facts read_sqlite() {
    const sqlite::TestFolder folder;
    const SystemClock clock;
    must(open_sqlite_store({.path = folder.file()}, clock));
    const auto connection = must(
        sqlite::Connection::open(folder.file(), std::chrono::seconds(1), sqlite::Access::ReadOnly));
    std::vector<std::string> tables;
    must(
        connection->each("SELECT name FROM sqlite_schema WHERE type = 'table' "
                         "AND name NOT LIKE 'sqlite_%'",
                         [&](const sql::Row& row) { tables.push_back(row.text(0)); }));
    Facts facts;
    for (const auto& table : tables) {
        read_sqlite_table(*connection, table, facts);
    }
    return facts;
}

Facts read_postgres() {
    const TestSchema schema;
    const SystemClock clock;
    must(open_postgres_store(schema.options(), clock));
    const auto connection = schema.open_raw();
    Facts facts;
    must(connection->each(
        "SELECT table_name || '.' || column_name || CASE data_type WHEN 'text' THEN ' text' "
        "WHEN 'uuid' THEN ' bytes' WHEN 'bytea' THEN ' bytes' WHEN 'bigint' THEN ' integer' "
        "WHEN 'smallint' THEN ' integer' ELSE ' ' || data_type END "
        "|| CASE is_nullable WHEN 'NO' THEN ' needed' ELSE '' END "
        "FROM information_schema.columns WHERE table_schema = current_schema()",
        [&](const sql::Row& row) { facts.insert(row.text(0)); }));
    must(connection->each(
        "SELECT t.relname || CASE WHEN x.indisprimary THEN ' primary ' "
        "WHEN x.indisunique THEN ' unique ' ELSE ' index ' END "
        "|| CASE WHEN EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = x.indexrelid "
        "AND c.contype IN ('p', 'u')) THEN '' ELSE i.relname || ' ' END "
        "|| '(' || (SELECT string_agg(coalesce(a.attname::text, 'expression'), ',' ORDER BY k.n) "
        "FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k (attnum, n) LEFT JOIN pg_attribute a "
        "ON a.attrelid = t.oid AND a.attnum = k.attnum AND k.attnum > 0) || ')' "
        "|| CASE WHEN x.indpred IS NULL THEN '' ELSE ' partial' END "
        "FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid "
        "JOIN pg_class i ON i.oid = x.indexrelid "
        "WHERE t.relnamespace = current_schema()::regnamespace",
        [&](const sql::Row& row) { facts.insert(row.text(0)); }));
    must(connection->each(
        "SELECT t.relname || '.' || a.attname || ' refers to ' || r.relname || '.' || b.attname "
        "FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid "
        "JOIN pg_class r ON r.oid = c.confrelid "
        "JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1] "
        "JOIN pg_attribute b ON b.attrelid = r.oid AND b.attnum = c.confkey[1] "
        "WHERE c.contype = 'f' AND t.relnamespace = current_schema()::regnamespace",
        [&](const sql::Row& row) { facts.insert(row.text(0)); }));
    return facts;
}

Facts only_in(const Facts& some, const Facts& others) {
    Facts only;
    std::ranges::set_difference(some, others, std::inserter(only, only.end()));
    return only;
}

TEST(Parity, both_schemas_are_the_same_but_for_what_is_listed) {
    const auto sqlite = read_sqlite();
    const auto postgres = read_postgres();
    EXPECT_GT(sqlite.size(), 150U);
    EXPECT_EQ(only_in(sqlite, postgres), kOnlySqlite);
    EXPECT_EQ(only_in(postgres, sqlite), kOnlyPostgres);
}

}  // namespace
}  // namespace oidor::store::postgres
