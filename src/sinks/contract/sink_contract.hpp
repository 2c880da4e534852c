// What every sink must do: one suite, run over each by a few lines in its folder.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sinks/sink.hpp"

namespace oidor::sinks {

/// A row as the sink holds it: by column, each value as JSON.
using HeldValues = std::map<std::string, std::string>;

/// How a sink is opened, and how a test reads what it holds. The same folder again gives the same
/// sink. What the sink changes on purpose (CSV has no types) `read` changes back.
struct SinkBackend {
    std::string name = {};
    std::function<Result<std::unique_ptr<Sink>>(const std::filesystem::path& folder)> open = {};
    std::function<std::vector<HeldValues>(const std::filesystem::path& folder, Table table)> read =
        {};
};

/// A sink in a folder of its own.
class SinkContract : public testing::TestWithParam<SinkBackend> {
  protected:
    void SetUp() override;
    void TearDown() override;

    void reopen();
    Sink& sink() { return *sink_; }
    Result<void> put(const std::vector<Row>& rows, const Turn& turn = {});
    /// What it holds of a table, by key; a key that is there twice fails the test.
    std::map<std::string, HeldValues> held(Table table);

    std::filesystem::path folder_ = {};

  private:
    std::unique_ptr<Sink> sink_ = {};
};

/// A row of a table with something in every column; `number` tells its values apart.
Row make_row(Table table, const std::string& key, int number = 1,
             const std::string& day = "2026-02-10");

}  // namespace oidor::sinks
