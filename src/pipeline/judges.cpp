#include "pipeline/judges.hpp"

#include <algorithm>

#include "audit/embedded.hpp"
#include "audit/scorecard.hpp"

namespace oidor::pipeline {
namespace {

/// How well a binding fits; nothing when it does not. A binding that names more counts for more.
std::optional<int> fit_of(const store::Binding& binding, const Conversation& conversation,
                          const std::string& language) {
    int fit = 0;
    const auto weigh = [&fit](const std::optional<std::string>& wanted, std::string_view is,
                              int weight) {
        if (wanted) {
            fit += weight;
        }
        return !wanted || *wanted == is;
    };
    const bool fits = weigh(binding.campaign, conversation.campaign.id.value_or(""), 4) &&
                      weigh(binding.channel, format(conversation.key.channel), 2) &&
                      weigh(binding.language, language, 1);
    return fits ? std::optional(fit) : std::nullopt;
}

}  // namespace

Result<std::shared_ptr<const audit::Auditor>> Judges::get(const std::string& id,
                                                          std::optional<int> version) {
    TRY_ASSIGN(const auto stored, directory_.find_scorecard(id, version));
    if (!stored) {
        return fail(ErrorCode::NotFound, "no scorecard {}{}: see oidor scorecard list", id,
                    version ? " version " + std::to_string(*version) : "");
    }
    const std::pair key(stored->id, stored->version);
    const auto known = open_.with([&key](const auto& open) {
        const auto found = open.find(key);
        return found != open.end() ? found->second : nullptr;
    });
    if (known) {
        return known;
    }
    TRY_ASSIGN(auto scorecard, audit::parse_scorecard(stored->toml, stored->id));
    TRY_ASSIGN(auto opened, audit::Auditor::open(std::move(scorecard)));
    std::shared_ptr<const audit::Auditor> auditor = std::move(opened);
    open_.with([&](auto& open) { open.insert_or_assign(key, auditor); });
    return auditor;
}

Result<std::shared_ptr<const audit::Auditor>> Judges::choose(const Conversation& conversation,
                                                             const std::string& language) {
    TRY_ASSIGN(const auto bindings, directory_.list_bindings());
    const auto at = conversation.started_at.value_or(conversation.created_at);
    const store::Binding* best = nullptr;
    int best_fit = -1;
    for (const auto& binding : bindings) {
        const auto fit = fit_of(binding, conversation, language);
        if (!fit || binding.from > at) {
            continue;
        }
        if (*fit > best_fit || (*fit == best_fit && binding.from > best->from)) {
            best = &binding;
            best_fit = *fit;
        }
    }
    if (best != nullptr) {
        return get(best->scorecard_id, best->version);
    }
    auto general = get("general-" + language, std::nullopt);
    if (!general && general.error().code == ErrorCode::NotFound) {
        return fail(ErrorCode::Unsupported,
                    "no scorecard for language {}: publish one and bind it (oidor scorecard bind)",
                    language);
    }
    return general;
}

Result<void> publish_shipped_scorecards(store::Directory& directory, Timestamp now) {
    for (const auto& file : audit::shipped_scorecards()) {
        TRY_ASSIGN(const auto there, directory.find_scorecard(std::string(file.name), 1));
        if (there) {
            continue;
        }
        TRY_ASSIGN(const auto scorecard, audit::parse_scorecard(file.bytes, file.name));
        TRY(directory.insert_scorecard({.id = scorecard.id,
                                        .version = static_cast<int>(scorecard.version),
                                        .language = scorecard.language,
                                        .toml = std::string(file.bytes),
                                        .sha256_hex = scorecard.sha256,
                                        .published_at = now}));
    }
    return {};
}

}  // namespace oidor::pipeline
