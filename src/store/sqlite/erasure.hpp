// Erasure in SQLite: the file and its log are ours to clean.
#pragma once

#include <filesystem>

#include "store/sql/erasure.hpp"
#include "store/store.hpp"

namespace oidor::store::sqlite {

class SqliteErasure final : public sql::SqlErasure {
  public:
    SqliteErasure(sql::Writer& writer, sql::Readers& readers, sql::Seal& seal, const Clock& clock,
                  const SqliteOptions& options)
        : SqlErasure(writer, readers, seal, clock),
          path_(options.path),
          busy_timeout_(options.busy_timeout) {}

    Result<ScrubOutcome> scrub(std::int64_t size_bytes_max) override;

  private:
    std::filesystem::path path_;
    std::chrono::milliseconds busy_timeout_;
};

}  // namespace oidor::store::sqlite
