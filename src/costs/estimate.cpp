#include "costs/estimate.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include "base/time_zone.hpp"

namespace oidor::costs {
namespace {

using std::chrono::milliseconds;

constexpr int kEstimateDaysMax = 92;
/// Zones lie no further apart than this.
constexpr std::chrono::hours kZonesApart{26};
constexpr int kHistoryDays = 90;
/// Fewer recordings do not tell how much of one is sent.
constexpr std::int64_t kShareCallsMin = 20;
/// Until it is measured: each side on a channel of its own.
constexpr int kChannelsAssumed = 2;

constexpr std::array<std::string_view, 9> kBases = {
    "price_and_history", "price_and_length", "price",      "history",  "free",
    "no_price",          "no_engine",        "no_history", "no_length"};
static_assert(kBases.size() == static_cast<std::size_t>(Basis::NoLength) + 1);

bool is_estimate_day(const std::string& text) { return local_day_start("UTC", text).has_value(); }

Result<void> check_days(const std::string& from, const std::string& to) {
    if (!is_estimate_day(from) || !is_estimate_day(to)) {
        return fail(ErrorCode::Invalid, "from and to: expected days such as 2026-02-10");
    }
    if (to <= from || to > add_days(from, kEstimateDaysMax)) {
        return fail(ErrorCode::Invalid, "from and to: expected 1 to {} days", kEstimateDaysMax);
    }
    return {};
}

std::optional<milliseconds> length_of(const store::EstimateCall& call) {
    if (call.measured_ms) {
        return milliseconds(*call.measured_ms);
    }
    return call.stated_s && *call.stated_s >= 0
               ? std::optional<milliseconds>(std::chrono::seconds(*call.stated_s))
               : std::nullopt;
}

/// One line, and what it is priced by.
class LineMaker {
  public:
    LineMaker(const EstimateSources& sources, const store::EstimateCall& first,
              std::optional<EngineChoice> engine)
        : engine_(std::move(engine)) {
        line_.source = first.source;
        line_.account = first.account;
        line_.campaign = first.campaign;
        recording_rate_ = sources.recording_rate(first.source, first.account);
        if (engine_) {
            line_.engine = engine_->name;
            line_.model = engine_->model;
            if (const auto* const rate =
                    config::find_rate(sources.prices, engine_->name, engine_->model)) {
                speech_rate_ = *rate;
            }
            share_ = sources.share(engine_->name);
        }
    }

    void add(const store::EstimateCall& call) {
        if (!call.recorded) {
            ++line_.not_recorded;
            return;
        }
        if (call.transcribed) {
            ++line_.transcribed;
            return;
        }
        ++line_.calls;
        line_.announced += call.stored ? 0 : 1;
        const auto length = length_of(call);
        if (!length) {
            ++line_.length_unknown;
            return;
        }
        line_.measured += call.measured_ms ? 1 : 0;
        line_.audio_ms += length->count();
        if (recording_rate_) {
            recording_micros_ += config::make_bill(*recording_rate_, *length, 1).cost_micros;
        }
        if (speech_rate_) {
            const auto channels = call.channels.value_or(kChannelsAssumed);
            speech_micros_ += config::make_bill(*speech_rate_, *length * channels,
                                                static_cast<std::size_t>(std::max(channels, 1)))
                                  .cost_micros;
        }
    }

    EstimateLine finish(const ModelHistory& models) {
        line_.recording = recording_part();
        line_.speech = speech_part();
        line_.model_questions = model_part(models);
        return std::move(line_);
    }

  private:
    /// With calls, but of no known length, there is nothing to multiply.
    [[nodiscard]] bool no_length() const {
        return line_.calls > 0 && line_.length_unknown == line_.calls;
    }
    [[nodiscard]] Part timed(std::int64_t cost_micros, Basis basis) const {
        if (no_length()) {
            return {.basis = Basis::NoLength, .not_counted = line_.calls};
        }
        return {.cost_micros = cost_micros, .basis = basis, .not_counted = line_.length_unknown};
    }
    [[nodiscard]] Part recording_part() const {
        if (!recording_rate_) {
            return {.basis = Basis::NoPrice, .not_counted = line_.calls};
        }
        return recording_rate_->amount == Decimal()
                   ? Part{.cost_micros = 0, .basis = Basis::Free, .not_counted = 0}
                   : timed(recording_micros_, Basis::Price);
    }
    [[nodiscard]] Part speech_part() const {
        if (!engine_) {
            return {.basis = Basis::NoEngine, .not_counted = line_.calls};
        }
        if (!speech_rate_) {
            return engine_->offline ? Part{.cost_micros = 0, .basis = Basis::Free, .not_counted = 0}
                                    : Part{.basis = Basis::NoPrice, .not_counted = line_.calls};
        }
        if (share_.calls < kShareCallsMin || share_.audio_ms <= 0) {
            return timed(speech_micros_, Basis::PriceAndLength);
        }
        __extension__ using Wide = __int128;
        const auto billed = static_cast<std::int64_t>(static_cast<Wide>(line_.audio_ms) *
                                                      share_.billed_ms / share_.audio_ms);
        // Each call's own rounding is in the share already.
        auto rate = *speech_rate_;
        rate.minimum = {};
        rate.step = {};
        rate.each_channel = true;
        return timed(config::make_bill(rate, milliseconds(billed), 1).cost_micros,
                     Basis::PriceAndHistory);
    }
    [[nodiscard]] Part model_part(const ModelHistory& models) const {
        if (!models.configured) {
            return {.cost_micros = 0, .basis = Basis::Free, .not_counted = 0};
        }
        if (models.calls == 0) {
            return {.basis = Basis::NoHistory, .not_counted = line_.calls};
        }
        __extension__ using Wide = __int128;
        const auto cost = static_cast<std::int64_t>(
            (static_cast<Wide>(line_.calls) * models.cost_micros + models.calls / 2) /
            models.calls);
        return {.cost_micros = cost, .basis = Basis::History, .not_counted = 0};
    }

    EstimateLine line_ = {};
    std::optional<EngineChoice> engine_;
    std::optional<config::AudioRate> recording_rate_ = {};
    std::optional<config::AudioRate> speech_rate_ = {};
    SentShare share_ = {};
    std::int64_t recording_micros_ = 0;
    std::int64_t speech_micros_ = 0;
};

/// Which days an account's calls are asked for, as moments.
struct Span {
    Timestamp from = {};
    Timestamp to = {};
};

class Walker {
  public:
    Walker(const EstimateSources& sources, std::string from, std::string to)
        : sources_(sources), from_(std::move(from)), to_(std::move(to)) {}

    void take(const store::EstimateCall& call) {
        const auto& span = span_of(call);
        if (call.at < span.from || call.at >= span.to) {
            return;
        }
        const Key key{call.source, call.account, call.campaign};
        auto found = lines_.find(key);
        if (found == lines_.end()) {
            found = lines_.emplace(key, LineMaker(sources_, call, sources_.engine(call))).first;
        }
        found->second.add(call);
    }

    Estimate finish() {
        Estimate all;
        all.currency = sources_.currency;
        for (auto& [key, maker] : lines_) {
            auto line = maker.finish(sources_.models);
            all.calls += line.calls;
            all.audio_ms += line.audio_ms;
            add(all, line.recording, all.recording_micros);
            add(all, line.speech, all.speech_micros);
            add(all, line.model_questions, all.model_micros);
            all.lines.push_back(std::move(line));
        }
        return all;
    }

  private:
    using Key = std::tuple<std::string, std::string, std::optional<std::string>>;

    static void add(Estimate& all, const Part& part, std::int64_t& sum) {
        sum += part.cost_micros.value_or(0);
        all.whole = all.whole && part.not_counted == 0;
    }

    const Span& span_of(const store::EstimateCall& call) {
        const std::pair key{call.source, call.account};
        auto found = spans_.find(key);
        if (found == spans_.end()) {
            const auto zone = sources_.zone(call.source, call.account);
            const Span span{.from = local_day_start(zone, from_).value_or(Timestamp{}),
                            .to = local_day_start(zone, to_).value_or(Timestamp{})};
            found = spans_.emplace(key, span).first;
        }
        return found->second;
    }

    const EstimateSources& sources_;
    std::string from_;
    std::string to_;
    std::map<std::pair<std::string, std::string>, Span> spans_ = {};
    std::map<Key, LineMaker> lines_ = {};
};

}  // namespace

std::string_view format(Basis basis) { return kBases.at(static_cast<std::size_t>(basis)); }

Result<Estimate> estimate(const store::SpeechRecords& records, const std::string& from,
                          const std::string& to, const EstimateSources& sources) {
    TRY(check_days(from, to));
    Walker walker(sources, from, to);
    const auto first = local_day_start("UTC", from).value_or(Timestamp{}) - kZonesApart;
    const auto last = local_day_start("UTC", to).value_or(Timestamp{}) + kZonesApart;
    TRY(records.walk_estimate(first, last,
                              [&](const store::EstimateCall& call) { walker.take(call); }));
    return walker.finish();
}

Result<std::function<SentShare(const std::string&)>> read_shares(
    const store::SpeechRecords& records, const std::string& today) {
    TRY_ASSIGN(const auto spending,
               records.list_spending(
                   {.from_day = add_days(today, -kHistoryDays), .to_day = add_days(today, 1)}));
    auto shares = std::make_shared<std::map<std::string, SentShare>>();
    for (const auto& spent : spending) {
        if (spent.state == store::SpeechCallState::Paid) {
            auto& share = (*shares)[spent.engine];
            share.calls += spent.calls;
            share.audio_ms += spent.audio_ms;
            share.billed_ms += spent.billed_ms;
        }
    }
    return std::function<SentShare(const std::string&)>([shares](const std::string& engine) {
        const auto found = shares->find(engine);
        return found != shares->end() ? found->second : SentShare{};
    });
}

}  // namespace oidor::costs
