// What quality reports take from the house beside the audits: names, titles, words, and the
// beginning of a call as it may leave the house. The API and the command line share it.
#pragma once

#include <string>
#include <string_view>

#include "base/messages.hpp"
#include "base/result.hpp"
#include "domain/transcript.hpp"
#include "pipeline/account_options.hpp"
#include "reports/report.hpp"
#include "store/store.hpp"

namespace oidor::server {

/// Previews are masked as every exit is, by their account's country and language. The store
/// outlives the answer.
Result<reports::Sources> report_sources(store::Store& store, pipeline::AccountLookup accounts,
                                        Timestamp now, reports::Content content);

/// Why an audit is to be reviewed, in people's words.
std::string review_code_text(std::string_view code, UiLanguage language);

/// The first letters of what was said, on one line.
std::string preview_of(const Transcript& transcript);

/// The zone of days that nobody says more of: that of the account anura/default, else UTC.
std::string house_zone(const pipeline::AccountLookup& accounts);
/// Today there.
std::string report_today(const pipeline::AccountLookup& accounts, Timestamp now);

}  // namespace oidor::server
