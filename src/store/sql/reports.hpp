// What reports are counted from, as rows.
#pragma once

#include "store/reports.hpp"
#include "store/sql/work.hpp"

namespace oidor::store::sql {

class SqlReports final : public Reports {
  public:
    explicit SqlReports(Readers& readers) : readers_(readers) {}

    [[nodiscard]] Result<void> walk_judged(const JudgedFilter& filter,
                                           JudgedVisitor& visitor) const override;
    [[nodiscard]] Result<JudgedPage> list_judged(const JudgedFilter& filter,
                                                 const std::optional<JudgedCursor>& after,
                                                 int conversations) const override;

  private:
    Readers& readers_;
};

}  // namespace oidor::store::sql
