// Opening what a command works on.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "blobs/blob_store.hpp"
#include "config/settings.hpp"
#include "store/store.hpp"
#include "store/tables.hpp"

namespace oidor::cli {

/// The store of the settings, SQLite or PostgreSQL, with the shipped scorecards in it.
Result<std::unique_ptr<store::Store>> open_store(const config::Settings& settings,
                                                 const Clock& clock);
/// The blobs of the settings. A bucket is not spoken to before it is used. Unsupported for a
/// backend that this build lacks.
Result<std::unique_ptr<blobs::BlobStore>> open_blobs(const config::Settings& settings,
                                                     const Clock& clock);

/// The store of the settings while it is still marked as unfinished: for a restore.
Result<std::unique_ptr<store::Store>> open_unfinished_store(const config::Settings& settings,
                                                            const Clock& clock);
/// All tables of a store, to be read or to be filled.
Result<std::unique_ptr<store::TableSource>> open_tables(const Secret& store_url, store::Hold hold);
Result<std::unique_ptr<store::TableTarget>> open_target(const Secret& store_url);
/// `sqlite` or `postgres`.
std::string_view backend_of(const Secret& store_url);
/// The hashes of the scorecards that every new store has.
Result<std::vector<Sha256>> shipped_scorecard_hashes();

}  // namespace oidor::cli
