#include "ledger/delimited.hpp"

#include <array>

namespace oidor::ledger {

void DelimitedRows::feed(std::string_view bytes) {
    for (const char c : bytes) {
        take(c);
        line_ += c == '\n' ? 1 : 0;
        if (c == '\n' && fields_.empty() && state_ == State::FieldStart && field_.empty()) {
            row_line_ = line_;
            row_bytes_ = 0;
        }
    }
}

void DelimitedRows::take(char c) {
    if (state_ == State::Skipping) {
        state_ = c == '\n' ? State::FieldStart : state_;
        return;
    }
    if (++row_bytes_ > kRowBytesMax) {
        give_up(state_ == State::Quoted ? "longer than 64 KB: is a quote not closed?"
                                        : "longer than 64 KB");
        state_ = c == '\n' ? State::FieldStart : State::Skipping;
        return;
    }
    if (state_ == State::Quoted) {
        if (c == '"') {
            state_ = State::QuoteInQuoted;
        } else {
            field_.push_back(c);
        }
        return;
    }
    if (c == '"' && state_ == State::QuoteInQuoted) {
        field_.push_back(c);
        state_ = State::Quoted;
    } else if (c == '"' && state_ == State::FieldStart) {
        state_ = State::Quoted;
    } else if (c == delimiter_) {
        end_field();
    } else if (c == '\n') {
        if (field_.ends_with('\r')) {
            field_.pop_back();
        }
        end_field();
        end_row();
    } else {
        field_.push_back(c);
        // A carriage return behind a closing quote belongs to the end of the line.
        state_ = State::Plain;
    }
}

void DelimitedRows::end_field() {
    if (fields_.size() == kFieldsMax) {
        give_up("more than 512 columns");
        state_ = State::Skipping;
        return;
    }
    fields_.push_back(std::move(field_));
    field_.clear();
    state_ = State::FieldStart;
}

void DelimitedRows::end_row() {
    if (state_ == State::Skipping) {  // its last field was one too many
        state_ = State::FieldStart;
        return;
    }
    const bool empty = fields_.size() == 1 && fields_.front().empty();
    if (!empty) {
        taker_.row(row_line_, fields_);
    }
    fields_.clear();
}

void DelimitedRows::give_up(std::string_view what) {
    taker_.fault(row_line_, what);
    fields_.clear();
    field_.clear();
}

void DelimitedRows::finish() {
    if (state_ == State::Quoted) {
        give_up("a quote is not closed");
        state_ = State::FieldStart;
        return;
    }
    if (state_ != State::Skipping && (!fields_.empty() || !field_.empty())) {
        take('\n');
    }
}

char find_delimiter(std::string_view header) {
    constexpr std::array<char, 4> kDelimiters = {',', ';', '\t', '|'};
    std::array<std::size_t, kDelimiters.size()> counts = {};
    bool quoted = false;
    for (const char c : header) {
        quoted = quoted != (c == '"');
        for (std::size_t i = 0; i < counts.size(); ++i) {
            counts[i] += !quoted && c == kDelimiters[i] ? 1U : 0U;
        }
    }
    std::size_t best = 0;
    for (std::size_t i = 1; i < counts.size(); ++i) {
        best = counts[i] > counts[best] ? i : best;
    }
    return kDelimiters[best];
}

}  // namespace oidor::ledger
