// What every blob store must do: one suite, run over each by a few lines in its folder.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "blobs/blob_store.hpp"

namespace oidor::blobs {

/// How a blob store is opened; the same folder again gives the same blobs.
struct BlobBackend {
    std::string name = {};
    std::function<Result<std::unique_ptr<BlobStore>>(const std::filesystem::path& folder)> open =
        {};
};

/// A blob store in a folder of its own.
class BlobContract : public testing::TestWithParam<BlobBackend> {
  protected:
    void SetUp() override;
    void TearDown() override;

    void reopen();
    BlobStore& blobs() { return *blobs_; }
    /// Stores bytes whole.
    Result<BlobInfo> put(const std::string& bytes);

    std::filesystem::path folder_ = {};

  private:
    std::unique_ptr<BlobStore> blobs_ = {};
};

}  // namespace oidor::blobs
