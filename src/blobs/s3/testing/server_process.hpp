// For tests: an S3 server as a process of its own, ended with the object.
#pragma once

#include <array>
#include <string>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <boost/json.hpp>

#include <fmt/format.h>

#include "base/json.hpp"
#include "base/time.hpp"
#include "blobs/blob_store.hpp"
#include "net/client.hpp"

namespace oidor::blobs::s3::testing {

/// One of the scripts beside this file. It ends when its standard input does, however we end.
class ServerProcess {
  public:
    explicit ServerProcess(const std::vector<std::string>& arguments) {
        std::array<int, 2> in = {};
        std::array<int, 2> out = {};
        if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) {
            return;
        }
        std::vector<std::string> words = {"/usr/bin/python3"};
        words.insert(words.end(), arguments.begin(), arguments.end());
        words[1] = std::string(OIDOR_SOURCE_DIR "/src/blobs/s3/testing/") + words[1];
        std::vector<char*> pointers;
        for (auto& word : words) {
            pointers.push_back(word.data());
        }
        pointers.push_back(nullptr);
        child_ = ::fork();
        if (child_ == 0) {
            ::dup2(in[0], STDIN_FILENO);
            ::dup2(out[1], STDOUT_FILENO);
            ::execv(pointers[0], pointers.data());
            ::_exit(127);
        }
        ::close(in[0]);
        ::close(out[1]);
        input_ = in[1];
        std::string line;
        char byte = 0;
        while (::read(out[0], &byte, 1) == 1 && byte != '\n') {
            line += byte;
        }
        ::close(out[0]);
        const auto value = parse_json(line);
        if (value && value->is_object() && value->as_object().contains("port")) {
            port_ = static_cast<int>(value->at("port").as_int64());
        }
    }
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;
    ~ServerProcess() {
        ::close(input_);
        if (child_ > 0) {
            ::waitpid(child_, nullptr, 0);
        }
    }

    /// 0 when it did not start.
    [[nodiscard]] int port() const { return port_; }
    [[nodiscard]] std::string endpoint() const { return fmt::format("http://127.0.0.1:{}", port_); }

    /// Speaks to the fake beside S3; what it knows comes back.
    [[nodiscard]] json::object control(const std::string& word, const json::value& value) const {
        const auto client = net::OperatorClient::open();
        const auto response = (*client)->send(
            {.method = "POST", .url = endpoint() + "/_fake/" + word, .body = format_json(value)});
        return response ? parse_json(response->body)->as_object() : json::object();
    }
    [[nodiscard]] json::object state() const { return control("state", nullptr); }

  private:
    pid_t child_ = -1;
    int input_ = -1;
    int port_ = 0;
};

/// How the fake is reached. Pauses are not slept.
inline S3Options options_of_fake(const ServerProcess& server, const std::filesystem::path& folder) {
    return {.endpoint = server.endpoint(),
            .bucket = "recordings",
            .prefix = "oidor",
            .access_key = Secret("test-access"),
            .secret_key = Secret("test-secret"),
            .spool_folder = folder / "spool",
            .wait = [](std::chrono::milliseconds) {}};
}

}  // namespace oidor::blobs::s3::testing
