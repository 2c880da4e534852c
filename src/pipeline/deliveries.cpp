#include "pipeline/deliveries.hpp"

#include <algorithm>
#include <exception>

namespace oidor::pipeline {

Deliveries::Deliveries(const Parts& parts, std::vector<Destination> destinations)
    : parts_(parts), destinations_(std::move(destinations)) {
    for (auto& destination : destinations_) {
        couriers_.push_back(std::make_unique<Courier>(parts_.store, *destination.sink, parts_.clock,
                                                      parts_.telemetry, destination.options));
    }
}

Deliveries::~Deliveries() { stop(); }

Result<void> Deliveries::register_sinks() {
    std::vector<store::SinkEntry> sinks;
    for (const auto& destination : destinations_) {
        const auto& capabilities = destination.sink->capabilities();
        sinks.push_back({.name = destination.options.name,
                         .kind = std::string(capabilities.kind),
                         .fingerprint = destination.fingerprint,
                         .wants_past = capabilities.wants_past});
    }
    return parts_.store.outbox().register_sinks(sinks);
}

void Deliveries::start() {
    if (!threads_.empty()) {
        return;
    }
    for (const auto& courier : couriers_) {
        threads_.emplace_back(
            [this, one = courier.get()](const std::stop_token& stop) { serve(*one, stop); });
    }
}

void Deliveries::stop() {
    for (auto& thread : threads_) {
        thread.request_stop();
    }
    threads_.clear();
}

void Deliveries::serve(Courier& courier, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        bool again = false;
        try {
            const auto batch = courier.run(Haste::Patient, stop);
            again = batch && batch->worked;
            if (!batch && parts_.telemetry != nullptr) {
                parts_.telemetry->emit(telemetry::Event::delivery_failed,
                                       {.error = &batch.error(),
                                        .stage = telemetry::Stage::Deliver,
                                        .setting = courier.setting()});
            }
        } catch (const std::exception& thrown) {
            const Error error{.code = ErrorCode::Internal,
                              .message = fmt::format("deliver: {}", thrown.what()),
                              .retry_after = {}};
            if (parts_.telemetry != nullptr) {
                parts_.telemetry->emit(telemetry::Event::delivery_failed,
                                       {.error = &error,
                                        .stage = telemetry::Stage::Deliver,
                                        .setting = courier.setting()});
            }
        }
        if (!again) {
            std::unique_lock lock(mutex_);
            stopping_.wait_for(lock, stop, parts_.poll_every, [] { return false; });
        }
    }
}

Result<int> Deliveries::run_all(const std::string& sink, const std::stop_token& stop) {
    int count = 0;
    for (const auto& courier : couriers_) {
        if (courier->name() != sink) {
            continue;
        }
        for (bool again = true; again && !stop.stop_requested();) {
            TRY_ASSIGN(const auto batch, courier->run(Haste::Now, stop));
            if (batch.error) {
                return fail(*batch.error);
            }
            count += batch.conversations;
            again = batch.worked;
        }
    }
    return count;
}

}  // namespace oidor::pipeline
