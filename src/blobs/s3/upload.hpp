// What is done with objects: found, read, stored whole or in parts, removed, and a whole bucket
// tried out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "blobs/blob_store.hpp"
#include "blobs/filesystem/file.hpp"
#include "blobs/s3/bucket.hpp"

namespace oidor::blobs::s3 {

/// `PREFIX/ab/cd/<sha256>`.
std::string key_of(const Bucket& bucket, const std::string& sha256_hex);

/// The object's size; nothing when there is none. A bucket that is absent is an error, not that.
Result<std::optional<std::int64_t>> find_object(const Bucket& bucket, const std::string& sha256_hex,
                                                Deadline deadline);

/// The bytes from `offset`, fewer than `length` (1 at least) at the end; nothing when there is no
/// object or it ends before.
Result<std::optional<std::string>> get_range(const Bucket& bucket, const std::string& sha256_hex,
                                             std::int64_t offset, std::int64_t length,
                                             Deadline deadline);

/// Stores a file's content under its hash. An object of that name and size is left alone; one of
/// another size is replaced. Nothing can be read under the name before it is whole, and a failed
/// upload in parts is aborted.
Result<void> put_object(const Bucket& bucket, const BlobInfo& info, const File& file);

/// Absent is fine.
Result<void> remove_object(const Bucket& bucket, const std::string& sha256_hex, Deadline deadline);

/// Uploads under the prefix that were begun more than a day ago and never ended: what a program
/// left that died in the middle. They cannot be read, but are paid for.
Result<std::vector<Upload>> list_left_overs(const Bucket& bucket, Deadline deadline);

/// Stores, reads and removes an object of its own, aborts left-overs; says what was found.
Result<std::string> probe_bucket(const Bucket& bucket);

}  // namespace oidor::blobs::s3
