// A source's own list of calls (its CDR), read piece by piece: CSV or JSON Lines.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ledger/columns.hpp"
#include "store/coverage.hpp"

namespace oidor::ledger {

enum class Encoding { Utf8, Latin1 };  ///< Latin-1 is read as Windows-1252.
std::optional<Encoding> parse_encoding(std::string_view text);

/// How a list is to be read.
struct ListOptions {
    ColumnChoice columns = {};
    Encoding encoding = Encoding::Utf8;
    std::string time_zone = "UTC";  ///< Of moments that tell no offset.
};

/// Reads a list of any length within bounded memory. A faulty row is told and left out; the others
/// go on. A file that begins with `{` is JSON Lines, everything else CSV; a byte order mark and
/// Excel's `sep=;` are left out.
class CallList {
  public:
    struct Taker {
        std::function<void(std::int64_t line, store::Announcement call)> call = {};
        /// No value of the file stands in `what`.
        std::function<void(std::int64_t line, std::string_view what)> fault = {};
    };
    CallList(ListOptions options, Taker taker);
    ~CallList();
    CallList(const CallList&) = delete;
    CallList& operator=(const CallList&) = delete;

    /// Errors: Invalid for what makes the whole file unreadable (its header, UTF-16).
    Result<void> feed(std::string_view bytes);
    /// Invalid: a file without a header.
    Result<void> finish();

  private:
    struct Reader;
    std::unique_ptr<Reader> reader_;
};

/// How the exchange says that a call ended: `ANSWERED`, `no atendida`, `BUSY` …
CallOutcome read_outcome(std::string_view text);

}  // namespace oidor::ledger
