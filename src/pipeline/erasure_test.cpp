#include "pipeline/erasure.hpp"

#include <condition_variable>
#include <fstream>
#include <map>
#include <mutex>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "pipeline/fetch_step.hpp"
#include "pipeline/map_step.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/seal_key.hpp"
#include "pipeline/steps.hpp"
#include "pipeline/testing/house.hpp"

namespace oidor::pipeline {
namespace {

using namespace std::chrono_literals;
using testing::must;

constexpr std::string_view kMp3 =
    "ID3\x04 and then some audio bytes that are long enough to look at";

std::string end_of(const std::string& call, const std::string& number) {
    return R"({"hooktrigger":"END","cdrid":")" + call + R"(","calling":")" + number +
           R"(","called":"300","direction":"IN","dialtime":"2026-02-10 10:30:00",)"
           R"("status":"ANSWER","duration":"130","billseconds":"120","wasrecorded":"1",)"
           R"("audio_file_mp3":"https://pbx.anura.com.ar/)" +
           call + R"(.mp3"})";
}

class Erasing : public testing::House {
  protected:
    Erasing() { store_->erasure().use_seal_key(seal_key_in(folder_ / "seal.key")); }

    Fetcher fetcher(std::function<void()> meanwhile = [] {}) {
        return [meanwhile = std::move(meanwhile)](
                   const std::string&, const AccountOptions&,
                   const std::function<Result<void>(std::string_view)>& sink,
                   const std::stop_token&) -> Result<FetchedAudio> {
            TRY(sink(kMp3));
            meanwhile();
            return FetchedAudio{.media_type = "audio/mpeg",
                                .size_bytes = static_cast<std::int64_t>(kMp3.size())};
        };
    }
    ConversationId make_call(const std::string& call, const std::string& number) {
        const auto id = keep(end_of(call, number));
        must(MapStep(*store_, accounts(), &telemetry_).run(id));
        return id;
    }
    Result<void> fetch(
        ConversationId id, std::function<void()> meanwhile = [] {}) {
        return FetchStep(*store_, *blobs_, accounts(), fetcher(std::move(meanwhile)), clock_,
                         &telemetry_)
            .run(id, {});
    }
    bool blob_is_there() { return must(blobs_->find_blob(sha256_hex(kMp3))).has_value(); }

    Eraser eraser() { return {*store_, *blobs_, &telemetry_}; }
};

TEST_F(Erasing, a_customer_goes_with_every_call_and_its_audio) {
    const auto one = make_call("1", "1145678900");
    const auto two = make_call("2", "+54 9 11 4567-8900");
    const auto other = make_call("3", "1155550000");
    must(fetch(one));
    EXPECT_TRUE(blob_is_there());
    auto all = eraser();
    const auto counts = must(all.erase_customer("+541145678900", "tests", clock_.now()));
    EXPECT_EQ(counts.conversations, 2);
    EXPECT_EQ(counts.blobs, 1);
    EXPECT_EQ(must(all.remove_blobs({})), 1);
    EXPECT_FALSE(blob_is_there());
    EXPECT_FALSE(must(store_->conversations().find_conversation(one)));
    EXPECT_FALSE(must(store_->conversations().find_conversation(two)));
    EXPECT_TRUE(must(store_->conversations().find_conversation(other)));
    EXPECT_TRUE(must(store_->erasure().list_requests()).empty());
    EXPECT_EQ(telemetry_.value(telemetry::Metric::pipeline_conversations_erased_total, {}), 2);
    EXPECT_EQ(telemetry_.value(telemetry::Metric::pipeline_blobs_removed_total, {}), 1);
    EXPECT_EQ(lines_.text.find("4567"), std::string::npos);
}

TEST_F(Erasing, one_that_was_cut_short_is_gone_on_with) {
    const auto one = make_call("1", "1145678900");
    const auto request = must(store_->erasure().request("+541145678900", "tests", clock_.now()));
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(eraser().go_on(request, stop.get_token()).error().code, ErrorCode::Cancelled);
    EXPECT_TRUE(must(store_->conversations().find_conversation(one)));
    EXPECT_EQ(must(eraser().go_on(request, {})).conversations, 1);
    EXPECT_EQ(must(eraser().go_on(request, {})).conversations, 0);
    EXPECT_FALSE(must(store_->conversations().find_conversation(one)));
}

TEST_F(Erasing, audio_that_came_while_its_call_was_erased_goes_too) {
    const auto id = make_call("1", "1145678900");
    const auto fetched = fetch(id, [&] {
        must(erase_conversation(*store_, id, store::ErasureCause::Asked, &telemetry_));
    });
    EXPECT_FALSE(fetched);
    auto all = eraser();
    EXPECT_EQ(must(all.remove_blobs({})), 1);
    EXPECT_FALSE(blob_is_there());
}

TEST_F(Erasing, audio_that_is_fetched_again_while_it_is_removed_is_not_lost) {
    const auto gone = make_call("1", "1145678900");
    must(fetch(gone));
    must(erase_conversation(*store_, gone, store::ErasureCause::Asked));
    const auto content = sha256(kMp3);
    ASSERT_TRUE(must(store_->erasure().begin_removal(content)));
    // Another call with the same bytes: it waits until they are gone, then brings them.
    const auto stays = make_call("2", "1155550000");
    const auto refused = fetch(stays);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Unavailable);
    must(blobs_->remove(sha256_hex(kMp3)));
    must(store_->erasure().end_removal(content));
    must(fetch(stays));
    EXPECT_TRUE(blob_is_there());
    auto all = eraser();
    EXPECT_EQ(must(all.remove_blobs({})), 0);
    clock_.advance(48h);
    EXPECT_EQ(must(all.remove_blobs({})), 0);
    EXPECT_TRUE(blob_is_there());
}

TEST_F(Erasing, an_older_call_that_comes_after_its_customer_was_erased_goes_at_once) {
    make_call("1", "1145678900");
    auto all = eraser();
    must(all.erase_customer("+541145678900", "tests", clock_.now()));
    const auto late = keep(end_of("2", "1145678900"));
    must(MapStep(*store_, accounts(), &telemetry_).run(late));
    EXPECT_FALSE(must(store_->conversations().find_conversation(late)));
    // Held, it stays: a hold wins.
    store::HoldRow hold;
    hold.id = store::HoldId::make();
    hold.customer_key = "+541145678900";
    hold.reason = "a court asked";
    hold.created_by = "legal";
    must(store_->erasure().insert_hold(hold));
    const auto held = keep(end_of("3", "1145678900"));
    must(MapStep(*store_, accounts(), &telemetry_).run(held));
    EXPECT_TRUE(must(store_->conversations().find_conversation(held)));
}

TEST_F(Erasing, what_is_over_its_time_goes_in_steps_and_held_ones_stay) {
    const auto old = make_call("1", "1145678900");
    const auto held = make_call("2", "1155550000");
    store::HoldRow hold;
    hold.id = store::HoldId::make();
    hold.conversation = held;
    hold.reason = "a court asked";
    hold.created_by = "legal";
    must(store_->erasure().insert_hold(hold));
    clock_.advance(std::chrono::hours(24 * 40));
    auto all = eraser();
    must(all.retain({.conversations = std::nullopt}, clock_.now(), {}));
    EXPECT_FALSE(must(store_->inbox().list_events_of(old)).at(0).raw.has_value());
    EXPECT_TRUE(must(store_->inbox().list_events_of(held)).at(0).raw.has_value());
    must(all.retain({.conversations = std::chrono::days(30)}, clock_.now(), {}));
    EXPECT_FALSE(must(store_->conversations().find_conversation(old)));
    EXPECT_TRUE(must(store_->conversations().find_conversation(held)));
    EXPECT_EQ(telemetry_.value(telemetry::Metric::pipeline_conversations_expired_total, {}), 1);
    EXPECT_EQ(telemetry_.value(telemetry::Metric::pipeline_bodies_expired_total, {}), 1);
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(all.retain({}, clock_.now(), stop.get_token()).error().code, ErrorCode::Cancelled);
}

TEST_F(Erasing, what_a_backup_brought_back_is_erased_before_it_is_served) {
    const auto gone = make_call("1", "1145678900");
    const auto stays = make_call("2", "1155550000");
    EXPECT_EQ(must(apply_tombstones(*store_)), 0);
    // A second store stands for the one that went on after the backup was made.
    auto lived = must(store::open_sqlite_store({.path = folder_ / "lived" / "oidor.db"}, clock_));
    lived->erasure().use_seal_key(seal_key_in(folder_ / "seal.key"));
    must(lived->erasure().request("+541145678900", "tests", clock_.now()));
    must(store_->erasure().put_tombstones(must(lived->erasure().list_tombstones({}, 100))));
    store::HoldRow hold;
    hold.id = store::HoldId::make();
    hold.conversation = gone;
    hold.reason = "lifted since";
    hold.created_by = "legal";
    must(store_->erasure().insert_hold(hold));
    EXPECT_EQ(must(apply_tombstones(*store_, &telemetry_)), 1);
    EXPECT_FALSE(must(store_->conversations().find_conversation(gone)));
    EXPECT_TRUE(must(store_->conversations().find_conversation(stays)));
    store_->erasure().use_seal_key(seal_key_in(folder_ / "nowhere.key"));
    EXPECT_EQ(apply_tombstones(*store_).error().code, ErrorCode::Unavailable);
}

/// Runs jobs and hears how each ended.
class Runs {
  public:
    Runs(store::Store& store, const Clock& clock)
        : pool(store, clock, {.threads = 2, .poll_every = 10ms}), store_(store) {
        pool.on_outcome([this](const jobs::WorkerPool::Outcome& outcome) {
            const std::lock_guard lock(mutex_);
            ended_[outcome.job.kind] = outcome.state;
            ready_.notify_all();
        });
    }
    store::JobState state_of(const std::string& kind, const std::string& key) {
        must(store_.queue().enqueue({{.kind = kind, .key = key, .priority = 0, .run_at = {}}}));
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [&] { return ended_.contains(kind); });
        return ended_.extract(kind).mapped();
    }

    jobs::WorkerPool pool;

  private:
    store::Store& store_;
    std::mutex mutex_ = {};
    std::condition_variable ready_ = {};
    std::map<std::string, store::JobState> ended_ = {};
};

TEST_F(Erasing, jobs_of_what_is_gone_end_well_and_those_of_erasure_too) {
    using store::JobState;
    Hearing hearing;
    Pipeline pipeline({.store = *store_,
                       .blobs = *blobs_,
                       .hearing = hearing,
                       .clock = clock_,
                       .accounts = accounts(),
                       .fetcher = fetcher()});
    auto all = eraser();
    Runs runs(*store_, clock_);
    pipeline.add_steps(runs.pool);
    all.add_steps(runs.pool, clock_, [] { return RetentionOptions{}; });
    runs.pool.start();
    for (const auto kind : {kMap, kFetch, kTranscribe, kAudit}) {
        EXPECT_EQ(runs.state_of(std::string(kind), ConversationId::make().text()), JobState::Done);
    }
    const auto id = make_call("1", "1145678900");
    const auto request = must(store_->erasure().request("+541145678900", "tests", clock_.now()));
    EXPECT_EQ(runs.state_of("erase", request.text()), JobState::Done);
    EXPECT_FALSE(must(store_->conversations().find_conversation(id)));
    EXPECT_EQ(runs.state_of("erase", request.text()), JobState::Done);
    EXPECT_EQ(runs.state_of("erase", "no id"), JobState::Dead);
    EXPECT_EQ(runs.state_of("remove_blobs", "pending"), JobState::Done);
    EXPECT_EQ(runs.state_of("scrub", "store"), JobState::Done);
    EXPECT_EQ(runs.state_of("retain", "all"), JobState::Done);
    runs.pool.stop(Deadline::after(5s));
}

TEST_F(Erasing, the_seal_key_is_made_once_and_for_this_user_alone) {
    const auto path = folder_ / "made.key";
    const auto source = seal_key_in(path);
    EXPECT_FALSE(must(source.find()).has_value());
    const auto made = must(source.make());
    EXPECT_EQ(must(source.make()).reveal(), made.reveal());
    EXPECT_EQ(must(source.find())->reveal(), made.reveal());
    EXPECT_GE(made.reveal().size(), 43U);
    struct stat status = {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
    EXPECT_EQ(source.find().error().code, ErrorCode::Forbidden);
    const auto short_path = folder_ / "short.key";
    std::ofstream(short_path) << "x\n";
    ASSERT_EQ(::chmod(short_path.c_str(), 0600), 0);
    EXPECT_EQ(seal_key_in(short_path).find().error().code, ErrorCode::Invalid);
    EXPECT_FALSE(seal_key_in(folder_ / "no" / "folder.key").make());
}

}  // namespace
}  // namespace oidor::pipeline
