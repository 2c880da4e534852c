// A webhook request of Anura as an event for the inbox. Pure.
#pragma once

#include <string>

#include "connectors/connector.hpp"

namespace oidor::connectors::anura {

/// One event, or why not: Invalid (400), TooLarge (413), Unsupported (415); an item without a
/// usable `cdrid` is Invalid and `unusable` (422). The event's kind is the trigger in upper case;
/// unknown triggers are kept.
Connector::Delivery parse_delivery(const WebhookRequest& request, const AccountContext& account);

/// The answer of `POST /webhook/anura/test`.
Connector::Explanation explain_delivery(const WebhookRequest& request,
                                        const AccountContext& account);

/// The JSON to paste into the panel's event: every variable in quotes, so that an empty one does
/// not break it.
std::string panel_template();

}  // namespace oidor::connectors::anura
