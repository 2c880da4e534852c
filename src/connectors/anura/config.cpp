#include "connectors/anura/config.hpp"

namespace oidor::connectors::anura {

const config::Spec<AnuraConfig>& anura_spec() {
    static const auto spec =
        config::Spec<AnuraConfig>("anura", "Anura")
            .field(&AnuraConfig::recording_bearer,
                   {.key = "recording_bearer",
                    .text = "Sent as Authorization: Bearer when a recording is refused without "
                            "(401, 403), to recording_hosts alone.",
                    .effect = config::Effect::Live})
            .field(&AnuraConfig::recording_api_key,
                   {.key = "recording_api_key",
                    .text = "The same as X-API-Key, tried after the bearer.",
                    .effect = config::Effect::Live});
    return spec;
}

}  // namespace oidor::connectors::anura
