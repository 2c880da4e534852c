#include "cli/opening.hpp"

#include <filesystem>

#include "audit/embedded.hpp"
#include "audit/scorecard.hpp"
#include "base/sha256.hpp"
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

enum class Finished { Must, May };

std::string sqlite_path(const Secret& store_url) {
    return std::string(store_url.reveal().substr(kSqlite.size()));
}

bool is_sqlite(const Secret& store_url) { return store_url.reveal().starts_with(kSqlite); }

Result<std::unique_ptr<store::Store>> open_backend(const Secret& store_url, const Clock& clock,
                                                   Finished finished) {
    const bool may_be_unfinished = finished == Finished::May;
    if (is_sqlite(store_url)) {
        return store::open_sqlite_store(
            {.path = sqlite_path(store_url), .may_be_unfinished = may_be_unfinished}, clock);
    }
    return store::open_postgres_store({.url = store_url, .may_be_unfinished = may_be_unfinished},
                                      clock);
}

}  // namespace

Result<std::unique_ptr<store::Store>> open_store(const config::Settings& settings,
                                                 const Clock& clock) {
    TRY_ASSIGN(auto store, open_backend(settings.installation.store_url, clock, Finished::Must));
    store->erasure().use_seal_key(pipeline::seal_key_in(settings.installation.seal_key_file));
    TRY(pipeline::publish_shipped_scorecards(store->directory(), clock.now()));
    return store;
}

Result<std::unique_ptr<store::Store>> open_unfinished_store(const config::Settings& settings,
                                                            const Clock& clock) {
    TRY_ASSIGN(auto store, open_backend(settings.installation.store_url, clock, Finished::May));
    store->erasure().use_seal_key(pipeline::seal_key_in(settings.installation.seal_key_file));
    return store;
}

std::string_view backend_of(const Secret& store_url) {
    return is_sqlite(store_url) ? "sqlite" : "postgres";
}

Result<std::unique_ptr<store::TableSource>> open_tables(const Secret& store_url, store::Hold hold) {
    return is_sqlite(store_url) ? store::open_sqlite_source(sqlite_path(store_url), hold)
                                : store::open_postgres_source(store_url, hold);
}

Result<std::unique_ptr<store::TableTarget>> open_target(const Secret& store_url) {
    return is_sqlite(store_url) ? store::open_sqlite_target(sqlite_path(store_url))
                                : store::open_postgres_target(store_url);
}

Result<std::vector<Sha256>> shipped_scorecard_hashes() {
    std::vector<Sha256> hashes;
    for (const auto& file : audit::shipped_scorecards()) {
        TRY_ASSIGN(const auto scorecard, audit::parse_scorecard(file.bytes, file.name));
        if (const auto hash = parse_sha256(scorecard.sha256)) {
            hashes.push_back(*hash);
        }
    }
    return hashes;
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
