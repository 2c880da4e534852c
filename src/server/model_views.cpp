#include "server/model_views.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "audit/criteria_score.hpp"
#include "audit/scorecard.hpp"
#include "base/decimal.hpp"
#include "server/views.hpp"

namespace oidor::server {
namespace {

constexpr int kApprovedFrom = 70;
/// Behind every score: of an audit that has none.
constexpr double kNoScore = 101;

json::array quotes_view(const std::vector<models::Citation>& quotes) {
    json::array list;
    for (const auto& quote : quotes) {
        list.push_back({{"segment", quote.segment}, {"quote", quote.quote}});
    }
    return list;
}

Result<int> approval_of(store::Store& store, const Conversation& conversation) {
    if (!conversation.campaign.id) {
        return kApprovedFrom;
    }
    TRY_ASSIGN(const auto campaign, store.directory().find_campaign(*conversation.campaign.id));
    const int own = campaign ? campaign->approval_score.value_or(0) : 0;
    return own > 0 ? own : kApprovedFrom;
}

/// What the criteria of a published version ask: their question, else their title.
Result<QuestionTexts> read_questions(store::Store& store, const store::AuditRow& audit) {
    QuestionTexts texts;
    TRY_ASSIGN(const auto stored,
               store.directory().find_scorecard(audit.scorecard_id, audit.scorecard_version));
    if (!stored) {
        return texts;
    }
    TRY_ASSIGN(const auto scorecard, audit::parse_scorecard(stored->toml, stored->id));
    for (const auto& criterion : scorecard.criteria) {
        const auto& text =
            criterion.question.text.empty() ? criterion.title : criterion.question.text;
        if (!text.empty()) {
            texts.emplace(criterion.id, text);
        }
    }
    return texts;
}

/// The current audits of a task, each with the agent it judges; without those of other agents than
/// `agent` where one is named.
Result<json::array> list_criteria_audits(store::Store& store, const store::ConversationRow& row,
                                         const std::vector<store::AuditRow>& audits,
                                         const std::optional<std::string>& agent) {
    TRY_ASSIGN(const auto approval, approval_of(store, row.conversation));
    json::array list;
    for (const auto& audit : audits) {
        const auto part =
            std::ranges::find(row.participations, audit.participation, &Participation::id);
        const auto of = part != row.participations.end() ? part->agent.id : std::nullopt;
        if (agent && of != agent) {
            continue;
        }
        TRY_ASSIGN(const auto value, parse_json(audit.json));
        TRY_ASSIGN(const auto questions, read_questions(store, audit));
        auto view = criteria_audit_view(value.as_object(), questions, approval);
        view["agent"] = optional_value(of);
        view["participation"] = audit.participation.text();
        view["scorecard"] =
            json::object{{"id", audit.scorecard_id}, {"version", audit.scorecard_version}};
        view["created_at"] = format_rfc3339(audit.created_at);
        list.push_back(std::move(view));
    }
    return list;
}

/// Of several agents' audits the lowest: a task fails when one of them does. One without a score
/// stands for the task only where none has one.
std::size_t lowest_of(const json::array& audits) {
    const auto score = [&](std::size_t i) {
        return find_double(audits[i].as_object(), "score").value_or(kNoScore);
    };
    std::size_t lowest = 0;
    for (std::size_t i = 1; i < audits.size(); ++i) {
        lowest = score(i) < score(lowest) ? i : lowest;
    }
    return lowest;
}

Decimal number_of(const json::object& object, std::string_view key) {
    const auto number = find_double(object, key);
    if (number) {
        return Decimal::from_double(*number);
    }
    return Decimal::from_int(find_int64(object, key).value_or(0));
}

/// The words behind an outcome, as the predecessor's sentence about it.
std::string observations_of(const json::object& criterion) {
    std::string words;
    if (const auto* const evidence = find_array(criterion, "evidence")) {
        for (const auto& item : *evidence) {
            const auto* const object = item.if_object();
            const auto quote = object != nullptr ? find_string(*object, "quote") : std::nullopt;
            if (quote) {
                words += fmt::format("{}«{}»", words.empty() ? "" : "; ", *quote);
            }
        }
    }
    return words;
}

}  // namespace

json::object chat_view(const pipeline::ChatEntry& entry) {
    return {{"question", entry.question},
            {"answer", optional_value(entry.answer)},
            {"quotes", quotes_view(entry.quotes)},
            {"asked_by", entry.asked_by},
            {"created_at", format_rfc3339(entry.asked_at)}};
}

Result<json::value> find_answers(store::Store& store, ConversationId id) {
    TRY_ASSIGN(const auto stored, store.model_records().find_newest_answers(id));
    if (!stored) {
        return json::value(nullptr);
    }
    TRY_ASSIGN(auto value, parse_json(stored->json));
    value.as_object()["scorecard"] =
        json::object{{"id", stored->scorecard_id}, {"version", stored->scorecard_version}};
    value.as_object()["answered_at"] = format_rfc3339(stored->updated_at);
    return value;
}

Result<redact::Look> look_at_stored(store::Store& store, ConversationId id,
                                    redact::Options options) {
    TRY_ASSIGN(const auto stored, store.conversations().find_transcript(id));
    auto transcript = stored ? parse_transcript(stored->json) : Result<Transcript>(Transcript{});
    TRY(transcript);
    return redact::look_at(std::move(*transcript), std::move(options));
}

void mask_said(json::value& value, const redact::Look& look) {
    if (auto* const array = value.if_array()) {
        for (auto& item : *array) {
            mask_said(item, look);
        }
        return;
    }
    auto* const object = value.if_object();
    if (object == nullptr) {
        return;
    }
    const auto segment = find_int64(*object, "segment");
    for (auto& member : *object) {
        const auto key = member.key();
        auto* const words = member.value().if_string();
        if (words == nullptr) {
            mask_said(member.value(), look);
        } else if (key == "quote" && segment && *segment >= 0) {
            *words = redact::mask_quote(look, static_cast<std::size_t>(*segment), *words);
        } else if (key == "quote" || key == "value" || key == "question" || key == "answer") {
            *words = redact::masked(std::string_view(*words), look.options);
        }
    }
}

json::object criteria_audit_view(const json::object& audit, const QuestionTexts& questions,
                                 int approval_score) {
    json::array criteria;
    audit::CriteriaScore sum;
    std::int64_t unknown = 0;
    const auto* const given = find_array(audit, "criteria");
    for (const auto& item : given != nullptr ? *given : json::array()) {
        const auto& criterion = item.as_object();
        const auto target = number_of(criterion, "points_max");
        const auto* const points = criterion.if_contains("points");
        const bool judged = points != nullptr && !points->is_null();
        const auto id = find_string(criterion, "id").value_or("");
        json::value score = nullptr;
        const bool bonus = find_bool(criterion, "bonus").value_or(false);
        if (judged) {
            sum.add(number_of(criterion, "points"), target, bonus);
            score = *points;
        } else {
            unknown += find_string(criterion, "outcome") == "unknown" ? 1 : 0;
        }
        const auto asked = questions.find(id);
        criteria.push_back(json::object{{"id", id},
                                        {"question", asked != questions.end() ? asked->second : id},
                                        {"criterion", id},
                                        {"target_score", target.to_double()},
                                        {"score", std::move(score)},
                                        {"bonus", bonus},
                                        {"outcome", criterion.at("outcome")},
                                        {"observations", observations_of(criterion)}});
    }
    if (const auto* const zeroed_by = find_array(audit, "zeroed_by");
        zeroed_by != nullptr && !zeroed_by->empty()) {
        sum.zero();
    }
    json::value score = nullptr;
    json::value failure = nullptr;
    const bool scored = find_int64(audit, "quality_score").has_value();
    if (const auto hundredths = scored ? sum.hundredths() : std::nullopt) {
        // Two places before it is compared: what is shown decides.
        score = static_cast<double>(*hundredths) / 100;
        failure = *hundredths < std::int64_t{approval_score} * 100;
    }
    return {{"score", std::move(score)},
            {"approval_score", approval_score},
            {"failure", std::move(failure)},
            {"unknown", unknown},
            {"criteria", std::move(criteria)}};
}

Result<json::object> criteria_audits_view(store::Store& store, const store::ConversationRow& row,
                                          const std::vector<store::AuditRow>& audits,
                                          const std::optional<std::string>& agent) {
    TRY_ASSIGN(auto list, list_criteria_audits(store, row, audits, agent));
    if (list.empty()) {
        return fail(ErrorCode::NotFound, "agent: no audit of this task is theirs");
    }
    auto view = list[lowest_of(list)].as_object();
    view["task_uuid"] = row.conversation.id.text();
    if (list.size() > 1) {
        view["audits"] = std::move(list);
    }
    return view;
}

}  // namespace oidor::server
