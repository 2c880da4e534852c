// A request of Net2phone: is it signed, and which event does it bring? Pure.
#pragma once

#include <chrono>

#include "connectors/connector.hpp"

namespace oidor::connectors::net2phone {

/// How far the signed time may lie from ours, either way.
constexpr std::chrono::seconds kSignatureLife{300};

/// Holds `x-net2phone-signature`, hex HMAC-SHA-256 of `<x-net2phone-timestamp>:<raw body>`, against
/// the account's secret, and the time against `received_at`. Without a secret nothing is signed
/// well. Computes the digest whatever is wrong, and says nothing of which it was. Forbidden.
Result<void> check_signature(const WebhookRequest& request, const AccountContext& account);

/// The event of a delivery.
Connector::Delivery parse_delivery(const WebhookRequest& request, const AccountContext& account);

/// What an event would be understood as.
Connector::Explanation explain_delivery(const WebhookRequest& request,
                                        const AccountContext& account);

}  // namespace oidor::connectors::net2phone
