// All tables of a PostgreSQL schema: read in one snapshot through cursors, or filled by somebody
// who is alone with it.
#include "store/sql/tables.hpp"

#include <map>

#include "store/postgres/arrays.hpp"
#include "store/postgres/connection.hpp"
#include "store/postgres/in_use.hpp"
#include "store/postgres/migrations.hpp"
#include "store/postgres/target.hpp"

namespace oidor::store {
namespace {

using postgres::Array;
using postgres::Connection;
using postgres::Element;

/// Bodies of events are up to a megabyte: so many of them are held at once.
constexpr int kFetchRows = 64;

std::optional<ColumnKind> kind_of(std::string_view type) {
    if (type == "bigint" || type == "smallint" || type == "integer") {
        return ColumnKind::Integer;
    }
    if (type == "text") {
        return ColumnKind::Text;
    }
    return type == "bytea" || type == "uuid" ? std::optional(ColumnKind::Bytes) : std::nullopt;
}

Element element_of(std::string_view type) {
    if (type == "text") {
        return Element::Text;
    }
    if (type == "uuid") {
        return Element::Uuid;
    }
    return type == "bytea" ? Element::Bytes : Element::Int64;
}

std::string_view sent_as(Element element) {
    switch (element) {
        case Element::Text: return "text";
        case Element::Uuid: return "uuid";
        case Element::Bytes: return "bytea";
        case Element::Int64: return "bigint";
    }
    return "";
}

struct Add {
    Array& array;
    void operator()(std::nullptr_t) const { array.add_null(); }
    void operator()(std::int64_t value) const { array.add(value); }
    void operator()(std::string_view text) const { array.add(text); }
    void operator()(Bytes raw) const { array.add(raw.bytes); }
};

class PostgresTables final : public sql::SqlTables {
  public:
    PostgresTables(postgres::Target target, std::unique_ptr<Connection> connection)
        : target_(std::move(target)), connection_(std::move(connection)) {}

    [[nodiscard]] std::string name() const override { return target_.shown + schema_; }

    Result<void> open(Hold hold) {
        // A table takes as long as it takes, and so does whoever reads it.
        TRY(execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0"));
        TRY(connection_->first("SELECT current_schema()", [&](const sql::Row& row) {
            schema_ = row.view(0) == "public" ? "" : " (schema " + row.text(0) + ")";
        }));
        if (hold == Hold::Alone) {
            TRY(postgres::claim_store(*connection_));
        }
        return {};
    }

    Result<void> open_snapshot(Hold hold) {
        TRY_ASSIGN(const bool is_store, has_table(sql::kHistory));
        TRY(execute("BEGIN ISOLATION LEVEL REPEATABLE READ"));
        if (hold == Hold::Alone && is_store) {
            // Whoever writes all the same waits until the copy has ended.
            TRY_ASSIGN(const auto found, find_tables());
            std::string list;
            for (const auto& [table, columns] : found) {
                list += (list.empty() ? "" : ", ") + sql::quoted_name(table);
            }
            // The snapshot is taken by the first look behind the locks.
            connection_->roll_back();
            TRY(execute("BEGIN ISOLATION LEVEL REPEATABLE READ"));
            TRY(execute("LOCK TABLE " + list + " IN SHARE MODE"));
        }
        return load();
    }

  protected:
    sql::Connection& connection() override { return *connection_; }
    Result<void> execute(const std::string& script) override {
        return connection_->execute(script);
    }

    Result<void> transact(sql::FunctionRef<Result<void>()> work) override {
        TRY(execute("BEGIN"));
        auto done = work();
        if (done) {
            done = connection_->commit();
        }
        connection_->roll_back();
        return done;
    }

    Result<void> stream(const std::string& statement, std::span<const sql::Param> params,
                        sql::FunctionRef<Result<void>(const sql::Row&)> read) override {
        // A source is in its snapshot already; a target reads itself back in one of its own.
        const bool own = !connection_->in_transaction();
        if (own) {
            TRY(execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
        }
        const auto done = [&]() -> Result<void> {
            TRY(connection_->each_of("DECLARE all_rows NO SCROLL CURSOR FOR " + statement, params,
                                     [](const sql::Row&) {}));
            const auto fetched = fetch_all(read);
            // The snapshot outlives a reader that gave up, and the next one needs the name.
            const auto closed = execute("CLOSE all_rows");
            TRY(fetched);
            return closed;
        }();
        if (own) {
            connection_->roll_back();
        }
        return done;
    }

    Result<void> insert(const Table& table, std::span<const Value> values) override {
        const auto width = table.columns.size();
        std::vector<Array> arrays;
        std::string casts;
        std::string places;
        std::string names;
        for (std::size_t i = 0; i < width; ++i) {
            const auto& type = types_[table.name][table.columns[i].name];
            const auto element = element_of(type);
            arrays.emplace_back(element);
            casts += fmt::format("{}c{}::{}", i == 0 ? "" : ", ", i, type);
            places += fmt::format("{}?::{}[]", i == 0 ? "" : ", ", sent_as(element));
            names += fmt::format("{}c{}", i == 0 ? "" : ", ", i);
        }
        for (std::size_t at = 0; at < values.size(); ++at) {
            std::visit(Add{arrays[at % width]}, values[at]);
        }
        std::vector<sql::Param> params;
        for (const auto& array : arrays) {
            params.emplace_back(array.param());
        }
        return connection_->each_of(
            fmt::format("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM unnest({}) "
                        "AS r ({})",
                        sql::quoted_name(table.name), sql::column_list(table), casts, places,
                        names),
            params, [](const sql::Row&) {});
    }

    Result<int> read_version() override { return postgres::schema_version(*connection_); }
    Result<bool> has_table(std::string_view table) override {
        return postgres::has_table(*connection_, table);
    }

    Result<sql::FoundTables> find_tables() override {
        sql::FoundTables found;
        types_.clear();
        TRY(connection_->each(
            "SELECT c.table_name::text, c.column_name::text, c.data_type::text "
            "FROM information_schema.columns c JOIN information_schema.tables t "
            "ON t.table_schema = c.table_schema AND t.table_name = c.table_name "
            "WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' "
            "AND c.table_name NOT IN (?, ?)",
            [&](const sql::Row& row) {
                found[row.text(0)][row.text(1)] = kind_of(row.view(2));
                types_[row.text(0)][row.text(1)] = row.text(2);
            },
            sql::kHistory, sql::kUnfinished));
        return found;
    }

    Result<void> migrate_to(int version, Timestamp now) override {
        TRY(postgres::migrate(*connection_,
                              postgres_migrations().first(static_cast<std::size_t>(version)), now));
        return {};
    }

    Result<void> set_triggers(bool on) override {
        for (const auto& table : tables()) {
            TRY(execute(fmt::format("ALTER TABLE {} {} TRIGGER USER", sql::quoted_name(table.name),
                                    on ? "ENABLE" : "DISABLE")));
        }
        return {};
    }

    Result<void> set_numbers() override {
        std::vector<std::pair<std::string, std::string>> numbered;
        TRY(connection_->each(
            "SELECT table_name::text, column_name::text FROM information_schema.columns "
            "WHERE table_schema = current_schema() "
            "AND (is_identity = 'YES' OR column_default LIKE 'nextval(%')",
            [&](const sql::Row& row) { numbered.emplace_back(row.text(0), row.text(1)); }));
        for (const auto& [table, column] : numbered) {
            TRY(connection_->first(
                fmt::format("SELECT setval(pg_get_serial_sequence('{0}', '{2}'), "
                            "coalesce(max({1}), 0) + 1, false) FROM {0}",
                            sql::quoted_name(table), sql::quoted_name(column), column),
                [](const sql::Row&) {}));
        }
        return {};
    }

  private:
    Result<void> fetch_all(sql::FunctionRef<Result<void>(const sql::Row&)> read) {
        const auto fetch = fmt::format("FETCH {} FROM all_rows", kFetchRows);
        for (;;) {
            int rows = 0;
            Result<void> outcome;
            TRY(connection_->each(fetch, [&](const sql::Row& row) {
                ++rows;
                if (outcome) {
                    outcome = read(row);
                }
            }));
            TRY(std::move(outcome));
            if (rows < kFetchRows) {
                return {};
            }
        }
    }

    postgres::Target target_;
    std::unique_ptr<Connection> connection_;
    std::string schema_ = {};
    std::map<std::string, std::map<std::string, std::string>> types_ = {};
};

Result<std::unique_ptr<PostgresTables>> open_tables(const Secret& url, Hold hold) {
    TRY_ASSIGN(auto target, postgres::read_target({.url = url}));
    TRY_ASSIGN(auto connection, Connection::open(target));
    auto tables = std::make_unique<PostgresTables>(std::move(target), std::move(connection));
    if (const auto opened = tables->open(hold); !opened) {
        return fail(opened.error().within(tables->name()));
    }
    return tables;
}

}  // namespace

Result<std::unique_ptr<TableSource>> open_postgres_source(const Secret& url, Hold hold) {
    TRY_ASSIGN(auto tables, open_tables(url, hold));
    if (const auto opened = tables->open_snapshot(hold); !opened) {
        return fail(opened.error().within(tables->name()));
    }
    return std::unique_ptr<TableSource>(std::move(tables));
}

Result<std::unique_ptr<TableTarget>> open_postgres_target(const Secret& url) {
    TRY_ASSIGN(auto tables, open_tables(url, Hold::Alone));
    return std::unique_ptr<TableTarget>(std::move(tables));
}

}  // namespace oidor::store
