#include "pipeline/bindings.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "audit/auditor.hpp"
#include "audit/phrase_pack.hpp"
#include "audit/toml_reader.hpp"
#include "base/time_zone.hpp"
#include "domain/conversation.hpp"
#include "domain/transcript.hpp"

namespace oidor::pipeline {
namespace {

/// The last word of the enumeration; names are listed from the first to it.
constexpr Channel kLastChannel = Channel::Web;

std::vector<std::string> channel_names() {
    std::vector<std::string> names;
    for (int i = 0; i <= static_cast<int>(kLastChannel); ++i) {
        names.emplace_back(format(static_cast<Channel>(i)));
    }
    return names;
}

Result<void> check_channel(const std::string& channel) {
    if (parse_channel(channel)) {
        return {};
    }
    const auto known = channel_names();
    return fail(ErrorCode::Invalid, "channel {}: expected {}{}", channel, fmt::join(known, ", "),
                audit::suggestion(channel, known));
}

Result<store::Campaign> get_campaign(const store::Directory& directory, const std::string& id) {
    TRY_ASSIGN(auto found, directory.find_campaign(id));
    if (found) {
        return std::move(*found);
    }
    std::vector<std::string> known;
    TRY_ASSIGN(const auto campaigns, directory.list_campaigns());
    for (const auto& campaign : campaigns) {
        known.push_back(campaign.id);
    }
    return fail(ErrorCode::NotFound, "campaign {}: there is none of that id{}", id,
                audit::suggestion(id, known));
}

Result<Timestamp> read_from(const std::string& text, const std::string& zone) {
    const auto day = local_day_start(zone, text);
    const auto moment = day ? day : parse_rfc3339(text);
    if (!moment) {
        return fail(ErrorCode::Invalid,
                    "from {}: expected a day such as 2026-02-10, or RFC 3339 such as "
                    "2026-02-10T09:00:00Z",
                    text);
    }
    return *moment;
}

Result<store::Binding> read_match(const store::Directory& directory, const BindingMatch& match,
                                  std::string zone) {
    store::Binding binding;
    if (match.channel) {
        TRY(check_channel(*match.channel));
        binding.channel = match.channel;
    }
    if (match.language) {
        binding.language = primary_language(*match.language);
        if (!binding.language) {
            return fail(ErrorCode::Invalid, "language {}: expected one such as es, pt or en",
                        *match.language);
        }
    }
    if (match.campaign) {
        TRY_ASSIGN(const auto campaign, get_campaign(directory, *match.campaign));
        binding.campaign = campaign.id;
        zone = campaign.time_zone.value_or(zone);
    }
    if (match.from) {
        TRY_ASSIGN(binding.from, read_from(*match.from, zone));
    }
    return binding;
}

bool has_same_names(const store::Binding& one, const store::Binding& other) {
    return one.campaign == other.campaign && one.channel == other.channel &&
           one.language == other.language;
}

}  // namespace

Result<store::Binding> read_binding(const store::Directory& directory, const BindingMatch& match,
                                    const std::string& scorecard, std::optional<int> version,
                                    const std::string& zone) {
    TRY_ASSIGN(const auto found, directory.find_scorecard(scorecard, version));
    if (!found) {
        std::vector<std::string> known;
        TRY_ASSIGN(const auto versions, directory.list_scorecards());
        for (const auto& one : versions) {
            known.push_back(one.id);
        }
        return fail(ErrorCode::NotFound, "no scorecard {}{}: oidor scorecard list shows them{}",
                    scorecard, version ? " version " + std::to_string(*version) : "",
                    audit::suggestion(scorecard, known));
    }
    TRY_ASSIGN(auto binding, read_match(directory, match, zone));
    binding.scorecard_id = scorecard;
    binding.version = version;
    return binding;
}

Result<store::Binding> find_binding(const store::Directory& directory, const BindingMatch& match,
                                    const std::string& zone) {
    // A campaign that is gone leaves its bindings, and they must be removable by its id.
    auto names = match;
    std::string own_zone = zone;
    if (match.campaign) {
        TRY_ASSIGN(const auto campaign, directory.find_campaign(*match.campaign));
        own_zone = campaign ? campaign->time_zone.value_or(zone) : zone;
        names.campaign.reset();
    }
    TRY_ASSIGN(auto wanted, read_match(directory, names, own_zone));
    wanted.campaign = match.campaign;
    TRY_ASSIGN(const auto bindings, directory.list_bindings());
    std::vector<store::Binding> found;
    std::ranges::copy_if(bindings, std::back_inserter(found), [&](const store::Binding& one) {
        return has_same_names(one, wanted) && (!match.from || one.from == wanted.from);
    });
    if (found.empty()) {
        return fail(ErrorCode::NotFound,
                    "no binding of these names: oidor scorecard bindings shows them");
    }
    if (found.size() > 1) {
        return fail(ErrorCode::Conflict, "{} bindings of these names: say which by its date (from)",
                    found.size());
    }
    return std::move(found.front());
}

Result<Published> publish_scorecard(store::Directory& directory, const std::string& toml,
                                    const std::string& path, const audit::PackReader& packs,
                                    Timestamp now) {
    // What is published stands alone: packs beside the file are put in.
    TRY_ASSIGN(auto bytes, audit::resolve_packs(toml, path, packs));
    TRY_ASSIGN(const auto scorecard, audit::parse_scorecard(bytes, path));
    TRY(audit::Auditor::open(scorecard));
    const auto number = static_cast<int>(scorecard.version);
    TRY_ASSIGN(auto there, directory.find_scorecard(scorecard.id, number));
    Published published;
    published.fresh = !there;
    published.version = {.id = scorecard.id,
                         .version = number,
                         .language = scorecard.language,
                         .toml = std::move(bytes),
                         .sha256_hex = scorecard.sha256,
                         .published_at = now};
    TRY(directory.insert_scorecard(published.version));
    if (there) {
        published.version.published_at = there->published_at;
    }
    return published;
}

}  // namespace oidor::pipeline
