#include "server/net2phone_routes.hpp"

#include <boost/json.hpp>

#include "server/responses.hpp"
#include "server/source_routes.hpp"
#include "server/views.hpp"

namespace oidor::server {
namespace {

constexpr std::string_view kNet2phone = "net2phone";

Result<net::Response> show_guide(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto account, account_of_call(call, kNet2phone));
    const auto words = [&parts](Message id) { return text(id, parts.language); };
    return private_json(
        {{"account", account},
         {"events",
          {"call_ringing", "call_answered", "call_missed", "call_completed", "call_recorded"}},
         {"events_needed", {"call_completed", "call_recorded"}},
         {"authentication",
          {{"signature", "x-net2phone-signature"},
           {"timestamp", "x-net2phone-timestamp"},
           {"rule", words(Message::net2phone_guide_signature)}}},
         {"campaign",
          {{"method", "NET2PHONE_DEFAULT_CAMPAIGN_ID"},
           {"campaign_id", id_value(parts.accounts(kNet2phone, account).default_campaign_id)},
           {"rule", words(Message::net2phone_guide_campaign)}}},
         {"operator",
          {{"fields", {"user.account_id"}},
           {"rule", words(Message::net2phone_guide_operator)},
           {"examples", json::array{{{"user", {{"account_id", 300}}}, {"operator_id", 300}},
                                    {{"user", {{"account_id", 0}}}, {"operator_id", nullptr}}}}}},
         {"unmapped", words(Message::anura_guide_unmapped)}});
}

std::optional<std::string> scalar_text(const json::object& object, std::string_view name) {
    const auto* member = object.if_contains(name);
    if (member == nullptr || !(member->is_string() || member->is_number())) {
        return std::nullopt;
    }
    return member->is_string() ? std::string(member->get_string()) : format_json(*member);
}

/// An event's `user` and `call_source`, or the user's members on their own.
Result<net::Response> validate_mapping(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto account, account_of_call(call, kNet2phone));
    TRY_ASSIGN(const auto value, parse_json(call.request.body));
    const auto* object = value.if_object();
    if (object == nullptr) {
        return fail(ErrorCode::Invalid, "body: expected an object");
    }
    const auto* nested = find_object(*object, "user");
    const auto& user = nested != nullptr ? *nested : *object;
    const auto call_source = scalar_text(*object, "call_source");
    const auto account_id = scalar_text(user, "account_id");
    const auto name = scalar_text(user, "name");
    const json::object event = {{"event", "call_completed"},
                                {"call_id", "-"},
                                {"call_source", optional_value(call_source)},
                                {"user",
                                 {{"account_id", optional_value(account_id)},
                                  {"id", optional_value(scalar_text(user, "id"))},
                                  {"email", optional_value(scalar_text(user, "email"))},
                                  {"name", optional_value(name)}}}};
    // Filled in place: GCC 12 takes a temporary's members for uninitialised.
    MappingQuestion question;
    question.source = kNet2phone;
    question.account = account;
    question.event.kind = "call_completed";
    question.event.normalised = canonical_json(event);
    question.tag = call_source;
    question.extension = account_id;
    question.name = name;
    question.no_campaign_named = text(Message::net2phone_no_campaign_named, parts.language);
    question.no_agent_named = text(Message::net2phone_no_agent_named, parts.language);
    return answer_mapping(parts, call, question,
                          {{"call_source", optional_value(call_source)},
                           {"account_id", optional_value(account_id)},
                           {"name", optional_value(name)}});
}

}  // namespace

std::vector<Route> net2phone_routes(const std::shared_ptr<const ApiParts>& parts) {
    const auto with = [parts](auto function) {
        return [parts, function](const Call& call) { return function(*parts, call); };
    };
    constexpr Parameter kAccount{"account", "An account of Net2phone; the key's when not given."};
    return {
        {.method = "GET",
         .pattern = "/net2phone/campaigns",
         .name = "net2phone_campaigns",
         .summary = "Net2phone: the campaigns. Its events name none: see the guide.",
         .gate = Gate::Reader,
         .parameters = {kAccount},
         .failures = Failures::Detail,
         .handler = [parts](const Call& call) -> Result<net::Response> {
             TRY(account_of_call(call, kNet2phone));
             return show_campaigns(*parts, call, Tags::Without);
         }},
        {.method = "GET",
         .pattern = "/net2phone/mapping-guide",
         .name = "net2phone_mapping_guide",
         .summary = "Net2phone: how events become campaigns and agents.",
         .gate = Gate::Reader,
         .parameters = {kAccount},
         .failures = Failures::Detail,
         .handler = with(show_guide)},
        {.method = "POST",
         .pattern = "/net2phone/validate-mapping",
         .name = "net2phone_validate_mapping",
         .summary = "Net2phone: what a user and a call's source would be mapped to.",
         .gate = Gate::Reader,
         .parameters = {kAccount},
         .failures = Failures::Detail,
         .handler = with(validate_mapping)},
        {.method = "GET",
         .pattern = "/net2phone/stats",
         .name = "net2phone_stats",
         .summary = "Net2phone: all calls, those of the last 24 hours, and the last ten.",
         .gate = Gate::Reader,
         .parameters = {kAccount},
         .failures = Failures::Detail,
         .handler = [parts](const Call& call) { return show_stats(*parts, call, kNet2phone); }}};
}

}  // namespace oidor::server
