#include "base/lossy_disk.hpp"

#include <fstream>
#include <iterator>
#include <set>

#include <gtest/gtest.h>

#include "base/id.hpp"

namespace oidor {
namespace {

namespace fs = std::filesystem;

class LossyDiskTest : public testing::Test {
  protected:
    LossyDiskTest() { fs::create_directories(root()); }
    ~LossyDiskTest() override { fs::remove_all(base_); }

    fs::path root() const { return base_ / "root"; }
    /// What a file holds in the states of many seeds; "-" where it is not there.
    std::set<std::string> states_of(const LossyDisk& disk, const std::string& name) {
        std::set<std::string> states;
        for (std::uint64_t seed = 0; seed < 60; ++seed) {
            const auto target = base_ / std::to_string(seed);
            disk.lay_out(target, seed);
            std::ifstream file(target / name, std::ios::binary);
            states.insert(file ? std::string(std::istreambuf_iterator<char>(file), {}) : "-");
            fs::remove_all(target);
        }
        return states;
    }

    fs::path base_ = fs::temp_directory_path() / ("oidor-disk-" + format_uuid(make_uuid7()));
};

using States = std::set<std::string>;

void sync(LossyDisk& disk, LossyDisk::Node node) {
    const auto begun = disk.begin_sync(node);
    ASSERT_TRUE(begun);
    ASSERT_TRUE(disk.end_sync(*begun));
}

TEST_F(LossyDiskTest, what_was_there_before_stays) {
    std::ofstream(root() / "old") << "old";
    const LossyDisk disk(root());
    EXPECT_EQ(states_of(disk, "old"), States{"old"});
}

TEST_F(LossyDiskTest, bytes_that_were_not_synced_may_be_lost_and_synced_ones_never) {
    LossyDisk disk(root());
    const auto node = *disk.create(root() / "a");
    disk.sync_folder(root());
    disk.write(node, 0, "one");
    EXPECT_EQ(states_of(disk, "a"), (States{"", "one"}));
    sync(disk, node);
    disk.write(node, 3, "two");
    EXPECT_EQ(states_of(disk, "a"), (States{"one", "onetwo"}));
}

TEST_F(LossyDiskTest, sectors_survive_on_their_own) {
    LossyDisk disk(root());
    const auto node = *disk.create(root() / "a");
    disk.sync_folder(root());
    disk.write(node, 0, std::string(1024, 'x'));
    const std::string sector(512, 'x');
    const std::string hole(512, '\0');
    EXPECT_EQ(states_of(disk, "a"), (States{"", sector, hole + sector, sector + sector}));
}

TEST_F(LossyDiskTest, a_name_may_be_lost_until_its_folder_is_synced) {
    LossyDisk disk(root());
    const auto node = *disk.create(root() / "a");
    disk.write(node, 0, "one");
    sync(disk, node);
    EXPECT_EQ(states_of(disk, "a"), (States{"-", "one"}));
    disk.rename(root() / "a", root() / "b");
    EXPECT_EQ(states_of(disk, "b"), (States{"-", "one"}));
    disk.sync_folder(root());
    EXPECT_EQ(states_of(disk, "a"), States{"-"});
    EXPECT_EQ(states_of(disk, "b"), States{"one"});
    disk.remove(root() / "b");
    EXPECT_EQ(states_of(disk, "b"), (States{"-", "one"}));
}

TEST_F(LossyDiskTest, a_folder_takes_what_is_in_it_with_it) {
    LossyDisk disk(root());
    disk.make_folder(root() / "f");
    const auto node = *disk.create(root() / "f" / "a");
    disk.write(node, 0, "one");
    sync(disk, node);
    disk.sync_folder(root() / "f");
    EXPECT_EQ(states_of(disk, "f/a"), (States{"-", "one"}));
    disk.sync_folder(root());
    EXPECT_EQ(states_of(disk, "f/a"), States{"one"});
}

TEST_F(LossyDiskTest, after_the_cut_nothing_is_done_and_only_the_next_operation_may_have_begun) {
    LossyDisk disk(root());
    const auto node = *disk.create(root() / "a");
    disk.sync_folder(root());
    disk.cut_after(1);
    EXPECT_FALSE(disk.is_cut());
    EXPECT_TRUE(disk.write(node, 0, "one"));
    EXPECT_TRUE(disk.is_cut());
    EXPECT_FALSE(disk.write(node, 3, "two"));
    EXPECT_FALSE(disk.write(node, 6, "three"));
    EXPECT_FALSE(disk.begin_sync(node));
    EXPECT_FALSE(disk.sync_folder(root()));
    EXPECT_FALSE(disk.create(root() / "b"));
    const auto states = states_of(disk, "a");
    EXPECT_TRUE(states.contains("onetwo"));
    EXPECT_TRUE(states.contains("one"));
    for (const auto& state : states) {
        EXPECT_LE(state.size(), 6U) << "nothing that came later";
    }
}

TEST_F(LossyDiskTest, a_sync_that_fails_loses_what_it_was_for) {
    LossyDisk disk(root());
    const auto node = *disk.create(root() / "a");
    disk.sync_folder(root());
    disk.write(node, 0, "one");
    disk.fail_sync(1);
    const auto begun = disk.begin_sync(node);
    ASSERT_TRUE(begun);
    EXPECT_FALSE(disk.end_sync(*begun));
    sync(disk, node);
    EXPECT_EQ(states_of(disk, "a"), States{""});
}

TEST_F(LossyDiskTest, the_same_seed_gives_the_same_state) {
    LossyDisk disk(root());
    const auto node = *disk.create(root() / "a");
    disk.sync_folder(root());
    disk.write(node, 0, std::string(64 * 512, 'x'));
    const auto lay_out = [&](const char* name) {
        disk.lay_out(base_ / name, 7);
        std::ifstream file(base_ / name / "a", std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    EXPECT_EQ(lay_out("first"), lay_out("second"));
}

}  // namespace
}  // namespace oidor
