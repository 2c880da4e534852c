#include "cli/opening.hpp"

#include <filesystem>

#include "pipeline/judges.hpp"
#include "pipeline/seal_key.hpp"

namespace oidor::cli {
namespace {

constexpr std::string_view kSqlite = "sqlite:";
constexpr std::string_view kFile = "file:";
constexpr std::string_view kS3 = "s3://";

/// `s3://bucket/prefix` and the settings beside it.
blobs::S3Options s3_options(const config::Installation& house) {
    const auto place = std::string_view(house.blobs_url).substr(kS3.size());
    const auto slash = std::min(place.find('/'), place.size());
    blobs::S3Options options{.endpoint = house.blobs_s3_endpoint,
                             .region = house.blobs_s3_region,
                             .bucket = std::string(place.substr(0, slash)),
                             .prefix = std::string(place.substr(slash)),
                             .path_style = house.blobs_s3_path_style,
                             .access_key = house.blobs_s3_access_key,
                             .secret_key = house.blobs_s3_secret_key,
                             .spool_folder = std::filesystem::path(house.data_dir) / "spool"};
    options.prefix.erase(0, options.prefix.find_first_not_of('/'));
    options.prefix.erase(options.prefix.find_last_not_of('/') + 1);
    return options;
}

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
    store->erasure().use_seal_key(pipeline::seal_key_in(settings.installation.seal_key_file));
    TRY(pipeline::publish_shipped_scorecards(store->directory(), clock.now()));
    return store;
}

Result<std::unique_ptr<blobs::BlobStore>> open_blobs(const config::Settings& settings,
                                                     const Clock& clock) {
    const std::string_view url = settings.installation.blobs_url;
    if (url.starts_with(kS3)) {
        return blobs::open_s3_blobs(s3_options(settings.installation), clock);
    }
    if (!url.starts_with(kFile)) {
        return fail(ErrorCode::Unsupported,
                    "blobs.url: this build keeps recordings in a folder or a bucket: file:DIR or "
                    "s3://BUCKET/PREFIX");
    }
    return blobs::open_filesystem_blobs(std::string(url.substr(kFile.size())));
}

}  // namespace oidor::cli
