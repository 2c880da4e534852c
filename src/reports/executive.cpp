#include "reports/executive.hpp"

#include <charconv>

#include <fmt/format.h>

#include "base/time_zone.hpp"
#include "domain/masking.hpp"
#include "reports/reading.hpp"
#include "reports/tally.hpp"

namespace oidor::reports {
namespace {

/// The criterion of the shipped scorecards that has no column of its own in an audit.
constexpr std::string_view kIdentification = "identificacion";

/// The customer's: whoever called, or was called.
Cell phone_of(const store::JudgedPart& part) {
    const auto& address =
        part.direction == Direction::Outbound ? part.address_to : part.address_from;
    return address ? Cell(mask_phone(*address)) : Cell(nullptr);
}

Cell minutes_of(const store::JudgedPart& part) {
    return part.duration_s ? Cell(Fixed{.value = ratio(*part.duration_s, 60, 2)}) : Cell(nullptr);
}

}  // namespace

std::vector<Column> executive_columns() {
    return {
        {"call_sid", Message::page_call},
        {"conversation", Message::report_column_conversation, ColumnType::Text, Audience::Programs},
        {"day", Message::page_day},
        {"phone", Message::report_column_phone},
        {"minutes", Message::report_column_minutes, ColumnType::Number},
        {"scorecard", Message::report_column_scorecard},
        {"campaign", Message::page_campaign},
        {"agent", Message::report_column_agent_id, ColumnType::Text, Audience::Programs},
        {"agent_state", Message::page_state, ColumnType::Text, Audience::Programs},
        {"agent_name", Message::page_agent},
        {"quality_score", Message::page_score, ColumnType::Integer},
        {"quality_category", Message::report_column_category},
        {"saludo_correcto", Message::report_column_greeting, ColumnType::Flag},
        {"identificacion", Message::report_column_identification, ColumnType::Flag},
        {"ofrece_ayuda", Message::report_column_help, ColumnType::Flag},
        {"despedida_correcta", Message::report_column_farewell, ColumnType::Flag},
        {"palabras_prohibidas", Message::report_column_forbidden, ColumnType::Texts},
        {"sentiment_score", Message::report_column_sentiment, ColumnType::Number},
        {"needs_review", Message::page_to_review, ColumnType::Flag}};
}

Result<Row> make_executive_row(const store::JudgedPart& part, const Sources& sources) {
    const auto& audit = *part.audit;
    TRY_ASSIGN(auto reading, read_audit(audit.json));
    const auto campaign = sources.campaigns.find(part.campaign.value_or(""));
    const bool mapped = part.agent_state == MappingState::Mapped;
    Row row = {
        part.external_id,
        part.conversation.text(),
        part.day,
        phone_of(part),
        minutes_of(part),
        audit.scorecard_id,
        campaign != sources.campaigns.end() ? Cell(campaign->second) : or_empty(part.campaign),
        mapped ? or_empty(part.agent) : Cell(nullptr),
        std::string(oidor::format(part.agent_state)),
        mapped ? or_empty(part.agent_name) : Cell(nullptr)};
    row.push_back(audit.quality_score ? Cell(std::int64_t{*audit.quality_score}) : Cell(nullptr));
    row.push_back(or_empty(audit.quality_category));
    row.push_back(or_empty(reading.greeted));
    row.push_back(or_empty(reading.passed(kIdentification)));
    row.push_back(or_empty(reading.offered_help));
    row.push_back(or_empty(reading.said_goodbye));
    row.push_back(sources.content == Content::Shown ? Cell(std::move(reading.forbidden))
                                                    : Cell(nullptr));
    row.push_back(reading.sentiment ? Cell(Fixed{.value = *reading.sentiment, .places = 3})
                                    : Cell(nullptr));
    row.emplace_back(audit.needs_review);
    return row;
}

std::string format_cursor(const store::JudgedCursor& cursor) {
    return fmt::format("{}.{}.{}", cursor.day, cursor.listed_at.time_since_epoch().count(),
                       cursor.id.text());
}

Result<store::JudgedCursor> parse_cursor(std::string_view text) {
    const auto first = text.find('.');
    const auto second = first == text.npos ? text.npos : text.find('.', first + 1);
    std::int64_t micros = 0;
    if (second != text.npos) {
        const auto* const end = text.data() + second;
        const auto [stop, error] = std::from_chars(text.data() + first + 1, end, micros);
        const auto id = ConversationId::parse(text.substr(second + 1));
        const std::string day(text.substr(0, first));
        if (error == std::errc() && stop == end && id && local_day_start("UTC", day)) {
            return store::JudgedCursor{
                .day = day, .listed_at = Timestamp(std::chrono::microseconds(micros)), .id = *id};
        }
    }
    return fail(ErrorCode::Invalid, "after: expected the `next` of an earlier page");
}

}  // namespace oidor::reports
