#include "net/rate_limit.hpp"

#include <algorithm>
#include <cmath>

#include "base/assert.hpp"

namespace oidor::net {

RateLimiter::RateLimiter(const RateLimit& limit, const Clock& clock)
    : limit_(limit), clock_(clock) {
    ASSERT(limit.per_second > 0.0 && limit.burst >= 1.0 && limit.names_max > 0,
           "a limit lets something through");
    table_.with([&](Table& table) {
        table.overflow = {.name = "", .tokens = limit_.burst, .filled_at = clock_.now()};
    });
}

void RateLimiter::fill(Bucket& bucket, Timestamp now) const {
    if (now > bucket.filled_at) {
        const std::chrono::duration<double> passed = now - bucket.filled_at;
        bucket.tokens = std::min(limit_.burst, bucket.tokens + passed.count() * limit_.per_second);
    }
    bucket.filled_at = now;
}

Result<void> RateLimiter::judge(const Bucket& bucket) const {
    if (bucket.tokens >= 1.0) {
        return {};
    }
    const double wait_ms = std::ceil((1.0 - bucket.tokens) / limit_.per_second * 1000.0);
    // A day at most: a tiny rate must not overflow the integer.
    const auto bounded = static_cast<std::int64_t>(std::clamp(wait_ms, 1.0, 86'400'000.0));
    return fail(Error{.code = ErrorCode::RateLimited,
                      .message = "too many requests",
                      .retry_after = std::chrono::milliseconds(bounded)});
}

RateLimiter::Bucket& RateLimiter::find_or_add(Table& table, std::string_view name,
                                              Timestamp now) const {
    if (const auto found = table.by_name.find(name); found != table.by_name.end()) {
        table.buckets.splice(table.buckets.begin(), table.buckets, found->second);
        return table.buckets.front();
    }
    if (table.buckets.size() >= limit_.names_max) {
        auto& oldest = table.buckets.back();
        fill(oldest, now);
        if (oldest.tokens < limit_.burst) {
            return table.overflow;
        }
        table.by_name.erase(oldest.name);
        table.buckets.pop_back();
    }
    table.buckets.push_front({.name = std::string(name), .tokens = limit_.burst, .filled_at = now});
    table.by_name.emplace(table.buckets.front().name, table.buckets.begin());
    return table.buckets.front();
}

Result<void> RateLimiter::take(std::string_view name) {
    const auto now = clock_.now();
    return table_.with([&](Table& table) -> Result<void> {
        auto& bucket = find_or_add(table, name, now);
        fill(bucket, now);
        TRY(judge(bucket));
        bucket.tokens -= 1.0;
        return {};
    });
}

Result<void> RateLimiter::check(std::string_view name) const {
    const auto now = clock_.now();
    return table_.with([&](const Table& table) -> Result<void> {
        const auto found = table.by_name.find(name);
        if (found == table.by_name.end() && table.buckets.size() < limit_.names_max) {
            return {};
        }
        Bucket bucket = found == table.by_name.end() ? table.overflow : *found->second;
        fill(bucket, now);
        return judge(bucket);
    });
}

std::size_t RateLimiter::size() const {
    return table_.with([](const Table& table) { return table.buckets.size(); });
}

}  // namespace oidor::net
