#include "connectors/net2phone/connector.hpp"

#include "connectors/net2phone/config.hpp"
#include "connectors/net2phone/mapping.hpp"
#include "connectors/net2phone/webhook.hpp"

namespace oidor::connectors::net2phone {
namespace {

class Net2phoneConnector final : public Connector {
  public:
    [[nodiscard]] const Capabilities& capabilities() const override {
        static const Capabilities capabilities = {
            .source = "net2phone",
            .title = "Net2phone",
            .webhook = true,
            .pull = false,
            .recordings = true,
            .signs = true,
            // It serves many countries: the account says which is its own.
            .country = {},
            .time_zone = {},
            .recording_hosts = {"net2phone.com", ".net2phone.com"},
            .campaign_lookups = {"call_source"},
            .agent_lookups = {"account_id", "user_id", "email", "agent_name"},
            .answers_call_log = true};
        return capabilities;
    }

    [[nodiscard]] std::span<const config::Key> account_keys() const override {
        return net2phone_spec().keys();
    }

    [[nodiscard]] RecordingAccess recording_access(const config::Values& values) const override {
        const auto own = net2phone_spec().read(values);
        RecordingAccess access{.credentials = {}, .link_marker = ":generate-audio-download-link"};
        if (!own.api_key.empty()) {
            access.credentials.emplace_back("X-API-Key", own.api_key);
        }
        return access;
    }

    [[nodiscard]] Result<void> check_signature(const WebhookRequest& request,
                                               const AccountContext& account) const override {
        return net2phone::check_signature(request, account);
    }

    [[nodiscard]] std::string_view find_missing_secret(
        const AccountContext& account) const override {
        const bool set = account.own && !net2phone_spec().read(*account.own).secret.empty();
        return set ? std::string_view() : std::string_view("secret");
    }

    [[nodiscard]] Delivery parse_delivery(const WebhookRequest& request,
                                          const AccountContext& account) const override {
        return net2phone::parse_delivery(request, account);
    }

    [[nodiscard]] std::optional<Explanation> explain_delivery(
        const WebhookRequest& request, const AccountContext& account) const override {
        return net2phone::explain_delivery(request, account);
    }

    [[nodiscard]] Result<ConversationDraft> merge(std::span<const KeptEvent> events,
                                                  const AccountContext& account) const override {
        return net2phone::merge(events, account);
    }
};

}  // namespace

std::unique_ptr<Connector> make_connector() { return std::make_unique<Net2phoneConnector>(); }

}  // namespace oidor::connectors::net2phone
