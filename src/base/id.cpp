#include "base/id.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <span>
#include <string_view>

#include <openssl/rand.h>

#include "base/assert.hpp"

namespace oidor {
namespace {

/// The 60 bits of time and counter of the last id: 48 bits of milliseconds, 12 bits that count
/// within one.
struct Sequence {
    std::mutex mutex;
    std::uint64_t last = 0;
};

std::uint64_t next_sequence() {
    static Sequence sequence;
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    const std::uint64_t candidate = static_cast<std::uint64_t>(now.count()) << 12U;
    const std::lock_guard lock(sequence.mutex);
    sequence.last = std::max(sequence.last + 1, candidate);
    return sequence.last;
}

/// Asking the generator costs more than everything else about an id: each thread asks for many at
/// once.
void take_random(std::span<std::uint8_t, 8> bytes) {
    constexpr std::size_t kAtOnce = 512;
    static thread_local std::string stock;
    if (stock.empty()) {
        stock = random_bytes(kAtOnce);
    }
    const auto taken = std::string_view(stock).substr(stock.size() - bytes.size());
    std::ranges::copy(taken, bytes.begin());
    stock.resize(stock.size() - bytes.size());
}

}  // namespace

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    ASSERT(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) == 1,
           "the system's generator is seeded");
    return bytes;
}

Uuid make_uuid7() {
    const std::uint64_t sequence = next_sequence();
    const std::uint64_t time = sequence >> 12U;
    Uuid uuid;
    for (unsigned i = 0; i < 6; ++i) {
        uuid.bytes[i] = static_cast<std::uint8_t>(time >> (40U - 8U * i));
    }
    uuid.bytes[6] = static_cast<std::uint8_t>(0x70U | ((sequence >> 8U) & 0x0FU));
    uuid.bytes[7] = static_cast<std::uint8_t>(sequence & 0xFFU);
    take_random(std::span(uuid.bytes).last<8>());
    uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3FU) | 0x80U);
    return uuid;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
    Uuid uuid;
    if (text.size() != 36) {
        return std::nullopt;
    }
    std::size_t digits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (c != '-') {
                return std::nullopt;
            }
            continue;
        }
        const char lower = static_cast<char>(c | 0x20);
        int value = -1;
        if (c >= '0' && c <= '9') {
            value = c - '0';
        } else if (lower >= 'a' && lower <= 'f') {
            value = lower - 'a' + 10;
        }
        if (value < 0) {
            return std::nullopt;
        }
        auto& byte = uuid.bytes[digits / 2];
        byte = static_cast<std::uint8_t>(byte * 16 + value);
        ++digits;
    }
    return uuid;
}

std::string format_uuid(const Uuid& uuid) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            text.push_back('-');
        }
        text.push_back(kDigits[uuid.bytes[i] >> 4U]);
        text.push_back(kDigits[uuid.bytes[i] & 15U]);
    }
    return text;
}

namespace {

constexpr std::string_view kBase64url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

std::string to_base64url(std::string_view bytes) {
    std::string text;
    std::uint32_t buffer = 0;
    unsigned bits = 0;
    for (const char c : bytes) {
        buffer = (buffer << 8U) | static_cast<std::uint8_t>(c);
        bits += 8;
        while (bits >= 6) {
            bits -= 6;
            text.push_back(kBase64url[(buffer >> bits) & 63U]);
        }
    }
    if (bits > 0) {
        text.push_back(kBase64url[(buffer << (6 - bits)) & 63U]);
    }
    return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t buffer = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const auto letter = kBase64url.find(c);
        if (letter == std::string_view::npos) {
            return std::nullopt;
        }
        buffer = (buffer << 6U) | static_cast<std::uint32_t>(letter);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes.push_back(static_cast<char>(buffer >> bits & 0xFFU));
        }
    }
    const bool whole = bits < 6 && (buffer & ((1U << bits) - 1U)) == 0;
    return whole ? std::optional(std::move(bytes)) : std::nullopt;
}

}  // namespace oidor
