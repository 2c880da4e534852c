#include "cli/drafts.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "audit/embedded.hpp"
#include "proving/embedded.hpp"

namespace oidor::cli {
namespace {

namespace fs = std::filesystem;

Result<std::string> read_file(const std::string& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
        return fail(ErrorCode::Invalid, "{}: a folder, not a file", path);
    }
    std::ifstream stream(path, std::ios::binary);
    if (!stream) {
        return fs::exists(path, error)
                   ? fail(ErrorCode::Forbidden, "{}: cannot be opened: check its permissions", path)
                   : fail(ErrorCode::NotFound, "{}: no such file", path);
    }
    std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    if (stream.bad()) {
        return fail(ErrorCode::Unavailable, "{}: cannot be read to its end", path);
    }
    return bytes;
}

bool looks_like_file(const std::string& name) {
    std::error_code error;
    return name.contains('/') || name.ends_with(".toml") || fs::is_regular_file(name, error);
}

Result<Draft> read_draft_file(const std::string& path) {
    Draft draft{.path = path, .is_file = true};
    TRY_ASSIGN(draft.toml, read_file(path));
    TRY_ASSIGN(draft.scorecard,
               audit::parse_scorecard(draft.toml, path, {}, pack_reader_beside(path)));
    return draft;
}

}  // namespace

audit::PackReader pack_reader_beside(const std::string& scorecard_path) {
    return [folder = fs::path(scorecard_path).parent_path()](const std::string& name) {
        return read_file((folder / name).string());
    };
}

Result<Draft> read_draft(const std::string& name) {
    if (looks_like_file(name)) {
        return read_draft_file(name);
    }
    TRY_ASSIGN(auto scorecard, audit::get_shipped_scorecard(name));
    const auto shipped = audit::shipped_scorecards();
    const auto file = std::ranges::find(shipped, name, &EmbeddedFile::name);
    return Draft{.path = fmt::format("scorecards/{}.toml", name),
                 .toml = std::string(file->bytes),
                 .scorecard = std::move(scorecard)};
}

Result<Draft> read_draft(const std::string& name, const store::Directory& directory) {
    if (looks_like_file(name)) {
        return read_draft_file(name);
    }
    const auto at = name.find('@');
    std::optional<int> version;
    if (at != std::string::npos) {
        int number = 0;
        const auto* end = name.data() + name.size();
        const auto read = std::from_chars(name.data() + at + 1, end, number);
        if (read.ec != std::errc() || read.ptr != end || number < 1) {
            return fail(ErrorCode::Invalid, "{}: expected a version behind the @, from 1", name);
        }
        version = number;
    }
    TRY_ASSIGN(auto found, directory.find_scorecard(name.substr(0, at), version));
    if (!found) {
        return fail(ErrorCode::NotFound, "no scorecard {}: oidor scorecard list shows them", name);
    }
    Draft draft{.path = fmt::format("{}@{}", found->id, found->version),
                .toml = std::move(found->toml)};
    TRY_ASSIGN(draft.scorecard, audit::parse_scorecard(draft.toml, draft.path));
    return draft;
}

std::string examples_path_of(const Draft& draft) {
    const fs::path path(draft.path);
    return (path.parent_path() / "examples" / path.filename()).string();
}

Result<std::vector<proving::ProvingExample>> read_examples(
    const Draft& draft, const std::optional<std::string>& examples_path) {
    auto examples = proving::examples_inside(draft.scorecard, draft.path);
    std::string path = examples_path.value_or(examples_path_of(draft));
    std::string bytes;
    std::error_code error;
    const auto shipped = proving::shipped_examples();
    const auto embedded = std::ranges::find(shipped, draft.scorecard.id, &EmbeddedFile::name);
    if (examples_path || (draft.is_file && fs::exists(path, error))) {
        TRY_ASSIGN(bytes, read_file(path));
    } else if (!draft.is_file && embedded != shipped.end()) {
        bytes = embedded->bytes;
    } else {
        return examples;
    }
    TRY_ASSIGN(auto beside, proving::parse_examples(bytes, path, draft.scorecard));
    std::ranges::move(beside, std::back_inserter(examples));
    return examples;
}

}  // namespace oidor::cli
