// Opening what a command works on.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "base/time.hpp"
#include "blobs/blob_store.hpp"
#include "config/settings.hpp"
#include "store/store.hpp"

namespace oidor::cli {

/// The store of the settings, SQLite or PostgreSQL, with the shipped scorecards in it.
Result<std::unique_ptr<store::Store>> open_store(const config::Settings& settings,
                                                 const Clock& clock);
/// The blobs of the settings. A bucket is not spoken to before it is used. Unsupported for a
/// backend that this build lacks.
Result<std::unique_ptr<blobs::BlobStore>> open_blobs(const config::Settings& settings,
                                                     const Clock& clock);

}  // namespace oidor::cli
