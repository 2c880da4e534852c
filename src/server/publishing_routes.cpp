#include "server/publishing_routes.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "audit/phrase_pack.hpp"
#include "audit/scorecard_schema.hpp"
#include "base/json.hpp"
#include "pipeline/bindings.hpp"
#include "redact/redact.hpp"
#include "server/report_sources.hpp"
#include "server/responses.hpp"
#include "server/views.hpp"

namespace oidor::server {
namespace {

constexpr std::size_t kPublishBytesMax = std::size_t{2} << 20U;
constexpr std::size_t kRedactBytesMax = std::size_t{64} << 10U;
constexpr std::int64_t kVersionMax = 1'000'000;

Result<json::object> read_body(const Call& call, std::size_t size_bytes_max) {
    if (call.request.body.size() > size_bytes_max) {
        return fail(ErrorCode::TooLarge, "the body has more than {} bytes", size_bytes_max);
    }
    TRY_ASSIGN(auto value, parse_json(call.request.body, {.size_bytes_max = size_bytes_max}));
    auto* const object = value.if_object();
    if (object == nullptr) {
        return fail(ErrorCode::Invalid, "expected a JSON object");
    }
    return std::move(*object);
}

/// A text, or nothing where the member is absent or null.
Result<std::optional<std::string>> read_text(const json::object& body, std::string_view key) {
    const auto* const value = body.if_contains(key);
    if (value == nullptr || value->is_null()) {
        return std::optional<std::string>();
    }
    if (!value->is_string()) {
        return fail(ErrorCode::Invalid, "{}: expected a text", key);
    }
    return std::optional(std::string(value->get_string()));
}

/// A misspelled member would bind more than was meant.
Result<void> check_members(const json::object& body) {
    static constexpr std::array<std::string_view, 6> kKnown = {"scorecard", "version",  "campaign",
                                                               "channel",   "language", "from"};
    for (const auto& member : body) {
        if (std::ranges::find(kKnown, std::string_view(member.key())) == kKnown.end()) {
            return fail(ErrorCode::Invalid, "{}: expected one of {}",
                        std::string_view(member.key()), fmt::join(kKnown, ", "));
        }
    }
    return {};
}

net::Response with_status(net::Response response, int status) {
    response.status = status;
    return response;
}

/// A key for some campaigns decides about those alone.
Result<void> check_campaign(const Call& call, const std::optional<std::string>& campaign) {
    if (!call.principal.allows_campaign(campaign)) {
        return fail(ErrorCode::Forbidden, "the key is for other campaigns");
    }
    return {};
}

Result<net::Response> publish(const ApiParts& parts, const Call& call) {
    if (!call.principal.campaigns.empty()) {
        return fail(ErrorCode::Forbidden,
                    "a scorecard may serve every campaign, and the key is for some");
    }
    TRY_ASSIGN(const auto body, read_body(call, kPublishBytesMax));
    TRY_ASSIGN(const auto toml, read_text(body, "toml"));
    if (!toml) {
        return fail(ErrorCode::Invalid, "toml: expected the scorecard's text");
    }
    TRY_ASSIGN(const auto published, pipeline::publish_scorecard(parts.store.directory(), *toml,
                                                                 "toml", {}, parts.clock.now()));
    const auto& version = published.version;
    auto response = private_json({{"id", version.id},
                                  {"version", version.version},
                                  {"language", version.language},
                                  {"sha256", version.sha256_hex},
                                  {"published_at", format_rfc3339(version.published_at)}});
    return with_status(std::move(response), published.fresh ? 201 : 200);
}

Result<net::Response> get_schema(const ApiParts& /*parts*/, const Call& call) {
    const auto of = call.query("of").value_or("scorecard");
    if (of != "scorecard" && of != "pack") {
        return fail(ErrorCode::Invalid, "of: expected scorecard or pack");
    }
    return net::make_response(
        200, "application/json",
        of == "pack" ? audit::phrase_pack_schema() : audit::scorecard_schema());
}

Result<net::Response> list_bindings(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto bindings, parts.store.directory().list_bindings());
    json::array items;
    for (const auto& binding : bindings) {
        // Those for all campaigns are the limited key's too.
        if (!binding.campaign || call.principal.allows_campaign(binding.campaign)) {
            items.push_back(binding_view(binding));
        }
    }
    return private_json({{"items", std::move(items)}, {"next", nullptr}});
}

Result<net::Response> put_binding(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto body, read_body(call, kPublishBytesMax));
    TRY(check_members(body));
    TRY_ASSIGN(const auto scorecard, read_text(body, "scorecard"));
    if (!scorecard) {
        return fail(ErrorCode::Invalid, "scorecard: expected the id of a published one");
    }
    pipeline::BindingMatch match;
    TRY_ASSIGN(match.campaign, read_text(body, "campaign"));
    TRY_ASSIGN(match.channel, read_text(body, "channel"));
    TRY_ASSIGN(match.language, read_text(body, "language"));
    TRY_ASSIGN(match.from, read_text(body, "from"));
    std::optional<int> version;
    if (const auto* const given = body.if_contains("version");
        given != nullptr && !given->is_null()) {
        const auto number = find_int64(body, "version");
        if (!number || *number < 1 || *number > kVersionMax) {
            return fail(ErrorCode::Invalid, "version: expected a number from 1");
        }
        version = static_cast<int>(*number);
    }
    TRY(check_campaign(call, match.campaign));
    TRY_ASSIGN(const auto binding,
               pipeline::read_binding(parts.store.directory(), match, *scorecard, version,
                                      house_zone(parts.accounts)));
    TRY(parts.store.directory().put_binding(binding));
    return private_json(binding_view(binding));
}

Result<net::Response> delete_binding(const ApiParts& parts, const Call& call) {
    const pipeline::BindingMatch match{.campaign = call.query("campaign"),
                                       .channel = call.query("channel"),
                                       .language = call.query("language"),
                                       .from = call.query("from")};
    TRY(check_campaign(call, match.campaign));
    TRY_ASSIGN(const auto binding,
               pipeline::find_binding(parts.store.directory(), match, house_zone(parts.accounts)));
    TRY(parts.store.directory().delete_binding(binding));
    return private_json(binding_view(binding));
}

Result<redact::Options> read_options(const json::object& body) {
    redact::Options options;
    TRY_ASSIGN(const auto country, read_text(body, "country"));
    TRY_ASSIGN(const auto language, read_text(body, "language"));
    options.country = country.value_or("");
    const bool letters =
        std::ranges::all_of(options.country, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!options.country.empty() && (options.country.size() != 2 || !letters)) {
        return fail(ErrorCode::Invalid, "country: expected two capital letters, such as AR");
    }
    if (language) {
        const auto primary = primary_language(*language);
        if (!primary) {
            return fail(ErrorCode::Invalid, "language: expected one such as es, pt or en");
        }
        options.language = *primary;
    }
    return options;
}

Result<net::Response> redact_text(const ApiParts& /*parts*/, const Call& call) {
    TRY_ASSIGN(const auto body, read_body(call, kRedactBytesMax));
    TRY_ASSIGN(const auto text, read_text(body, "text"));
    if (!text) {
        return fail(ErrorCode::Invalid, "text: expected what is to be masked");
    }
    TRY_ASSIGN(const auto options, read_options(body));
    const auto found = redact::find(std::string_view(*text), options);
    json::array spans;
    for (const auto& span : found) {
        spans.push_back(json::object{{"begin", span.begin},
                                     {"end", span.end},
                                     {"kind", redact::format(span.kind)},
                                     {"sure", redact::format(span.sure)}});
    }
    return private_json({{"text", redact::mask(*text, found, options.language)},
                         {"spans", std::move(spans)},
                         {"version", redact::version()}});
}

}  // namespace

std::vector<Route> publishing_routes(const std::shared_ptr<const ApiParts>& parts) {
    const auto with = [parts](auto function) {
        return [parts, function](const Call& call) { return function(*parts, call); };
    };
    const std::vector<Parameter> match = {
        {"campaign", "Its campaign; not given: of all campaigns."},
        {"channel", "Its channel; not given: of all channels.", ParameterType::Channel},
        {"language", "Its language; not given: of all languages."},
        {"from", "Its date; needed where several have these names."}};
    return {{.method = "POST",
             .pattern = "/api/v1/scorecards",
             .name = "publish_scorecard",
             .summary = "Publishes a version of a scorecard. The same text again does nothing; "
                        "another text for a version that is there is 409.",
             .scope = "admin",
             .schema = "ScorecardVersion",
             .body = "ScorecardText",
             .creates = true,
             .handler = with(publish)},
            {.method = "GET",
             .pattern = "/api/v1/scorecards/schema",
             .name = "get_scorecard_schema",
             .summary = "The JSON Schema of scorecards, for editors.",
             .scope = "audits:read",
             .schema = "JsonSchema",
             .parameters = {{"of", "`scorecard`, or `pack` for phrase packs."}},
             .handler = with(get_schema)},
            {.method = "GET",
             .pattern = "/api/v1/bindings",
             .name = "list_bindings",
             .summary = "Which scorecard serves which conversations.",
             .scope = "audits:read",
             .schema = "BindingPage",
             .handler = with(list_bindings)},
            {.method = "PUT",
             .pattern = "/api/v1/bindings",
             .name = "put_binding",
             .summary = "Has a scorecard serve a campaign, channel or language from a date on; in "
                        "the place of the binding of the same names and date.",
             .scope = "admin",
             .schema = "Binding",
             .body = "BindingOrder",
             .handler = with(put_binding)},
            {.method = "DELETE",
             .pattern = "/api/v1/bindings",
             .name = "delete_binding",
             .summary = "Removes the binding of exactly these names; 409 where there are several "
                        "and no date is named.",
             .scope = "admin",
             .schema = "Binding",
             .parameters = match,
             .handler = with(delete_binding)},
            {.method = "POST",
             .pattern = "/api/v1/redact",
             .name = "redact_text",
             .summary = "A text of at most 64 KiB with its personal identifiers masked, and where "
                        "they were (bytes).",
             .scope = "content:read",
             .schema = "RedactedText",
             .body = "TextToRedact",
             .handler = with(redact_text)}};
}

}  // namespace oidor::server
