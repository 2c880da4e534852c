#include "ledger/columns.hpp"

#include <algorithm>
#include <span>

#include "base/readings.hpp"
#include "base/utf8.hpp"

namespace oidor::ledger {
namespace {

constexpr std::array<std::string_view, kColumnCount> kWords = {"id", "start", "duration", "outcome",
                                                               "recorded"};

// Folded; the first that is there wins. `cdrid` is Anura's, `uniqueid` and `calldate` Asterisk's.
constexpr std::array<std::string_view, 14> kIds = {
    "cdrid",       "uniqueid",  "callid", "callsid", "conversationid", "externalid", "idllamada",
    "iddellamada", "llamadaid", "idcdr",  "idunico", "uuid",           "linkedid",   "id"};
constexpr std::array<std::string_view, 18> kStarts = {
    "dialtime",  "calldate",    "start",      "startdate",  "starttime", "startedat",
    "callstart", "fechainicio", "horainicio", "fechayhora", "fechahora", "fechadeinicio",
    "inicio",    "datetime",    "timestamp",  "fecha",      "date",      "data"};
constexpr std::array<std::string_view, 9> kDurations = {
    "duration", "duracion",        "billsec",   "billseconds",     "duracao",
    "segundos", "durationseconds", "durations", "duracionsegundos"};
constexpr std::array<std::string_view, 7> kOutcomes = {
    "disposition", "status", "estado", "resultado", "outcome", "callstatus", "disposicion"};
constexpr std::array<std::string_view, 11> kRecorded = {
    "wasrecorded", "recorded",      "hasrecording", "grabada",   "grabado", "tienegrabacion",
    "grabacion",   "recordingfile", "audiofilemp3", "recording", "gravada"};
/// The time beside a column that holds the day alone.
constexpr std::array<std::string_view, 3> kTimes = {"hora", "time", "horario"};

std::span<const std::string_view> usual_names(Column column) {
    switch (column) {
        case Column::Id: return kIds;
        case Column::Start: return kStarts;
        case Column::Duration: return kDurations;
        case Column::Outcome: return kOutcomes;
        case Column::Recorded: break;
    }
    return kRecorded;
}

std::optional<std::size_t> place_of(const std::vector<std::string>& folded, std::string_view name) {
    const auto found = std::ranges::find(folded, name);
    return found != folded.end() ? std::optional<std::size_t>(found - folded.begin())
                                 : std::nullopt;
}

std::vector<std::size_t> find_usual(Column column, const std::vector<std::string>& folded) {
    for (const auto name : usual_names(column)) {
        const auto place = place_of(folded, name);
        if (!place) {
            continue;
        }
        std::vector<std::size_t> places = {*place};
        if (name == "fecha" || name == "date" || name == "data") {
            for (const auto time : kTimes) {
                if (const auto beside = place_of(folded, time)) {
                    places.push_back(*beside);
                    break;
                }
            }
        }
        return places;
    }
    return {};
}

char32_t without_accent(char32_t c) {
    constexpr std::u32string_view kFrom = U"áàâãéêíóôõúüñçÁÀÂÃÉÊÍÓÔÕÚÜÑÇ";
    constexpr std::u32string_view kTo = U"aaaaeeiooouuncaaaaeeiooouunc";
    const auto at = kFrom.find(c);
    return at != std::u32string_view::npos ? kTo[at] : c;
}

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts;
    while (true) {
        const auto end = text.find(at);
        parts.emplace_back(trim(text.substr(0, end)));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

Result<Places> check_needed(Places places) {
    for (const auto column : {Column::Id, Column::Start}) {
        if (places[static_cast<std::size_t>(column)].empty()) {
            return fail(ErrorCode::Invalid,
                        "no column tells the call's {0}: name it, as in --columns "
                        "id=NAME,start=NAME, or by numbers (id=1,start=3) where the file has no "
                        "header",
                        format(column));
        }
    }
    return places;
}

}  // namespace

std::string_view format(Column column) { return kWords[static_cast<std::size_t>(column)]; }

std::string fold_header(std::string_view name) {
    std::string folded;
    for (std::size_t at = 0; at < name.size();) {
        const auto point = read_code_point(name, at);
        at += point.size_bytes;
        auto c = without_accent(point.value);
        c = c >= U'A' && c <= U'Z' ? c - U'A' + U'a' : c;
        if ((c >= U'a' && c <= U'z') || (c >= U'0' && c <= U'9')) {
            folded.push_back(static_cast<char>(c));
        }
    }
    return folded;
}

Result<ColumnChoice> parse_columns(std::string_view text) {
    ColumnChoice choice;
    int numbers = 0;
    int names = 0;
    for (const auto& part : split(text, ',')) {
        const auto equals = part.find('=');
        const auto word = equals != std::string::npos ? part.substr(0, equals) : part;
        const auto column = std::ranges::find(kWords, std::string_view(word));
        if (column == kWords.end() || equals == std::string::npos || equals + 1 == part.size()) {
            return fail(ErrorCode::Invalid,
                        "--columns: expected id=…,start=…, and perhaps duration=…, outcome=…, "
                        "recorded=…");
        }
        auto chosen = split(std::string_view(part).substr(equals + 1), '+');
        for (const auto& one : chosen) {
            ++(is_all_digits(one) ? numbers : names);
        }
        choice.names[static_cast<std::size_t>(column - kWords.begin())] = std::move(chosen);
    }
    if (numbers > 0 && names > 0) {
        return fail(ErrorCode::Invalid, "--columns: either names or numbers, not both");
    }
    choice.by_number = numbers > 0;
    return choice;
}

Result<Places> find_places(const ColumnChoice& choice, const std::vector<std::string>& header) {
    std::vector<std::string> folded;
    std::ranges::transform(header, std::back_inserter(folded),
                           [](const auto& name) { return fold_header(name); });
    Places places;
    for (std::size_t i = 0; i < kColumnCount; ++i) {
        if (choice.names[i].empty()) {
            places[i] = find_usual(static_cast<Column>(i), folded);
        }
        for (const auto& name : choice.names[i]) {
            const auto place = place_of(folded, fold_header(name));
            if (!place) {
                return fail(ErrorCode::Invalid, "--columns: the header has no column {}", name);
            }
            places[i].push_back(*place);
        }
    }
    return check_needed(std::move(places));
}

Result<Places> places_by_number(const ColumnChoice& choice) {
    Places places;
    for (std::size_t i = 0; i < kColumnCount; ++i) {
        for (const auto& name : choice.names[i]) {
            const auto number = read_integer(name);
            if (!number || *number < 1 || *number > 512) {
                return fail(ErrorCode::Invalid, "--columns: {} is no number from 1 to 512", name);
            }
            places[i].push_back(static_cast<std::size_t>(*number - 1));
        }
    }
    return check_needed(std::move(places));
}

}  // namespace oidor::ledger
