// Text that must not be shown: it has no formatter and no stream operator, so logging one does not
// compile.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace oidor {

/// A key, a token or a password. `reveal` is the only way to its bytes.
class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}

    [[nodiscard]] bool empty() const { return value_.empty(); }
    /// The bytes, for the call that needs them; never kept, never logged.
    [[nodiscard]] std::string_view reveal() const { return value_; }

  private:
    std::string value_ = {};
};

/// Compares in time that depends on the lengths alone.
bool equal_in_constant_time(std::string_view left, std::string_view right);

}  // namespace oidor
