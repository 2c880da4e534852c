#include "domain/intervals.hpp"

#include <algorithm>
#include <utility>

namespace oidor {

Milliseconds total_time(std::span<const SpeechInterval> intervals) {
    Milliseconds sum{0};
    for (const auto& interval : intervals) {
        sum += interval.end - interval.start;
    }
    return sum;
}

Milliseconds longest_gap(std::span<const SpeechInterval> intervals, Milliseconds duration) {
    Milliseconds longest{0};
    for (const auto& gap : gaps_of(intervals, duration)) {
        longest = std::max(longest, gap.end - gap.start);
    }
    return longest;
}

Intervals gaps_of(std::span<const SpeechInterval> intervals, Milliseconds duration) {
    Intervals gaps;
    Milliseconds from{0};
    for (const auto& interval : intervals) {
        const auto to = std::min(interval.start, duration);
        if (to > from) {
            gaps.push_back({.start = from, .end = to});
        }
        from = std::max(from, interval.end);
    }
    if (duration > from) {
        gaps.push_back({.start = from, .end = duration});
    }
    return gaps;
}

Intervals unite(Intervals intervals) {
    std::ranges::sort(intervals, {}, &SpeechInterval::start);
    Intervals united;
    for (const auto& interval : intervals) {
        if (interval.end <= interval.start) {
            continue;
        }
        if (!united.empty() && interval.start <= united.back().end) {
            united.back().end = std::max(united.back().end, interval.end);
        } else {
            united.push_back(interval);
        }
    }
    return united;
}

Intervals subtract(std::span<const SpeechInterval> intervals,
                   std::span<const SpeechInterval> without) {
    Intervals left;
    std::size_t next = 0;
    for (auto interval : intervals) {
        while (next < without.size() && without[next].end <= interval.start) {
            ++next;
        }
        // `next` stays where it is: what cuts this interval's end may cut the following one's
        // start.
        for (auto i = next; i < without.size() && without[i].start < interval.end; ++i) {
            if (without[i].start > interval.start) {
                left.push_back({.start = interval.start, .end = without[i].start});
            }
            interval.start = std::max(interval.start, without[i].end);
        }
        if (interval.start < interval.end) {
            left.push_back(interval);
        }
    }
    return left;
}

Intervals at_once(std::span<const std::span<const SpeechInterval>> lists, int count) {
    std::vector<std::pair<Milliseconds, int>> changes;
    for (const auto& list : lists) {
        for (const auto& interval : list) {
            changes.emplace_back(interval.start, 1);
            changes.emplace_back(interval.end, -1);
        }
    }
    std::ranges::sort(changes);  // At the same time, ends come first.
    Intervals together;
    int sounding = 0;
    for (const auto& [time, change] : changes) {
        const int before = sounding;
        sounding += change;
        if (before < count && sounding >= count) {
            together.push_back({.start = time, .end = time});
        } else if (before >= count && sounding < count) {
            together.back().end = time;
        }
    }
    return unite(std::move(together));
}

bool reaches_into(std::span<const SpeechInterval> intervals, Milliseconds start, Milliseconds end) {
    const auto first = std::ranges::upper_bound(intervals, start, {}, &SpeechInterval::end);
    return first != intervals.end() && first->start < end;
}

}  // namespace oidor
