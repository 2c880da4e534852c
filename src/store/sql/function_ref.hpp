// A borrowed callable: cheaper than std::function, and it lives for one call only.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace oidor::store::sql {

template <typename Signature>
class FunctionRef;

/// Refers to a callable that outlives the call.
template <typename R, typename... Args>
class FunctionRef<R(Args...)> {
  public:
    // Implicit, so that a lambda is passed as it is. NOLINTBEGIN(google-explicit-constructor)
    template <typename F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef>) FunctionRef(F&& function)
        : object_(const_cast<void*>(static_cast<const void*>(std::addressof(function)))),
          call_([](void* object, Args... args) -> R {
              return (*static_cast<std::remove_reference_t<F>*>(object))(
                  std::forward<Args>(args)...);
          }) {}
    // NOLINTEND(google-explicit-constructor)
    R operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

  private:
    void* object_;
    R (*call_)(void*, Args...);
};

}  // namespace oidor::store::sql
