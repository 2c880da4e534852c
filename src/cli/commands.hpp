// The commands, one file each.
#pragma once

#include <functional>
#include <vector>

#include "cli/command.hpp"

namespace oidor::cli {

/// What only `main` can build.
struct CommandParts {
    std::function<Result<int>(const Invocation&, const config::Settings&)> serve = {};
    std::string version = {};
};

Command audit_command();
Command redact_command();
Command measure_command();
Command serve_command(const CommandParts& parts);
Command keys_command();
Command jobs_command();
Command deliver_command();
Command coverage_command();
Command report_command();
Command import_command();
Command campaigns_command();
Command agents_command();
Command mappings_command();
Command anura_command();
Command scorecard_command();
Command models_command();
Command costs_command();
Command estimate_command();
Command transcripts_command();
Command transcribe_command();
Command backup_command(const CommandParts& parts);
Command restore_command();
Command store_command();
Command config_command();
Command erase_command();
Command hold_command();
Command doctor_command(const CommandParts& parts);
Command reference_command(const CommandParts& parts);
Command version_command(const CommandParts& parts);

/// All of them, in the order of the overview.
std::vector<Command> all_commands(const CommandParts& parts);

/// Runs the program: finds the command, parses, prints errors, gives the exit code.
int run_program(const std::vector<std::string>& arguments, const CommandParts& parts);

}  // namespace oidor::cli
