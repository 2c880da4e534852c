// A model's answers, spending and chats, as rows.
#pragma once

#include "store/model_records.hpp"
#include "store/sql/work.hpp"

namespace oidor::store::sql {

class SqlModelRecords final : public ModelRecords {
  public:
    SqlModelRecords(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}

    Result<bool> put_answers(const ModelAnswersRow& row, const std::vector<JobSpec>& jobs) override;
    [[nodiscard]] Result<std::optional<ModelAnswersRow>> find_answers(
        ConversationId conversation, const Sha256& input_sha256) const override;
    [[nodiscard]] Result<std::optional<ModelAnswersRow>> find_newest_answers(
        ConversationId conversation) const override;
    [[nodiscard]] Result<std::int64_t> count_answers(InquiryState state) const override;
    Result<void> add_spending(const std::string& day, const std::string& model,
                              const ModelSpending& spending) override;
    [[nodiscard]] Result<ModelSpending> sum_spending(const std::string& day) const override;
    [[nodiscard]] Result<std::vector<ModelAnswersRow>> list_answers(
        ConversationId conversation) const override;
    Result<void> insert_chat(const ModelChatRow& row) override;
    [[nodiscard]] Result<std::vector<ModelChatRow>> list_chats(ConversationId conversation,
                                                               int limit) const override;

  private:
    Writer& writer_;
    Readers& readers_;
};

}  // namespace oidor::store::sql
