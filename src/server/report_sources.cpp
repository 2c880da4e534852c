#include "server/report_sources.hpp"

#include <map>
#include <memory>
#include <utility>

#include "audit/scorecard.hpp"
#include "audit/words.hpp"
#include "base/time_zone.hpp"
#include "base/utf8.hpp"
#include "redact/redact.hpp"

namespace oidor::server {
namespace {

/// What the criteria of one version are called; empty where it cannot be read any more.
using Titles = std::map<std::string, std::string, std::less<>>;

Titles read_titles(store::Store& store, std::string_view scorecard, int version) {
    Titles titles;
    const auto stored = store.directory().find_scorecard(std::string(scorecard), version);
    if (!stored || !*stored) {
        return titles;
    }
    if (const auto parsed = audit::parse_scorecard((*stored)->toml, std::string(scorecard))) {
        for (const auto& criterion : parsed->criteria) {
            if (!criterion.title.empty()) {
                titles.emplace(criterion.id, criterion.title);
            }
        }
    }
    return titles;
}

/// Reads each version once.
class TitleReader {
  public:
    explicit TitleReader(store::Store& store) : store_(store) {}

    std::optional<std::string> find(std::string_view scorecard, int version,
                                    std::string_view criterion) {
        const auto key = std::pair(std::string(scorecard), version);
        auto found = titles_.find(key);
        if (found == titles_.end()) {
            found = titles_.emplace(key, read_titles(store_, scorecard, version)).first;
        }
        const auto title = found->second.find(criterion);
        return title != found->second.end() ? std::optional(title->second) : std::nullopt;
    }

  private:
    store::Store& store_;
    std::map<std::pair<std::string, int>, Titles> titles_ = {};
};

/// Masked whole before it is cut: what names an identifier may stand behind the cut.
Transcript masked(const Transcript& transcript, const pipeline::AccountOptions& account) {
    const auto spans = redact::find(
        transcript, {.country = account.country, .without = {}, .language = account.language});
    return redact::masked(transcript, spans, account.language);
}

}  // namespace

Result<reports::Sources> report_sources(store::Store& store, pipeline::AccountLookup accounts,
                                        Timestamp now, reports::Content content) {
    reports::Sources sources{.store = store, .at = now, .content = content};
    TRY_ASSIGN(const auto campaigns, store.directory().list_campaigns());
    for (const auto& campaign : campaigns) {
        sources.campaigns.emplace(campaign.id, campaign.name);
    }
    TRY_ASSIGN(const auto agents, store.directory().list_agents());
    for (const auto& agent : agents) {
        sources.agents.emplace(agent.id, agent.name);
    }
    sources.criterion_title = [titles = std::make_shared<TitleReader>(store)](
                                  std::string_view scorecard, int version,
                                  std::string_view criterion) {
        return titles->find(scorecard, version, criterion);
    };
    sources.preview = [&store, accounts = std::move(accounts)](
                          ConversationId id) -> Result<std::optional<std::string>> {
        TRY_ASSIGN(const auto row, store.conversations().find_conversation(id));
        TRY_ASSIGN(const auto stored, store.conversations().find_transcript(id));
        if (!row || !stored) {
            return std::optional<std::string>();
        }
        TRY_ASSIGN(const auto transcript, parse_transcript(stored->json));
        const auto& key = row->conversation.key;
        return std::optional(preview_of(masked(transcript, accounts(key.source, key.account))));
    };
    return sources;
}

std::string review_code_text(std::string_view code, UiLanguage language) {
    return std::string(audit::review_reason_text(code, language));
}

std::string preview_of(const Transcript& transcript) {
    std::string preview;
    std::size_t letters = 0;
    for (const auto& segment : transcript.segments) {
        if (letters > 0 && !segment.text.empty()) {
            preview += ' ';
            ++letters;
        }
        for (std::size_t at = 0; at < segment.text.size(); ++letters) {
            if (letters >= reports::kPreviewLetters) {
                return preview + "…";
            }
            const auto letter = read_code_point(segment.text, at);
            append_utf8(preview, letter.value < 0x20 || letter.value == 0x7F ? U' ' : letter.value);
            at += letter.size_bytes;
        }
    }
    return preview;
}

std::string house_zone(const pipeline::AccountLookup& accounts) {
    auto zone = accounts ? accounts("anura", "default").time_zone : std::string();
    return zone.empty() ? "UTC" : zone;
}

std::string report_today(const pipeline::AccountLookup& accounts, Timestamp now) {
    return local_day(house_zone(accounts), now);
}

}  // namespace oidor::server
