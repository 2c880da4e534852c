// A disk for tests: it knows what of a folder was synced, and lays out what may be found there
// after the power failed at some moment.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oidor {

/// Follows what a program does to the files below one folder. Those who carry it out on the real
/// files ask here first: false means that the power is gone, and nothing may be done any more.
///
/// What is lost: bytes that were written and not synced since, each sector of 512 bytes on its own;
/// the length that a file was cut to; and names that were made or removed, until their folder was
/// synced. A rename is a name made and a name removed, each lost on its own.
///
/// Safe to call from many threads.
class LossyDisk {
  public:
    using Node = std::size_t;

    /// A sync that began: what comes later is not covered by it.
    struct Sync {
        Node node = 0;
        std::int64_t until = 0;
    };

    /// What lies below `root` now is durable. `root` stays where it is.
    explicit LossyDisk(const std::filesystem::path& root);

    /// The power goes after so many more operations; the next one may have begun.
    void cut_after(std::int64_t operations);
    [[nodiscard]] bool is_cut() const;
    /// Operations since it was made, without those that came too late.
    [[nodiscard]] std::int64_t operations() const;
    /// The n-th sync of a file from now fails, and what it should have made durable never is:
    /// the system keeps showing it and forgets to write it.
    void fail_sync(std::int64_t number);

    /// The file or folder under a path, made when it is new.
    std::optional<Node> create(const std::filesystem::path& path);
    std::optional<Node> make_folder(const std::filesystem::path& path);
    [[nodiscard]] std::optional<Node> find(const std::filesystem::path& path) const;
    bool write(Node node, std::int64_t offset, std::string_view bytes);
    bool truncate(Node node, std::int64_t size);
    bool remove(const std::filesystem::path& path);
    bool rename(const std::filesystem::path& from, const std::filesystem::path& to);
    /// Before the real sync; nothing when the power is gone.
    std::optional<Sync> begin_sync(Node node);
    /// After it; false when the sync fails by `fail_sync`.
    bool end_sync(const Sync& sync);
    bool sync_folder(const std::filesystem::path& path);

    /// Writes into `target` (a new folder) one of the states that may be found. The same seed after
    /// the same operations gives the same state.
    void lay_out(const std::filesystem::path& target, std::uint64_t seed) const;

  private:
    /// Bytes at an offset, or a new length.
    struct Change {
        std::int64_t number = 0;
        std::int64_t offset = 0;
        std::optional<std::string> bytes = {};
    };
    /// A name that points to a node, or to nothing any more.
    struct NameChange {
        std::string name = {};
        std::optional<Node> node = {};
    };
    struct Entry {
        bool is_folder = false;
        std::string durable = {};
        std::vector<Change> pending = {};
        std::map<std::string, Node> names = {};  ///< As the program sees them.
        std::map<std::string, Node> durable_names = {};
        std::vector<NameChange> pending_names = {};
    };
    class Dice;

    void learn(Node folder, const std::filesystem::path& path);
    Node add(Entry entry);
    [[nodiscard]] std::optional<Node> look_up(const std::filesystem::path& path) const;
    /// The folder that a path lies in, which must be known.
    [[nodiscard]] Node parent_of(const std::filesystem::path& path) const;
    std::optional<Node> make(const std::filesystem::path& path, bool is_folder);
    void set_name(const std::filesystem::path& path, std::optional<Node> node);
    /// Counts an operation. True: it is carried out; false: the power was gone before it ended.
    bool count();
    /// An operation that comes as the power goes may have begun.
    [[nodiscard]] bool may_have_begun() const;
    static void apply(std::string& content, const Change& change);
    void lay_out_node(Node node, const std::filesystem::path& target, Dice& dice) const;
    [[nodiscard]] static std::string content_of(const Entry& entry, Dice& dice);

    std::filesystem::path root_;
    mutable std::mutex mutex_ = {};
    std::vector<Entry> entries_ = {};
    std::int64_t operations_ = 0;
    std::int64_t refused_ = 0;
    std::optional<std::int64_t> cut_at_ = {};
    std::optional<std::int64_t> failing_sync_ = {};
};

}  // namespace oidor
