#include "proving/backtest.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "domain/stored_transcript.hpp"

namespace oidor::proving {
namespace {

/// Pages on their way from the reader to those who judge.
struct Page {
    std::uint64_t first = 0;  ///< The sequence of its first conversation.
    std::vector<store::HeardConversation> conversations = {};
};

/// Bounded: whoever reads waits for those who judge. Safe to call from many threads.
class PageQueue {
  public:
    explicit PageQueue(std::size_t pages_max) : pages_max_(pages_max) {}

    /// False when it was asked to stop.
    bool push(Page page, const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        if (!changed_.wait(lock, stop, [this] { return pages_.size() < pages_max_; })) {
            return false;
        }
        pages_.push_back(std::move(page));
        changed_.notify_all();
        return true;
    }

    /// Nothing more comes.
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        changed_.notify_all();
    }

    /// Nothing when there are no more, or it was asked to stop.
    std::optional<Page> pop(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        if (!changed_.wait(lock, stop, [this] { return closed_ || !pages_.empty(); }) ||
            pages_.empty()) {
            return std::nullopt;
        }
        auto page = std::move(pages_.front());
        pages_.pop_front();
        changed_.notify_all();
        return page;
    }

  private:
    std::size_t pages_max_;
    std::mutex mutex_ = {};
    std::condition_variable_any changed_ = {};
    std::deque<Page> pages_ = {};
    bool closed_ = false;
};

/// One thread that judges; its figures are its own until they are merged.
class Worker {
  public:
    Worker(const audit::Auditor& newer, const audit::Auditor* older, const FactsOf& facts_of,
           const FindJudge& find_judge, std::int64_t pass_mark)
        : newer_(newer),
          older_(older),
          facts_of_(facts_of),
          find_judge_(find_judge),
          tally_(newer.scorecard(), pass_mark) {}

    void work(PageQueue& queue, const std::stop_token& stop) {
        while (const auto page = queue.pop(stop)) {
            for (std::size_t i = 0; i < page->conversations.size() && !stop.stop_requested(); ++i) {
                judge(page->conversations[i], page->first + i);
            }
        }
    }

    [[nodiscard]] const Tally& tally() const { return tally_; }

  private:
    void judge(const store::HeardConversation& heard, std::uint64_t sequence) {
        tally_.count_conversation();
        const auto& parts = heard.row.participations;
        if (parts.empty()) {
            tally_.leave_out(NotComparable::NoParticipation);
            return;
        }
        const auto json = store::unpack(heard.transcript);
        const auto transcript =
            json ? parse_stored_transcript(*json) : Result<Transcript>(fail(json.error()));
        for (const auto& part : parts) {
            if (!transcript) {
                tally_.leave_out(NotComparable::FaultyTranscript);
            } else if (transcript->language.value_or(newer_.scorecard().language) !=
                       newer_.scorecard().language) {
                tally_.leave_out(NotComparable::OtherLanguage);
            } else {
                judge_part(heard, part, *transcript, sequence);
            }
        }
    }

    void judge_part(const store::HeardConversation& heard, const Participation& part,
                    const Transcript& transcript, std::uint64_t sequence) {
        const auto* older = older_;
        if (older == nullptr) {
            const auto* current = current_of(heard, part);
            if (current == nullptr) {
                tally_.leave_out(NotComparable::NotJudgedYet);
                return;
            }
            older = find(current->scorecard_id, current->scorecard_version);
            if (older == nullptr) {
                tally_.leave_out(NotComparable::NoScorecard);
                return;
            }
        }
        const auto facts = facts_of_(heard.row, part, transcript);
        const audit::SourceHashes hashes = {.audio_sha256 = {},
                                            .transcript_sha256 = heard.transcript.sha256_hex};
        const auto before = older->judge(transcript, facts, hashes);
        const auto after = newer_.judge(transcript, facts, hashes);
        tally_.count_questions(questions_unknown(older->scorecard(), before),
                               questions_unknown(newer_.scorecard(), after));
        tally_.compare(
            {.sequence = sequence, .conversation = heard.row.conversation, .participation = part},
            before, after);
    }

    /// An audit's criteria are its scorecard's, in the same order.
    static std::int64_t questions_unknown(const audit::Scorecard& scorecard,
                                          const audit::Audit& audit) {
        std::int64_t count = 0;
        for (std::size_t i = 0; i < std::min(scorecard.criteria.size(), audit.criteria.size());
             ++i) {
            const bool asks = scorecard.criteria[i].kind == audit::CriterionKind::Question;
            count += asks && audit.criteria[i].outcome == audit::Outcome::Unknown ? 1 : 0;
        }
        return count;
    }

    static const store::CurrentAudit* current_of(const store::HeardConversation& heard,
                                                 const Participation& part) {
        const store::CurrentAudit* newest = nullptr;
        for (const auto& audit : heard.audits) {
            if (audit.participation == part.id &&
                (newest == nullptr || audit.created_at > newest->created_at)) {
                newest = &audit;
            }
        }
        return newest;
    }

    const audit::Auditor* find(const std::string& id, int version) {
        const auto [known, added] = judges_.try_emplace({id, version});
        if (added) {
            if (auto found = find_judge_(id, version)) {
                known->second = std::move(*found);
            }
        }
        return known->second.get();
    }

    const audit::Auditor& newer_;
    const audit::Auditor* older_;
    const FactsOf& facts_of_;
    const FindJudge& find_judge_;
    Tally tally_;
    std::map<std::pair<std::string, int>, std::shared_ptr<const audit::Auditor>> judges_ = {};
};

/// Reads all pages into the queue.
Result<void> read_pages(const store::Conversations& conversations, const BacktestOptions& options,
                        std::int64_t all, PageQueue& queue) {
    std::optional<store::ConversationCursor> after;
    std::uint64_t sequence = 0;
    do {
        auto page = conversations.list_heard(options.filter, after, options.page);
        if (!page) {
            return fail(page.error().within(
                fmt::format("back-test: after {} of {} conversations", sequence, all)));
        }
        after = page->next;
        const auto first = sequence;
        sequence += page->conversations.size();
        if (options.stop.stop_requested() ||
            !queue.push({.first = first, .conversations = std::move(page->conversations)},
                        options.stop)) {
            return fail(ErrorCode::Cancelled, "back-test: stopped after {} of {} conversations",
                        first, all);
        }
        if (options.on_progress) {
            options.on_progress(static_cast<std::int64_t>(sequence), all);
        }
    } while (after);
    return {};
}

}  // namespace

Result<BacktestReport> Backtest::run(const audit::Auditor& newer, const audit::Auditor* older,
                                     const BacktestOptions& options) {
    const auto started = std::chrono::steady_clock::now();
    TRY_ASSIGN(const auto all, conversations_.count_heard(options.filter));
    const auto threads = std::max(options.threads, 1U);
    PageQueue queue(std::size_t{threads} * 2);
    std::deque<Worker> workers;
    for (unsigned i = 0; i < threads; ++i) {
        workers.emplace_back(newer, older, facts_of_, find_judge_, options.pass_mark);
    }
    Result<void> read;
    {
        std::vector<std::jthread> running;
        for (auto& worker : workers) {
            running.emplace_back([&worker, &queue, &options] { worker.work(queue, options.stop); });
        }
        read = read_pages(conversations_, options, all, queue);
        queue.close();
    }
    TRY(read);
    if (options.stop.stop_requested()) {
        return fail(ErrorCode::Cancelled, "back-test: stopped before its end");
    }
    Tally sum(newer.scorecard(), options.pass_mark);
    for (const auto& worker : workers) {
        sum.merge(worker.tally());
    }
    BacktestReport report;
    report.newer_id = newer.scorecard().id;
    report.newer_version = newer.scorecard().version;
    report.older_id = older != nullptr ? older->scorecard().id : "current";
    report.older_version = older != nullptr ? older->scorecard().version : 0;
    report.pass_mark = options.pass_mark;
    report.figures = sum.figures();
    report.took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - started);
    return report;
}

}  // namespace oidor::proving
