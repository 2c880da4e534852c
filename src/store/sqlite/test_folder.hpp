// A folder of a test's own, removed at its end.
#pragma once

#include <filesystem>

#include "base/id.hpp"

namespace oidor::store::sqlite {

struct TestFolder {
    TestFolder() { std::filesystem::create_directories(path); }
    ~TestFolder() { std::filesystem::remove_all(path); }
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;

    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("oidor-sqlite-" + format_uuid(make_uuid7()));
    [[nodiscard]] std::filesystem::path file() const { return path / "oidor.db"; }
};

}  // namespace oidor::store::sqlite
