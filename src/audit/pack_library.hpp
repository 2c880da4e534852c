// Where a scorecard's phrase packs come from: carried by itself, read by path, shipped; for this
// room alone.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "audit/phrase_pack.hpp"
#include "audit/toml_reader.hpp"

namespace oidor::audit {

/// Reads one pack's table; faults are added.
PhrasePack read_pack(const toml::table& table, const std::string& where, Faults& faults,
                     const ScorecardLimits& limits);

/// The packs of one scorecard while it is read. One caller at a time.
class PackLibrary {
  public:
    PackLibrary(const ScorecardLimits& limits, PackReader reader)
        : limits_(limits), reader_(std::move(reader)) {}

    /// A pack that the scorecard carries. False when there is one of that id already.
    bool add_carried(PhrasePack pack);
    [[nodiscard]] bool carries(const std::string& name) const { return carried_.contains(name); }

    /// The pack and all that it includes, itself first, each once. Errors: Invalid: no such pack
    /// (with the nearest), one that includes itself, one of another language, a faulty one.
    Result<std::vector<const PhrasePack*>> find(const std::string& name, std::string_view language);

    /// Those that were found, by id.
    [[nodiscard]] const std::map<std::string, PhrasePack>& used() const { return used_; }

  private:
    Result<const PhrasePack*> load(const std::string& name);
    Result<PhrasePack> read(const std::string& name) const;
    Result<void> collect(const std::string& name, std::string_view language,
                         std::vector<std::string>& path, std::vector<const PhrasePack*>& found);

    const ScorecardLimits& limits_;
    PackReader reader_;
    std::map<std::string, PhrasePack> carried_;
    std::map<std::string, PhrasePack> used_;
};

}  // namespace oidor::audit
