// Pieces of the page: the frame, an audit with its evidence, a transcript, the recordings.
#pragma once

#include <string>
#include <string_view>

#include "server/page.hpp"

namespace oidor::server {

/// The whole document around `body` (HTML); `title` is escaped here. `user` empty: nobody is signed
/// in.
std::string format_layout(std::string_view title, std::string_view body, std::string_view user,
                          UiLanguage language);

/// Why an audit asks for a person, in words; empty when it does not or cannot be read. Not escaped.
std::string review_reasons_text(const store::AuditRow& audit, UiLanguage language);

/// Criteria, points, quotes, searched windows, receipt.
std::string format_audit_section(const ConversationPage& page, const store::AuditRow& audit,
                                 UiLanguage language);
std::string format_transcript_section(const ConversationPage& page, UiLanguage language);
std::string format_recordings(const ConversationPage& page, UiLanguage language);

}  // namespace oidor::server
