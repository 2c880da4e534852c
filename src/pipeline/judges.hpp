// Scorecards ready to judge: published ones from the store, each compiled once; and which one
// serves a conversation.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "audit/auditor.hpp"
#include "base/result.hpp"
#include "base/synchronized.hpp"
#include "domain/conversation.hpp"
#include "store/store.hpp"

namespace oidor::pipeline {

/// Safe to call from many threads.
class Judges {
  public:
    explicit Judges(store::Directory& directory) : directory_(directory) {}

    /// The binding that fits best (campaign, then channel, then language; the latest `from` not
    /// after the start), else `general-<language>`. Unsupported when neither exists.
    Result<std::shared_ptr<const audit::Auditor>> choose(const Conversation& conversation,
                                                         const std::string& language);
    /// NotFound.
    Result<std::shared_ptr<const audit::Auditor>> get(const std::string& id,
                                                      std::optional<int> version);

  private:
    store::Directory& directory_;
    Synchronized<std::map<std::pair<std::string, int>, std::shared_ptr<const audit::Auditor>>>
        open_ = {};
};

/// Stores the shipped scorecards as version 1, where they are not yet.
Result<void> publish_shipped_scorecards(store::Directory& directory, Timestamp now);

}  // namespace oidor::pipeline
