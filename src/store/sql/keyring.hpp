// Keys, sessions and the access log in SQL.
#pragma once

#include "store/keyring.hpp"
#include "store/sql/work.hpp"

namespace oidor::store::sql {

/// Keys are looked up through `key_readers`, which nobody else uses: intake asks for each delivery
/// and must not wait behind a slow page.
class SqlKeyring final : public Keyring {
  public:
    SqlKeyring(Writer& writer, Readers& readers, Readers& key_readers)
        : writer_(writer), readers_(readers), key_readers_(key_readers) {}

    Result<void> insert_key(const KeyRow& key) override;
    [[nodiscard]] Result<std::optional<KeyRow>> find_key(const Sha256& key_sha256) const override;
    [[nodiscard]] Result<std::optional<KeyRow>> find_key(KeyId id) const override;
    [[nodiscard]] Result<std::vector<KeyRow>> list_keys() const override;
    Result<void> revoke_key(const std::string& name_or_id, Timestamp at) override;
    Result<void> add_key_uses(KeyId id, const std::string& day, std::int64_t uses) override;
    [[nodiscard]] Result<std::int64_t> count_key_uses(KeyId id,
                                                      const std::string& day) const override;
    Result<void> insert_session(const SessionRow& session) override;
    [[nodiscard]] Result<std::optional<SessionRow>> find_session(const Sha256& token_sha256,
                                                                 Timestamp now) const override;
    Result<std::optional<SessionRow>> take_link(const Sha256& token_sha256, Timestamp now) override;
    Result<void> delete_session(const Sha256& token_sha256) override;
    Result<void> delete_expired_sessions(Timestamp now) override;
    Result<void> append_access(const std::vector<AccessEntry>& entries) override;
    [[nodiscard]] Result<std::vector<AccessEntry>> list_access(std::optional<std::int64_t> before,
                                                               int limit) const override;

  private:
    Writer& writer_;
    Readers& readers_;
    Readers& key_readers_;
};

}  // namespace oidor::store::sql
