#include "store/postgres/connection.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <list>
#include <vector>

#include <libpq-fe.h>
#include <poll.h>

#include "base/time.hpp"
#include "store/postgres/failure.hpp"
#include "store/postgres/text.hpp"

namespace oidor::store::postgres {
namespace {

/// Statements of filters are put together while the program runs; beyond this they are not kept.
constexpr std::size_t kPreparedMax = 256;
constexpr int kServerVersionMin = 150000;

// The numbers of types in pg_type.
constexpr Oid kBool = 16;
constexpr Oid kInt8 = 20;
constexpr Oid kInt2 = 21;
constexpr Oid kInt4 = 23;
constexpr Oid kText = 25;

/// `?` and `?2` as PostgreSQL writes them: `$1`, `$2`.
std::string number_params(std::string_view sql) {
    std::string numbered;
    int next = 0;
    for (std::size_t at = 0; at < sql.size(); ++at) {
        if (sql[at] != '?') {
            numbered += sql[at];
            continue;
        }
        numbered += '$';
        const bool has_number = at + 1 < sql.size() && sql[at + 1] >= '0' && sql[at + 1] <= '9';
        if (!has_number) {
            numbered += std::to_string(++next);
        }
    }
    return numbered;
}

/// The values of one call in the form in which the library takes them.
class Values {
  public:
    explicit Values(std::span<const sql::Param> params) {
        for (const auto& param : params) {
            std::visit([this](const auto& value) { add(value); }, param);
        }
    }
    std::vector<const char*> pointers = {};
    std::vector<int> sizes = {};
    std::vector<int> formats = {};

  private:
    enum Format { Textual = 0, Binary = 1 };
    void push(const char* data, std::size_t size, Format format) {
        pointers.push_back(data);
        sizes.push_back(static_cast<int>(size));
        formats.push_back(format);
    }
    void add(std::nullptr_t) { push(nullptr, 0, Textual); }
    void add(std::int64_t value) {
        // As text it fits whatever integer the server expects.
        const auto& text = owned_.emplace_back(std::to_string(value));
        push(text.c_str(), text.size(), Textual);
    }
    void add(std::string_view text) {
        if (auto escaped = escape_text(text)) {
            text = owned_.emplace_back(std::move(*escaped));
        }
        // Binary text is the bytes themselves: no end mark is needed.
        push(text.data() != nullptr ? text.data() : "", text.size(), Binary);
    }
    void add(sql::Blob blob) {
        push(blob.bytes.data() != nullptr ? blob.bytes.data() : "", blob.bytes.size(), Binary);
    }

    std::list<std::string> owned_ = {};
};

/// A row of a binary result.
class ResultRow final : public sql::Row {
  public:
    explicit ResultRow(const PGresult* result) : result_(result) {}
    void go_to(int row) {
        row_ = row;
        unescaped_.clear();
    }

    [[nodiscard]] bool is_null(int column) const override {
        return PQgetisnull(result_, row_, column) != 0;
    }
    [[nodiscard]] std::int64_t int64(int column) const override {
        const auto bytes = raw(column);
        std::uint64_t value = 0;
        for (const char byte : bytes) {
            value = value << 8U | static_cast<unsigned char>(byte);
        }
        switch (PQftype(result_, column)) {
            case kInt8: return bytes.size() == 8 ? static_cast<std::int64_t>(value) : 0;
            case kInt4: return static_cast<std::int32_t>(value);
            case kInt2: return static_cast<std::int16_t>(value);
            case kBool: return value != 0 ? 1 : 0;
            default: return 0;
        }
    }
    [[nodiscard]] std::string_view view(int column) const override {
        const auto bytes = raw(column);
        if (PQftype(result_, column) == kText) {
            if (auto unescaped = unescape_text(bytes)) {
                return unescaped_.emplace_back(std::move(*unescaped));
            }
        }
        return bytes;
    }

  private:
    [[nodiscard]] std::string_view raw(int column) const {
        return {PQgetvalue(result_, row_, column),
                static_cast<std::size_t>(PQgetlength(result_, row_, column))};
    }

    const PGresult* result_;
    int row_ = 0;
    mutable std::list<std::string> unescaped_ = {};
};

/// Connects without blocking, so that the deadline holds for name, network and sign-in together.
bool run_connect(PGconn* connection, Deadline deadline) {
    auto wants = PGRES_POLLING_WRITING;
    while (wants == PGRES_POLLING_READING || wants == PGRES_POLLING_WRITING) {
        const auto events = static_cast<short>(wants == PGRES_POLLING_READING ? POLLIN : POLLOUT);
        pollfd waited = {.fd = PQsocket(connection), .events = events, .revents = 0};
        // Rounded up: the deadline has passed when the wait ends.
        const auto left = static_cast<int>(deadline.remaining().count()) + 1;
        if (waited.fd < 0 || deadline.expired() || ::poll(&waited, 1, left) == 0) {
            return false;
        }
        wants = PQconnectPoll(connection);
    }
    return wants == PGRES_POLLING_OK;
}

}  // namespace

void Connection::FreeResult::operator()(pg_result* result) const { PQclear(result); }

Result<std::unique_ptr<Connection>> Connection::open(const Target& target) {
    const std::string url(target.url.reveal());
    // What stands before the URL may be said otherwise in it. A server that went away without a
    // word is noticed after 25 s.
    const std::array keywords = {"keepalives_idle",           "keepalives_interval",
                                 "keepalives_count",          "tcp_user_timeout",
                                 "fallback_application_name", "dbname",
                                 "client_encoding",           static_cast<const char*>(nullptr)};
    const std::array values = {"10",    "5",         "3",    "25000",
                               "oidor", url.c_str(), "UTF8", static_cast<const char*>(nullptr)};
    auto connection = std::unique_ptr<Connection>(
        new Connection(PQconnectStartParams(keywords.data(), values.data(), 1)));
    if (connection->handle_ == nullptr) {
        return fail(ErrorCode::Unavailable, "connect to {}: out of memory", target.shown);
    }
    // States instead of words: those are in the server's language.
    PQsetErrorVerbosity(connection->handle_, PQERRORS_SQLSTATE);
    const auto deadline = Deadline::after(target.connect_timeout);
    const bool started = PQstatus(connection->handle_) != CONNECTION_BAD;
    if (!started || !run_connect(connection->handle_, deadline)) {
        if (deadline.expired()) {
            return fail(ErrorCode::Unavailable,
                        "connect to {}: no answer within {} ms: check host and port in store.url, "
                        "and firewalls between",
                        target.shown, target.connect_timeout.count());
        }
        return connect_failure(connection->handle_, target.shown, target.password.reveal());
    }
    if (const auto ready = connection->set_up(target); !ready) {
        return fail(ready.error().within(fmt::format("connect to {}", target.shown)));
    }
    return connection;
}

Connection::~Connection() { PQfinish(handle_); }

Result<void> Connection::set_up(const Target& target) {
    PQsetNoticeProcessor(
        handle_, [](void*, const char*) {}, nullptr);
    TRY(check_server());
    // A commit that does not wait for the disk would make a receipt untrue; one that waits for more
    // (a standby) is left as it is.
    TRY(
        first("SELECT set_config('synchronous_commit', 'on', false) "
              "WHERE current_setting('synchronous_commit') = 'off'",
              [](const sql::Row&) {}));
    return execute(
        fmt::format("SET statement_timeout = {}; SET lock_timeout = {}; "
                    "SET idle_in_transaction_session_timeout = {}; SET jit = off; "
                    "SET default_transaction_isolation = 'read committed'",
                    target.statement_timeout.count(), target.lock_timeout.count(),
                    2 * target.statement_timeout.count()));
}

Result<void> Connection::check_server() {
    if (PQserverVersion(handle_) < kServerVersionMin) {
        return fail(ErrorCode::Unsupported, "the server is PostgreSQL {}; 15 or newer is needed",
                    PQserverVersion(handle_) / 10000);
    }
    std::string encoding;
    std::string fsync;
    bool standby = false;
    bool no_schema = false;
    TRY(
        first("SELECT current_setting('server_encoding'), current_setting('fsync'), "
              "pg_is_in_recovery(), current_schema() IS NULL",
              [&](const sql::Row& row) {
                  encoding = row.text(0);
                  fsync = row.text(1);
                  standby = row.boolean(2);
                  no_schema = row.boolean(3);
              }));
    if (encoding != "UTF8") {
        return fail(ErrorCode::Unsupported,
                    "the database's encoding is {}; create one with ENCODING 'UTF8'", encoding);
    }
    if (fsync != "on") {
        return fail(ErrorCode::Unsupported,
                    "the server runs with fsync = {}: what it has kept is lost when it loses "
                    "power; set fsync = on",
                    fsync);
    }
    if (standby) {
        return state_failure("25006", "store");
    }
    return no_schema ? Result<void>(state_failure("3F000", "store")) : Result<void>();
}

bool Connection::broken() const { return PQstatus(handle_) != CONNECTION_OK; }

bool Connection::in_transaction() const { return PQtransactionStatus(handle_) != PQTRANS_IDLE; }

bool Connection::may_rerun() const { return is_rerun_state(failed_state_); }

Result<void> Connection::check(const Answer& answer) {
    const auto status = PQresultStatus(answer.get());
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        return {};
    }
    failed_state_ = sqlstate_of(answer.get());
    if (broken()) {
        return lost_failure("store");
    }
    return result_failure(answer.get(), "store");
}

Result<void> Connection::execute(const std::string& script) {
    failed_state_.clear();
    return check(Answer(PQexec(handle_, script.c_str())));
}

Result<void> Connection::commit() {
    failed_state_.clear();
    const Answer answer(PQexec(handle_, "COMMIT"));
    TRY(check(answer));
    if (std::strcmp(PQcmdStatus(answer.get()), "COMMIT") != 0) {
        return fail(ErrorCode::Internal, "store: the server undid the transaction");
    }
    return {};
}

void Connection::roll_back() {
    if (!broken() && in_transaction()) {
        // What fails here breaks the connection, which is then thrown away. The reason to roll back
        // is what is asked for afterwards.
        const Answer answer(PQexec(handle_, "ROLLBACK"));
    }
}

Result<std::string> Connection::prepare(std::string_view sql) {
    if (const auto known = prepared_.find(sql); known != prepared_.end()) {
        return known->second;
    }
    const bool kept = prepared_.size() < kPreparedMax;
    auto name = kept ? fmt::format("s{}", prepared_.size()) : std::string();
    const Answer answer(PQprepare(handle_, name.c_str(), number_params(sql).c_str(), 0, nullptr));
    TRY(check(answer));
    if (kept) {
        prepared_.emplace(std::string(sql), name);
    }
    return name;
}

Result<std::int64_t> Connection::query(std::string_view sql, std::span<const sql::Param> params,
                                       Take take, sql::FunctionRef<void(const sql::Row&)> read) {
    failed_state_.clear();
    TRY_ASSIGN(const auto name, prepare(sql));
    const Values values(params);
    const Answer answer(PQexecPrepared(handle_, name.c_str(), static_cast<int>(params.size()),
                                       values.pointers.data(), values.sizes.data(),
                                       values.formats.data(), 1));
    TRY(check(answer));
    if (take == Take::None) {
        const std::string_view count = PQcmdTuples(answer.get());
        std::int64_t changed = 0;
        std::from_chars(count.data(), count.data() + count.size(), changed);
        return changed;
    }
    const int rows =
        take == Take::First ? std::min(PQntuples(answer.get()), 1) : PQntuples(answer.get());
    ResultRow row(answer.get());
    for (int i = 0; i < rows; ++i) {
        row.go_to(i);
        read(row);
    }
    return rows;
}

}  // namespace oidor::store::postgres
