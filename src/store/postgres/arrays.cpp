#include "store/postgres/arrays.hpp"

#include "store/postgres/text.hpp"

namespace oidor::store::postgres {
namespace {

constexpr std::size_t kCountAt = 12;
constexpr std::uint32_t kNull = 0xFFFFFFFF;

}  // namespace

Array::Array(Element element) : element_(element) {
    append32(1);  // One dimension.
    append32(1);  // There may be nulls.
    append32(static_cast<std::uint32_t>(element));
    append32(0);  // How many; counted up.
    append32(1);  // The first has the number one.
}

void Array::put32(std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) {
        bytes_[at + i] = static_cast<char>(static_cast<unsigned char>(value >> (24 - 8 * i)));
    }
}

void Array::append32(std::uint32_t value) {
    bytes_.append(4, '\0');
    put32(bytes_.size() - 4, value);
}

void Array::count_one() { put32(kCountAt, ++count_); }

void Array::add(std::int64_t value) {
    append32(8);
    append32(static_cast<std::uint32_t>(static_cast<std::uint64_t>(value) >> 32U));
    append32(static_cast<std::uint32_t>(static_cast<std::uint64_t>(value)));
    count_one();
}

void Array::add(std::string_view bytes) {
    const auto escaped = element_ == Element::Text ? escape_text(bytes) : std::nullopt;
    const std::string_view stored = escaped ? std::string_view(*escaped) : bytes;
    append32(static_cast<std::uint32_t>(stored.size()));
    bytes_ += stored;
    count_one();
}

void Array::add_null() {
    append32(kNull);
    count_one();
}

}  // namespace oidor::store::postgres
