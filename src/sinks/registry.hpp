// All kinds of sinks of this build.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "sinks/sink.hpp"

namespace oidor::sinks {

/// One kind: what it is, which settings it has of its own, how one is opened.
struct Kind {
    const Capabilities* capabilities = nullptr;
    config::SinkKind settings = {};
    Result<std::unique_ptr<Sink>> (*open)(const config::Values& values) = nullptr;
};

const std::vector<Kind>& all_kinds();
/// Null for an unknown one.
const Kind* find_kind(std::string_view kind);
/// The kinds as the configuration knows them.
std::vector<config::SinkKind> list_kind_settings();

/// A sink from its settings, which the configuration checked. Errors: Unsupported (no such kind),
/// those of the kind.
Result<std::unique_ptr<Sink>> open_sink(const config::SinkSettings& settings);

}  // namespace oidor::sinks
