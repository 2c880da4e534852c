// For tests: a stand-in for a speech engine as a process of its own, ended with the object.
#pragma once

#include <array>
#include <string>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <boost/json.hpp>

#include <fmt/format.h>

#include "base/json.hpp"
#include "net/client.hpp"

namespace oidor::speech::testing {

/// `src/speech/FOLDER/simulator.py`.
class SimulatorProcess {
  public:
    explicit SimulatorProcess(const std::string& folder, const std::vector<std::string>& more) {
        std::array<int, 2> out = {};
        if (::pipe2(out.data(), O_CLOEXEC) != 0) {
            return;
        }
        std::vector<std::string> words = {
            "/usr/bin/python3", OIDOR_SOURCE_DIR "/src/speech/" + folder + "/simulator.py"};
        words.insert(words.end(), more.begin(), more.end());
        std::vector<char*> pointers;
        for (auto& word : words) {
            pointers.push_back(word.data());
        }
        pointers.push_back(nullptr);
        child_ = ::fork();
        if (child_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::dup2(out[1], STDOUT_FILENO);
            ::execv(pointers[0], pointers.data());
            ::_exit(127);
        }
        ::close(out[1]);
        std::string line;
        char byte = 0;
        while (::read(out[0], &byte, 1) == 1 && byte != '\n') {
            line += byte;
        }
        ::close(out[0]);
        const auto value = parse_json(line);
        if (value && value->is_object() && value->as_object().contains("listening")) {
            url_ = std::string(value->at("listening").as_string());
        }
    }
    SimulatorProcess(const SimulatorProcess&) = delete;
    SimulatorProcess& operator=(const SimulatorProcess&) = delete;
    ~SimulatorProcess() {
        if (child_ > 0) {
            ::kill(child_, SIGKILL);
            ::waitpid(child_, nullptr, 0);
        }
    }

    /// Empty when it did not start.
    [[nodiscard]] const std::string& url() const { return url_; }

    /// Sets members of it; what it was asked so far, and which faults are left, comes back.
    [[nodiscard]] json::object control(const json::object& members = {}) const {
        const auto client = net::OperatorClient::open();
        const auto answer = (*client)->send(
            {.method = "POST", .url = url_ + "/_control", .body = format_json(members)});
        return answer ? parse_json(answer->body)->as_object() : json::object();
    }
    void next_calls(const std::vector<std::string>& faults) const {
        (void)control({{"faults", json::array(faults.begin(), faults.end())}, {"always", ""}});
    }

  private:
    pid_t child_ = -1;
    std::string url_ = {};
};

}  // namespace oidor::speech::testing
