// What every backend must do as a source and a target of whole stores.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "store/copying.hpp"
#include "store/store.hpp"
#include "store/tables.hpp"

namespace oidor::store {

/// How places of a backend are made and opened.
struct TablesBackend {
    /// One place, empty at first; it goes with the object.
    struct Place {
        virtual ~Place() = default;
        virtual Result<std::unique_ptr<TableSource>> source(Hold hold) = 0;
        virtual Result<std::unique_ptr<TableTarget>> target() = 0;
        virtual Result<std::unique_ptr<Store>> store(bool may_be_unfinished = false) = 0;
        /// Runs a statement as an operator would.
        virtual void execute(const std::string& statement) = 0;

        SystemClock clock = {};
    };
    std::string name = {};
    std::function<std::unique_ptr<Place>()> make_place = {};
};

class TablesContract : public testing::TestWithParam<TablesBackend> {
  protected:
    using Place = TablesBackend::Place;
    std::unique_ptr<Place> make_place() { return GetParam().make_place(); }
    /// A place with the sample rows in it.
    std::unique_ptr<Place> make_filled();
};

}  // namespace oidor::store
