#include "connectors/anura/connector.hpp"

#include "connectors/anura/config.hpp"
#include "connectors/anura/mapping.hpp"
#include "connectors/anura/webhook.hpp"

namespace oidor::connectors::anura {
namespace {

class AnuraConnector final : public Connector {
  public:
    [[nodiscard]] const Capabilities& capabilities() const override {
        static const Capabilities capabilities = {
            .source = "anura",
            .title = "Anura",
            .webhook = true,
            // There is no verified way to list past calls (README).
            .pull = false,
            .recordings = true,
            // Anura signs nothing: one of our keys is the credential.
            .signs = false,
            .country = "AR",
            .time_zone = "America/Argentina/Buenos_Aires",
            .recording_hosts = {"anura.com", ".anura.com", "anura.com.ar", ".anura.com.ar"},
            .campaign_lookups = {"tag", "queue"},
            .agent_lookups = {"extension", "agent_name"}};
        return capabilities;
    }

    [[nodiscard]] std::span<const config::Key> account_keys() const override {
        return anura_spec().keys();
    }

    [[nodiscard]] RecordingAccess recording_access(const config::Values& values) const override {
        const auto own = anura_spec().read(values);
        RecordingAccess access;
        if (!own.recording_bearer.empty()) {
            access.credentials.emplace_back(
                "Authorization",
                Secret(std::string("Bearer ").append(own.recording_bearer.reveal())));
        }
        if (!own.recording_api_key.empty()) {
            access.credentials.emplace_back("X-API-Key", own.recording_api_key);
        }
        return access;
    }

    [[nodiscard]] Delivery parse_delivery(const WebhookRequest& request,
                                          const AccountContext& account) const override {
        return anura::parse_delivery(request, account);
    }

    [[nodiscard]] std::optional<Explanation> explain_delivery(
        const WebhookRequest& request, const AccountContext& account) const override {
        return anura::explain_delivery(request, account);
    }

    [[nodiscard]] std::string body_template() const override { return panel_template(); }

    [[nodiscard]] Result<ConversationDraft> merge(std::span<const KeptEvent> events,
                                                  const AccountContext& account) const override {
        return anura::merge(events, account);
    }
};

}  // namespace

std::unique_ptr<Connector> make_connector() { return std::make_unique<AnuraConnector>(); }

}  // namespace oidor::connectors::anura
