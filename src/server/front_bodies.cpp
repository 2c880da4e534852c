// Bodies that a route takes as they arrive: who may send one is asked before it is read.
#include "server/admitted_body.hpp"
#include "server/front.hpp"

namespace oidor::server {

net::BodyPlan Front::plan_body(const net::Request& head, std::size_t body_bytes_max) {
    net::BodyPlan plan{.size_bytes_max = body_bytes_max};
    const auto match = find_route(routes_, head.method, normal_path(head.path));
    if (!match || !match->route->open_intake) {
        return plan;
    }
    const auto& route = *match->route;
    auto request = head;
    request.peer = net::origin_of(head, options_.trusted_proxies);
    Call call{.request = request, .principal = {}, .path_values = match->path_values};
    if (const auto admitted = admit(route, call); !admitted) {
        plan.refusal = refuse(route, request, admitted.error());
        if (admitted.error().code == ErrorCode::Forbidden && call.principal.key != KeyId{}) {
            record_later(request, call.principal.key, route.name, plan.refusal->status);
        }
        return plan;
    }
    auto intake = route.open_intake(call);
    if (!intake) {
        plan.refusal = failure(route, intake.error());
        record_later(request, call.principal.key, route.name, plan.refusal->status);
        return plan;
    }
    if (*intake != nullptr) {
        plan.size_bytes_max = route.intake_bytes_max;
        plan.stream = std::make_shared<AdmittedBody>(std::move(call.principal), *std::move(intake),
                                                     intake_executor_);
    }
    return plan;
}

}  // namespace oidor::server
