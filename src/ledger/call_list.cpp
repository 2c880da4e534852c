#include "ledger/call_list.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include <boost/json.hpp>

#include "base/json.hpp"
#include "base/readings.hpp"
#include "base/time_zone.hpp"
#include "base/utf8.hpp"
#include "ledger/delimited.hpp"

namespace oidor::ledger {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";
/// What is looked at before it is known what the file is.
constexpr std::size_t kHeaderBytesMax = DelimitedRows::kRowBytesMax;

/// Words for nothing, as exporters write them.
bool is_nothing(std::string_view text) {
    constexpr std::array<std::string_view, 6> kNothing = {"",    "null",      "none",
                                                          "n/a", "undefined", "-"};
    return std::ranges::find(kNothing, ascii_lower(text)) != kNothing.end();
}

/// A flag, or the name of a file where there is one.
std::optional<bool> read_recorded(std::string_view text) {
    if (const auto flag = read_flag(text)) {
        return flag;
    }
    return !is_nothing(text) && text.find_first_of("./:") != std::string_view::npos
               ? std::optional(true)
               : std::nullopt;
}

std::string text_of(const json::value& value) {
    if (value.is_string()) {
        return std::string(value.get_string());
    }
    if (value.is_null() || value.is_object() || value.is_array()) {
        return {};
    }
    return json::serialize(value);
}

}  // namespace

std::optional<Encoding> parse_encoding(std::string_view text) {
    const auto folded = fold_header(text);
    if (folded == "utf8") {
        return Encoding::Utf8;
    }
    const bool latin =
        folded == "latin1" || folded == "iso88591" || folded == "windows1252" || folded == "cp1252";
    return latin ? std::optional(Encoding::Latin1) : std::nullopt;
}

CallOutcome read_outcome(std::string_view text) {
    using Word = std::pair<std::string_view, CallOutcome>;
    // Folded; what says no stands before what it says no to.
    constexpr std::array<Word, 22> kWords = {
        Word{"noanswer", CallOutcome::NoAnswer},  Word{"noatend", CallOutcome::NoAnswer},
        Word{"nocontest", CallOutcome::NoAnswer}, Word{"norespond", CallOutcome::NoAnswer},
        Word{"naoatend", CallOutcome::NoAnswer},  Word{"sinrespuesta", CallOutcome::NoAnswer},
        Word{"perdida", CallOutcome::NoAnswer},   Word{"abandon", CallOutcome::NoAnswer},
        Word{"missed", CallOutcome::NoAnswer},    Word{"unanswered", CallOutcome::NoAnswer},
        Word{"busy", CallOutcome::Busy},          Word{"ocupad", CallOutcome::Busy},
        Word{"cancel", CallOutcome::Cancelled},   Word{"failed", CallOutcome::Failed},
        Word{"fallid", CallOutcome::Failed},      Word{"falho", CallOutcome::Failed},
        Word{"congestion", CallOutcome::Failed},  Word{"answer", CallOutcome::Answered},
        Word{"atendid", CallOutcome::Answered},   Word{"contestad", CallOutcome::Answered},
        Word{"respondid", CallOutcome::Answered}, Word{"completed", CallOutcome::Answered}};
    const auto folded = fold_header(text);
    const auto found =
        std::ranges::find_if(kWords, [&](const Word& word) { return folded.contains(word.first); });
    return found != kWords.end() ? found->second : CallOutcome::Unknown;
}

struct CallList::Reader {
    Reader(ListOptions chosen, Taker given) : options(std::move(chosen)), taker(std::move(given)) {}

    Result<void> feed(std::string_view bytes);
    Result<void> finish();

    ListOptions options;
    Taker taker;

  private:
    enum class Form { Unknown, Delimited, Lines };

    Result<void> begin();
    Result<void> feed_known(std::string_view bytes);
    void take_row(std::int64_t line, const std::vector<std::string>& fields);
    void take_json(std::string_view text);
    void take_header(const std::vector<std::string>& fields);
    void take_values(std::int64_t line, const std::vector<std::string>& values);
    [[nodiscard]] std::string value_of(Column column, const std::vector<std::string>& values) const;
    Result<store::Announcement> read(const std::vector<std::string>& values) const;
    [[nodiscard]] std::optional<Timestamp> read_start(const std::string& text) const;

    Form form_ = Form::Unknown;
    std::string head_ =
        {};  ///< What came before the form was known; of JSON Lines, a line's begin.
    std::unique_ptr<DelimitedRows> rows_ = {};
    std::optional<Places> places_ = {};
    std::vector<std::string> names_ = {};  ///< Of the last object, for `places_`.
    std::int64_t line_ = 1;
    bool skipping_ = false;
    std::optional<Error> fatal_ = {};
};

CallList::CallList(ListOptions options, Taker taker)
    : reader_(std::make_unique<Reader>(std::move(options), std::move(taker))) {}
CallList::~CallList() = default;
Result<void> CallList::feed(std::string_view bytes) { return reader_->feed(bytes); }
Result<void> CallList::finish() { return reader_->finish(); }

Result<void> CallList::Reader::feed(std::string_view bytes) {
    if (form_ != Form::Unknown) {
        return feed_known(bytes);
    }
    head_ += bytes;
    const auto first = head_.find_first_not_of(" \t\r\n");
    const bool whole_line =
        first != std::string::npos && head_.find('\n', first) != std::string::npos;
    if (!whole_line && head_.size() < kHeaderBytesMax) {
        return {};
    }
    return begin();
}

Result<void> CallList::Reader::begin() {
    if (head_.starts_with("\xFF\xFE") || head_.starts_with("\xFE\xFF")) {
        return fail(ErrorCode::Invalid, "the file is UTF-16: save it as UTF-8");
    }
    auto start = std::exchange(head_, {});
    if (start.starts_with(kMark)) {
        start.erase(0, kMark.size());
    }
    const auto first = start.find_first_not_of(" \t\r\n");
    if (first != std::string::npos && start[first] == '{') {
        form_ = Form::Lines;
        return feed_known(start);
    }
    if (first != std::string::npos && start[first] == '[') {
        return fail(ErrorCode::Invalid,
                    "the file is one JSON array: write one object a line (jq -c '.[]')");
    }
    auto header = std::string_view(start).substr(0, start.find('\n'));
    std::optional<char> delimiter;
    if (header.size() >= 5 && header.starts_with("sep=")) {
        // Its line feed stays, so that lines are counted as people see them.
        delimiter = header[4];
        start.erase(0, header.size());
    }
    form_ = Form::Delimited;
    rows_ = std::make_unique<DelimitedRows>(
        delimiter.value_or(find_delimiter(header)),
        DelimitedRows::Taker{
            .row = [this](std::int64_t line, const auto& fields) { take_row(line, fields); },
            .fault = taker.fault});
    return feed_known(start);
}

Result<void> CallList::Reader::feed_known(std::string_view bytes) {
    if (form_ == Form::Delimited) {
        rows_->feed(bytes);
    } else {
        while (!bytes.empty()) {
            const auto end = bytes.find('\n');
            const auto piece = bytes.substr(0, end);
            if (!skipping_ && head_.size() + piece.size() > DelimitedRows::kRowBytesMax) {
                taker.fault(line_, "longer than 64 KB");
                head_.clear();
                skipping_ = true;
            }
            head_ += skipping_ ? std::string_view() : piece;
            if (end == std::string_view::npos) {
                break;
            }
            if (!std::exchange(skipping_, false)) {
                take_json(std::exchange(head_, {}));
            }
            ++line_;
            bytes.remove_prefix(end + 1);
        }
    }
    return fatal_ ? Result<void>(fail(*fatal_)) : Result<void>();
}

Result<void> CallList::Reader::finish() {
    if (form_ == Form::Unknown) {
        TRY(begin());
    }
    if (form_ == Form::Delimited) {
        rows_->finish();
    } else if (!skipping_ && !head_.empty()) {
        take_json(std::exchange(head_, {}));
    }
    if (fatal_) {
        return fail(*fatal_);
    }
    if (form_ == Form::Delimited && !places_) {
        return fail(ErrorCode::Invalid, "the file is empty: not even a header");
    }
    return {};
}

void CallList::Reader::take_header(const std::vector<std::string>& fields) {
    auto found = options.columns.by_number ? places_by_number(options.columns)
                                           : find_places(options.columns, fields);
    if (found) {
        places_ = *std::move(found);
    } else {
        fatal_ = found.error();
    }
}

void CallList::Reader::take_row(std::int64_t line, const std::vector<std::string>& fields) {
    if (fatal_) {
        return;
    }
    std::vector<std::string> converted;
    if (options.encoding == Encoding::Latin1) {
        std::ranges::transform(fields, std::back_inserter(converted),
                               [](const auto& field) { return windows1252_to_utf8(field); });
    }
    const auto& values = converted.empty() ? fields : converted;
    const bool is_header = !places_ && !options.columns.by_number;
    if (!places_) {
        take_header(values);
    }
    if (!fatal_ && !is_header) {
        take_values(line, values);
    }
}

void CallList::Reader::take_json(std::string_view text) {
    if (fatal_ || trim(text).empty()) {
        return;
    }
    const auto parsed = parse_json(options.encoding == Encoding::Latin1 ? windows1252_to_utf8(text)
                                                                        : std::string(text));
    if (!parsed || !parsed->is_object()) {
        taker.fault(line_, "not a JSON object");
        return;
    }
    std::vector<std::string> names;
    std::vector<std::string> values;
    for (const auto& [name, value] : parsed->get_object()) {
        names.emplace_back(name);
        values.push_back(text_of(value));
    }
    if (!places_ || names != names_) {
        // Objects need not have the same members; one that lacks the id is a faulty row.
        auto found = find_places(options.columns, names);
        if (!found) {
            taker.fault(line_, "no id or no start among its members");
            return;
        }
        places_ = *std::move(found);
        names_ = std::move(names);
    }
    take_values(line_, values);
}

void CallList::Reader::take_values(std::int64_t line, const std::vector<std::string>& values) {
    auto call = read(values);
    if (call) {
        taker.call(line, *std::move(call));
    } else {
        taker.fault(line, call.error().message);
    }
}

std::string CallList::Reader::value_of(Column column,
                                       const std::vector<std::string>& values) const {
    std::string text;
    for (const auto place : (*places_)[static_cast<std::size_t>(column)]) {
        const auto part = place < values.size() ? trim(values[place]) : std::string_view();
        text += text.empty() || part.empty() ? "" : " ";
        text += part;
    }
    return text;
}

std::optional<Timestamp> CallList::Reader::read_start(const std::string& text) const {
    const UtcOffset offset = [this](std::chrono::local_seconds local) {
        return utc_offset(options.time_zone, local);
    };
    auto start = read_moment(text, offset);
    if (!start && std::ranges::count(text, ':') == 1) {
        start = read_moment(text + ":00", offset);  // a spreadsheet dropped the seconds
    }
    return start;
}

Result<store::Announcement> CallList::Reader::read(const std::vector<std::string>& values) const {
    store::Announcement call;
    call.external_id = value_of(Column::Id, values);
    if (is_nothing(call.external_id)) {
        return fail(ErrorCode::Invalid, "id: empty");
    }
    if (!is_utf8(call.external_id)) {
        return fail(ErrorCode::Invalid, "id: not UTF-8; try --encoding latin-1");
    }
    if (!is_usable_external_id(call.external_id)) {
        return fail(ErrorCode::Invalid,
                    "id: more than 255 bytes, or with characters that cannot be shown");
    }
    const auto start = read_start(value_of(Column::Start, values));
    if (!start) {
        return fail(ErrorCode::Invalid,
                    "start: no date and time such as 2026-02-10 10:30:00 or 10/02/2026 10:30:00");
    }
    call.started_at = *start;
    const auto duration = value_of(Column::Duration, values);
    if (!is_nothing(duration)) {
        call.duration_s = read_seconds(duration);
        if (!call.duration_s) {
            return fail(ErrorCode::Invalid, "duration: no seconds such as 95 or 00:01:35");
        }
    }
    call.outcome = read_outcome(value_of(Column::Outcome, values));
    call.recorded = read_recorded(value_of(Column::Recorded, values));
    return call;
}

}  // namespace oidor::ledger
