#include "reports/question.hpp"

#include <array>
#include <charconv>

#include "base/time_zone.hpp"

namespace oidor::reports {
namespace {

constexpr std::array<std::string_view, 6> kKinds = {"categories", "protocol", "phrases",
                                                    "review",     "trend",    "executive"};
static_assert(kKinds.size() == static_cast<std::size_t>(kLastKind) + 1);
constexpr std::array<std::string_view, 3> kBys = {"whole", "campaign", "agent"};

constexpr int kDaysDefault = 7;
constexpr int kDaysOfTrend = 30;

template <typename Enum, typename Names>
std::optional<Enum> find_name(const Names& names, std::string_view text) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == text) {
            return static_cast<Enum>(i);
        }
    }
    return std::nullopt;
}

std::optional<std::string> find_given(const Lookup& given, std::string_view name) {
    auto text = given(name);
    return text && text->empty() ? std::nullopt : std::move(text);
}

Result<std::optional<int>> read_number(std::string_view name,
                                       const std::optional<std::string>& text, int first,
                                       int last) {
    if (!text) {
        return std::optional<int>();
    }
    int value = 0;
    const auto* const end = text->data() + text->size();
    const auto [stop, error] = std::from_chars(text->data(), end, value);
    if (error != std::errc() || stop != end || value < first || value > last) {
        return fail(ErrorCode::Invalid, "{}: expected a number from {} to {}", name, first, last);
    }
    return std::optional(value);
}

Result<void> read_days(const Lookup& given, std::string_view today, Question& question) {
    const auto from = find_given(given, "from");
    const auto to = find_given(given, "to");
    const int days = question.kind == Kind::Trend ? kDaysOfTrend : kDaysDefault;
    for (const auto& [name, day] : {std::pair("from", from), std::pair("to", to)}) {
        if (day && !local_day_start("UTC", *day)) {
            return fail(ErrorCode::Invalid, "{}: expected a day, as in 2026-02-10", name);
        }
    }
    question.to = to ? *to : from ? add_days(*from, days) : add_days(today, 1);
    question.from = from ? *from : add_days(question.to, -days);
    if (question.from >= question.to || add_days(question.from, kDaysMax) < question.to) {
        return fail(ErrorCode::Invalid,
                    "from and to: expected 1 to {} days; the last one is not included", kDaysMax);
    }
    return {};
}

Result<void> read_scorecard(const Lookup& given, Question& question) {
    question.scorecard = find_given(given, "scorecard");
    if (!question.scorecard) {
        return {};
    }
    const auto at = question.scorecard->rfind('@');
    if (at == std::string::npos) {
        return {};
    }
    constexpr int kVersionMax = 1'000'000'000;
    TRY_ASSIGN(question.scorecard_version,
               read_number("scorecard", question.scorecard->substr(at + 1), 1, kVersionMax));
    question.scorecard->resize(at);
    return {};
}

Result<void> read_limits(const Lookup& given, Question& question) {
    constexpr int kMinNMax = 10'000;
    TRY_ASSIGN(const auto min_n, read_number("min_n", find_given(given, "min_n"), 1, kMinNMax));
    question.min_n = min_n.value_or(kMinN);
    const auto limit = find_given(given, "limit");
    if (limit && question.kind != Kind::Review && question.kind != Kind::Executive) {
        return fail(ErrorCode::Invalid, "limit: only of review and executive");
    }
    const int most = question.kind == Kind::Review ? kReviewLinesMax : kExportPageMax;
    TRY_ASSIGN(question.limit, read_number("limit", limit, 1, most));
    question.after = find_given(given, "after");
    if (question.after && question.kind != Kind::Executive) {
        return fail(ErrorCode::Invalid, "after: only of executive");
    }
    return {};
}

}  // namespace

std::string_view format(Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }
std::optional<Kind> parse_kind(std::string_view text) { return find_name<Kind>(kKinds, text); }
std::string_view format(By by) { return kBys[static_cast<std::size_t>(by)]; }
std::optional<By> parse_by(std::string_view text) { return find_name<By>(kBys, text); }

Result<Question> read_question(Kind kind, const Lookup& given, std::string_view today) {
    Question question{.kind = kind};
    TRY(read_days(given, today, question));
    question.campaign = find_given(given, "campaign");
    question.agent = find_given(given, "agent");
    TRY(read_scorecard(given, question));
    if (const auto by = find_given(given, "by")) {
        const auto parsed = parse_by(*by);
        if (!parsed) {
            return fail(ErrorCode::Invalid, "by: expected whole, campaign or agent");
        }
        question.by = *parsed;
    }
    if (question.by != By::Whole && (kind == Kind::Review || kind == Kind::Executive)) {
        return fail(ErrorCode::Invalid, "by: {} lists calls, it is not split", format(kind));
    }
    TRY(read_limits(given, question));
    return question;
}

}  // namespace oidor::reports
