// Records of a file, as CSV (RFC 4180) and as JSON Lines: written from rows, read back one by one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sinks/tables.hpp"

namespace oidor::sinks::files {

enum class Format { Csv, JsonLines };

/// A record as it lies in a file, and its key.
struct Record {
    std::string key = {};
    std::string bytes = {};  ///< With its end of line.
};

/// The first line of a file; empty for JSON Lines.
std::string format_head(Format format, Table table);
/// A row with its end of line. Numbers, booleans and times are never taken for formulas; a list is
/// a JSON array in one cell.
std::string format_record(Format format, Table table, const std::vector<Value>& values);

/// Reads a file's records as its bytes come: `take` gets each whole one. One caller at a time.
class RecordReader {
  public:
    virtual ~RecordReader() = default;
    using Take = std::function<Result<void>(Record)>;
    /// Errors: Corrupt (no file of ours), TooLarge (a record beyond its bound), those of `take`.
    virtual Result<void> read(std::string_view bytes, const Take& take) = 0;
    /// At the end of the file. Corrupt when it ends inside a record.
    virtual Result<void> finish() = 0;
};

/// A CSV whose head has other columns is read by their names: what is missing is empty, what we do
/// not know is left out. So an older file becomes one of this version when it is next written.
std::unique_ptr<RecordReader> make_reader(Format format, Table table);

}  // namespace oidor::sinks::files
