#include "pipeline/speech_desk.hpp"

#include <algorithm>

#include "base/failpoint.hpp"
#include "base/time_zone.hpp"
#include "pipeline/kept_reply.hpp"

namespace oidor::pipeline {
namespace {

using store::SpeechCallState;

/// Longer than any hearing: whoever is under way since then is dead.
constexpr std::chrono::hours kCallAliveMax{7};
/// Until somebody else's reply may be there.
constexpr std::chrono::seconds kLookAgain{30};

/// A recording whose answers were paid for and not used so often is not sent again by itself.
constexpr int kUnusedMax = 3;
/// An order is worked on for hours, and its result is kept by the provider for days.
constexpr std::chrono::hours kOrderAliveMax{7 * 24};

/// What an engine's error means for the bill.
SpeechCallState state_after(ErrorCode code) {
    switch (code) {
        case ErrorCode::Unavailable: return SpeechCallState::Failed;
        case ErrorCode::Timeout:
        case ErrorCode::Cancelled:
        case ErrorCode::Corrupt:
        case ErrorCode::Internal: return SpeechCallState::Unconfirmed;
        default: return SpeechCallState::Refused;
    }
}

bool may_cost(SpeechCallState state) {
    return state == SpeechCallState::Paid || state == SpeechCallState::Unconfirmed;
}

}  // namespace

SpeechCosts speech_costs(const config::Installation& settings) {
    SpeechCosts costs;
    for (const auto& text : settings.speech_prices) {
        if (auto price = config::parse_engine_price(text)) {
            costs.prices.push_back(std::move(*price));
        }
    }
    costs.currency = settings.speech_currency;
    if (const auto budget = Decimal::parse(settings.speech_budget_per_day)) {
        costs.budget_micros = budget->micros();
    }
    costs.budget_time_zone = settings.speech_budget_time_zone;
    return costs;
}

std::optional<store::SpeechBudget> budget_of_day(const SpeechCosts& costs, Timestamp now) {
    if (!costs.budget_micros) {
        return std::nullopt;
    }
    const std::string zone = costs.budget_time_zone.empty() ? "UTC" : costs.budget_time_zone;
    const auto day = local_day(zone, now);
    return store::SpeechBudget{.from = local_day_start(zone, day).value_or(now),
                               .to = local_day_start(zone, add_days(day, 1)).value_or(now),
                               .cost_micros = *costs.budget_micros,
                               .currency = costs.currency};
}

std::optional<Timestamp> SpeechDesk::closed_until() const {
    return closed_until_.with([](const auto& until) { return until; });
}

void SpeechDesk::price(store::SpeechCallRow& line, const EngineCall& call,
                       const std::vector<Milliseconds>& requests) const {
    line.sent_ms = 0;
    line.billed_ms = 0;
    line.cost_micros.reset();
    const auto* const rate = config::find_rate(costs_.prices, line.engine, line.model);
    std::int64_t cost = 0;
    for (const auto sent : requests) {
        // Providers round each request up for itself.
        const auto bill =
            rate != nullptr ? config::make_bill(*rate, sent, call.request.analysis.channels.size())
                            : config::AudioBill{.billed = sent};
        line.sent_ms += sent.count();
        line.billed_ms += bill.billed.count();
        cost += bill.cost_micros;
    }
    if (rate != nullptr) {
        line.cost_micros = cost;
    } else if (call.engine.capabilities().offline) {
        line.cost_micros = 0;
    }
}

store::SpeechCallRow SpeechDesk::make_line(const SpeechOrder& order, const EngineCall& call,
                                           const Sha256& name) const {
    store::SpeechCallRow line;
    line.id = store::SpeechCallId::make();
    line.conversation = order.conversation.id;
    line.request = name;
    line.source = order.conversation.key.source;
    line.account = order.conversation.key.account;
    line.campaign = order.conversation.campaign.id;
    line.engine = call.engine.capabilities().name;
    line.model = call.engine.capabilities().model;
    line.day = local_day(order.time_zone, clock_.now());
    line.audio_ms = order.duration.count();
    line.currency = costs_.currency;
    const auto channels =
        static_cast<std::int64_t>(std::max<std::size_t>(call.request.analysis.channels.size(), 1));
    price(line, call, {call.to_send * channels});
    return line;
}

Result<std::optional<speech::EngineReply>> SpeechDesk::find_kept(const SpeechOrder& order,
                                                                 const EngineCall& call,
                                                                 const Sha256& name) {
    const auto kept = records_.find_reply(name);
    if (!kept && kept.error().code != ErrorCode::Corrupt) {
        return fail(kept.error());
    }
    const bool usable =
        kept && *kept && !(order.not_before && (*kept)->created_at < *order.not_before);
    if (kept && !usable) {
        return std::optional<speech::EngineReply>();
    }
    auto found = kept ? parse_reply((*kept)->json)
                      : Result<speech::EngineReply>(fail(ErrorCode::Corrupt, "kept reply"));
    if (!found) {
        // Nobody could mend it: an operator hears of it, and it is asked for again.
        say(telemetry::Event::speech_reply_unreadable, order, call.engine.capabilities().name);
        return std::optional<speech::EngineReply>();
    }
    auto reply = std::move(*found);
    set_speakers(call.request, reply.transcript);
    auto line = make_line(order, call, name);
    line.state = SpeechCallState::Cached;
    line.sent_ms = 0;
    line.billed_ms = 0;
    line.cost_micros = 0;
    TRY(records_.insert_cached(line));
    say(telemetry::Event::speech_reply_found, order, line.engine);
    return std::optional(std::move(reply));
}

Result<void> SpeechDesk::begin(const store::SpeechCallRow& line, const SpeechOrder& order,
                               const EngineCall& call) {
    const auto now = clock_.now();
    // What costs nothing, or nobody knows how much, is not held up by a budget.
    const bool costs = line.cost_micros && !call.engine.capabilities().offline;
    const auto budget = costs ? budget_of_day(costs_, now) : std::nullopt;
    const auto alive = call.engine.capabilities().takes_urls ? kOrderAliveMax : kCallAliveMax;
    TRY_ASSIGN(const auto start, records_.begin_call(line, budget, now - alive));
    switch (start) {
        case store::SpeechStart::Begun: return {};
        case store::SpeechStart::UnderWay:
            return fail(Error{.code = ErrorCode::RateLimited,
                              .message = "speech: this audio is being heard for another "
                                         "conversation; its reply will do",
                              .retry_after = kLookAgain});
        case store::SpeechStart::UsedUp: break;
    }
    const auto until = budget ? budget->to : now;
    closed_until_.with([until](auto& closed) { closed = until; });
    say(telemetry::Event::speech_budget_used_up, order, line.engine);
    return fail(Error{.code = ErrorCode::RateLimited,
                      .message = "speech: the day's budget (speech.budget_per_day) is used up",
                      .retry_after = std::chrono::ceil<std::chrono::milliseconds>(until - now)});
}

Result<void> SpeechDesk::end_badly(const store::SpeechCallRow& line, const EngineCall& call,
                                   const Asked& asked, const Error& error) {
    const auto fate = faces_of(error.code).fate;
    const bool waits = error.code == ErrorCode::RateLimited;
    const bool comes_back = waits || fate == JobFate::BackOff || fate == JobFate::Return;
    if (call.engine.capabilities().takes_urls && asked.sent.empty() && comes_back &&
        (waits || asked.found)) {
        return {};  // The order stands, and is looked at again: its line stays open.
    }
    if (waits && asked.sent.empty()) {
        return records_.withdraw_call(line.id);
    }
    auto ended = line;
    if (!asked.sent.empty()) {
        ended.state = SpeechCallState::Unconfirmed;
        price(ended, call, asked.sent);
    } else {
        ended.state = state_after(error.code);
    }
    const bool offline = call.engine.capabilities().offline;
    if (offline && may_cost(ended.state)) {
        ended.state = SpeechCallState::Failed;  // Nobody bills it.
    }
    if (!may_cost(ended.state)) {
        ended.sent_ms = 0;
        ended.billed_ms = 0;
        ended.cost_micros = 0;
    }
    if (ended.state == SpeechCallState::Unconfirmed && telemetry_ != nullptr) {
        telemetry_->emit(telemetry::Event::speech_call_unconfirmed,
                         {.source = line.source,
                          .account = line.account,
                          .conversation_id = line.conversation.value_or(ConversationId{}).uuid,
                          .stage = telemetry::Stage::Transcribe,
                          .engine = line.engine});
    }
    return records_.end_call({.id = ended.id,
                              .state = ended.state,
                              .sent_ms = ended.sent_ms,
                              .billed_ms = ended.billed_ms,
                              .cost_micros = ended.cost_micros,
                              .error_code = std::string(faces_of(error.code).name),
                              .model = {}},
                             asked.parts);
}

Result<std::optional<store::SpeechCallId>> SpeechDesk::look_back(const SpeechOrder& order,
                                                                 const EngineCall& call,
                                                                 const Sha256& name) {
    std::optional<store::SpeechCallId> open;
    int unused = 0;
    TRY_ASSIGN(const auto lines, records_.list_calls(order.conversation.id));
    for (const auto& line : lines) {
        if (line.request != name || (order.not_before && line.started_at < *order.not_before)) {
            continue;
        }
        if (line.state == SpeechCallState::Open && call.engine.capabilities().takes_urls) {
            open = line.id;
        }
        // Whoever was told to wait, or stopped, did not fail.
        const bool forgiven = order.wanted_at && line.started_at < *order.wanted_at;
        const bool failed = !forgiven && line.error_code && *line.error_code != "RateLimited" &&
                            *line.error_code != "Cancelled";
        unused += line.state == SpeechCallState::Unconfirmed && failed ? 1 : 0;
    }
    if (unused >= kUnusedMax) {
        return fail(ErrorCode::Invalid,
                    "speech: {} answers of engine {} may have been billed and none was of use: "
                    "it is not asked again by itself",
                    unused, call.engine.capabilities().name);
    }
    return open;
}

speech::KeptParts SpeechDesk::keep_parts(const SpeechOrder& order, const store::SpeechCallRow& line,
                                         const Sha256& name, Asked& asked) {
    const auto name_part = [name](std::string_view key) {
        return sha256(to_hex(name) + "|" + std::string(key));
    };
    speech::KeptParts parts;
    parts.find = [this, &order, name_part](std::string_view key) -> std::optional<std::string> {
        // One that cannot be read is asked for again, as one that is not there.
        const auto kept = records_.find_reply(name_part(key));
        const bool usable =
            kept && *kept && !(order.not_before && (*kept)->created_at < *order.not_before);
        return usable ? std::optional((*kept)->json) : std::nullopt;
    };
    parts.keep = [&order, &line, &asked, name_part](std::string_view key, std::string_view body) {
        asked.parts.push_back({.request = name_part(key),
                               .audio = order.audio,
                               .engine = line.engine,
                               .model = line.model,
                               .json = std::string(body),
                               .created_at = {}});
    };
    return parts;
}

Result<speech::EngineReply> SpeechDesk::ask(const SpeechOrder& order, const EngineCall& call) {
    const auto name = name_reply(order.audio, call);
    TRY_ASSIGN(auto kept, find_kept(order, call, name));
    if (kept) {
        return std::move(*kept);
    }
    auto line = make_line(order, call, name);
    Asked asked;
    TRY_ASSIGN(const auto open, look_back(order, call, name));
    asked.found = open.has_value();
    if (open) {
        line.id = *open;  // It passed the budget when it was placed.
    } else {
        TRY(begin(line, order, call));
    }
    TRY(fail_at<Failpoint::speech_call_before>());
    auto request = call.request;
    request.audio_sha256 = to_hex(order.audio);
    request.anew = order.not_before ? format_rfc3339(*order.not_before) : "";
    request.on_sent = [&asked](Milliseconds audio) { asked.sent.push_back(audio); };
    request.parts = keep_parts(order, line, name, asked);
    auto reply = call.engine.transcribe(request);
    if (!reply) {
        // What is written here may fail as well: then the line stays open until the next try.
        const auto noted = end_badly(line, call, asked, reply.error());
        if (!noted && telemetry_ != nullptr) {
            telemetry_->emit(telemetry::Event::commit_failed, {.error = &noted.error()});
        }
        return fail(std::move(reply).error());
    }
    TRY(fail_at<Failpoint::speech_reply_before>());
    if (!reply->model.empty() &&
        config::find_rate(costs_.prices, line.engine, line.model) == nullptr) {
        line.model = reply->model;  // A price may name it as the engine does.
    }
    // What was asked twice was paid twice. Engines of the house tell the sum alone.
    price(line, call, asked.sent.empty() ? std::vector{reply->sent} : asked.sent);
    auto json = format_reply(*reply);
    // What is used is what is kept: a second time gives the same. What cannot be read again is not
    // kept, or every later look would fail on it.
    auto used = parse_reply(json);
    if (!used) {
        TRY(end_badly(line, call, asked, used.error()));
        return fail(std::move(used).error());
    }
    TRY(records_.end_call({.id = line.id,
                           .state = SpeechCallState::Paid,
                           .sent_ms = line.sent_ms,
                           .billed_ms = line.billed_ms,
                           .cost_micros = line.cost_micros,
                           .error_code = {},
                           .model = line.model},
                          {store::SpeechReplyRow{.request = name,
                                                 .audio = order.audio,
                                                 .engine = line.engine,
                                                 .model = reply->model,
                                                 .json = json,
                                                 .created_at = {}}}));
    count(line);
    TRY(fail_at<Failpoint::speech_reply_after>());
    set_speakers(call.request, used->transcript);
    return std::move(*used);
}

void SpeechDesk::count(const store::SpeechCallRow& line) {
    if (telemetry_ == nullptr) {
        return;
    }
    using telemetry::Metric;
    constexpr double kMillion = 1'000'000;
    const telemetry::Fields fields{.engine = line.engine};
    telemetry_->add(Metric::speech_sent_seconds_total, static_cast<double>(line.sent_ms) / 1000,
                    fields);
    if (line.cost_micros) {
        telemetry_->add(Metric::speech_cost_total,
                        static_cast<double>(*line.cost_micros) / kMillion, fields);
    } else {
        telemetry_->add(Metric::speech_calls_unpriced_total, 1, fields);
    }
}

void SpeechDesk::say(telemetry::Event event, const SpeechOrder& order, std::string_view engine) {
    if (telemetry_ != nullptr) {
        telemetry_->emit(event, {.source = order.conversation.key.source,
                                 .account = order.conversation.key.account,
                                 .conversation_id = order.conversation.id.uuid,
                                 .stage = telemetry::Stage::Transcribe,
                                 .engine = engine});
    }
}

}  // namespace oidor::pipeline
