// The routes of `/api/v1`, with health and metrics.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "access/access_control.hpp"
#include "base/messages.hpp"
#include "base/time.hpp"
#include "blobs/blob_store.hpp"
#include "pipeline/account_options.hpp"
#include "pipeline/model_chat.hpp"
#include "server/cost_sources.hpp"
#include "server/routes.hpp"
#include "store/store.hpp"

namespace oidor::server {

/// The access log's action of a delivery that was not taken.
inline constexpr std::string_view kRejectedDelivery = "reject_delivery";

/// What the routes use; all outlive them.
struct ApiParts {
    store::Store& store;
    blobs::BlobStore& blobs;
    const Clock& clock;
    pipeline::AccountLookup accounts = {};
    std::string version = {};
    std::function<std::string()> metrics = {};  ///< Prometheus text.
    UiLanguage language = UiLanguage::Spanish;  ///< Of sentences for people in answers.
    /// Erases a conversation with all that belongs to it; empty: nothing can be erased here.
    /// Errors: Conflict (a hold), Unavailable.
    std::function<Result<store::ErasureCounts>(ConversationId)> erase = {};
    std::int64_t upload_bytes_max = std::int64_t{50} << 20U;
    HouseCosts costs = {};  ///< What the settings say of prices and budgets.
    /// Asks a model about a conversation in free words, and waits for it: a question, and the name
    /// of whose key asks. Empty: no model is configured.
    std::function<Result<pipeline::ChatEntry>(ConversationId, const std::string&,
                                              const std::string&)>
        ask_model = {};
};

/// The table. With null parts it can be documented, not called.
std::vector<Route> api_routes(const std::shared_ptr<const ApiParts>& parts);

}  // namespace oidor::server
