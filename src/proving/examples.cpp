#include "proving/examples.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "audit/toml_reader.hpp"
#include "base/toml_depth.hpp"

namespace oidor::proving {
namespace {

using audit::Presence;
using audit::TomlReader;

constexpr std::int64_t kSecondsMax = 7LL * 24 * 3600;
constexpr std::int64_t kPointsMax = 1'000'000;
constexpr std::int64_t kMeasureMax = 1'000'000'000;

/// What stands before a line's words: `[1:05]`, `[1:02:03]`. Takes it away.
std::optional<Milliseconds> take_clock(std::string_view& line) {
    if (!line.starts_with('[')) {
        return std::nullopt;
    }
    const auto end = line.find(']');
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    std::int64_t seconds = 0;
    std::string_view rest = line.substr(1, end - 1);
    int parts = 0;
    while (!rest.empty()) {
        std::int64_t part = 0;
        const auto [stop, error] =
            std::from_chars(rest.data(), rest.data() + rest.size(), part, 10);
        if (error != std::errc() || part < 0 || part > 100'000 || ++parts > 3) {
            return std::nullopt;
        }
        seconds = seconds * 60 + part;
        rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()));
        if (rest.empty()) {
            break;
        }
        if (rest.front() != ':' || rest.size() == 1) {
            return std::nullopt;
        }
        rest.remove_prefix(1);
    }
    if (parts < 2 || seconds > kSecondsMax) {
        return std::nullopt;
    }
    line.remove_prefix(end + 1);
    return Milliseconds(seconds * 1000);
}

/// The lines without their times, and the times of those that have one.
struct Clocked {
    std::string text = {};
    std::vector<Milliseconds> times = {};
    std::size_t lines = 0;
};

Clocked take_clocks(std::string_view text) {
    Clocked clocked;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
        if (line.empty()) {
            continue;
        }
        ++clocked.lines;
        if (const auto time = take_clock(line)) {
            clocked.times.push_back(*time);
        }
        clocked.text += line;
        clocked.text += '\n';
    }
    return clocked;
}

Result<Transcript> read_text(std::string_view text, std::string_view language) {
    const auto clocked = take_clocks(text);
    if (clocked.times.empty()) {
        return audit::read_example_text(text, language);
    }
    TRY_ASSIGN(auto transcript, audit::read_example_text(clocked.text, language));
    if (clocked.times.size() != clocked.lines || transcript.segments.size() != clocked.lines) {
        return fail(ErrorCode::Invalid,
                    "where one line has a time, every line has one, and a speaker's label");
    }
    if (!std::ranges::is_sorted(clocked.times)) {
        return fail(ErrorCode::Invalid, "the times of its lines must not go back");
    }
    for (std::size_t i = 0; i < clocked.times.size(); ++i) {
        transcript.segments[i].start = clocked.times[i];
        transcript.segments[i].end = clocked.times[i];
    }
    return transcript;
}

class ExamplesParser {
  public:
    ExamplesParser(const toml::table& root, std::string_view path,
                   const audit::Scorecard& scorecard, const ExampleLimits& limits)
        : root_(root),
          path_(path),
          scorecard_(scorecard),
          limits_(limits),
          faults_(path, limits.faults_max) {}

    Result<std::vector<ProvingExample>> parse() {
        TomlReader reader(root_, "", faults_);
        if (const auto id = reader.text("scorecard", Presence::Required);
            id && *id != scorecard_.id) {
            reader.fault("scorecard", fmt::format("these are examples of `{}`, not of `{}`", *id,
                                                  scorecard_.id));
        }
        if (const auto* examples = reader.array("examples", Presence::Required)) {
            for (std::size_t i = 0; i < examples->size(); ++i) {
                read_table((*examples)[i], fmt::format("examples[{}]", i));
            }
        }
        reader.finish();
        if (!faults_.empty()) {
            return fail(ErrorCode::Invalid, "{}", faults_.text());
        }
        return std::move(examples_);
    }

  private:
    void read_table(const toml::node& node, const std::string& where) {
        const auto* table = node.as_table();
        if (table == nullptr) {
            faults_.add(node, where, "expected a table with criterion, outcome and text");
            return;
        }
        TomlReader reader(*table, where, faults_);
        ProvingExample made{.path = path_};
        made.criterion = read_criterion(reader);
        const auto outcome = reader.choice("outcome", Presence::Required,
                                           {"pass", "fail", "unknown", "not_applicable"});
        made.example.outcome = static_cast<audit::Outcome>(outcome.value_or(0));
        made.example.name = reader.text("name", Presence::Optional).value_or("");
        made.example.points = reader.decimal("points", Presence::Optional, -kPointsMax, kPointsMax);
        if (const auto* facts = reader.table("facts")) {
            read_facts(*facts, where, made.example.facts);
        }
        read_texts(reader, *table, where, made);
        reader.finish();
    }

    std::size_t read_criterion(TomlReader& reader) {
        const auto id = reader.text("criterion", Presence::Required);
        const auto found = id ? std::ranges::find(scorecard_.criteria, *id, &audit::Criterion::id)
                              : scorecard_.criteria.begin();
        if (found == scorecard_.criteria.end()) {
            std::vector<std::string> known;
            for (const auto& criterion : scorecard_.criteria) {
                known.push_back(criterion.id);
            }
            const auto near = audit::nearest_name(*id, known);
            reader.fault("criterion",
                         near.empty() ? fmt::format("the scorecard has no criterion `{}`", *id)
                                      : fmt::format("the scorecard has no criterion `{}`: `{}`?",
                                                    *id, near));
            return 0;
        }
        return static_cast<std::size_t>(found - scorecard_.criteria.begin());
    }

    void read_facts(const toml::table& table, const std::string& where, audit::Facts& facts) {
        TomlReader reader(table, where + ".facts", faults_);
        if (const auto seconds = reader.decimal("duration_s", Presence::Optional, 0, kSecondsMax)) {
            facts.duration = Milliseconds(seconds->micros() / 1000);
        }
        if (const auto text = reader.text("direction", Presence::Optional)) {
            const auto direction = parse_direction(*text);
            if (!direction) {
                reader.fault("direction", "expected inbound, outbound, internal or unknown");
            }
            facts.direction = direction.value_or(Direction::Unknown);
        }
        if (const auto* measures = reader.table("measures")) {
            TomlReader values(*measures, where + ".facts.measures", faults_);
            for (const auto& [key, value] : *measures) {
                const std::string name(key.str());
                if (const auto number =
                        values.decimal(name, Presence::Required, -kMeasureMax, kMeasureMax)) {
                    facts.measures[name] = {.value = *number, .unit = {}};
                }
            }
            values.finish();
        }
        reader.finish();
    }

    void read_texts(TomlReader& reader, const toml::table& table, const std::string& where,
                    const ProvingExample& made) {
        const auto text = reader.text("text", Presence::Optional);
        const auto* texts = reader.array("texts", Presence::Optional);
        if (text.has_value() == (texts != nullptr)) {
            faults_.add(table, where, "expected either text or texts");
        } else if (text) {
            add(*table.get("text"), where + ".text", *text, made);
        } else {
            for (std::size_t i = 0; i < texts->size(); ++i) {
                const auto place = fmt::format("{}.texts[{}]", where, i);
                if (const auto* one = (*texts)[i].as_string()) {
                    add((*texts)[i], place, one->get(), made);
                } else {
                    faults_.add((*texts)[i], place, "expected a text");
                }
            }
        }
    }

    void add(const toml::node& node, const std::string& where, std::string_view text,
             ProvingExample made) {
        if (text.size() > limits_.text_bytes_max) {
            faults_.add(node, where,
                        fmt::format("expected at most {} bytes", limits_.text_bytes_max));
            return;
        }
        auto transcript = read_text(text, scorecard_.language);
        if (!transcript) {
            faults_.add(node, where, transcript.error().message);
            return;
        }
        if (examples_.size() == limits_.examples_max) {
            faults_.add(node, where, fmt::format("more than {} examples", limits_.examples_max));
            return;
        }
        made.example.transcript = std::move(*transcript);
        made.example.line = node.source().begin.line;
        examples_.push_back(std::move(made));
    }

    const toml::table& root_;
    std::string path_;
    const audit::Scorecard& scorecard_;
    const ExampleLimits& limits_;
    audit::Faults faults_;
    std::vector<ProvingExample> examples_ = {};
};

}  // namespace

std::vector<ProvingExample> examples_inside(const audit::Scorecard& scorecard,
                                            std::string_view path) {
    std::vector<ProvingExample> examples;
    for (std::size_t i = 0; i < scorecard.criteria.size(); ++i) {
        for (const auto& example : scorecard.criteria[i].examples) {
            examples.push_back({.criterion = i, .example = example, .path = std::string(path)});
        }
    }
    return examples;
}

Result<std::vector<ProvingExample>> parse_examples(std::string_view toml, std::string_view path,
                                                   const audit::Scorecard& scorecard,
                                                   const ExampleLimits& limits) {
    if (toml.size() > limits.size_bytes_max) {
        return fail(ErrorCode::TooLarge, "{}: {} bytes: at most {} are read", path, toml.size(),
                    limits.size_bytes_max);
    }
    if (const auto line = find_deep_toml_line(toml)) {
        return fail(ErrorCode::Invalid, "{}:{}: a key has too many dotted parts", path, *line);
    }
    try {
        const toml::table root = toml::parse(toml, path);
        return ExamplesParser(root, path, scorecard, limits).parse();
    } catch (const toml::parse_error& error) {
        return fail(ErrorCode::Invalid, "{}:{}: not TOML: {}", path, error.source().begin.line,
                    error.description());
    }
}

}  // namespace oidor::proving
