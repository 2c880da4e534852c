// How a recording's address becomes audio where a plain GET does not do: credentials after a
// refusal, and addresses that answer with a link.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "pipeline/account_options.hpp"
#include "pipeline/fetch_step.hpp"

namespace oidor::pipeline {

/// One GET of an address from outside.
struct GuardedGet {
    std::string url = {};
    std::string accept = "audio/*";
    std::vector<std::pair<std::string, Secret>> secret_headers = {};
};

/// Asks through the account's address guard; made by whoever wires `net`. Credentials must not go
/// along a redirect to another origin.
using Get = std::function<Result<FetchedAudio>(
    const GuardedGet& get, const AccountOptions& account,
    const std::function<Result<void>(std::string_view)>& sink, const std::stop_token& stop)>;

/// A fetcher that does as `AccountOptions::recording_access` says: it asks without credentials,
/// and after a 401 or 403 with each of them in turn; what answers with a link is asked with the
/// first, and the link without any. Errors: those of `get`; Unsupported for an answer without a
/// link.
Fetcher with_recording_access(Get get);

/// True when the source itself answered 401 or 403; not when our guard refused.
bool is_refused_by_source(const Error& error);

}  // namespace oidor::pipeline
