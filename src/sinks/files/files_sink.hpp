// Results as files of a folder: one for each table and day, CSV or JSON Lines.
#pragma once

#include <filesystem>
#include <memory>

#include "config/spec.hpp"
#include "sinks/sink.hpp"

namespace oidor::sinks::files {

/// What `sinks.<name>` may set beside what every sink has.
struct FilesConfig {
    std::string folder = {};
    std::string format = "csv";  ///< `csv` or `jsonl`.
};
const config::Spec<FilesConfig>& files_spec();

const Capabilities& files_capabilities();

/// Nothing is touched before the first call. `<folder>/<table>/<day>.<format>`; rows lie in the
/// order in which they first came. Each file is read, changed and replaced whole under a lock on
/// the folder, so that several processes may have it open.
std::unique_ptr<Sink> make_files_sink(const FilesConfig& config);

}  // namespace oidor::sinks::files
