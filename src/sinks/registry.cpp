// Adding a kind of sink is its folder and one line here.
#include "sinks/registry.hpp"

#include <algorithm>

#include "sinks/files/files_sink.hpp"

namespace oidor::sinks {
namespace {

std::vector<Kind> make_kinds() {
    return {{.capabilities = &files::files_capabilities(),
             .settings = config::to_sink_kind(files::files_spec()),
             .open = [](const config::Values& values) -> Result<std::unique_ptr<Sink>> {
                 return files::make_files_sink(files::files_spec().read(values));
             }}};
}

}  // namespace

const std::vector<Kind>& all_kinds() {
    static const auto kinds = make_kinds();
    return kinds;
}

const Kind* find_kind(std::string_view kind) {
    const auto& kinds = all_kinds();
    const auto found = std::ranges::find_if(
        kinds, [kind](const Kind& one) { return one.capabilities->kind == kind; });
    return found != kinds.end() ? &*found : nullptr;
}

std::vector<config::SinkKind> list_kind_settings() {
    std::vector<config::SinkKind> kinds;
    for (const auto& kind : all_kinds()) {
        kinds.push_back(kind.settings);
    }
    return kinds;
}

Result<std::unique_ptr<Sink>> open_sink(const config::SinkSettings& settings) {
    const auto* kind = find_kind(settings.common.kind);
    if (kind == nullptr) {
        return fail(ErrorCode::Unsupported, "sink {}: this version has no sinks of this kind",
                    settings.name);
    }
    return kind->open(settings.values);
}

}  // namespace oidor::sinks
