// Announcements, claims and what became of calls, as rows.
#pragma once

#include "store/coverage.hpp"
#include "store/sql/seal.hpp"
#include "store/sql/work.hpp"

namespace oidor::store::sql {

/// An announcement from five columns, the first of them its external id.
Announcement to_announcement(const Row& row, int first);
/// Calls `visitor` with each call of the window, page by page.
Result<void> walk_calls(Connection& connection, const CallWindow& window, CallVisitor& visitor);

class SqlCoverage final : public Coverage {
  public:
    SqlCoverage(Writer& writer, Readers& readers, Seal& seal)
        : writer_(writer), readers_(readers), seal_(seal) {}

    Result<AnnouncedCounts> put_announcements(const AnnouncedList& list,
                                              const std::vector<Announcement>& calls) override;
    [[nodiscard]] Result<AnnouncedCounts> compare_announcements(
        const AnnouncedList& list, const std::vector<Announcement>& calls) const override;
    Result<void> put_span(const AnnouncedSpan& span) override;
    Result<std::int64_t> withdraw_others(const AnnouncedSpan& span) override;
    Result<void> forget_announcement(const AccountName& account,
                                     const std::string& external_id) override;
    [[nodiscard]] Result<std::vector<AnnouncedSpan>> list_spans(Timestamp from,
                                                                Timestamp to) const override;
    [[nodiscard]] Result<std::vector<AccountName>> list_accounts() const override;
    [[nodiscard]] Result<void> walk_calls(const CallWindow& window,
                                          CallVisitor& visitor) const override;

  private:
    Writer& writer_;
    Readers& readers_;
    Seal& seal_;
};

}  // namespace oidor::store::sql
