#include "proving/source_map.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/toml_depth.hpp"

namespace oidor::proving {
namespace {

std::size_t find_line(const auto& lines, const auto& key) {
    const auto found = lines.find(key);
    return found != lines.end() ? found->second : 0;
}

std::string name_of(std::string_view key, std::string_view text) {
    return fmt::format("{}\n{}", key, text);
}

std::string place_of(std::string_view key, std::size_t element) {
    return fmt::format("{}[{}]", key, element);
}

}  // namespace

SourceMap::SourceMap(std::string_view toml) {
    if (find_deep_toml_line(toml)) {
        return;
    }
    try {
        const toml::table root = toml::parse(toml);
        const auto* criteria = root["criteria"].as_array();
        for (std::size_t i = 0; criteria != nullptr && i < criteria->size(); ++i) {
            const auto* table = (*criteria)[i].as_table();
            if (table == nullptr) {
                continue;
            }
            criteria_[i] = table->source().begin.line;
            for (const auto& [key, node] : *table) {
                keys_[{i, std::string(key.str())}] = key.source().begin.line;
                const auto* list = node.as_array();
                for (std::size_t e = 0; list != nullptr && e < list->size(); ++e) {
                    const auto line = (*list)[e].source().begin.line;
                    keys_[{i, place_of(key.str(), e)}] = line;
                    if (const auto* text = (*list)[e].as_string()) {
                        texts_.try_emplace({i, name_of(key.str(), text->get())}, line);
                        lists_[{i, std::string(key.str())}].push_back(
                            {.text = text->get(), .line = line});
                    }
                }
            }
        }
    } catch (const toml::parse_error&) {  // An empty map, as promised.
        criteria_.clear();
        keys_.clear();
        texts_.clear();
        lists_.clear();
    }
}

std::size_t SourceMap::criterion(std::size_t index) const { return find_line(criteria_, index); }

std::size_t SourceMap::key(std::size_t index, std::string_view key) const {
    const auto line = find_line(keys_, std::pair(index, std::string(key)));
    return line != 0 ? line : criterion(index);
}

std::size_t SourceMap::text(std::size_t index, std::string_view key, std::string_view text) const {
    const auto line = find_line(texts_, std::pair(index, name_of(key, text)));
    return line != 0 ? line : this->key(index, "packs");
}

std::size_t SourceMap::element(std::size_t index, std::string_view key, std::size_t element) const {
    const auto line = find_line(keys_, std::pair(index, place_of(key, element)));
    return line != 0 ? line : this->key(index, key);
}

std::vector<SourceMap::Text> SourceMap::list(std::size_t index, std::string_view key) const {
    const auto found = lists_.find(std::pair(index, std::string(key)));
    return found != lists_.end() ? found->second : std::vector<Text>();
}

}  // namespace oidor::proving
