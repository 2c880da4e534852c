#include "cli/commands.hpp"

namespace oidor::cli {

Command serve_command(const CommandParts& parts) {
    return {
        .name = "serve",
        .summary = Message::serve_summary,
        .usage = {"serve [--role all|api|worker] [--take-over] [--data DIR] [--listen HOST:PORT]"},
        .examples = {"oidor serve", "oidor serve --data /var/lib/oidor --listen 0.0.0.0:8080",
                     "oidor serve --role worker --data /var/lib/oidor",
                     "oidor serve --take-over --data /var/lib/oidor"},
        .options = {{"role", "all|api|worker", Message::serve_option_role},
                    {"take-over", "", Message::serve_option_take_over}},
        .run = [serve = parts.serve](const Invocation& invocation) -> Result<int> {
            TRY(invocation.no_more_than(0));
            TRY_ASSIGN(const auto settings, load_settings(invocation));
            return serve(invocation, settings);
        }};
}

}  // namespace oidor::cli
