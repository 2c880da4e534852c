// For tests: a PostgreSQL 15 of their own (Debian's), as a user of its own, in a temporary folder;
// one for a test program, a schema for each test.
#pragma once

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/id.hpp"
#include "store/contract/store_contract.hpp"
#include "store/postgres/connection.hpp"

namespace oidor::store::postgres {

/// Runs until the program ends, and ends with it whatever happens.
class TestServer {
  public:
    static constexpr const char* kPrograms = "/usr/lib/postgresql/15/bin/";
    static constexpr const char* kPassword = "s3cret%2Fword";  ///< As a URL has it.

    static TestServer& get() {
        static TestServer server;
        return server;
    }
    TestServer(const TestServer&) = delete;
    TestServer& operator=(const TestServer&) = delete;
    ~TestServer() {
        stop(SIGINT);
        std::filesystem::remove_all(folder_);
    }

    /// Without a password, over the socket in the folder.
    [[nodiscard]] std::string url(const std::string& schema,
                                  const std::string& database = "postgres") const {
        return fmt::format(
            "postgres:///{}?host={}&port={}&user=postgres&options=-csearch_path%3D{}", database,
            folder_.string(), port_, schema);
    }
    /// Over the network, with a password.
    [[nodiscard]] std::string url_with(const std::string& password,
                                       const std::string& database = "postgres") const {
        return fmt::format("postgres://postgres:{}@127.0.0.1:{}/{}", password, port_, database);
    }
    [[nodiscard]] int port() const { return port_; }

    /// SIGINT ends it in order, SIGQUIT as if the power had gone.
    void stop(int signal) {
        if (pid_ > 0) {
            ::kill(pid_, signal);
            int status = 0;
            ::waitpid(pid_, &status, 0);
            pid_ = -1;
        }
    }
    void start() {
        pid_ = run({"postgres", "-D", data(), "-p", std::to_string(port_), "-k", folder_.string(),
                    "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200", "-c",
                    "shared_buffers=32MB"});
        for (int i = 0; i < 3000; ++i) {
            if (PQping(url("public").c_str()) == PQPING_OK) {
                return;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        ADD_FAILURE() << "the server does not start; see " << folder_ / "log";
    }

  private:
    TestServer() {
        folder_ = std::filesystem::temp_directory_path() /
                  ("oidor-pg-" + format_uuid(make_uuid7()).substr(24));
        std::filesystem::create_directories(folder_);
        if (::geteuid() == 0) {
            user_ = ::getpwnam("postgres");
            EXPECT_NE(user_, nullptr) << "install postgresql-15";
            EXPECT_EQ(::chown(folder_.c_str(), user_->pw_uid, user_->pw_gid), 0);
        }
        std::ofstream(folder_ / "password") << "s3cret/word\n";
        std::filesystem::permissions(folder_ / "password", std::filesystem::perms(0644));
        port_ = find_port();
        int status = 0;
        const auto password = "--pwfile=" + (folder_ / "password").string();
        ::waitpid(
            run({"initdb", "-D", data(), "-U", "postgres", "-N", "--encoding=UTF8",
                 "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=scram-sha-256", password}),
            &status, 0);
        EXPECT_EQ(status, 0) << "initdb failed; see " << folder_ / "log";
        start();
    }

    [[nodiscard]] std::string data() const { return (folder_ / "data").string(); }

    static int find_port() {
        const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
        ::close(fd);
        return ntohs(address.sin_port);
    }

    /// A program of PostgreSQL's, as its own user, that dies with this one.
    pid_t run(const std::vector<std::string>& words) {
        auto program = kPrograms + words.front();
        const auto log = (folder_ / "log").string();
        // Named by its path: PostgreSQL's programs look for each other where they themselves were
        // found.
        std::vector<char*> arguments = {program.data()};
        for (std::size_t i = 1; i < words.size(); ++i) {
            arguments.push_back(const_cast<char*>(words[i].c_str()));
        }
        arguments.push_back(nullptr);
        const pid_t child = ::fork();
        if (child == 0) {
            if (user_ != nullptr &&
                (::setgid(user_->pw_gid) != 0 || ::setuid(user_->pw_uid) != 0)) {
                ::_exit(200);
            }
            ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
            const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
            ::dup2(file, 1);
            ::dup2(file, 2);
            ::execv(program.c_str(), arguments.data());
            ::_exit(201);
        }
        return child;
    }

    std::filesystem::path folder_ = {};
    const passwd* user_ = nullptr;
    int port_ = 0;
    pid_t pid_ = -1;
};

/// A schema of a test's own, in the program's server.
struct TestSchema {
    TestSchema() : TestSchema("t_" + format_uuid(make_uuid7()).substr(24)) {}
    explicit TestSchema(std::string called) : name(std::move(called)) {
        must(open_raw("public")->execute("CREATE SCHEMA IF NOT EXISTS \"" + name + "\""));
    }

    [[nodiscard]] std::string url() const { return TestServer::get().url(name); }
    [[nodiscard]] PostgresOptions options() const { return {.url = Secret(url())}; }
    /// A bare connection, as an operator has it.
    [[nodiscard]] std::unique_ptr<Connection> open_raw() const { return open_raw(name); }

    std::string name;

  private:
    static std::unique_ptr<Connection> open_raw(const std::string& schema) {
        const Target target = {.url = Secret(TestServer::get().url(schema)), .shown = "test"};
        return must(Connection::open(target));
    }
};

}  // namespace oidor::store::postgres
