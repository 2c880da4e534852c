#include "store/sql/keyring.hpp"

#include <algorithm>
#include <limits>

#include "store/sql/conversation_rows.hpp"

namespace oidor::store::sql {
namespace {

constexpr std::string_view kKeys =
    "SELECT id, name, prefix, key_sha256, scopes_json, campaigns_json, created_at, revoked_at "
    "FROM keys";

Result<KeyRow> to_key(const Row& row) {
    KeyRow key = {.id = row.id<KeyId>(0),
                  .name = row.text(1),
                  .prefix = row.text(2),
                  .key_sha256 = row.sha256(3),
                  .created_at = row.time(6),
                  .revoked_at = row.optional_time(7)};
    TRY_ASSIGN(key.scopes, parse_texts(row.view(4)));
    TRY_ASSIGN(key.campaigns, parse_texts(row.view(5)));
    return key;
}

template <typename... Args>
Result<std::vector<KeyRow>> read_keys(Readers& readers, const std::string& sql,
                                      const Args&... args) {
    return readers.with([&](Connection& connection) -> Result<std::vector<KeyRow>> {
        std::vector<KeyRow> keys;
        Result<void> outcome;
        TRY(connection.each(
            sql,
            [&](const Row& row) {
                auto key = to_key(row);
                if (key) {
                    keys.push_back(std::move(*key));
                } else {
                    outcome = fail(std::move(key).error());
                }
            },
            args...));
        TRY(outcome);
        return keys;
    });
}

template <typename... Args>
Result<std::optional<KeyRow>> read_key(Readers& readers, const std::string& sql,
                                       const Args&... args) {
    TRY_ASSIGN(auto keys, read_keys(readers, sql, args...));
    return keys.empty() ? std::optional<KeyRow>() : std::optional(std::move(keys.front()));
}

SessionRow to_session(const Row& row) {
    return {.token_sha256 = row.sha256(0),
            .key = row.id<KeyId>(1),
            .one_use = row.boolean(2),
            .expires_at = row.time(3)};
}

}  // namespace

Result<void> SqlKeyring::insert_key(const KeyRow& key) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY_ASSIGN(const bool taken, context.connection.first(
                                         "SELECT 1 FROM keys WHERE name = ? AND revoked_at IS NULL",
                                         [](const Row&) {}, key.name));
        if (taken) {
            return fail(ErrorCode::Conflict,
                        "key {}: there is one in force; choose another name or revoke it",
                        key.name);
        }
        TRY(context.connection.run(
            "INSERT INTO keys (id, name, prefix, key_sha256, scopes_json, campaigns_json, "
            "created_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            key.id, key.name, key.prefix, key.key_sha256, format_texts(key.scopes),
            format_texts(key.campaigns), key.created_at, key.revoked_at));
        return {};
    });
}

Result<std::optional<KeyRow>> SqlKeyring::find_key(const Sha256& key_sha256) const {
    return read_key(key_readers_, std::string(kKeys) + " WHERE key_sha256 = ?", key_sha256);
}

Result<std::optional<KeyRow>> SqlKeyring::find_key(KeyId id) const {
    return read_key(readers_, std::string(kKeys) + " WHERE id = ?", id);
}

Result<std::vector<KeyRow>> SqlKeyring::list_keys() const {
    return read_keys(readers_, std::string(kKeys) + " ORDER BY created_at, id");
}

Result<void> SqlKeyring::revoke_key(const std::string& name_or_id, Timestamp at) {
    const auto id = KeyId::parse(name_or_id);
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY_ASSIGN(const bool found, context.connection.first(
                                         "SELECT 1 FROM keys WHERE name = ? OR id = ?",
                                         [](const Row&) {}, name_or_id, id));
        if (!found) {
            return fail(ErrorCode::NotFound, "key {}: there is none", name_or_id);
        }
        // One that is revoked already keeps its time.
        TRY(context.connection.run(
            "UPDATE keys SET revoked_at = ? WHERE (name = ? OR id = ?) AND revoked_at IS NULL", at,
            name_or_id, id));
        // Nobody stays signed in with it.
        TRY(
            context.connection.run("DELETE FROM sessions WHERE key_id IN "
                                   "(SELECT id FROM keys WHERE revoked_at IS NOT NULL)"));
        return {};
    });
}

Result<void> SqlKeyring::add_key_uses(KeyId id, const std::string& day, std::int64_t uses) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        const auto added = context.connection.run(
            "INSERT INTO key_uses (key_id, day, uses) VALUES (?, ?, ?) "
            "ON CONFLICT (key_id, day) DO UPDATE SET uses = key_uses.uses + excluded.uses",
            id, day, uses);
        if (!added && added.error().code == ErrorCode::Conflict) {
            return fail(ErrorCode::NotFound, "key {}: there is none", id.text());
        }
        TRY(added);
        return {};
    });
}

Result<std::int64_t> SqlKeyring::count_key_uses(KeyId id, const std::string& day) const {
    return readers_.with([&](Connection& connection) -> Result<std::int64_t> {
        std::int64_t uses = 0;
        TRY(connection.first(
            "SELECT uses FROM key_uses WHERE key_id = ? AND day = ?",
            [&](const Row& row) { uses = row.int64(0); }, id, day));
        return uses;
    });
}

Result<void> SqlKeyring::insert_session(const SessionRow& session) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        const auto inserted = context.connection.run(
            "INSERT INTO sessions (token_sha256, key_id, one_use, expires_at) VALUES (?, ?, ?, ?)",
            session.token_sha256, session.key, session.one_use, session.expires_at);
        TRY(inserted);
        return {};
    });
}

Result<std::optional<SessionRow>> SqlKeyring::find_session(const Sha256& token_sha256,
                                                           Timestamp now) const {
    return readers_.with([&](Connection& connection) -> Result<std::optional<SessionRow>> {
        std::optional<SessionRow> session;
        TRY(connection.first(
            "SELECT token_sha256, key_id, one_use, expires_at FROM sessions "
            "WHERE token_sha256 = ? AND expires_at > ?",
            [&](const Row& row) { session = to_session(row); }, token_sha256, now));
        return session;
    });
}

Result<std::optional<SessionRow>> SqlKeyring::take_link(const Sha256& token_sha256, Timestamp now) {
    using Taken = std::optional<SessionRow>;
    return writer_.call<Taken>([&](WriteContext& context) -> Result<Taken> {
        Taken session;
        TRY(context.connection.each(
            "DELETE FROM sessions WHERE token_sha256 = ? AND one_use = 1 "
            "RETURNING token_sha256, key_id, one_use, expires_at",
            [&](const Row& row) { session = to_session(row); }, token_sha256));
        return session && session->expires_at > now ? session : Taken();
    });
}

Result<void> SqlKeyring::delete_session(const Sha256& token_sha256) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(context.connection.run("DELETE FROM sessions WHERE token_sha256 = ?", token_sha256));
        return {};
    });
}

Result<void> SqlKeyring::delete_expired_sessions(Timestamp now) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(context.connection.run("DELETE FROM sessions WHERE expires_at <= ?", now));
        return {};
    });
}

Result<void> SqlKeyring::append_access(const std::vector<AccessEntry>& entries) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        for (const auto& entry : entries) {
            TRY(context.connection.run(
                "INSERT INTO access_log (at, key_id, action, subject, address, status) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                entry.at, entry.key, entry.action, entry.subject, entry.address, entry.status));
        }
        return {};
    });
}

Result<std::vector<AccessEntry>> SqlKeyring::list_access(std::optional<std::int64_t> before,
                                                         int limit) const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<AccessEntry>> {
        std::vector<AccessEntry> entries;
        TRY(connection.each(
            "SELECT sequence, at, key_id, action, subject, address, status FROM access_log "
            "WHERE sequence < ? ORDER BY sequence DESC LIMIT ?",
            [&](const Row& row) {
                entries.push_back(
                    {.sequence = row.int64(0),
                     .at = row.time(1),
                     .key = row.is_null(2) ? std::nullopt : std::optional(row.id<KeyId>(2)),
                     .action = row.text(3),
                     .subject = row.text(4),
                     .address = row.text(5),
                     .status = row.int32(6)});
            },
            before.value_or(std::numeric_limits<std::int64_t>::max()), std::clamp(limit, 1, 500)));
        return entries;
    });
}

}  // namespace oidor::store::sql
