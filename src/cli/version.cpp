#include <fmt/format.h>
#include <boost/json.hpp>

#include "audit/auditor.hpp"
#include "base/json.hpp"
#include "cli/commands.hpp"

namespace oidor::cli {

Command version_command(const CommandParts& parts) {
    return {.name = "version",
            .summary = Message::version_summary,
            .usage = {"version"},
            .examples = {"oidor version --json"},
            .options = {},
            .run = [version = parts.version](const Invocation& invocation) -> Result<int> {
                TRY(invocation.no_more_than(0));
                if (invocation.json) {
                    fmt::print("{}\n",
                               format_json(json::object{{"version", version},
                                                        {"scoring", audit::kScoringVersion}}));
                } else {
                    fmt::print("oidor {}\n", version);
                }
                return 0;
            }};
}

}  // namespace oidor::cli
