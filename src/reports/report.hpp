// The room's door: asks the store, counts, prints.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "reports/document.hpp"
#include "store/store.hpp"

namespace oidor::reports {

/// May the reader see what people said?
enum class Content { Hidden, Shown };

/// What a report is made from beside the question.
struct Sources {
    store::Store& store;
    Timestamp at = {};
    std::map<std::string, std::string> campaigns = {};  ///< Names by id.
    std::map<std::string, std::string> agents = {};
    /// What a scorecard calls a criterion; nothing where it does not say.
    std::function<std::optional<std::string>(std::string_view scorecard, int version,
                                             std::string_view criterion)>
        criterion_title = {};
    Content content = Content::Hidden;
    /// The first words of a conversation, as they may leave the house; asked only where content is
    /// shown. Nothing: it has no transcript.
    std::function<Result<std::optional<std::string>>(ConversationId)> preview = {};
};

/// The letters of a preview.
inline constexpr std::size_t kPreviewLetters = 200;

/// Counts and prints one report. An export without a limit is printed page by page, to its end;
/// with one it stops there and says where it goes on. Nothing is printed when it fails before the
/// first row. Audits that cannot be read are counted apart and named. Errors: Invalid (the
/// question), TooLarge (too many groups), those of the store.
Result<void> report(const Sources& sources, const Question& question, Printer& printer);

}  // namespace oidor::reports
