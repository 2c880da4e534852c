#include <clocale>
#include <csignal>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "main/version.hpp"
#include "main/wiring.hpp"

int main(int argc, char** argv) {
    // A reader that left (`oidor audit … | head`) or a client that hung up is no reason to die.
    std::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c)
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    return oidor::cli::run_program(arguments, {.serve = oidor::serve, .version = oidor::kVersion});
}
