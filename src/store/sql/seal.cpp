#include "store/sql/seal.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace oidor::store::sql {
namespace {

constexpr std::chrono::seconds kAskedAgainAfter{1};

Result<bool> has_any(Connection& connection) {
    return connection.first("SELECT 1 FROM tombstones LIMIT 1", [](const Row&) {});
}

}  // namespace

void Seal::use(SealKeySource source) {
    state_.with([&source](State& state) { state = {.source = std::move(source)}; });
}

bool Seal::has_key() const {
    return state_.with([](const State& state) { return state.key != nullptr; });
}

Seal::Key Seal::find_key() {
    const auto now = std::chrono::steady_clock::now();
    std::function<Result<std::optional<Secret>>()> find;
    auto known = state_.with([&](State& state) {
        if (state.key == nullptr && now - state.asked_at >= kAskedAgainAfter) {
            state.asked_at = now;
            find = state.source.find;
        }
        return state.key;
    });
    if (known != nullptr || !find) {
        return known;
    }
    const auto found = find();
    if (!found || !*found) {
        return nullptr;
    }
    auto key = std::make_shared<const Secret>(**found);
    state_.with([&key](State& state) { state.key = key; });
    return key;
}

std::optional<Sha256> Seal::find_hash(std::string_view kind,
                                      std::initializer_list<std::string_view> parts) {
    const auto key = find_key();
    if (key == nullptr) {
        return std::nullopt;
    }
    // No part can hold the byte between them: ids from outside have no control characters.
    std::string text(kind);
    for (const auto part : parts) {
        text.push_back('\0');
        text += part;
    }
    const auto bytes = key->reveal();
    Sha256 hash = {};
    unsigned int size = 0;
    HMAC(EVP_sha256(), bytes.data(), static_cast<int>(bytes.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data(), &size);
    return hash;
}

std::optional<Sha256> Seal::find_hash(const ConversationKey& key) {
    return find_hash(kConversationTombstone,
                     {key.source, key.account, format(key.channel), key.external_id});
}

Result<void> Seal::need() {
    if (find_key() != nullptr) {
        return {};
    }
    const auto make = state_.with([](const State& state) { return state.source.make; });
    if (!make) {
        return fail(ErrorCode::Unavailable,
                    "erase: no seal key: set seal_key_file to a file outside data_dir");
    }
    TRY_ASSIGN(auto made, make());
    state_.with(
        [&made](State& state) { state.key = std::make_shared<const Secret>(std::move(made)); });
    return {};
}

Result<bool> is_tombstoned(Connection& connection, Seal& seal, const ConversationKey& key) {
    if (!seal.has_key()) {
        TRY_ASSIGN(const bool any, has_any(connection));
        if (!any) {
            return false;
        }
    }
    const auto hash = seal.find_hash(key);
    if (!hash) {
        return false;
    }
    return connection.first(
        "SELECT 1 FROM tombstones WHERE kind = 'conversation' AND identity_hash = ?",
        [](const Row&) {}, *hash);
}

Result<void> insert_tombstone(WriteContext& context, std::string_view kind, const Sha256& hash) {
    // The later erasure counts: what began before it goes.
    TRY(context.connection.run(
        "INSERT INTO tombstones (kind, identity_hash, erased_at) VALUES (?, ?, ?) "
        "ON CONFLICT (kind, identity_hash) DO UPDATE SET erased_at = excluded.erased_at",
        kind, hash, context.now));
    return {};
}

Result<void> note_key(WriteContext& context, Seal& seal) {
    const auto hash = seal.find_hash(kKeyTombstone, {});
    if (!hash) {
        return fail(ErrorCode::Unavailable,
                    "erase: no seal key: set seal_key_file to a file outside data_dir");
    }
    bool known = false;
    TRY(context.connection.each("SELECT identity_hash FROM tombstones WHERE kind = 'key'",
                                [&](const Row& row) { known = known || row.sha256(0) == *hash; }));
    TRY_ASSIGN(const bool any, has_any(context.connection));
    if (any && !known) {
        return fail(ErrorCode::Conflict,
                    "erase: earlier erasures were made with another seal key: put that file back "
                    "(seal_key_file)");
    }
    return known ? Result<void>() : insert_tombstone(context, kKeyTombstone, *hash);
}

}  // namespace oidor::store::sql
