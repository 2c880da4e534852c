// Result<T>: a value or an Error. The names are those of std::expected, so that a later switch
// changes one header.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/assert.hpp"
#include "base/error.hpp"

namespace oidor {

/// What a function that can fail returns. A forgotten one does not compile.
template <typename T>
class [[nodiscard]] Result {
  public:
    using value_type = T;

    // Implicit, so that `return value;` and `return fail(…);` read as they do with std::expected.
    // NOLINTBEGIN(google-explicit-constructor)
    template <typename U = T>
    requires(std::is_constructible_v<T, U&&> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
             !std::is_same_v<std::remove_cvref_t<U>, Failure>) Result(U&& value)
        : state_(std::in_place_index<0>, std::forward<U>(value)) {}
    Result(Failure failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] bool has_value() const { return state_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    T& value() & {
        check_value();
        return *std::get_if<0>(&state_);
    }
    const T& value() const& {
        check_value();
        return *std::get_if<0>(&state_);
    }
    T&& value() && {
        check_value();
        return std::move(*std::get_if<0>(&state_));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    template <typename U>
    T value_or(U&& fallback) const& {
        return has_value() ? value() : static_cast<T>(std::forward<U>(fallback));
    }

    const Error& error() const& {
        check_error();
        return *std::get_if<1>(&state_);
    }
    Error&& error() && {
        check_error();
        return std::move(*std::get_if<1>(&state_));
    }

  private:
    void check_value() const { ASSERT(has_value(), "a Result is asked before its value is taken"); }
    void check_error() const {
        ASSERT(!has_value(), "a Result is asked before its error is taken");
    }

    std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
  public:
    using value_type = void;

    Result() = default;
    // NOLINTNEXTLINE(google-explicit-constructor)
    Result(Failure failure) : error_(std::move(failure.error)) {}

    [[nodiscard]] bool has_value() const { return !error_.has_value(); }
    explicit operator bool() const { return has_value(); }

    const Error& error() const& {
        ASSERT(error_.has_value(), "a Result is asked before its error is taken");
        return *error_;
    }
    Error&& error() && {
        ASSERT(error_.has_value(), "a Result is asked before its error is taken");
        return std::move(*error_);
    }

  private:
    std::optional<Error> error_;
};

}  // namespace oidor

#define OIDOR_JOIN_INNER(a, b) a##b
#define OIDOR_JOIN(a, b) OIDOR_JOIN_INNER(a, b)

/// Returns from the function with the error of `expression`, if it has one.
#define TRY(expression)                                          \
    do {                                                         \
        if (auto try_result = (expression); !try_result) {       \
            return ::oidor::fail(std::move(try_result).error()); \
        }                                                        \
    } while (false)

/// `TRY_ASSIGN(const auto page, client.list(…));`: the value, or return with the error.
#define TRY_ASSIGN(declaration, expression) \
    TRY_ASSIGN_INNER(declaration, (expression), OIDOR_JOIN(try_assign_, __LINE__))
#define TRY_ASSIGN_INNER(declaration, expression, name) \
    auto name = expression;                             \
    if (!name) {                                        \
        return ::oidor::fail(std::move(name).error());  \
    }                                                   \
    declaration = std::move(name).value()
