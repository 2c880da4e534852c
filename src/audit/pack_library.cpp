#include "audit/pack_library.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "audit/embedded.hpp"

namespace oidor::audit {

bool PackLibrary::add_carried(PhrasePack pack) {
    auto id = pack.id;
    return carried_.emplace(std::move(id), std::move(pack)).second;
}

Result<PhrasePack> PackLibrary::read(const std::string& name) const {
    if (const auto carried = carried_.find(name); carried != carried_.end()) {
        return carried->second;
    }
    if (!is_pack_path(name)) {
        for (const auto& file : phrase_packs()) {
            if (file.name == name) {
                return parse_phrase_pack(file.bytes, fmt::format("scorecards/packs/{}.toml", name),
                                         limits_);
            }
        }
        std::vector<std::string> known;
        for (const auto& file : phrase_packs()) {
            known.emplace_back(file.name);
        }
        for (const auto& [id, pack] : carried_) {
            known.push_back(id);
        }
        return fail(ErrorCode::Invalid, "there is no pack `{}`{}", name, suggestion(name, known));
    }
    if (!reader_) {
        return fail(ErrorCode::Invalid,
                    "`{}` is a file beside the scorecard, which cannot be read from here: publish "
                    "the scorecard from the command line, which puts it in",
                    name);
    }
    TRY_ASSIGN(const auto bytes, reader_(name));
    TRY_ASSIGN(auto pack, parse_phrase_pack(bytes, name, limits_));
    pack.id = name;
    pack.sha256.clear();
    return pack;
}

Result<const PhrasePack*> PackLibrary::load(const std::string& name) {
    if (const auto known = used_.find(name); known != used_.end()) {
        return &known->second;
    }
    if (used_.size() >= limits_.packs_max) {
        return fail(ErrorCode::Invalid, "more than {} packs", limits_.packs_max);
    }
    TRY_ASSIGN(auto pack, read(name));
    if (pack.sha256.empty()) {
        pack.sha256 = pack_sha256(pack);
    }
    return &used_.emplace(name, std::move(pack)).first->second;
}

Result<void> PackLibrary::collect(const std::string& name, std::string_view language,
                                  std::vector<std::string>& path,
                                  std::vector<const PhrasePack*>& found) {
    const bool again = std::ranges::find(path, name) != path.end();
    path.push_back(name);
    if (again) {
        return fail(ErrorCode::Invalid, "includes itself: {}", fmt::join(path, " → "));
    }
    TRY_ASSIGN(const auto* const pack, load(name));
    if (pack->language != language) {
        return fail(ErrorCode::Invalid, "`{}` is of language `{}`, the scorecard of `{}`", name,
                    pack->language, language);
    }
    if (std::ranges::find(found, pack) == found.end()) {
        found.push_back(pack);
        for (const auto& included : pack->include) {
            TRY(collect(included, language, path, found));
        }
    }
    path.pop_back();
    return {};
}

Result<std::vector<const PhrasePack*>> PackLibrary::find(const std::string& name,
                                                         std::string_view language) {
    std::vector<const PhrasePack*> found;
    std::vector<std::string> path;
    TRY(collect(name, language, path, found));
    return found;
}

}  // namespace oidor::audit
