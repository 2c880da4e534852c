// Where in its file a part of a scorecard stands.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace oidor::proving {

/// Lines of a scorecard's TOML; zero for what is not in the file itself (a pack's phrase has the
/// line of its criterion's `packs`). A value.
class SourceMap {
  public:
    /// Bytes that are no TOML give an empty map: whoever parsed them has said so.
    explicit SourceMap(std::string_view toml);

    /// Of a criterion by its place, of one of its keys, of one of the texts in a list of it.
    [[nodiscard]] std::size_t criterion(std::size_t index) const;
    [[nodiscard]] std::size_t key(std::size_t index, std::string_view key) const;
    [[nodiscard]] std::size_t text(std::size_t index, std::string_view key,
                                   std::string_view text) const;
    [[nodiscard]] std::size_t element(std::size_t index, std::string_view key,
                                      std::size_t element) const;
    /// One text of a list, as the file has it.
    struct Text {
        std::string text = {};
        std::size_t line = 0;
    };
    /// All texts of a list of a criterion, those that the parser takes for one included.
    [[nodiscard]] std::vector<Text> list(std::size_t index, std::string_view key) const;

  private:
    std::map<std::size_t, std::size_t> criteria_ = {};
    std::map<std::pair<std::size_t, std::string>, std::size_t> keys_ = {};
    std::map<std::pair<std::size_t, std::string>, std::size_t> texts_ = {};
    std::map<std::pair<std::size_t, std::string>, std::vector<Text>> lists_ = {};
};

}  // namespace oidor::proving
