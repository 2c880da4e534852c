#include "store/tables.hpp"

#include <cstring>

namespace oidor::store {
namespace {

enum Tag : char { Null = 0, Integer = 1, Text = 2, Raw = 3 };

void append_number(std::string& bytes, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
        bytes += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
    }
}

std::uint64_t read_number(std::string_view bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i > 0; --i) {
        value = value << 8U | static_cast<unsigned char>(bytes[i - 1]);
    }
    return value;
}

struct Append {
    std::string& bytes;
    void operator()(std::nullptr_t) const { bytes += static_cast<char>(Null); }
    void operator()(std::int64_t value) const {
        bytes += static_cast<char>(Integer);
        append_number(bytes, static_cast<std::uint64_t>(value), 8);
    }
    void operator()(std::string_view text) const { append_content(Text, text); }
    void operator()(Bytes raw) const { append_content(Raw, raw.bytes); }

  private:
    void append_content(Tag tag, std::string_view content) const {
        bytes += static_cast<char>(tag);
        append_number(bytes, content.size(), 4);
        bytes += content;
    }
};

/// Cuts `size` bytes from the front; nothing when there are fewer.
std::optional<std::string_view> cut(std::string_view& bytes, std::size_t size) {
    if (bytes.size() < size) {
        return std::nullopt;
    }
    const auto front = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return front;
}

std::optional<Value> take_value(std::string_view& bytes) {
    const auto tag = cut(bytes, 1);
    if (!tag || tag->front() < Null || tag->front() > Raw) {
        return std::nullopt;
    }
    if (tag->front() == Null) {
        return Value(nullptr);
    }
    const auto number = cut(bytes, tag->front() == Integer ? 8 : 4);
    if (!number) {
        return std::nullopt;
    }
    if (tag->front() == Integer) {
        return Value(static_cast<std::int64_t>(read_number(*number)));
    }
    const auto content = cut(bytes, read_number(*number));
    if (!content) {
        return std::nullopt;
    }
    return tag->front() == Text ? Value(*content) : Value(Bytes{*content});
}

}  // namespace

std::string_view format(ColumnKind kind) {
    switch (kind) {
        case ColumnKind::Integer: return "integer";
        case ColumnKind::Text: return "text";
        case ColumnKind::Bytes: return "bytes";
    }
    return "";
}

std::optional<ColumnKind> parse_column_kind(std::string_view text) {
    for (const auto kind : {ColumnKind::Integer, ColumnKind::Text, ColumnKind::Bytes}) {
        if (format(kind) == text) {
            return kind;
        }
    }
    return std::nullopt;
}

void append_row(std::string& bytes, TableRow row) {
    for (const auto& value : row) {
        std::visit(Append{bytes}, value);
    }
}

Result<void> take_row(std::string_view& bytes, std::span<Value> row) {
    for (auto& place : row) {
        const auto value = take_value(bytes);
        if (!value) {
            return fail(ErrorCode::Corrupt, "a row is not whole");
        }
        place = *value;
    }
    return {};
}

void TableDigest::add(TableRow row) {
    ++rows_;
    std::string bytes;
    append_row(bytes, row);
    const auto hash = sha256(bytes);
    for (std::size_t lane = 0; lane < sum_.size(); ++lane) {
        std::uint64_t part = 0;
        std::memcpy(&part, hash.data() + lane * sizeof(part), sizeof(part));
        sum_[lane] += part;
    }
}

}  // namespace oidor::store
