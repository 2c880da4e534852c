#include "server/anura_routes.hpp"

#include <boost/json.hpp>

#include "connectors/connector.hpp"
#include "server/responses.hpp"
#include "server/source_routes.hpp"
#include "server/views.hpp"

namespace oidor::server {
namespace {

constexpr std::string_view kAnura = "anura";

Result<net::Response> show_guide(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto account, account_of_call(call, kAnura));
    const auto words = [&parts](Message id) { return text(id, parts.language); };
    const auto* connector = connectors::find_connector(kAnura);
    return private_json(
        {{"account", account},
         {"events", {"START", "TALK", "END", "RECORDING"}},
         {"events_needed", {"END", "RECORDING"}},
         {"campaign",
          {{"field", "accounttags"},
           {"rule", words(Message::anura_guide_campaign)},
           {"examples", json::array{{{"accounttags", "campaign_123, vip"}, {"campaign_id", 123}},
                                    {{"accounttags", "soporte, 42"}, {"campaign_id", 42}},
                                    {{"accounttags", "soporte"}, {"campaign_id", nullptr}}}}}},
         {"operator",
          {{"fields", {"queueagentextension", "queueagentname"}},
           {"rule", words(Message::anura_guide_operator)},
           {"examples",
            json::array{
                {{"queueagentextension", "300"}, {"queueagentname", ""}, {"operator_id", 300}},
                {{"queueagentextension", ""}, {"queueagentname", "Ana 301"}, {"operator_id", 301}},
                {{"queueagentextension", ""},
                 {"queueagentname", "Ana"},
                 {"operator_id", nullptr}}}}}},
         {"unmapped", words(Message::anura_guide_unmapped)},
         {"template", connector->body_template()}});
}

/// What was sent to be tried: three texts, numbers taken as texts.
struct MappingInput {
    std::optional<std::string> tags = {};
    std::optional<std::string> extension = {};
    std::optional<std::string> name = {};
};

Result<MappingInput> read_input(const Call& call) {
    TRY_ASSIGN(const auto value, parse_json(call.request.body));
    const auto* object = value.if_object();
    if (object == nullptr) {
        return fail(ErrorCode::Invalid, "body: expected an object");
    }
    const auto read = [object](std::string_view name) -> std::optional<std::string> {
        const auto* member = object->if_contains(name);
        if (member == nullptr || !(member->is_string() || member->is_number())) {
            return std::nullopt;
        }
        return member->is_string() ? std::string(member->get_string()) : format_json(*member);
    };
    return MappingInput{.tags = read("accounttags"),
                        .extension = read("queueagentextension"),
                        .name = read("queueagentname")};
}

Result<net::Response> validate_mapping(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto account, account_of_call(call, kAnura));
    TRY_ASSIGN(const auto input, read_input(call));
    const json::object sent = {{"accounttags", optional_value(input.tags)},
                               {"queueagentextension", optional_value(input.extension)},
                               {"queueagentname", optional_value(input.name)}};
    auto event = sent;
    event["cdrid"] = "-";
    event["hooktrigger"] = "END";
    // Filled in place: GCC 12 takes a temporary's members for uninitialised.
    MappingQuestion question;
    question.source = kAnura;
    question.account = account;
    question.event.kind = "END";
    question.event.normalised = canonical_json(event);
    question.tag = input.tags;
    question.extension = input.extension;
    question.name = input.name;
    question.no_campaign_named = text(Message::anura_no_campaign_named, parts.language);
    question.no_agent_named = text(Message::anura_no_agent_named, parts.language);
    return answer_mapping(parts, call, question, sent);
}

}  // namespace

std::vector<Route> anura_routes(const std::shared_ptr<const ApiParts>& parts) {
    const auto with = [parts](auto function) {
        return [parts, function](const Call& call) { return function(*parts, call); };
    };
    constexpr Parameter kAccount{"account", "An account of Anura; the key's when not given."};
    return {{.method = "GET",
             .pattern = "/anura/campaigns",
             .name = "anura_campaigns",
             .summary = "Anura: the campaigns, and the tag that names each.",
             .gate = Gate::Reader,
             .parameters = {kAccount},
             .failures = Failures::Detail,
             .handler = [parts](const Call& call) -> Result<net::Response> {
                 TRY(account_of_call(call, kAnura));
                 return show_campaigns(*parts, call, Tags::With);
             }},
            {.method = "GET",
             .pattern = "/anura/mapping-guide",
             .name = "anura_mapping_guide",
             .summary = "Anura: how tags and extensions become campaigns and agents.",
             .gate = Gate::Reader,
             .parameters = {kAccount},
             .failures = Failures::Detail,
             .handler = with(show_guide)},
            {.method = "POST",
             .pattern = "/anura/validate-mapping",
             .name = "anura_validate_mapping",
             .summary = "Anura: what tags, an extension and a name would be mapped to.",
             .gate = Gate::Reader,
             .parameters = {kAccount},
             .failures = Failures::Detail,
             .handler = with(validate_mapping)},
            {.method = "GET",
             .pattern = "/anura/stats",
             .name = "anura_stats",
             .summary = "Anura: all calls, those of the last 24 hours, and the last ten.",
             .gate = Gate::Reader,
             .parameters = {kAccount},
             .failures = Failures::Detail,
             .handler = [parts](const Call& call) { return show_stats(*parts, call, kAnura); }}};
}

}  // namespace oidor::server
