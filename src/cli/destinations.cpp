#include "cli/destinations.hpp"

#include "base/sha256.hpp"
#include "cli/sources.hpp"
#include "redact/redact.hpp"
#include "sinks/registry.hpp"

namespace oidor::cli {
namespace {

/// Of what shapes the rows and says where they go: batches and secrets do not.
std::string fingerprint_of(const config::SinkSettings& sink, const std::string& public_url) {
    auto text = fmt::format("{}\n{}\n", public_url, redact::version());
    for (const auto& [key, entry] : sink.values) {
        if (entry.kind != config::Kind::Secret && !key.starts_with("batch_")) {
            text += fmt::format("{}={}\n", key, config::format_shown(entry));
        }
    }
    for (const auto table :
         {sinks::Table::Recordings, sinks::Table::Transcriptions, sinks::Table::Audits}) {
        for (const auto& column : sinks::columns_of(table)) {
            text += fmt::format("{},", column.name);
        }
    }
    return sha256_hex(text);
}

pipeline::CourierOptions courier_options(const config::SinkSettings& sink,
                                         const std::string& public_url,
                                         const pipeline::AccountLookup& accounts) {
    pipeline::CourierOptions options;
    options.name = sink.name;
    options.rows = {.tables = {},
                    .mask_phones = sink.common.mask_phones,
                    .country_of =
                        [accounts](std::string_view source, std::string_view account) {
                            return accounts(source, account).country;
                        },
                    .public_url = public_url};
    for (const auto& name : sink.common.tables) {
        if (const auto table = sinks::parse_table(name)) {
            options.rows.tables.insert(*table);
        }
    }
    options.batch_size = sink.common.batch_size;
    options.batch_age = sink.common.batch_age;
    return options;
}

}  // namespace

Result<std::vector<pipeline::Destination>> open_destinations(const config::Settings& settings) {
    const auto& public_url = settings.installation.public_url;
    const auto accounts = account_lookup(std::make_shared<const config::Settings>(settings));
    std::vector<pipeline::Destination> destinations;
    for (const auto& sink : settings.sinks) {
        TRY_ASSIGN(auto opened, sinks::open_sink(sink));
        destinations.push_back({.sink = std::move(opened),
                                .fingerprint = fingerprint_of(sink, public_url),
                                .options = courier_options(sink, public_url, accounts)});
    }
    return destinations;
}

}  // namespace oidor::cli
