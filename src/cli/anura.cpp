// `oidor anura`: what Anura's panel needs.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/json.hpp"
#include "cli/commands.hpp"
#include "connectors/connector.hpp"

namespace oidor::cli {
namespace {

Result<int> run_anura(const Invocation& invocation) {
    TRY_ASSIGN(const auto verb, invocation.word(0, "template"));
    TRY(invocation.no_more_than(1));
    if (verb != "template") {
        return fail(ErrorCode::Invalid, "anura {}: expected template", verb);
    }
    const auto body = connectors::find_connector("anura")->body_template();
    if (invocation.json) {
        fmt::print("{}\n", format_json(json::object{{"template", body}}));
        return 0;
    }
    fmt::print("{}\n", body);
    fmt::print(stderr, "{}\n", text(Message::anura_paste, invocation.language));
    return 0;
}

}  // namespace

Command anura_command() {
    return {.name = "anura",
            .summary = Message::anura_summary,
            .usage = {"anura template"},
            .examples = {"oidor anura template"},
            .options = {},
            .run = run_anura};
}

}  // namespace oidor::cli
