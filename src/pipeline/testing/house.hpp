// A small house for tests: a real SQLite store and real blobs in a temporary folder, a clock that
// stands still.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <future>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "base/sha256.hpp"
#include "base/time_zone.hpp"
#include "blobs/blob_store.hpp"
#include "connectors/connector.hpp"
#include "pipeline/account_options.hpp"
#include "pipeline/testing/anura_delivery.hpp"
#include "store/store.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor::pipeline::testing {

/// The value of a result that must be one.
template <typename T>
T must(Result<T> result) {
    if (!result) {
        ADD_FAILURE() << result.error().message;
        std::abort();
    }
    return std::move(result).value();
}
inline void must(const Result<void>& result) { ASSERT_TRUE(result) << result.error().message; }

/// Keeps what telemetry says.
struct Lines final : telemetry::LineWriter {
    void write(std::string_view line) override { text += line; }
    std::string text = {};
};

/// One house; each test has its own.
class House : public ::testing::Test {
  protected:
    House() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "oidor-house-XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
        store_ = must(store::open_sqlite_store({.path = folder_ / "oidor.db"}, clock_));
        blobs_ = must(blobs::open_filesystem_blobs(folder_ / "blobs"));
    }
    ~House() override {
        store_.reset();
        blobs_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    /// Keeps one Anura event as the intake would; the conversation's id.
    ConversationId keep(const std::string& body) {
        auto events = read_anura_delivery(body, "America/Argentina/Buenos_Aires", clock_.now());
        std::promise<Result<std::vector<store::EventReceipt>>> done;
        store_->inbox().keep(std::move(events),
                             [&done](auto receipts) { done.set_value(std::move(receipts)); });
        const auto receipts = must(done.get_future().get());
        return receipts.at(0).conversation;
    }

    store::ConversationRow row(ConversationId id) {
        return *must(store_->conversations().find_conversation(id));
    }

    AccountLookup accounts() {
        return [this](std::string_view, std::string_view) { return options_; };
    }

    ManualClock clock_{*parse_rfc3339("2026-02-10T15:00:00Z")};
    /// What a metric of Anura says.
    double metric(telemetry::Metric name) const {
        return telemetry_.value(name, {.source = "anura"});
    }

    Lines lines_ = {};
    telemetry::Telemetry telemetry_{
        {.level = telemetry::Level::Debug, .sources = {"anura"}, .engines = {}}, clock_, lines_};
    std::filesystem::path folder_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<blobs::BlobStore> blobs_;
    AccountOptions options_{.country = "AR", .time_zone = "America/Argentina/Buenos_Aires"};
};

}  // namespace oidor::pipeline::testing
