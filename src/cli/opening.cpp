#include "cli/opening.hpp"

#include "pipeline/judges.hpp"

namespace oidor::cli {
namespace {

constexpr std::string_view kSqlite = "sqlite:";
constexpr std::string_view kFile = "file:";

Result<std::unique_ptr<store::Store>> open_backend(const Secret& store_url, const Clock& clock) {
    const auto url = store_url.reveal();
    if (url.starts_with(kSqlite)) {
        return store::open_sqlite_store({.path = std::string(url.substr(kSqlite.size()))}, clock);
    }
    return store::open_postgres_store({.url = store_url}, clock);
}

}  // namespace

Result<std::unique_ptr<store::Store>> open_store(const config::Settings& settings,
                                                 const Clock& clock) {
    TRY_ASSIGN(auto store, open_backend(settings.installation.store_url, clock));
    TRY(pipeline::publish_shipped_scorecards(store->directory(), clock.now()));
    return store;
}

Result<std::unique_ptr<blobs::BlobStore>> open_blobs(const config::Settings& settings) {
    const std::string_view url = settings.installation.blobs_url;
    if (!url.starts_with(kFile)) {
        return fail(ErrorCode::Unsupported,
                    "blobs.url: this build keeps recordings in a folder: file:DIR");
    }
    return blobs::open_filesystem_blobs(std::string(url.substr(kFile.size())));
}

}  // namespace oidor::cli
