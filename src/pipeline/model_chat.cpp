#include "pipeline/model_chat.hpp"

#include <boost/json.hpp>

#include "base/json.hpp"

namespace oidor::pipeline {
namespace {

constexpr int kHistoryMax = 200;

/// Holds one of the places of those who wait for the model.
class Place {
  public:
    Place(std::atomic<int>& taken, int max) : taken_(taken), mine_(taken.fetch_add(1) < max) {}
    ~Place() { taken_.fetch_sub(1); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    [[nodiscard]] bool is_mine() const { return mine_; }

  private:
    std::atomic<int>& taken_;
    bool mine_;
};

std::string format_entry(const ChatEntry& entry) {
    json::array quotes;
    for (const auto& quote : entry.quotes) {
        quotes.push_back(json::object{{"segment", quote.segment}, {"quote", quote.quote}});
    }
    return canonical_json(
        json::object{{"question", entry.question},
                     {"answer", entry.answer ? json::value(*entry.answer) : json::value(nullptr)},
                     {"quotes", std::move(quotes)}});
}

Result<ChatEntry> read_entry(const store::ModelChatRow& row) {
    const auto value = parse_json(row.json);
    const auto* const object = value ? value->if_object() : nullptr;
    const auto* const quotes = object != nullptr ? find_array(*object, "quotes") : nullptr;
    if (quotes == nullptr) {
        return fail(ErrorCode::Corrupt, "chat {}: not the form that was stored", row.id.text());
    }
    ChatEntry entry;
    entry.question = find_string(*object, "question").value_or("");
    entry.answer = find_string(*object, "answer");
    for (const auto& item : *quotes) {
        const auto* const quote = item.if_object();
        const auto segment =
            quote != nullptr ? find_int64(*quote, "segment") : std::optional<std::int64_t>();
        if (segment && *segment >= 0) {
            entry.quotes.push_back({.segment = static_cast<std::size_t>(*segment),
                                    .quote = find_string(*quote, "quote").value_or("")});
        }
    }
    entry.asked_by = row.asked_by;
    entry.asked_at = row.asked_at;
    return entry;
}

}  // namespace

Result<std::vector<ChatEntry>> list_chat(store::Store& store, ConversationId id) {
    TRY_ASSIGN(const auto rows, store.model_records().list_chats(id, kHistoryMax));
    std::vector<ChatEntry> entries;
    for (const auto& row : rows) {
        TRY_ASSIGN(auto entry, read_entry(row));
        entries.push_back(std::move(entry));
    }
    return entries;
}

Result<ChatEntry> ModelChat::ask(ConversationId id, const std::string& question,
                                 const std::string& asked_by) {
    const Place place(asking_, kAskingMax);
    if (!place.is_mine()) {
        return fail(ErrorCode::Unavailable, "chat: {} questions are being answered; try again",
                    kAskingMax);
    }
    TRY_ASSIGN(const auto row, store_.conversations().find_conversation(id));
    TRY_ASSIGN(const auto stored, store_.conversations().find_transcript(id));
    if (!row || !stored) {
        return fail(ErrorCode::NotFound, "chat: there is no transcript yet");
    }
    TRY_ASSIGN(const auto transcript, parse_transcript(stored->json));
    TRY_ASSIGN(const auto earlier, list_chat(store_, id));
    const auto& key = row->conversation.key;
    const auto account = accounts_(key.source, key.account);
    models::ChatInquiry inquiry;
    inquiry.question = question;
    inquiry.place = {.country = account.country,
                     .language = transcript.language.value_or(account.language)};
    for (const auto& entry : earlier) {
        if (entry.answer) {
            inquiry.history.push_back({.question = entry.question, .answer = *entry.answer});
        }
    }
    StorePurse purse(store_.model_records(), clock_, endpoint_, telemetry_);
    TRY_ASSIGN(auto reply, endpoint_.asker->chat(transcript, inquiry, purse));
    ChatEntry entry;
    entry.question = question;
    entry.answer = std::move(reply.answer);
    entry.quotes = std::move(reply.quotes);
    entry.asked_by = asked_by;
    entry.asked_at = clock_.now();
    TRY(store_.model_records().insert_chat({.id = store::ModelChatId::make(),
                                            .conversation = id,
                                            .asked_by = asked_by,
                                            .json = format_entry(entry),
                                            .asked_at = entry.asked_at}));
    return entry;
}

}  // namespace oidor::pipeline
