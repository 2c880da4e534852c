// Rows in compressed parts: a zstd frame of the bytes that `store::append_row` writes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "backup/archive.hpp"
#include "backup/manifest.hpp"
#include "base/result.hpp"
#include "store/tables.hpp"

namespace oidor::backup {

/// Writes a table's rows, a part of some megabytes at a time.
class PartWriter {
  public:
    PartWriter(ArchiveWriter& archive, std::string name, std::vector<store::Column> columns);

    Result<void> add(store::TableRow row);
    Result<SavedTable> finish();

  private:
    Result<void> put();

    ArchiveWriter& archive_;
    SavedTable table_;
    std::string rows_ = {};
    std::int64_t count_ = 0;
};

/// The rows of a part, checked: as many bytes as the manifest says, with its hash. Corrupt and
/// NotFound name the part.
Result<std::string> read_part(const ArchiveReader& archive, const Part& part);
/// Gives each row of a checked part to `read`. Corrupt when they are not as many as there must be.
Result<void> each_row_of(const std::string& rows, const Part& part, std::size_t width,
                         const store::RowReader& read);

/// Gives the audio that a backup lists, in the order of its hashes.
Result<void> each_blob(const ArchiveReader& archive, const Manifest& manifest,
                       const std::function<Result<void>(const blobs::BlobInfo&)>& read);

/// Reads and checks the list of parts. Corrupt, Unsupported.
Result<Manifest> read_manifest(const ArchiveReader& archive);

}  // namespace oidor::backup
