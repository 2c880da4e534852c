#include "store/sql/migrations.hpp"

#include <charconv>

namespace oidor::store::sql {

Result<int> run_migrations(int version, std::span<const EmbeddedFile> migrations,
                           FunctionRef<Result<void>(const EmbeddedFile&, int)> run_one) {
    const int newest = static_cast<int>(migrations.size());
    if (version > newest) {
        return fail(ErrorCode::Unsupported,
                    "the store has schema {}, this program knows {}: it was used by a newer "
                    "version; use that one, or restore a backup",
                    version, newest);
    }
    for (int next = version + 1; next <= newest; ++next) {
        const auto& migration = migrations[static_cast<std::size_t>(next - 1)];
        int number = 0;
        std::from_chars(migration.name.data(), migration.name.data() + migration.name.size(),
                        number);
        if (number != next) {
            return fail(ErrorCode::Internal, "migration {} stands in place {}", migration.name,
                        next);
        }
        if (const auto ran = run_one(migration, next); !ran) {
            return fail(ran.error().within(fmt::format("migration {}", migration.name)));
        }
    }
    return newest;
}

}  // namespace oidor::store::sql
