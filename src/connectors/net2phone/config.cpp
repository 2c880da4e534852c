#include "connectors/net2phone/config.hpp"

namespace oidor::connectors::net2phone {

const config::Spec<Net2phoneConfig>& net2phone_spec() {
    static const auto spec =
        config::Spec<Net2phoneConfig>("net2phone", "Net2phone")
            .field(&Net2phoneConfig::secret,
                   {.key = "secret",
                    .text = "What Net2phone signs its webhooks with, as its console shows it. "
                            "Without it every delivery is refused.",
                    .effect = config::Effect::Live,
                    .older_names = {{.name = "{SOURCE}_SECRET"}}})
            .field(&Net2phoneConfig::api_key,
                   {.key = "api_key",
                    .text = "A key of Net2phone's API: it turns a recording's address into a "
                            "link. Sent to recording_hosts alone.",
                    .effect = config::Effect::Live,
                    .older_names = {{.name = "{SOURCE}_API_KEY"}}});
    return spec;
}

}  // namespace oidor::connectors::net2phone
