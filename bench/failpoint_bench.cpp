// What a failpoint costs while it is off: one relaxed load and a branch, beside a loop without.
#include <benchmark/benchmark.h>

#include "base/failpoint.hpp"

namespace oidor {
namespace {

void without(benchmark::State& state) {
    for ([[maybe_unused]] const auto step : state) {
        benchmark::ClobberMemory();
    }
}
BENCHMARK(without);

void passes_while_off(benchmark::State& state) {
    for ([[maybe_unused]] const auto step : state) {
        pass<Failpoint::store_commit_after>();
        benchmark::ClobberMemory();
    }
}
BENCHMARK(passes_while_off);

void may_fail_while_off(benchmark::State& state) {
    for ([[maybe_unused]] const auto step : state) {
        auto reached = fail_at<Failpoint::store_commit_before>();
        benchmark::DoNotOptimize(reached);
    }
}
BENCHMARK(may_fail_while_off);

}  // namespace
}  // namespace oidor

BENCHMARK_MAIN();
