// Token buckets in a bounded table: how often a key or an address may do something.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.hpp"
#include "base/synchronized.hpp"
#include "base/time.hpp"

namespace oidor::net {

/// A bucket for each name, and how many of them.
struct RateLimit {
    double per_second = 10.0;  ///< How fast a bucket fills again; above zero.
    double burst = 20.0;       ///< What a bucket holds; at least one.
    /// How many buckets are kept. Only full ones are forgotten. When none is full, new names share
    /// one bucket, so that a flood of names cannot wash its own traces away.
    std::size_t names_max = 10'000;
};

/// Safe to call from many threads.
class RateLimiter {
  public:
    /// `clock` outlives the limiter. A clock that goes back fills nothing and empties nothing.
    RateLimiter(const RateLimit& limit, const Clock& clock);

    /// Takes one token from the bucket of `name` (a key's id, IpAddress::limit_key()). Errors:
    /// RateLimited, with the time after which a token will be there.
    Result<void> take(std::string_view name);
    /// Whether a token is there, without taking it: failed attempts are counted after the fact.
    [[nodiscard]] Result<void> check(std::string_view name) const;
    /// How many buckets are kept now.
    [[nodiscard]] std::size_t size() const;

  private:
    struct Bucket {
        std::string name = {};
        double tokens = 0.0;
        Timestamp filled_at = {};
    };
    /// The most recently used first.
    struct Table {
        std::list<Bucket> buckets = {};
        std::unordered_map<std::string_view, std::list<Bucket>::iterator> by_name = {};
        Bucket overflow = {};
    };

    void fill(Bucket& bucket, Timestamp now) const;
    [[nodiscard]] Result<void> judge(const Bucket& bucket) const;
    Bucket& find_or_add(Table& table, std::string_view name, Timestamp now) const;

    const RateLimit limit_;
    const Clock& clock_;
    Synchronized<Table> table_;
};

}  // namespace oidor::net
