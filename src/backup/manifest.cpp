#include "backup/manifest.hpp"

#include <boost/json.hpp>

#include "base/json.hpp"
#include "base/sha256.hpp"

namespace oidor::backup {
namespace {

constexpr std::string_view kDamaged =
    "the list of parts (manifest.json) is damaged: use another state or copy of the backup";

json::array to_json(const std::vector<std::string>& texts) {
    json::array array;
    for (const auto& text : texts) {
        array.emplace_back(text);
    }
    return array;
}

json::object to_json(const SavedTable& table) {
    json::array columns;
    for (const auto& column : table.columns) {
        columns.emplace_back(
            json::object{{"name", column.name}, {"kind", store::format(column.kind)}});
    }
    json::array parts;
    for (const auto& part : table.parts) {
        parts.emplace_back(json::object{{"file", part.file},
                                        {"rows", part.rows},
                                        {"size_bytes", part.size_bytes},
                                        {"raw_bytes", part.raw_bytes},
                                        {"sha256", part.sha256}});
    }
    return {{"name", table.name},
            {"columns", std::move(columns)},
            {"rows", table.rows},
            {"parts", std::move(parts)}};
}

/// Reads members that must be there; what is missing is said once, at the end.
class Reader {
  public:
    explicit Reader(const json::object& object) : object_(object) {}

    std::string text(std::string_view key) { return must(find_string(object_, key)); }
    std::int64_t number(std::string_view key) { return must(find_int64(object_, key)); }
    std::vector<std::string> texts(std::string_view key) {
        std::vector<std::string> found;
        for (const auto& value : array(key)) {
            complete_ = complete_ && value.is_string();
            found.emplace_back(value.is_string() ? std::string(value.as_string()) : "");
        }
        return found;
    }
    template <typename Read>
    auto objects(std::string_view key, const Read& read) {
        std::vector<decltype(read(std::declval<Reader&>()))> found;
        for (const auto& value : array(key)) {
            if (!value.is_object()) {
                complete_ = false;
                continue;
            }
            Reader inner(value.as_object());
            found.push_back(read(inner));
            complete_ = complete_ && inner.complete_;
        }
        return found;
    }
    [[nodiscard]] bool complete() const { return complete_; }

  private:
    template <typename T>
    T must(std::optional<T> value) {
        complete_ = complete_ && value.has_value();
        return value ? *std::move(value) : T{};
    }
    const json::array& array(std::string_view key) {
        static const json::array kNone;
        const auto* found = find_array(object_, key);
        complete_ = complete_ && found != nullptr;
        return found != nullptr ? *found : kNone;
    }

    const json::object& object_;
    bool complete_ = true;
};

SavedTable read_table(Reader& reader) {
    SavedTable table;
    table.name = reader.text("name");
    table.rows = reader.number("rows");
    table.columns = reader.objects("columns", [](Reader& column) {
        const auto kind = store::parse_column_kind(column.text("kind"));
        return store::Column{.name = column.text("name"),
                             .kind = kind.value_or(store::ColumnKind::Bytes)};
    });
    table.parts = reader.objects("parts", [](Reader& part) {
        return Part{.file = part.text("file"),
                    .rows = part.number("rows"),
                    .size_bytes = part.number("size_bytes"),
                    .raw_bytes = part.number("raw_bytes"),
                    .sha256 = part.text("sha256")};
    });
    return table;
}

}  // namespace

std::string format_manifest(const Manifest& manifest) {
    json::array tables;
    for (const auto& table : manifest.tables) {
        tables.emplace_back(to_json(table));
    }
    json::object object = {{"format", kFormat},
                           {"made_at", manifest.made_at},
                           {"program", manifest.program},
                           {"backend", manifest.backend},
                           {"schema_version", manifest.schema_version},
                           {"tables", std::move(tables)},
                           {"blobs", json::array{to_json(manifest.blobs)}},
                           {"blob_bytes", manifest.blob_bytes},
                           {"absent", to_json(manifest.absent)},
                           {"damaged", to_json(manifest.damaged)}};
    object["sha256"] = sha256_hex(canonical_json(object));
    return format_json(object) + "\n";
}

Result<Manifest> parse_manifest(std::string_view text) {
    auto value = parse_json(text);
    if (!value || !value->is_object()) {
        return fail(ErrorCode::Corrupt, "{}", kDamaged);
    }
    auto& object = value->as_object();
    const auto format = find_int64(object, "format");
    if (format && *format > kFormat) {
        return fail(
            ErrorCode::Unsupported,
            "the backup has format {}, this program reads {}: use the version that wrote it "
            "({}) or a newer one",
            *format, kFormat, find_string(object, "program").value_or("unknown"));
    }
    const auto hash = find_string(object, "sha256");
    object.erase("sha256");
    if (format != kFormat || !hash || *hash != sha256_hex(canonical_json(object))) {
        return fail(ErrorCode::Corrupt, "{}", kDamaged);
    }
    Reader reader(object);
    Manifest manifest;
    manifest.made_at = reader.text("made_at");
    manifest.program = reader.text("program");
    manifest.backend = reader.text("backend");
    manifest.schema_version = static_cast<int>(reader.number("schema_version"));
    manifest.tables = reader.objects("tables", read_table);
    auto blobs = reader.objects("blobs", read_table);
    manifest.blob_bytes = reader.number("blob_bytes");
    manifest.absent = reader.texts("absent");
    manifest.damaged = reader.texts("damaged");
    if (!reader.complete() || blobs.size() != 1) {
        return fail(ErrorCode::Corrupt, "{}", kDamaged);
    }
    manifest.blobs = std::move(blobs.front());
    return manifest;
}

}  // namespace oidor::backup
