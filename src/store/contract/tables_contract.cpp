#include "store/contract/tables_contract.hpp"

#include <future>

#include "store/contract/sample_rows.hpp"
#include "store/contract/store_contract.hpp"

namespace oidor::store {

std::unique_ptr<TablesContract::Place> TablesContract::make_filled() {
    auto place = make_place();
    fill_with_samples(*must(place->target()), newest_schema_version());
    return place;
}

namespace {

/// A source that fails behind so many rows, as a cut connection or a kill does.
class Cut final : public TableSource {
  public:
    Cut(TableSource& source, std::int64_t rows) : source_(source), left_(rows) {}
    [[nodiscard]] std::string name() const override { return source_.name(); }
    [[nodiscard]] int schema_version() const override { return source_.schema_version(); }
    [[nodiscard]] const std::vector<Table>& tables() const override { return source_.tables(); }
    Result<std::int64_t> count_rows(const Table& table) override {
        return source_.count_rows(table);
    }
    Result<void> each_row(const Table& table, const TablePosition& from,
                          const RowReader& read) override {
        return source_.each_row(table, from, [&](TableRow row) -> Result<void> {
            if (left_-- == 0) {
                return fail(ErrorCode::Unavailable, "cut");
            }
            return read(row);
        });
    }

  private:
    TableSource& source_;
    std::int64_t left_;
};

std::int64_t count_all(TableSource& source) {
    std::int64_t rows = 0;
    for (const auto& [table, of_table] : rows_in(source)) {
        rows += static_cast<std::int64_t>(of_table.size());
    }
    return rows;
}

TEST(SampleRows, every_table_has_some_and_every_column_a_value) {
    const auto version = newest_schema_version();
    const auto tables = must(tables_of(version));
    const auto samples = sample_rows(tables, version);
    for (const auto& table : tables) {
        const auto rows = samples.find(table.name);
        ASSERT_NE(rows, samples.end())
            << table.name << ": its migration needs rows in src/store/fixtures/rows";
        std::vector<bool> filled(table.columns.size());
        for (std::string_view row : rows->second) {
            std::vector<Value> values(table.columns.size());
            must(take_row(row, values));
            for (std::size_t i = 0; i < values.size(); ++i) {
                filled[i] = filled[i] || !std::holds_alternative<std::nullptr_t>(values[i]);
            }
        }
        for (std::size_t i = 0; i < filled.size(); ++i) {
            EXPECT_TRUE(filled[i]) << table.name << "." << table.columns[i].name
                                   << " is null in every row of src/store/fixtures/rows";
        }
    }
}

TEST_P(TablesContract, a_copy_has_every_row_of_every_table) {
    const auto from = make_filled();
    const auto to = make_place();
    const auto source = must(from->source(Hold::Alone));
    {
        const auto target = must(to->target());
        const auto report = must(copy_tables(*source, *target, {}));
        EXPECT_FALSE(report.resumed);
        EXPECT_EQ(report.tables.size(), source->tables().size());
        EXPECT_EQ(report.rows, count_all(*source));
        must(target->finish());
    }
    const auto copied = must(to->source(Hold::Snapshot));
    const auto rows = rows_in(*copied);
    EXPECT_EQ(rows, rows_in(*source));
    for (const auto& [table, of_table] : rows) {
        EXPECT_FALSE(of_table.empty()) << table;
    }
}

TEST_P(TablesContract, a_copy_that_is_cut_anywhere_goes_on_and_ends_the_same) {
    const auto from = make_filled();
    const auto source = must(from->source(Hold::Snapshot));
    const auto wanted = rows_in(*source);
    const auto to = make_place();
    CopyOptions options;
    options.rows_max = 1;
    int runs = 0;
    for (std::int64_t rows = 3;; ++runs) {
        const auto target = must(to->target());
        // Each run comes some rows further than the one before.
        Cut cut(*source, rows);
        const auto report = copy_tables(cut, *target, options);
        if (report) {
            EXPECT_TRUE(report->resumed);
            EXPECT_FALSE(report->began_anew);
            must(target->finish());
            break;
        }
        EXPECT_EQ(code_of(report), "Unavailable");
        ASSERT_LT(runs, 20);
        rows = runs < 3 ? 4 : 1000;
    }
    EXPECT_EQ(runs, 4);
    EXPECT_EQ(rows_in(*must(to->source(Hold::Snapshot))), wanted);
    EXPECT_EQ(code_of(to->store()), "success");
}

TEST_P(TablesContract, a_place_whose_tables_were_half_made_is_gone_on_with) {
    const auto from = make_filled();
    const auto to = make_place();
    EXPECT_FALSE(must(must(to->target())->begin(3, "nobody", {}, {})));
    // As a kill between two migrations leaves it.
    to->execute("DROP TABLE unfinished_copy");
    EXPECT_EQ(code_of(must(to->target())->begin(2, "nobody", {}, {})), "Conflict");
    const auto source = must(from->source(Hold::Snapshot));
    {
        const auto target = must(to->target());
        must(copy_tables(*source, *target, {}));
        must(target->finish());
    }
    EXPECT_EQ(rows_in(*must(to->source(Hold::Snapshot))), rows_in(*source));
    EXPECT_EQ(code_of(to->store()), "success");
}

TEST_P(TablesContract, half_of_a_store_is_opened_by_nobody) {
    const auto from = make_filled();
    const auto source = must(from->source(Hold::Snapshot));
    const auto to = make_place();
    Cut cut(*source, 5);
    EXPECT_FALSE(copy_tables(cut, *must(to->target()), {}));
    const auto refused = to->store();
    EXPECT_EQ(code_of(refused), "Unavailable");
    EXPECT_NE(refused.error().message.find("not finished"), std::string::npos);
}

TEST_P(TablesContract, a_source_that_was_changed_meanwhile_is_copied_anew) {
    const auto from = make_filled();
    const auto to = make_place();
    CopyOptions options;
    options.rows_max = 1;
    {
        const auto source = must(from->source(Hold::Snapshot));
        const auto target = must(to->target());
        Cut cut(*source, count_all(*source) / 2);
        EXPECT_FALSE(copy_tables(cut, *target, options));
    }
    from->execute("UPDATE campaigns SET name = 'Otro'");
    const auto source = must(from->source(Hold::Snapshot));
    const auto target = must(to->target());
    const auto report = must(copy_tables(*source, *target, options));
    EXPECT_TRUE(report.began_anew);
    must(target->finish());
    EXPECT_EQ(rows_in(*target), rows_in(*source));
}

TEST_P(TablesContract, a_place_that_holds_rows_is_refused_and_left_alone) {
    const auto from = make_filled();
    const auto to = make_filled();
    const auto source = must(from->source(Hold::Snapshot));
    const auto before = rows_in(*must(to->source(Hold::Snapshot)));
    {
        const auto target = must(to->target());
        const auto refused = copy_tables(*source, *target, {});
        EXPECT_EQ(code_of(refused), "Conflict");
        EXPECT_NE(refused.error().message.find("holds rows already"), std::string::npos);
    }
    EXPECT_EQ(rows_in(*must(to->source(Hold::Snapshot))), before);
    EXPECT_EQ(code_of(to->store()), "success");
}

TEST_P(TablesContract, shipped_scorecards_are_no_content) {
    const auto from = make_filled();
    const auto to = make_place();
    must(must(to->store())
             ->directory()
             .insert_scorecard({.id = "shipped",
                                .version = 1,
                                .language = "es",
                                .toml = "x",
                                .sha256_hex = sha256_hex("x"),
                                .published_at = {}}));
    const auto source = must(from->source(Hold::Snapshot));
    EXPECT_EQ(code_of(copy_tables(*source, *must(to->target()), {})), "Conflict");
    CopyOptions options;
    options.shipped = {sha256("x")};
    const auto target = must(to->target());
    must(copy_tables(*source, *target, options));
    EXPECT_EQ(rows_in(*target), rows_in(*source));
}

TEST_P(TablesContract, an_unfinished_copy_of_another_source_is_not_taken_up) {
    const auto one = make_filled();
    const auto other = make_filled();
    const auto to = make_place();
    const auto source = must(one->source(Hold::Snapshot));
    Cut cut(*source, 1);
    EXPECT_FALSE(copy_tables(cut, *must(to->target()), {}));
    const auto second = must(other->source(Hold::Snapshot));
    const auto refused = copy_tables(*second, *must(to->target()), {});
    EXPECT_EQ(code_of(refused), "Conflict");
    EXPECT_NE(refused.error().message.find("unfinished copy"), std::string::npos);
}

TEST_P(TablesContract, a_store_that_is_open_cannot_be_had_alone) {
    const auto place = make_filled();
    auto store = must(place->store());
    EXPECT_EQ(code_of(place->source(Hold::Alone)), "Conflict");
    EXPECT_EQ(code_of(place->target()), "Conflict");
    EXPECT_EQ(code_of(place->source(Hold::Snapshot)), "success");
    store.reset();
    const auto alone = must(place->source(Hold::Alone));
    EXPECT_FALSE(place->store());
}

TEST_P(TablesContract, a_snapshot_does_not_see_what_comes_later) {
    const auto place = make_filled();
    const auto store = must(place->store());
    const auto source = must(place->source(Hold::Snapshot));
    const auto before = rows_in(*source);
    must(store->directory().put_agent({.id = "301", .name = "Ana"}));
    EXPECT_EQ(rows_in(*source), before);
    EXPECT_EQ(rows_in(*must(place->source(Hold::Snapshot))).at("agents").size(), 2U);
}

TEST_P(TablesContract, what_comes_after_a_copy_is_numbered_behind_it) {
    const auto from = make_filled();
    const auto to = make_place();
    {
        const auto source = must(from->source(Hold::Snapshot));
        const auto target = must(to->target());
        must(copy_tables(*source, *target, {}));
        must(target->finish());
    }
    const auto store = must(to->store());
    const auto newest = must(store->inbox().list_events({}, {}, 10)).front().sequence;
    std::promise<void> kept;
    store->inbox().keep({make_event("call-9", "END", 9)}, [&](auto receipts) {
        EXPECT_TRUE(receipts);
        kept.set_value();
    });
    kept.get_future().wait();
    EXPECT_GT(must(store->inbox().list_events({}, {}, 10)).front().sequence, newest);
    // What people may not do is refused again.
    EXPECT_EQ(must(store->directory().list_agents()).size(), 1U);
}

TEST_P(TablesContract, what_is_restored_is_put_right_before_anybody_opens_it) {
    const auto from = make_filled();
    const auto to = make_place();
    {
        const auto source = must(from->source(Hold::Snapshot));
        const auto target = must(to->target());
        must(copy_tables(*source, *target, {}));
        must(target->migrate_up({}));
        const RestoredOptions options = {
            .tombstones = {{.kind = "conversation", .identity_hash = "new", .erased_at = {}},
                           {.kind = "conversation",
                            .identity_hash = "new",
                            .erased_at = Timestamp(std::chrono::seconds(1))}}};
        EXPECT_EQ(must(target->put_right(options)), 2);
        EXPECT_EQ(must(target->put_right(options)), 2);
    }
    EXPECT_EQ(code_of(to->store()), "Unavailable");
    EXPECT_EQ(code_of(to->store(/*may_be_unfinished=*/true)), "success");
    {
        const auto target = must(to->target());
        const auto source = must(from->source(Hold::Snapshot));
        EXPECT_TRUE(must(target->begin(source->schema_version(), source->name(), {}, {})));
        EXPECT_TRUE(target->is_complete());
        must(target->finish());
    }
    const auto rows = rows_in(*must(to->source(Hold::Snapshot)));
    EXPECT_TRUE(rows.at("sessions").empty());
    const auto jobs = must(must(to->store())->queue().list_jobs(JobState::Queued, {}, {}, 10));
    ASSERT_EQ(jobs.size(), 1U);
    EXPECT_EQ(jobs.front().attempts, 1) << "the attempt that was cut off is not counted";
    EXPECT_EQ(jobs.front().priority, 3);
}

TEST_P(TablesContract, a_table_that_somebody_changed_by_hand_is_not_copied) {
    const auto place = make_filled();
    place->execute("ALTER TABLE agents ADD COLUMN theirs TEXT");
    const auto refused = place->source(Hold::Snapshot);
    EXPECT_EQ(code_of(refused), "Corrupt");
    EXPECT_NE(refused.error().message.find("agents"), std::string::npos);
}

TEST_P(TablesContract, tables_of_others_are_left_to_them) {
    const auto place = make_filled();
    place->execute("CREATE TABLE theirs (x TEXT)");
    const auto source = must(place->source(Hold::Snapshot));
    EXPECT_FALSE(rows_in(*source).contains("theirs"));
}

TEST_P(TablesContract, where_there_is_no_store_nothing_is_found) {
    EXPECT_EQ(code_of(make_place()->source(Hold::Snapshot)), "NotFound");
}

}  // namespace
}  // namespace oidor::store
