// The history of a house whose power fails: SQLite and the blobs lie on a disk that loses what was
// not synced. Work, a cut at some operation, what may be found then, and so on.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <future>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <sqlite3.h>

#include "base/id.hpp"
#include "base/lossy_disk.hpp"
#include "base/sha256.hpp"
#include "base/time_zone.hpp"
#include "blobs/lossy_files.hpp"
#include "connectors/connector.hpp"
#include "pipeline/fetch_step.hpp"
#include "pipeline/map_step.hpp"
#include "pipeline/steps.hpp"
#include "pipeline/testing/anura_delivery.hpp"
#include "store/lossy_sqlite.hpp"
#include "store/store.hpp"

namespace oidor::pipeline::testing {

namespace fs = std::filesystem;

/// What is done wrong on purpose, so that the loss must be found.
struct Mutation {
    store::LossySqliteOptions database = {};
    blobs::LossyFilesOptions files = {};
};

/// In memory where there is such a folder: the double, not the system, decides what is durable.
inline fs::path test_folder() {
    const fs::path shared = "/dev/shm";
    const auto base =
        ::access(shared.c_str(), W_OK) == 0 ? shared : fs::canonical(fs::temp_directory_path());
    return base / ("oidor-power-" + format_uuid(make_uuid7()));
}

/// Calls 0 and 3, 1 and 4 … have the same recording.
inline std::string audio_of(int call) {
    const int kind = call % 3;
    return std::string("RIFF\x24\0\0\0WAVEfmt ", 16) +
           std::string(static_cast<std::size_t>(700 + 9000 * kind), static_cast<char>('a' + kind));
}

inline std::string transcript_of(int call) {
    return fmt::format(R"({{"language":"es","segments":[],"call":{}}})", call);
}

/// What somebody was told, by call: it must be there.
struct Acknowledged {
    std::map<int, std::set<std::string>> events = {};  ///< Normalised bodies.
    std::set<int> recordings = {};
    std::set<int> transcripts = {};
};

/// One history: work, a cut, what is found, and so on.
class History {
  public:
    explicit History(int seed, const Mutation& mutation = {})
        : seed_(seed), mutation_(mutation), random_(static_cast<std::uint64_t>(seed)) {
        fs::create_directories(folder_);
    }
    ~History() {
        close();
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    History(const History&) = delete;
    History& operator=(const History&) = delete;

    /// Everything that was lost, doubled or damaged; empty when all is well. `cut_within`: how many
    /// operations a round has at most.
    std::vector<std::string> run(const fs::path& start, std::int64_t cut_within,
                                 bool sync_fails = false) {
        fs::copy(start, found(0), fs::copy_options::recursive);
        for (int round = 0; round < kRounds && faults_.empty(); ++round) {
            disk_.emplace(found(round));
            disk_->cut_after(1 + pick(cut_within));
            sync_failed_ = sync_fails;
            if (sync_fails) {
                disk_->fail_sync(1 + pick(40));
            }
            live(round);
            disk_->cut_after(0);
            close();
            disk_->lay_out(found(round + 1), random_());
            check_found(round + 1);
        }
        return faults_;
    }

    /// A round without a cut; how many operations it has. Its folder becomes `end`.
    std::int64_t run_uncut(const fs::path& start, const fs::path& end) {
        fs::copy(start, found(0), fs::copy_options::recursive);
        disk_.emplace(found(0));
        live(0);
        close();
        fs::copy(found(0), end, fs::copy_options::recursive);
        return disk_->operations();
    }

  private:
    [[nodiscard]] fs::path found(int round) const {
        return folder_ / fmt::format("found-{}", round);
    }
    std::int64_t pick(std::int64_t below) {
        return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(below));
    }
    void fault(std::string what) { faults_.push_back(fmt::format("seed {}: {}", seed_, what)); }
    /// An error is right once the power is gone, or where a sync was made to fail.
    void expect(const Result<void>& done, std::string_view what) {
        if (!done && !disk_->is_cut() && !sync_failed_) {
            fault(fmt::format("{}: {}", what, done.error().message));
        }
    }

    Result<void> open(const fs::path& folder) {
        sqlite_.emplace(*disk_, mutation_.database);
        files_.emplace(*disk_, mutation_.files);
        TRY_ASSIGN(
            store_,
            store::open_sqlite_store(
                {.path = folder / "oidor.db", .wal_bytes_max = 150'000, .readers = 1}, clock_));
        TRY_ASSIGN(blobs_, blobs::open_filesystem_blobs_on(folder / "blobs", *files_));
        return {};
    }

    void close() {
        store_.reset();
        blobs_.reset();
        files_.reset();
        sqlite_.reset();
    }

    void live(int round) {
        const auto opened = open(found(round));
        expect(opened, "open");
        for (int deed = 0; opened && deed < kDeeds && !disk_->is_cut(); ++deed) {
            clock_.advance(std::chrono::seconds(1));
            const auto what = pick(10);
            if (what < 5) {
                deliver();
            } else if (what < 9) {
                expect(work(static_cast<int>(1 + pick(3))), "work");
            } else {
                hand_in_transcript();
            }
            wait_for_writer();
        }
    }

    Result<std::vector<store::EventReceipt>> keep(std::vector<store::NewEvent> events) {
        std::promise<Result<std::vector<store::EventReceipt>>> done;
        store_->inbox().keep(std::move(events),
                             [&done](auto receipts) { done.set_value(std::move(receipts)); });
        return done.get_future().get();
    }
    /// What the writer does after it answered (a checkpoint) comes before the next deed, so that a
    /// seed gives the same history again.
    void wait_for_writer() { (void)keep({}); }

    void deliver() {
        const auto call = static_cast<int>(pick(kCalls));
        std::vector<store::NewEvent> events;
        for (auto left = 1 + pick(3); left > 0; --left) {
            // The bytes vary in length, so that pages and sectors are cut at all places.
            const auto body = fmt::format(
                R"({{"hooktrigger":"END","cdrid":"call-{0}","status":"ANSWER","duration":60,
                "billseconds":50,"wasrecorded":true,"audio_file_wav":"https://pbx.anura.com.ar/{0}.wav",
                "custom1":"{1}","custom2":"{2}"}})",
                call, ++bodies_, std::string(static_cast<std::size_t>(pick(6000)), 'x'));
            for (auto& event : read_anura_delivery(body, "UTC", clock_.now())) {
                events.push_back(std::move(event));
            }
        }
        std::set<std::string> normalised;
        for (const auto& event : events) {
            normalised.insert(event.normalised);
        }
        const auto kept = keep(std::move(events));
        expect(kept ? Result<void>() : fail(kept.error()), "keep");
        if (kept) {
            acknowledged_.events[call].merge(normalised);
            ids_[call] = kept->front().conversation;
        }
    }

    /// Runs jobs as a worker does.
    Result<void> work(int count) {
        TRY_ASSIGN(const auto jobs,
                   store_->queue().claim({std::string(kMap), std::string(kFetch)}, count, kLease));
        MapStep map(*store_, accounts_);
        FetchStep fetch(
            *store_, *blobs_, accounts_,
            [](const std::string& url, const AccountOptions&, const auto& sink,
               const auto&) -> Result<FetchedAudio> {
                const auto audio = audio_of(std::atoi(url.substr(url.rfind('/') + 1).c_str()));
                TRY(sink(audio));
                return FetchedAudio{.media_type = "audio/wav",
                                    .size_bytes = static_cast<std::int64_t>(audio.size())};
            },
            clock_);
        for (const auto& job : jobs) {
            const auto id = *ConversationId::parse(job.key);
            const auto done = job.kind == kMap ? map.run(id) : fetch.run(id, {});
            if (done && job.kind == kFetch) {
                for (const auto& [call, known] : ids_) {
                    if (known == id) {
                        acknowledged_.recordings.insert(call);
                    }
                }
            }
            TRY(store_->queue().finish(
                {{.id = job.id,
                  .lease = job.lease,
                  .state = done ? store::JobState::Done : store::JobState::Queued}}));
            TRY(done);
        }
        return {};
    }

    void hand_in_transcript() {
        const auto call = static_cast<int>(pick(kCalls));
        if (!ids_.contains(call)) {
            return;
        }
        const auto json = transcript_of(call);
        const auto put = store_->conversations().put_transcript(ids_.at(call),
                                                                {.sha256_hex = sha256_hex(json),
                                                                 .json = json,
                                                                 .origin = "provided",
                                                                 .created_at = clock_.now()},
                                                                {});
        expect(put ? Result<void>() : fail(put.error()), "put a transcript");
        if (put) {
            acknowledged_.transcripts.insert(call);
        }
    }

    /// Opens what the cut left, looks at it, and lets the work end on a copy of it.
    void check_found(int round) {
        const auto copy = folder_ / "checked";
        const auto told = acknowledged_;
        fs::remove_all(copy);
        fs::copy(found(round), copy, fs::copy_options::recursive);
        disk_.emplace(copy);
        sync_failed_ = false;
        if (const auto opened = open(copy); !opened) {
            fault("open what was found: " + opened.error().message);
            close();
            return;
        }
        check_database(copy / "oidor.db");
        check_told();
        clock_.advance(kLease * 2);
        for (int i = 0; i < 3 * kCalls; ++i) {
            if (const auto worked = work(2); !worked) {
                fault("work: " + worked.error().message);
            }
        }
        check_end(copy / "blobs");
        close();
        acknowledged_ = told;  // What was done on the copy is not true of what was found.
    }

    void check_database(const fs::path& file) {
        sqlite3* database = nullptr;
        std::string words;
        sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr);
        const int result = sqlite3_exec(
            database, "PRAGMA integrity_check; PRAGMA foreign_key_check;",
            [](void* out, int count, char** values, char**) {
                for (int i = 0; i < count; ++i) {
                    static_cast<std::string*>(out)->append(values[i] != nullptr ? values[i] : "-");
                }
                return 0;
            },
            &words, nullptr);
        sqlite3_close(database);
        if (result != SQLITE_OK || words != "ok") {
            fault("integrity_check: " + words.substr(0, 200));
        }
    }

    /// As it was found, before anything goes on.
    void check_told() {
        std::map<std::string, int> kept;
        std::optional<std::int64_t> before;
        while (true) {
            const auto events = store_->inbox().list_events({}, before, 500);
            if (!events) {
                fault("list events: " + events.error().message);
                return;
            }
            if (events->empty()) {
                break;
            }
            for (const auto& event : *events) {
                if (++kept[event.normalised] > 1) {
                    fault("an event is there twice");
                }
            }
            before = events->back().sequence;
        }
        for (const auto& [call, bodies] : acknowledged_.events) {
            for (const auto& body : bodies) {
                if (!kept.contains(body)) {
                    fault(fmt::format("call {}: an acknowledged event is lost", call));
                }
            }
        }
        for (const auto call : acknowledged_.transcripts) {
            const auto found = store_->conversations().find_transcript(ids_.at(call));
            if (!found || !*found || (*found)->json != transcript_of(call)) {
                fault(fmt::format("call {}: its transcript is lost", call));
            }
        }
        for (const auto call : acknowledged_.recordings) {
            const auto row = store_->conversations().find_conversation(ids_.at(call));
            if (!row || !*row || (*row)->recordings.size() != 1 ||
                (*row)->recordings.front().state != RecordingState::Stored) {
                fault(fmt::format("call {}: its recording is lost", call));
            }
        }
        check_blobs();
    }

    /// Every blob that a row names has its bytes. Gives their names.
    std::set<std::string> check_blobs() {
        std::set<std::string> named;
        const auto rows = store_->conversations().list_conversations({}, {}, 500);
        if (!rows) {
            fault("list conversations: " + rows.error().message);
            return named;
        }
        for (const auto& row : *rows) {
            for (const auto& recording : row.recordings) {
                if (recording.state != RecordingState::Stored) {
                    continue;
                }
                named.insert(*recording.sha256);
                if (const auto right = blobs_->verify(*recording.sha256); !right) {
                    fault("a row names a blob: " + right.error().message);
                }
            }
        }
        return named;
    }

    /// Once the work has ended.
    void check_end(const fs::path& blobs) {
        for (const auto& [call, bodies] : acknowledged_.events) {
            const auto row = store_->conversations().find_conversation(ids_.at(call));
            if (!row || !*row) {
                fault(fmt::format("call {}: no conversation", call));
                continue;
            }
            const auto& recordings = (*row)->recordings;
            if (recordings.size() != 1 || recordings.front().state != RecordingState::Stored ||
                recordings.front().sha256 != sha256_hex(audio_of(call))) {
                fault(
                    fmt::format("call {}: {} recordings, or not its own", call, recordings.size()));
            }
        }
        const auto named = check_blobs();
        for (const auto& entry : fs::recursive_directory_iterator(blobs)) {
            if (!entry.is_directory() && !named.contains(entry.path().filename().string())) {
                fault("a file that no row names: " +
                      entry.path().lexically_relative(blobs).string());
            }
        }
    }

    static constexpr std::chrono::milliseconds kLease = std::chrono::seconds(10);
    static constexpr int kCalls = 6;
    static constexpr int kDeeds = 30;
    static constexpr int kRounds = 2;

    int seed_;
    Mutation mutation_;
    std::mt19937_64 random_;
    fs::path folder_ = test_folder();
    ManualClock clock_{Timestamp(std::chrono::seconds(1'770'000'000))};
    AccountLookup accounts_ = [](std::string_view, std::string_view) {
        return AccountOptions{.country = "AR", .time_zone = "UTC"};
    };
    std::optional<LossyDisk> disk_ = {};
    std::optional<store::LossySqlite> sqlite_ = {};
    std::optional<blobs::LossyFiles> files_ = {};
    std::unique_ptr<store::Store> store_ = {};
    std::unique_ptr<blobs::BlobStore> blobs_ = {};
    Acknowledged acknowledged_ = {};
    std::map<int, ConversationId> ids_ = {};
    bool sync_failed_ = false;
    int bodies_ = 0;
    std::vector<std::string> faults_ = {};
};

}  // namespace oidor::pipeline::testing
