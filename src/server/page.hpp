// The page as HTML text, without script: the day's table, one conversation with its evidence, the
// sign-in form. Pure: no I/O. Everything from outside is escaped here.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/html.hpp"
#include "base/json.hpp"
#include "base/messages.hpp"
#include "store/store.hpp"

namespace oidor::server {

/// One call in the day's table.
struct DayRow {
    store::ConversationRow row = {};
    std::string time = {};                         ///< Local: `10:30`.
    std::vector<store::AuditRow> audits = {};      ///< Current ones, without `json`.
    std::vector<std::string> review_reasons = {};  ///< In words; empty: nobody has to look.

    [[nodiscard]] bool needs_review() const;
};

/// What the day's table shows: first what somebody has to look at, then the rest.
struct DayPage {
    std::string day = {};
    std::vector<std::string> days = {};  ///< That have conversations, newest first.
    std::string campaign = {};           ///< Only of this one; empty: of all. As `agent`.
    std::string agent = {};
    bool only_review = false;
    std::vector<DayRow> rows = {};
    std::vector<store::Campaign> campaigns = {};
    std::vector<store::Agent> agents = {};
    std::string user = {};
    std::optional<ConversationId> next_after = {};  ///< Where the next page of this day goes on.
    std::vector<std::string> notices = {};          ///< What holds calls up, in words.
};
std::string format_day_page(const DayPage& page, UiLanguage language);

/// What the page of one conversation shows. Words of people only where `content` allows it.
struct ConversationPage {
    store::ConversationRow row = {};
    std::string time = {};                                        ///< Local, with its zone.
    std::map<std::string, std::string, std::less<>> titles = {};  ///< Of criteria, by id.
    std::vector<store::AuditRow> audits = {};
    std::optional<store::TranscriptRow> transcript = {};
    std::vector<store::Campaign> campaigns = {};
    std::string user = {};
    bool content = false;
    bool listen = false;
    bool unmasked = false;    ///< Identifiers stand as they were said.
    bool may_unmask = false;  ///< The reader may ask for that.
};
std::string format_conversation_page(const ConversationPage& page, UiLanguage language);

std::string format_sign_in_page(UiLanguage language, bool failed);
std::string format_message_page(std::string_view title, std::string_view message,
                                UiLanguage language);

/// A conversation's state as people read it.
std::string_view state_text(ConversationState state, UiLanguage language);
/// A recording's state as people read it.
std::string_view recording_state_text(RecordingState state, UiLanguage language);
/// Why a call has no recording or is not judged: the text of a known reason, else the reason
/// itself.
std::string reason_text(std::string_view reason, UiLanguage language);
}  // namespace oidor::server
