// A setting is declared once, here: from the declaration come parsing, the environment's name, the
// flag, the pages and the JSON Schema.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/value.hpp"

namespace oidor::config {

enum class Need { Required, Optional };
/// Whether a changed value takes effect at SIGHUP or needs a restart.
enum class Effect { Restart, Live };
/// Reserved: read and checked, but what it is for is not built yet; setting it is a warning.
enum class Use { Now, Reserved };

/// A name from the environment that predates ours and keeps working (DESIGN §4.4).
struct OlderName {
    std::string_view name = {};    ///< `{SOURCE}` stands for the source in capitals.
    std::string_view prefix = {};  ///< Put before the value: `s3://`.
    bool weakest = false;          ///< Counts only when the setting is given nowhere else.
};

/// What a declaration says. The default is what the struct's member is initialised with.
struct KeyOptions {
    std::string_view key = {};            ///< `server.tls.key_file`
    std::string_view text = {};           ///< One or two sentences for the operator.
    std::string_view text_es = {};        ///< The same in Spanish; needed when there is a flag.
    std::string_view default_words = {};  ///< When the default is worked out: `in data_dir`.
    std::string_view example = {};
    Need need = Need::Optional;
    std::string_view min = {};  ///< In the setting's own notation: `5s`, `64 KiB`, `1`.
    std::string_view max = {};
    std::vector<std::string_view> choices = {};
    Format format = Format::Any;
    Effect effect = Effect::Restart;
    Use use = Use::Now;
    std::string_view flag = {};      ///< Without dashes; none for most, never for a secret.
    std::string_view argument = {};  ///< What the help calls the flag's value: `DIR`.
    std::vector<OlderName> older_names = {};
};

/// A declaration with what follows from the member's type.
struct Key {
    KeyOptions options = {};
    Kind kind = Kind::Text;
    std::optional<Value> fallback = {};
};

/// How a member's type and a Value become each other. An empty text, secret or list and an optional
/// without value are "no default".
template <typename M>
struct Member;

template <>
struct Member<std::string> {
    static constexpr Kind kind = Kind::Text;
    static std::optional<Value> to_value(const std::string& member) {
        return member.empty() ? std::nullopt : std::optional<Value>(member);
    }
    static void assign(std::string& member, const Value& value) {
        member = std::get<std::string>(value);
    }
};

template <>
struct Member<Secret> {
    static constexpr Kind kind = Kind::Secret;
    static std::optional<Value> to_value(const Secret&) { return std::nullopt; }
    static void assign(Secret& member, const Value& value) { member = std::get<Secret>(value); }
};

template <>
struct Member<bool> {
    static constexpr Kind kind = Kind::Boolean;
    static std::optional<Value> to_value(bool member) { return Value(member); }
    static void assign(bool& member, const Value& value) { member = std::get<bool>(value); }
};

/// Any integer; the declaration's `min` and `max` must keep it inside the member's type.
template <std::integral M>
struct Member<M> {
    static constexpr Kind kind = Kind::Integer;
    static std::optional<Value> to_value(M member) {
        return Value(static_cast<std::int64_t>(member));
    }
    static void assign(M& member, const Value& value) {
        member = static_cast<M>(std::get<std::int64_t>(value));
    }
};

template <>
struct Member<std::vector<std::string>> {
    static constexpr Kind kind = Kind::List;
    static std::optional<Value> to_value(const std::vector<std::string>& member) {
        return member.empty() ? std::nullopt : std::optional<Value>(member);
    }
    static void assign(std::vector<std::string>& member, const Value& value) {
        member = std::get<std::vector<std::string>>(value);
    }
};

template <typename Rep, typename Period>
struct Member<std::chrono::duration<Rep, Period>> {
    using Duration = std::chrono::duration<Rep, Period>;
    static constexpr Kind kind = Kind::Duration;
    static std::optional<Value> to_value(const Duration& member) {
        return Value(static_cast<std::int64_t>(
            std::chrono::duration_cast<std::chrono::milliseconds>(member).count()));
    }
    static void assign(Duration& member, const Value& value) {
        member = std::chrono::duration_cast<Duration>(
            std::chrono::milliseconds(std::get<std::int64_t>(value)));
    }
};

template <typename M>
struct Member<std::optional<M>> {
    static constexpr Kind kind = Member<M>::kind;
    static std::optional<Value> to_value(const std::optional<M>& member) {
        return member ? Member<M>::to_value(*member) : std::nullopt;
    }
    static void assign(std::optional<M>& member, const Value& value) {
        Member<M>::assign(member.emplace(), value);
    }
};

/// The settings of one struct. Built once, then only read: safe from many threads.
template <typename T>
class Spec {
  public:
    Spec(std::string_view name, std::string_view text) : name_(name), text_(text) {}

    /// Declares one member. Lists of choices, bounds and formats are checked by `load`.
    template <typename M>
    Spec& field(M T::*member, const KeyOptions& options) {
        keys_.push_back({.options = options,
                         .kind = Member<M>::kind,
                         .fallback = Member<M>::to_value(T{}.*member)});
        assigns_.push_back(
            [member](T& out, const Value& value) { Member<M>::assign(out.*member, value); });
        return *this;
    }

    [[nodiscard]] std::string_view name() const { return name_; }
    [[nodiscard]] std::string_view text() const { return text_; }
    [[nodiscard]] std::span<const Key> keys() const { return keys_; }

    /// The struct of checked values (`load` made them); what is absent keeps its default.
    [[nodiscard]] T read(const Values& values) const {
        T out{};
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            const auto found = values.find(keys_[i].options.key);
            if (found != values.end()) {
                assigns_[i](out, found->second.value);
            }
        }
        return out;
    }

  private:
    std::string_view name_;
    std::string_view text_;
    std::vector<Key> keys_ = {};
    std::vector<std::function<void(T&, const Value&)>> assigns_ = {};
};

/// A source whose accounts may be configured: what its connector states, and its own keys beside
/// those that every account has.
struct AccountSpec {
    std::string source = {};  ///< `[a-z0-9]+`
    std::string title = {};
    std::vector<Key> keys = {};
    std::string country = {};    ///< What its accounts default to; empty: none.
    std::string time_zone = {};  ///< Empty: UTC, with a warning.
    std::vector<std::string> recording_hosts = {};
};

/// An AccountSpec of a connector's own settings.
template <typename T>
AccountSpec to_account_spec(const Spec<T>& spec) {
    return {.source = std::string(spec.name()),
            .title = std::string(spec.text()),
            .keys = {spec.keys().begin(), spec.keys().end()}};
}

/// A kind of sink that may be configured: its own keys beside those that every sink has.
struct SinkKind {
    std::string kind = {};  ///< `[a-z0-9_]+`, as `sinks.<name>.kind` has it.
    std::string title = {};
    std::vector<Key> keys = {};
};

/// A SinkKind of its settings' declaration.
template <typename T>
SinkKind to_sink_kind(const Spec<T>& spec) {
    return {.kind = std::string(spec.name()),
            .title = std::string(spec.text()),
            .keys = {spec.keys().begin(), spec.keys().end()}};
}

/// `OIDOR_SERVER_TLS_KEY_FILE` for `server.tls.key_file`.
std::string environment_name(std::string_view path);

}  // namespace oidor::config
