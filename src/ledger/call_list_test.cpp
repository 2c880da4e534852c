#include "ledger/call_list.hpp"

#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ledger/delimited.hpp"

namespace oidor::ledger {
namespace {

struct Heard {
    std::vector<store::Announcement> calls = {};
    std::vector<std::string> faults = {};  ///< `2: id: empty`
    std::string error = {};
};

Heard hear(std::string_view bytes, ListOptions options = {}, std::size_t piece = 4096) {
    Heard heard;
    CallList list(
        std::move(options),
        {.call = [&](std::int64_t,
                     store::Announcement call) { heard.calls.push_back(std::move(call)); },
         .fault =
             [&](std::int64_t line, std::string_view what) {
                 heard.faults.push_back(fmt::format("{}: {}", line, what));
             }});
    Result<void> fed;
    for (std::size_t at = 0; at < bytes.size() && fed; at += piece) {
        fed = list.feed(bytes.substr(at, piece));
    }
    if (fed) {
        fed = list.finish();
    }
    heard.error = fed ? "" : fed.error().message;
    return heard;
}

Timestamp list_time(std::string_view text) { return parse_rfc3339(text).value(); }

TEST(CallList, reads_what_an_exchange_exports) {
    ListOptions options;
    options.time_zone = "America/Argentina/Buenos_Aires";
    const auto heard = hear(
        "cdrid;dialtime;duration;status;wasrecorded\r\n"
        "a1;2026-02-10 10:30:00;95;ANSWERED;1\r\n"
        "a2;10/02/2026 10:31:00;00:01:35;NO ANSWER;no\r\n"
        "a3;2026-02-10T10:32:00-05:00;;busy;\r\n",
        options);
    EXPECT_TRUE(heard.faults.empty()) << heard.faults.front();
    ASSERT_EQ(heard.calls.size(), 3U);
    EXPECT_EQ(heard.calls[0], (store::Announcement{.external_id = "a1",
                                                   .started_at = list_time("2026-02-10T13:30:00Z"),
                                                   .duration_s = 95,
                                                   .outcome = CallOutcome::Answered,
                                                   .recorded = true}));
    EXPECT_EQ(heard.calls[1].duration_s, 95);
    EXPECT_EQ(heard.calls[1].outcome, CallOutcome::NoAnswer);
    EXPECT_EQ(heard.calls[1].recorded, false);
    EXPECT_EQ(heard.calls[2].started_at, list_time("2026-02-10T15:32:00Z"));
    EXPECT_FALSE(heard.calls[2].duration_s);
    EXPECT_EQ(heard.calls[2].outcome, CallOutcome::Busy);
    EXPECT_FALSE(heard.calls[2].recorded);
}

TEST(CallList, reads_the_same_in_pieces_of_any_size) {
    const std::string file =
        "\xEF\xBB\xBFuniqueid,calldate,clid,disposition\n"
        "1.1,2026-02-10 10:30:00,\"\"\"Ana, la jefa\"\" <100>\",ANSWERED\n"
        "\n"
        "1.2,2026-02-10 10:31:00,\"dos\nlíneas\",BUSY\n"
        "1.3,nunca,x,FAILED\n"
        "1.4,2026-02-10 10:33:00,sin \"comillas\" abiertas,FAILED";
    for (const std::size_t piece : {1U, 2U, 3U, 7U, 64U, 4096U}) {
        const auto heard = hear(file, {}, piece);
        ASSERT_EQ(heard.calls.size(), 3U) << piece;
        EXPECT_EQ(heard.calls[2].external_id, "1.4");
        ASSERT_EQ(heard.faults.size(), 1U);
        EXPECT_TRUE(heard.faults[0].starts_with("6: start: ")) << heard.faults[0];
        EXPECT_FALSE(heard.faults[0].contains("nunca")) << "no value of the file is repeated";
    }
}

TEST(CallList, finds_columns_by_their_spanish_names_and_a_day_beside_its_time) {
    const auto heard = hear(
        "ID de Llamada\tFecha\tHora\tDuración\tGrabación\n"
        "x\t10/02/2026\t10:30\t12\taudio.mp3\n");
    ASSERT_EQ(heard.calls.size(), 1U)
        << heard.error << (heard.faults.empty() ? "" : heard.faults[0]);
    EXPECT_EQ(heard.calls[0].started_at, list_time("2026-02-10T10:30:00Z"));
    EXPECT_EQ(heard.calls[0].duration_s, 12);
    EXPECT_EQ(heard.calls[0].recorded, true);
}

TEST(CallList, takes_columns_by_name_or_by_number) {
    ListOptions named;
    named.columns = parse_columns("id=Código,start=Día+Momento").value();
    auto heard = hear("sep=;\nDía;Momento;Código\n2026-02-10;10:30:00;x\n", named);
    ASSERT_EQ(heard.calls.size(), 1U) << heard.error;
    EXPECT_EQ(heard.calls[0].external_id, "x");
    ListOptions numbered;
    numbered.columns = parse_columns("id=2,start=1").value();
    heard = hear("2026-02-10 10:30:00,x\n2026-02-10 10:31:00,y\n", numbered);
    ASSERT_EQ(heard.calls.size(), 2U) << "no header";
    EXPECT_EQ(heard.calls[0].external_id, "x");
    named.columns = parse_columns("id=nada").value();
    EXPECT_TRUE(
        hear("cdrid,start\nx,2026-02-10 10:30:00\n", named).error.contains("no column nada"));
    for (const auto* const wrong : {"", "id", "id=", "what=1", "id=1,start=fecha", "id=a,"}) {
        EXPECT_FALSE(parse_columns(wrong)) << wrong;
    }
    EXPECT_TRUE(places_by_number(parse_columns("id=0,start=1").value())
                    .error()
                    .message.contains("no number from 1"));
}

TEST(CallList, reads_json_lines) {
    const auto heard = hear(
        "{\"cdrid\": 17, \"dialtime\": \"2026-02-10T10:30:00Z\", \"duration\": 5, \"wasrecorded\": "
        "true}\n"
        "\n"
        "{\"dialtime\": 1770719400, \"cdrid\": \"18\", \"status\": null}\n"
        "not json\n"
        "[1]\n"
        "{\"x\": 1}\n"
        "{\"cdrid\": \"19\", \"dialtime\": \"\"}");
    ASSERT_EQ(heard.calls.size(), 2U);
    EXPECT_EQ(heard.calls[0].external_id, "17");
    EXPECT_EQ(heard.calls[0].recorded, true);
    EXPECT_EQ(heard.calls[1].started_at, list_time("2026-02-10T10:30:00Z"));
    ASSERT_EQ(heard.faults.size(), 4U);
    EXPECT_EQ(heard.faults[0], "4: not a JSON object");
    EXPECT_EQ(heard.faults[1], "5: not a JSON object");
    EXPECT_TRUE(heard.faults[2].starts_with("6: no id"));
    EXPECT_TRUE(heard.faults[3].starts_with("7: start"));
}

TEST(CallList, reads_latin_1_when_told_and_says_when_it_should_be) {
    const std::string file = "id,fecha\nx\xF1,2026-02-10 10:30:00\n";
    auto heard = hear(file);
    EXPECT_TRUE(heard.calls.empty());
    ASSERT_EQ(heard.faults.size(), 1U);
    EXPECT_EQ(heard.faults[0], "2: id: not UTF-8; try --encoding latin-1");
    heard = hear(file, {.columns = {}, .encoding = Encoding::Latin1, .time_zone = "UTC"});
    ASSERT_EQ(heard.calls.size(), 1U);
    EXPECT_EQ(heard.calls[0].external_id, "xñ");
    EXPECT_EQ(parse_encoding("ISO-8859-1"), Encoding::Latin1);
    EXPECT_FALSE(parse_encoding("utf-16"));
}

TEST(CallList, refuses_files_that_are_no_list) {
    EXPECT_TRUE(hear("").error.contains("empty"));
    EXPECT_TRUE(hear("\n\n").error.contains("empty"));
    EXPECT_TRUE(hear("a,b\n1,2\n").error.contains("no column tells the call's id"));
    EXPECT_TRUE(hear("cdrid,b\n1,2\n").error.contains("no column tells the call's start"));
    EXPECT_TRUE(hear(std::string("\xFF\xFE"
                                 "a\0",
                                 4))
                    .error.contains("UTF-16"));
    EXPECT_TRUE(hear("[{\"cdrid\": 1}]").error.contains("one JSON array"));
    EXPECT_EQ(hear("cdrid,start\n").error, "") << "no call at all is a list, too";
}

TEST(CallList, a_row_beyond_its_bounds_is_one_fault_and_the_next_goes_on) {
    const std::string head = "cdrid,start\n";
    const std::string good = "x,2026-02-10 10:30:00\n";
    auto heard = hear(head + std::string(70'000, 'a') + "\n" + good);
    ASSERT_EQ(heard.faults.size(), 1U);
    EXPECT_EQ(heard.faults[0], "2: longer than 64 KB");
    EXPECT_EQ(heard.calls.size(), 1U);
    heard = hear(head + std::string(600, ',') + "\n" + good);
    ASSERT_EQ(heard.faults.size(), 1U);
    EXPECT_EQ(heard.faults[0], "2: more than 512 columns");
    EXPECT_EQ(heard.calls.size(), 1U);
    heard = hear(head + "\"never closed\n" + good);
    EXPECT_EQ(heard.faults, std::vector<std::string>{"2: a quote is not closed"});
    std::string many = head + "\"never closed\n";
    for (int i = 0; i < 6'000; ++i) {
        many += good;
    }
    heard = hear(many);
    ASSERT_EQ(heard.faults.size(), 1U);
    EXPECT_EQ(heard.faults[0], "2: longer than 64 KB: is a quote not closed?");
    EXPECT_GT(heard.calls.size(), 2'000U);
    heard = hear("{\"cdrid\": \"" + std::string(70'000, 'a') +
                 "\"}\n{\"cdrid\": 1, \"start\": \"2026-02-10 10:30:00\"}");
    EXPECT_EQ(heard.faults, std::vector<std::string>{"1: longer than 64 KB"});
    EXPECT_EQ(heard.calls.size(), 1U);
}

TEST(CallList, outcomes_are_read_in_three_languages) {
    EXPECT_EQ(read_outcome("ANSWERED"), CallOutcome::Answered);
    EXPECT_EQ(read_outcome("No Answer"), CallOutcome::NoAnswer);
    EXPECT_EQ(read_outcome("no atendida"), CallOutcome::NoAnswer);
    EXPECT_EQ(read_outcome("Não atendida"), CallOutcome::NoAnswer);
    EXPECT_EQ(read_outcome("Atendida"), CallOutcome::Answered);
    EXPECT_EQ(read_outcome("Ocupado"), CallOutcome::Busy);
    EXPECT_EQ(read_outcome("CANCEL"), CallOutcome::Cancelled);
    EXPECT_EQ(read_outcome("fallida"), CallOutcome::Failed);
    EXPECT_EQ(read_outcome("?"), CallOutcome::Unknown);
}

TEST(CallList, survives_any_bytes) {
    const std::string base =
        "cdrid;dialtime;duration\n\"a\"\"1\";2026-02-10 10:30:00;5\r\na2;10/02/2026 1:2:3;x\n";
    const std::string lines = "{\"cdrid\": 1, \"start\": \"2026-02-10 10:30:00\"}\n{}\n";
    std::mt19937 random(7);
    for (int round = 0; round < 4'000; ++round) {
        auto bytes = round % 2 == 0 ? base : lines;
        for (unsigned i = 0; i <= random() % 6; ++i) {
            const auto place = random() % (bytes.size() + 1);
            switch (random() % 3) {
                case 0: bytes.insert(place, 1, static_cast<char>(random())); break;
                case 1: bytes.erase(place, random() % 8); break;
                default: bytes.insert(place, std::string(1, "\";,\n\r{\0"[random() % 7])); break;
            }
        }
        const auto whole = hear(bytes);
        const auto pieces = hear(bytes, {}, 1 + random() % 9);
        EXPECT_EQ(whole.calls, pieces.calls) << round;
        EXPECT_EQ(whole.faults, pieces.faults) << round;
        EXPECT_EQ(whole.error, pieces.error) << round;
    }
}

}  // namespace
}  // namespace oidor::ledger
