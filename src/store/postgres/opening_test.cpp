// A store that cannot be opened says what to do, and never names the password.
#include "store/postgres/target.hpp"
#include "store/postgres/test_server.hpp"

namespace oidor::store::postgres {
namespace {

using namespace std::chrono_literals;

/// The error of an opening that must fail.
Error refused(const std::string& url, std::chrono::milliseconds timeout = 10s) {
    const SystemClock clock;
    const auto opened =
        open_postgres_store({.url = Secret(url), .connect_timeout = timeout}, clock);
    EXPECT_FALSE(opened);
    const auto error = opened ? Error{} : opened.error();
    EXPECT_EQ(error.message.find("s3cret"), std::string::npos) << error.message;
    return error;
}

bool says(const Error& error, std::string_view words) {
    const bool found = error.message.find(words) != std::string::npos;
    EXPECT_TRUE(found) << error.message;
    return found;
}

TEST(PostgresOpening, with_the_right_password_it_opens) {
    const auto& server = TestServer::get();
    EXPECT_TRUE(Connection::open(
        must(read_target({.url = Secret(server.url_with(TestServer::kPassword))}))));
}

TEST(PostgresOpening, a_wrong_password_is_unauthenticated) {
    const auto error = refused(TestServer::get().url_with("s3cretwrong"));
    EXPECT_EQ(error.code, ErrorCode::Unauthenticated);
    says(error, "check user and password in store.url");
    says(error, "postgres://postgres@127.0.0.1");
}

TEST(PostgresOpening, no_password_where_one_is_asked_for_is_unauthenticated) {
    const auto error =
        refused(fmt::format("postgres://postgres@127.0.0.1:{}/postgres", TestServer::get().port()));
    EXPECT_EQ(error.code, ErrorCode::Unauthenticated);
}

TEST(PostgresOpening, a_database_that_is_not_there_is_not_found) {
    const auto error = refused(TestServer::get().url_with(TestServer::kPassword, "nowhere"));
    EXPECT_EQ(error.code, ErrorCode::NotFound);
    says(error, "createdb");
}

TEST(PostgresOpening, a_schema_that_is_not_there_is_not_found) {
    EXPECT_EQ(refused(TestServer::get().url("nowhere")).code, ErrorCode::NotFound);
}

TEST(PostgresOpening, a_server_that_is_not_there_is_unavailable) {
    const auto error = refused(fmt::format("postgres://oidor:{}@127.0.0.1:1/oidor", "s3cret"));
    EXPECT_EQ(error.code, ErrorCode::Unavailable);
    says(error, "check host and port in store.url");
}

TEST(PostgresOpening, a_server_that_says_nothing_is_given_up) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(fd, 8), 0);
    ASSERT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    const auto error = refused(
        fmt::format("postgres://oidor:s3cret@127.0.0.1:{}/oidor", ntohs(address.sin_port)), 50ms);
    ::close(fd);
    EXPECT_EQ(error.code, ErrorCode::Unavailable);
    says(error, "no answer within 50 ms");
}

TEST(PostgresOpening, what_is_no_url_is_invalid) {
    for (const auto* url :
         {"postgres://oidor:s3cret@host:port/x", "postgres://oidor:s3cret@localhost:54a/x",
          "mysql://oidor:s3cret@host/x", "postgres://a:s3cret%zz@host/x",
          "postgres://a:s3cret@host/x?nothing=1"}) {
        const auto error = refused(url);
        EXPECT_EQ(error.code, ErrorCode::Invalid) << url;
        says(error, "store.url");
    }
}

TEST(PostgresOpening, a_user_without_rights_is_forbidden) {
    const TestSchema schema;
    const auto raw = schema.open_raw();
    must(raw->execute(
        "DROP ROLE IF EXISTS nobody; CREATE ROLE nobody LOGIN; GRANT USAGE ON SCHEMA " +
        schema.name + " TO nobody"));
    auto url = schema.url();
    url.replace(url.find("user=postgres"), 13, "user=nobody");
    const auto error = refused(url);
    EXPECT_EQ(error.code, ErrorCode::Forbidden);
    says(error, "give this user a database or schema of its own");
}

TEST(PostgresOpening, another_encoding_is_unsupported) {
    const TestSchema schema;
    must(schema.open_raw()->execute("DROP DATABASE IF EXISTS latin"));
    must(schema.open_raw()->execute(
        "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"));
    const auto error = refused(TestServer::get().url("public", "latin"));
    EXPECT_EQ(error.code, ErrorCode::Unsupported);
    says(error, "ENCODING 'UTF8'");
}

TEST(PostgresOpening, a_database_for_reads_only_is_unavailable) {
    const TestSchema schema;
    auto url = schema.url() + "%20-cdefault_transaction_read_only%3Don";
    const auto error = refused(url);
    EXPECT_EQ(error.code, ErrorCode::Unavailable);
    says(error, "primary server");
}

/// Sets `fsync` of the server and waits until it holds.
void set_fsync(Connection& connection, const std::string& value) {
    must(connection.execute("ALTER SYSTEM SET fsync = " + value));
    must(connection.execute("SELECT pg_reload_conf()"));
    std::string seen;
    while (seen != value) {
        must(connection.first("SHOW fsync", [&](const sql::Row& row) { seen = row.text(0); }));
    }
}

TEST(PostgresOpening, a_server_that_does_not_wait_for_its_disk_is_refused) {
    const TestSchema schema;
    const auto raw = schema.open_raw();
    set_fsync(*raw, "off");
    const auto error = refused(schema.url());
    set_fsync(*raw, "on");
    EXPECT_EQ(error.code, ErrorCode::Unsupported);
    says(error, "set fsync = on");
}

TEST(PostgresOpening, commits_wait_for_the_disk_whatever_the_user_is_set_to) {
    const TestSchema schema;
    const Target target = {.url = Secret(schema.url() + "%20-csynchronous_commit%3Doff"),
                           .shown = "test"};
    std::string mode;
    must(must(Connection::open(target))->first("SHOW synchronous_commit", [&](const sql::Row& row) {
        mode = row.text(0);
    }));
    EXPECT_EQ(mode, "on");
}

}  // namespace
}  // namespace oidor::store::postgres
