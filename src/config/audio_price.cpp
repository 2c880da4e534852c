#include "config/audio_price.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "config/value.hpp"

namespace oidor::config {
namespace {

using std::chrono::milliseconds;

/// More than any price of an hour: money of a whole year's audio stays within 64 bits.
constexpr std::int64_t kAmountMax = 1'000'000;
constexpr milliseconds kRuleMax = std::chrono::hours(1);

/// Cuts the first word off.
std::string_view take_word(std::string_view& text) {
    const auto first = std::min(text.find_first_not_of(' '), text.size());
    text.remove_prefix(first);
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    return word;
}

std::optional<milliseconds> read_unit(std::string_view unit) {
    if (unit == "min") {
        return std::chrono::minutes(1);
    }
    return unit == "h" ? std::optional<milliseconds>(std::chrono::hours(1)) : std::nullopt;
}

bool read_rule(std::string_view word, AudioRate& rate) {
    const auto equals = word.find('=');
    if (equals == word.npos) {
        return false;
    }
    const auto key = word.substr(0, equals);
    const auto value = word.substr(equals + 1);
    if (key == "channels") {
        rate.each_channel = value == "each";
        return value == "each" || value == "once";
    }
    const auto time = parse_duration(value);
    if (!time || *time < milliseconds(0) || *time > kRuleMax) {
        return false;
    }
    if (key == "step") {
        rate.step = *time;
        return true;
    }
    if (key == "minimum") {
        rate.minimum = *time;
        return true;
    }
    return false;
}

bool is_word_of(std::string_view text, std::string_view others) {
    return !text.empty() && std::ranges::all_of(text, [others](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               others.contains(c);
    });
}

}  // namespace

std::optional<AudioRate> parse_audio_rate(std::string_view text) {
    const auto price = take_word(text);
    const auto slash = price.find('/');
    if (slash == price.npos) {
        return std::nullopt;
    }
    const auto amount = Decimal::parse(price.substr(0, slash));
    const auto per = read_unit(price.substr(slash + 1));
    if (!amount || *amount < Decimal() || *amount > Decimal::from_int(kAmountMax) || !per) {
        return std::nullopt;
    }
    AudioRate rate{.amount = *amount, .per = *per};
    for (auto word = take_word(text); !word.empty(); word = take_word(text)) {
        if (!read_rule(word, rate)) {
            return std::nullopt;
        }
    }
    return rate;
}

std::optional<EnginePrice> parse_engine_price(std::string_view text) {
    const auto name = take_word(text);
    const auto colon = std::min(name.find(':'), name.size());
    EnginePrice price;
    price.engine = name.substr(0, colon);
    const bool any_model = colon == name.size();
    price.model = any_model ? "" : name.substr(colon + 1);
    if (!is_word_of(price.engine, "_") || (!any_model && !is_word_of(price.model, "_-./:"))) {
        return std::nullopt;
    }
    const auto rate = parse_audio_rate(text);
    if (!rate) {
        return std::nullopt;
    }
    price.rate = *rate;
    return price;
}

const AudioRate* find_rate(std::span<const EnginePrice> prices, std::string_view engine,
                           std::string_view model) {
    const AudioRate* of_all = nullptr;
    for (const auto& price : prices) {
        if (price.engine != engine) {
            continue;
        }
        if (!price.model.empty() && price.model == model) {
            return &price.rate;
        }
        of_all = price.model.empty() ? &price.rate : of_all;
    }
    return of_all;
}

AudioBill make_bill(const AudioRate& rate, milliseconds sent, std::size_t channels) {
    if (sent <= milliseconds(0)) {
        return {};
    }
    const auto count = static_cast<std::int64_t>(std::max<std::size_t>(channels, 1));
    auto time = rate.each_channel ? sent.count() : (sent.count() + count - 1) / count;
    time = std::max(time, std::int64_t{rate.minimum.count()});
    if (const auto step = std::int64_t{rate.step.count()}; step > 0) {
        time = (time + step - 1) / step * step;
    }
    __extension__ using Wide = __int128;
    const auto per = std::int64_t{rate.per.count()};
    const auto cost = (static_cast<Wide>(time) * rate.amount.micros() + per / 2) / per;
    return {.billed = milliseconds(time), .cost_micros = static_cast<std::int64_t>(cost)};
}

std::string format_money(std::int64_t cost_micros, std::string_view currency) {
    constexpr std::int64_t kMillion = 1'000'000;
    const bool small = cost_micros < kMillion;
    const std::int64_t places = small ? 100 : 10'000;  // Micros of the last place that is shown.
    const auto rounded = (cost_micros + places / 2) / places;
    const auto whole = rounded / (kMillion / places);
    const auto part = rounded % (kMillion / places);
    return small ? fmt::format("{}.{:04} {}", whole, part, currency)
                 : fmt::format("{}.{:02} {}", whole, part, currency);
}

}  // namespace oidor::config
