// What the panel sends, as tables: each row is a request and the call that it tells of.
#include <algorithm>
#include <array>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "connectors/anura/mapping.hpp"
#include "connectors/anura/webhook.hpp"

namespace oidor::connectors::anura {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kForm = "application/x-www-form-urlencoded";
constexpr Timestamp kVectorReceived = std::chrono::sys_days(std::chrono::year(2026) / 2 / 10) + 15h;

AccountContext vector_account() {
    return {.name = "default",
            .country = "AR",
            .time_zone = "America/Argentina/Buenos_Aires",
            .utc_offset = [](std::string_view, std::chrono::local_seconds) {
                return std::chrono::minutes(-180);
            }};
}

Connector::Delivery deliver_vector(std::string_view body, std::string_view content_type) {
    return parse_delivery({.method = "POST",
                           .path = "",
                           .content_type = content_type,
                           .body = body,
                           .received_at = kVectorReceived},
                          vector_account());
}

std::string or_dash(const std::optional<std::string>& text) { return text.value_or("-"); }

std::string detail(const json::object& details, std::string_view name) {
    const auto* value = details.if_contains(name);
    return value != nullptr ? format_json(*value) : "-";
}

/// `END 123 start 13:30:00Z inbound answered …`, so that a row of a table is one line.
std::string told(const std::vector<KeptEvent>& events) {
    const auto merged = merge(events, vector_account());
    if (!merged) {
        return merged.error().message;
    }
    const auto& draft = *merged;
    const auto details = parse_json(draft.details_json.value_or("{}")).value().as_object();
    std::string text = draft.started_at ? format_rfc3339(*draft.started_at) : "-";
    text += " " + std::string(format(draft.direction)) + " " + std::string(format(draft.outcome));
    text += draft.ended ? " ended" : " open";
    text += " duration=" + detail(details, "duration") + " talk=" + detail(details, "billseconds");
    text += " price=" + detail(details, "price");
    text += draft.recorded ? (*draft.recorded ? " recorded" : " unrecorded") : " recorded?";
    text += " campaign=" + or_dash(draft.campaign_wanted);
    text += " agent=" + or_dash(draft.participations.at(0).wanted);
    return text;
}

std::string told(std::string_view body, std::string_view content_type = kJson) {
    const auto delivery = deliver_vector(body, content_type);
    if (delivery.rejected) {
        const auto status =
            delivery.rejected->unusable ? 422 : faces_of(delivery.rejected->error.code).http_status;
        return std::to_string(status);
    }
    const auto& event = delivery.events.at(0);
    return event.kind + " " + event.external_id + " " +
           told({{.kind = event.kind,
                  .normalised = event.normalised,
                  .received_at = kVectorReceived}});
}

TEST(AnuraVectors, a_body_tells_what_the_table_says) {
    struct Row {
        std::string_view name, content_type, body, expected;
    };
    static constexpr std::array<Row, 13> kRows = {{
        {"empty unquoted variables", kJson,
         R"({"hooktrigger": "END","hookid": ,"cdrid": "123","dialtime": "2026-02-10 10:30:00","direction": "IN","duration": ,"billseconds": ,"price": ,"wasrecorded": ,"audio_file_mp3": "","accounttags": "campaign_1, soporte","tenantid": ,"accountid": })",
         "END 123 2026-02-10T13:30:00Z inbound unknown ended duration=- talk=- price=- recorded? "
         "campaign=1 agent=-"},
        {"quotes, a comma for decimals, True, an empty extension", kJson,
         R"({"hooktrigger":"end","cdrid":"20260210-103045-1234567890","dialtime":"10/02/2026 10:30:45","status":"answered","duration":"125.0","billseconds":"120","price":1,50,"wasrecorded":True,"audio_file_mp3":"https://x/1.mp3","queueagentname":"Agente "El 300"","queueagentextension":""})",
         "END 20260210-103045-1234567890 2026-02-10T13:30:45Z unknown answered ended duration=125 "
         "talk=120 price=\"1.5\" recorded campaign=- agent=300"},
        {"a form with seconds since the epoch", kForm,
         "hooktrigger=START&cdrid=9&dialtime=1770730200&calling=%2B5491167950079&called=300&"
         "wasrecorded=0",
         "START 9 2026-02-10T13:30:00Z unknown unknown open duration=- talk=- price=- unrecorded "
         "campaign=- agent=-"},
        {"a missed call: zero is a value", kJson,
         R"({"hooktrigger":"END","cdrid":"5","dialtime":"2026-02-10T10:30:00-03:00","duration":0,"billseconds":0,"status":"NO ANSWER","wasrecorded":false})",
         "END 5 2026-02-10T13:30:00Z unknown no_answer ended duration=0 talk=0 price=- unrecorded "
         "campaign=- agent=-"},
        {"the published example, without any name of an account", kJson,
         R"({"hooktrigger":"END","cdrid":"1234567890","dialtime":"2026-02-10 10:30:00","direction":"inbound","calling":"+5491167950079","called":"300","duration":120,"wasrecorded":true,"audio_file_mp3":"https://x/1.mp3","accounttags":"campaign_1","queueagentextension":"300"})",
         "END 1234567890 2026-02-10T13:30:00Z inbound unknown ended duration=120 talk=- price=- "
         "recorded campaign=1 agent=300"},
        {"a recording before anything else", kJson,
         R"({"hooktrigger":"RECORDING","cdrid":"1234567890","wasrecorded":"1","audio_file_mp3":"https://x/1.mp3"})",
         "RECORDING 1234567890 2026-02-10T15:00:00Z unknown unknown ended duration=- talk=- "
         "price=- recorded campaign=- agent=-"},
        {"the least that is an event", kJson, R"({"hooktrigger":"Talk","cdrid":7})",
         "TALK 7 2026-02-10T15:00:00Z unknown answered open duration=- talk=- price=- recorded? "
         "campaign=- agent=-"},
        {"an accented yes, a clock, an unknown trigger", kJson,
         R"({"hooktrigger":"transfer","cdrid":"8","wasrecorded":"Sí","duration":"00:02:00","direction":"OUT"})",
         "TRANSFER 8 2026-02-10T15:00:00Z outbound unknown open duration=120 talk=- price=- "
         "recorded campaign=- agent=-"},
        {"pairs of a form under JSON's name", kJson, "hooktrigger=END&cdrid=10&billseconds=0",
         "END 10 2026-02-10T15:00:00Z unknown unknown ended duration=- talk=0 price=- recorded? "
         "campaign=- agent=-"},
        {"JSON under a multipart form's name", "multipart/form-data; boundary=x",
         R"({"hooktrigger":"ORIGINATE","cdrid":"11"})",
         "ORIGINATE 11 2026-02-10T15:00:00Z unknown unknown open duration=- talk=- price=- "
         "recorded? campaign=- agent=-"},
        {"a list", kJson, "[]", "400"},
        {"a text", kJson, R"("x")", "400"},
        {"nothing", kJson, "", "400"},
    }};
    for (const auto& row : kRows) {
        EXPECT_EQ(told(row.body, row.content_type), row.expected) << row.name;
    }
    EXPECT_EQ(told(std::string((std::size_t{1} << 20U) + 1, 'x')), "413");
    EXPECT_EQ(told("%PDF-1.7", "application/pdf"), "415");
    EXPECT_EQ(told(R"({"hooktrigger":"END","duration":1})"), "422");
}

TEST(AnuraVectors, every_way_to_write_a_variable_says_the_same) {
    const auto expected = told(R"({"hooktrigger":"END","cdrid":"1","billseconds":120})");
    for (const std::string_view body :
         {R"({"hooktrigger":"END","cdrid":"1","billseconds":"120"})",
          R"({"hooktrigger":"END","cdrid":"1","billseconds":"120.0"})",
          R"({"hooktrigger":"END","cdrid":"1","billseconds":120.5})",
          R"({"hooktrigger":"End","cdrid":"1","billseconds":" 00:02:00 "})",
          R"({"hookTrigger":"end","cdrId":"1","billSeconds":120})",
          R"({"HOOK_TRIGGER":"END","cdr_id":1,"bill_seconds":120})",
          R"({"hooktrigger":"END","cdrid":"1","billseconds": 120, "duration": })",
          "\xEF\xBB\xBF{\"hooktrigger\":\"END\",\r\n\"cdrid\":\"1\",\"billseconds\":120,}"}) {
        EXPECT_EQ(told(body), expected) << body;
    }
    for (const std::string_view type : {"text/plain", "", "application/octet-stream", "text/html",
                                        "application/json; charset=iso-8859-1", "nonsense"}) {
        EXPECT_EQ(told(R"({"hooktrigger":"END","cdrid":"1","billseconds":120})", type), expected)
            << type;
    }
    EXPECT_EQ(told("hooktrigger=END&cdrid=1&billseconds=120", "text/plain"), expected);
    EXPECT_EQ(
        told("--b\r\nContent-Disposition: form-data; name=\"cdrid\"\r\n\r\n1\r\n"
             "--b\r\nContent-Disposition: form-data; name=\"hooktrigger\"\r\n\r\nEND\r\n"
             "--b\r\nContent-Disposition: form-data; name=\"billseconds\"\r\n\r\n120\r\n--b--",
             "multipart/form-data; boundary=b"),
        expected);
}

TEST(AnuraVectors, what_cannot_be_read_is_left_out_and_named_without_its_value) {
    const auto delivery = deliver_vector(
        R"({"hooktrigger":"END","cdrid":"1","duration":"mucho","price":"gratis","hookid": abc,
            "wasrecorded":"tal vez","dialtime":"ayer","calledname":["Fernandez"]})",
        kJson);
    ASSERT_FALSE(delivery.rejected);
    EXPECT_EQ(
        delivery.events.at(0).warnings,
        (std::vector<std::string>{"calledname: not a text", "dialtime: not a date and time",
                                  "duration: not a number of seconds", "hookid: not a whole number",
                                  "price: not a price", "wasrecorded: neither true nor false"}));
}

TEST(AnuraVectors, unknown_fields_are_kept_with_the_event) {
    const auto delivery = deliver_vector(
        R"({"hooktrigger":"END","cdrid":"1","nuevo":{"a":[1,2]},"otro":"x"})", kJson);
    EXPECT_EQ(delivery.events.at(0).normalised,
              R"({"cdrid":"1","hooktrigger":"END","nuevo":{"a":[1,2]},"otro":"x"})");
}

/// Five triggers of one call, each with what the panel knows at that moment.
std::vector<KeptEvent> five_events() {
    const std::vector<std::pair<std::string, std::string>> bodies = {
        {"ORIGINATE", R"({"cdrid":"1","calling":"300","status":"RINGING"})"},
        {"START",
         R"({"cdrid":"1","dialtime":"2026-02-10 10:30:00","direction":"OUT","calling":"300"})"},
        {"TALK", R"({"cdrid":"1","queueagentextension":"300","status":"ANSWER"})"},
        {"END",
         R"({"cdrid":"1","duration":130,"billseconds":120,"status":"ANSWER","wasrecorded":"sí","queueagentextension":"300"})"},
        {"RECORDING", R"({"cdrid":"1","audio_file_mp3":"https://a.anura.com/1.mp3"})"}};
    std::vector<KeptEvent> events;
    for (const auto& [kind, body] : bodies) {
        events.push_back({.kind = kind, .normalised = body, .received_at = kVectorReceived});
    }
    return events;
}

TEST(AnuraVectors, five_triggers_in_every_order_are_one_call) {
    auto events = five_events();
    const auto expected = merge(events, vector_account()).value();
    EXPECT_EQ(told(events),
              "2026-02-10T13:30:00Z outbound answered ended duration=130 talk=120 price=- recorded "
              "campaign=- agent=300");
    std::vector<std::size_t> order = {0, 1, 2, 3, 4};
    do {
        std::vector<KeptEvent> shuffled;
        for (std::size_t i = 0; i < order.size(); ++i) {
            shuffled.push_back(events[order[i]]);
            // Received in this order, a second apart.
            shuffled.back().received_at += std::chrono::seconds(i);
        }
        EXPECT_EQ(merge(shuffled, vector_account()).value(), expected);
    } while (std::ranges::next_permutation(order).found);
}

TEST(AnuraVectors, a_call_never_goes_back) {
    auto events = five_events();
    const auto whole = told(events);
    for (const auto* late : {"START", "TALK", "ORIGINATE", "HOLD"}) {
        auto more = events;
        more.push_back({.kind = late,
                        .normalised =
                            R"({"cdrid":"1","duration":0,"billseconds":0,"status":"BUSY",)"
                            R"("wasrecorded":"0","dialtime":""})",
                        .received_at = kVectorReceived + 1h});
        EXPECT_EQ(told(more), whole) << late;
    }
}

TEST(AnuraVectors, a_correction_changes_what_it_names_and_nothing_else) {
    auto events = five_events();
    events.push_back({.kind = "END",
                      .normalised = R"({"cdrid":"1","billseconds":"90","accounttags":"campaign_7",)"
                                    R"("price":"","status":null})",
                      .received_at = kVectorReceived + 1h});
    EXPECT_EQ(told(events),
              "2026-02-10T13:30:00Z outbound answered ended duration=130 talk=90 price=- recorded "
              "campaign=7 agent=300");
}

}  // namespace
}  // namespace oidor::connectors::anura
