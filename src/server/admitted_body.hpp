// A body on its way to the intake that its route opened for it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "access/access_control.hpp"
#include "net/http.hpp"
#include "server/executor.hpp"
#include "server/routes.hpp"

namespace oidor::server {

/// Of a caller that was let in by the header; gives the pieces to the intake off the I/O threads.
class AdmittedBody final : public net::BodyStream {
  public:
    AdmittedBody(access::Principal principal, std::shared_ptr<BodyIntake> intake,
                 Executor& executor)
        : principal_(std::move(principal)), intake_(std::move(intake)), executor_(executor) {}

    void write(std::string bytes, std::move_only_function<void()> done) override {
        // Shared, because a task that the executor refuses still has to be answered here. It keeps
        // the intake alive when the client goes away meanwhile.
        const auto resume = std::make_shared<std::move_only_function<void()>>(std::move(done));
        std::move_only_function<void()> task = [intake = intake_, bytes = std::move(bytes),
                                                resume] {
            intake->take(bytes);
            (*resume)();
        };
        if (!executor_.submit(task)) {
            intake_->abandon({.code = ErrorCode::Unavailable,
                              .message = "too many uploads are waiting",
                              .retry_after = std::chrono::seconds(1)});
            (*resume)();
        }
    }

    [[nodiscard]] const access::Principal& principal() const { return principal_; }
    [[nodiscard]] const std::shared_ptr<BodyIntake>& intake() const { return intake_; }

  private:
    access::Principal principal_;
    std::shared_ptr<BodyIntake> intake_;
    Executor& executor_;
};

}  // namespace oidor::server
