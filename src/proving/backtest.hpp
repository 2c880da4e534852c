// The past judged again: what a scorecard would have said of stored conversations, beside another.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>

#include "audit/auditor.hpp"
#include "proving/tally.hpp"
#include "store/conversations.hpp"

namespace oidor::proving {

/// What an audit uses beside the transcript, as the pipeline states it. Safe to call from many
/// threads.
using FactsOf = std::function<audit::Facts(const store::ConversationRow&, const Participation&,
                                           const Transcript&)>;
/// A published scorecard, ready to judge. Safe to call from many threads.
using FindJudge = std::function<Result<std::shared_ptr<const audit::Auditor>>(const std::string& id,
                                                                              int version)>;
/// How far it is; called by the thread that runs the back-test.
using OnProgress = std::function<void(std::int64_t done, std::int64_t all)>;

/// What is judged again, how fast, and who hears of it.
struct BacktestOptions {
    store::ConversationFilter filter = {};
    unsigned threads = 2;         ///< That judge, from 1; one more reads.
    std::int64_t pass_mark = 70;  ///< 0 to 100.
    store::HeardPageLimits page = {};
    std::stop_token stop = {};
    OnProgress on_progress = {};
};

/// What it came to.
struct BacktestReport {
    std::string newer_id = {};
    std::int64_t newer_version = 0;
    std::string older_id = {};  ///< `current` for the scorecards of the stored audits.
    std::int64_t older_version = 0;
    std::int64_t pass_mark = 70;
    Figures figures = {};
    std::chrono::milliseconds took = {};
};

/// Reads the conversations that have a transcript, oldest first, and judges each part by both.
/// `older` null: by the scorecard of the part's current audit, the newest where it has several.
/// Nothing is written. Memory is bounded by pages that wait (two for each thread) and by the
/// figures. The same store gives the same report, whatever the threads. Errors: the store's;
/// Cancelled when it was asked to stop: then there is no report.
class Backtest {
  public:
    /// All outlive it.
    Backtest(const store::Conversations& conversations, FactsOf facts_of, FindJudge find_judge)
        : conversations_(conversations),
          facts_of_(std::move(facts_of)),
          find_judge_(std::move(find_judge)) {}

    Result<BacktestReport> run(const audit::Auditor& newer, const audit::Auditor* older,
                               const BacktestOptions& options);

  private:
    const store::Conversations& conversations_;
    FactsOf facts_of_;
    FindJudge find_judge_;
};

}  // namespace oidor::proving
