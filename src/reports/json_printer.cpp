// A report as one JSON object.
#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "reports/document.hpp"

namespace oidor::reports {
namespace {

struct ToJson {
    json::value operator()(std::nullptr_t) const { return nullptr; }
    json::value operator()(Few) const { return nullptr; }
    json::value operator()(bool flag) const { return flag; }
    json::value operator()(std::int64_t number) const { return number; }
    json::value operator()(const Fixed& number) const { return number.value.to_double(); }
    json::value operator()(const std::string& words) const { return json::value(words); }
    json::value operator()(const std::vector<std::string>& texts) const {
        json::array array;
        for (const auto& each : texts) {
            array.emplace_back(each);
        }
        return array;
    }
};

json::value or_null(const std::optional<std::string>& words) {
    return words ? json::value(*words) : json::value(nullptr);
}

class JsonPrinter final : public Printer {
  public:
    explicit JsonPrinter(Write write) : write_(std::move(write)) {}

    void begin(const Head& head) override {
        columns_ = head.columns;
        const auto& question = head.question;
        const json::object object = {{"report", format(question.kind)},
                                     {"at", format_rfc3339(head.at)},
                                     {"from", question.from},
                                     {"to", question.to},
                                     {"campaign", or_null(question.campaign)},
                                     {"agent", or_null(question.agent)},
                                     {"by", format(question.by)},
                                     {"min_n", question.min_n},
                                     {"confidence_percent", 95}};
        auto bytes = format_json(object);
        bytes.pop_back();  // the brace: the items follow
        write_(bytes + ",\"items\":[");
    }

    void row(const Row& cells) override {
        json::object object;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            object[columns_[i].name] = std::visit(ToJson(), cells[i]);
        }
        write_((first_ ? "" : ",") + format_json(object));
        first_ = false;
    }

    void end(const Tail& tail) override {
        json::object counts;
        for (const auto& [name, count] : list_counts(tail.counts)) {
            counts[name] = count;
        }
        json::object reasons;
        for (const auto& [reason, count] : tail.counts.not_auditable_reasons) {
            reasons[reason] = count;
        }
        counts["not_auditable_reasons"] = std::move(reasons);
        json::array scorecards;
        for (const auto& [id, versions] : tail.scorecards) {
            scorecards.push_back(
                {{"id", id}, {"versions", json::array(versions.begin(), versions.end())}});
        }
        const json::object object = {{"scorecards", std::move(scorecards)},
                                     {"counts", std::move(counts)},
                                     {"unreadable", json::value_from(tail.unreadable)},
                                     {"next", or_null(tail.next)}};
        write_("]," + format_json(object).substr(1) + "\n");
    }

  private:
    Write write_;
    std::vector<Column> columns_ = {};
    bool first_ = true;
};

}  // namespace

std::unique_ptr<Printer> make_json_printer(Write write) {
    return std::make_unique<JsonPrinter>(std::move(write));
}

}  // namespace oidor::reports
