#include "base/lossy_disk.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <utility>

#include "base/assert.hpp"

namespace oidor {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSectorBytes = 512;

std::string read_all(const fs::path& path) {
    std::string bytes(fs::file_size(path), '\0');
    std::ifstream(path, std::ios::binary)
        .read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return bytes;
}

}  // namespace

/// What survives. Disks differ: some had written nothing of what was not synced, some nearly all.
class LossyDisk::Dice {
  public:
    explicit Dice(std::uint64_t seed) : random_(seed) { roll_ratio(); }

    /// Anew for each file: one may be old while another is new.
    void roll_ratio() {
        static constexpr double kRatios[] = {0.0, 0.1, 0.5, 0.9, 1.0};
        ratio_ = kRatios[random_() % std::size(kRatios)];
    }
    bool survives() { return std::uniform_real_distribution<double>(0.0, 1.0)(random_) < ratio_; }

  private:
    std::mt19937_64 random_;
    double ratio_ = 0.5;
};

LossyDisk::LossyDisk(const fs::path& root) : root_(root.lexically_normal()) {
    add({.is_folder = true});
    learn(0, root_);
}

void LossyDisk::learn(Node folder, const fs::path& path) {
    for (const auto& found : fs::directory_iterator(path)) {
        const bool is_folder = found.is_directory();
        const auto node = add({.is_folder = is_folder,
                               .durable = is_folder ? std::string() : read_all(found.path())});
        const auto name = found.path().filename().string();
        entries_[folder].names[name] = node;
        entries_[folder].durable_names[name] = node;
        if (is_folder) {
            learn(node, found.path());
        }
    }
}

LossyDisk::Node LossyDisk::add(Entry entry) {
    entries_.push_back(std::move(entry));
    return entries_.size() - 1;
}

void LossyDisk::cut_after(std::int64_t operations) {
    const std::lock_guard lock(mutex_);
    cut_at_ = operations_ + operations;
}

bool LossyDisk::is_cut() const {
    const std::lock_guard lock(mutex_);
    return cut_at_ && operations_ >= *cut_at_;
}

std::int64_t LossyDisk::operations() const {
    const std::lock_guard lock(mutex_);
    return operations_;
}

void LossyDisk::fail_sync(std::int64_t number) {
    const std::lock_guard lock(mutex_);
    failing_sync_ = number;
}

bool LossyDisk::count() {
    if (cut_at_ && operations_ >= *cut_at_) {
        ++refused_;
        return false;
    }
    ++operations_;
    return true;
}

bool LossyDisk::may_have_begun() const { return refused_ <= 1; }

std::optional<LossyDisk::Node> LossyDisk::look_up(const fs::path& path) const {
    Node node = 0;
    for (const auto& part : path.lexically_normal().lexically_relative(root_)) {
        const auto name = part.string();
        if (name.empty() || name == ".") {
            continue;
        }
        const auto found = entries_[node].names.find(name);
        if (found == entries_[node].names.end()) {
            return std::nullopt;
        }
        node = found->second;
    }
    return node;
}

LossyDisk::Node LossyDisk::parent_of(const fs::path& path) const {
    const auto parent = look_up(path.parent_path());
    ASSERT(parent.has_value(), "every folder of a lossy disk is made through it");
    return *parent;
}

std::optional<LossyDisk::Node> LossyDisk::find(const fs::path& path) const {
    const std::lock_guard lock(mutex_);
    return look_up(path);
}

void LossyDisk::set_name(const fs::path& path, std::optional<Node> node) {
    auto& folder = entries_[parent_of(path)];
    const auto name = path.filename().string();
    if (node) {
        folder.names[name] = *node;
    } else {
        folder.names.erase(name);
    }
    folder.pending_names.push_back({.name = name, .node = node});
}

std::optional<LossyDisk::Node> LossyDisk::make(const fs::path& path, bool is_folder) {
    const std::lock_guard lock(mutex_);
    if (const auto known = look_up(path)) {
        return known;
    }
    const bool done = count();
    if (!done && !may_have_begun()) {
        return std::nullopt;
    }
    const auto node = add({.is_folder = is_folder});
    set_name(path, node);
    return done ? std::optional(node) : std::nullopt;
}

std::optional<LossyDisk::Node> LossyDisk::create(const fs::path& path) { return make(path, false); }

std::optional<LossyDisk::Node> LossyDisk::make_folder(const fs::path& path) {
    return make(path, true);
}

bool LossyDisk::write(Node node, std::int64_t offset, std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    const bool done = count();
    if (done || may_have_begun()) {
        entries_[node].pending.push_back(
            {.number = operations_, .offset = offset, .bytes = std::string(bytes)});
    }
    return done;
}

bool LossyDisk::truncate(Node node, std::int64_t size) {
    const std::lock_guard lock(mutex_);
    const bool done = count();
    if (done || may_have_begun()) {
        entries_[node].pending.push_back({.number = operations_, .offset = size});
    }
    return done;
}

bool LossyDisk::remove(const fs::path& path) {
    const std::lock_guard lock(mutex_);
    const bool done = count();
    if ((done || may_have_begun()) && look_up(path)) {
        set_name(path, std::nullopt);
    }
    return done;
}

bool LossyDisk::rename(const fs::path& from, const fs::path& to) {
    const std::lock_guard lock(mutex_);
    const bool done = count();
    const auto node = look_up(from);
    if ((done || may_have_begun()) && node) {
        set_name(from, std::nullopt);
        set_name(to, node);
    }
    return done;
}

std::optional<LossyDisk::Sync> LossyDisk::begin_sync(Node node) {
    const std::lock_guard lock(mutex_);
    if (!count()) {
        return std::nullopt;
    }
    return Sync{.node = node, .until = operations_};
}

bool LossyDisk::end_sync(const Sync& sync) {
    const std::lock_guard lock(mutex_);
    auto& entry = entries_[sync.node];
    const auto covered = [&sync](const Change& change) { return change.number <= sync.until; };
    const bool fails = failing_sync_ && --*failing_sync_ == 0;
    if (!fails) {
        for (const auto& change : entry.pending) {
            if (covered(change)) {
                apply(entry.durable, change);
            }
        }
    }
    std::erase_if(entry.pending, covered);
    return !fails;
}

bool LossyDisk::sync_folder(const fs::path& path) {
    const std::lock_guard lock(mutex_);
    if (!count()) {
        return false;
    }
    const auto node = look_up(path);
    if (!node) {
        return true;  // One above the root: it is durable.
    }
    auto& folder = entries_[*node];
    folder.durable_names = folder.names;
    folder.pending_names.clear();
    return true;
}

void LossyDisk::apply(std::string& content, const Change& change) {
    const auto offset = static_cast<std::size_t>(change.offset);
    if (!change.bytes) {
        content.resize(offset);
        return;
    }
    content.resize(std::max(content.size(), offset + change.bytes->size()));
    content.replace(offset, change.bytes->size(), *change.bytes);
}

std::string LossyDisk::content_of(const Entry& entry, Dice& dice) {
    auto content = entry.durable;
    for (const auto& change : entry.pending) {
        if (!change.bytes) {
            if (dice.survives()) {
                apply(content, change);
            }
            continue;
        }
        const auto end = change.offset + static_cast<std::int64_t>(change.bytes->size());
        for (auto begin = change.offset; begin < end;) {
            const auto next = std::min(end, (begin / kSectorBytes + 1) * kSectorBytes);
            if (dice.survives()) {
                apply(content, {.offset = begin,
                                .bytes = change.bytes->substr(
                                    static_cast<std::size_t>(begin - change.offset),
                                    static_cast<std::size_t>(next - begin))});
            }
            begin = next;
        }
    }
    return content;
}

void LossyDisk::lay_out(const fs::path& target, std::uint64_t seed) const {
    const std::lock_guard lock(mutex_);
    Dice dice(seed);
    lay_out_node(0, target, dice);
}

void LossyDisk::lay_out_node(Node node, const fs::path& target, Dice& dice) const {
    const auto& entry = entries_[node];
    dice.roll_ratio();
    if (!entry.is_folder) {
        std::ofstream(target, std::ios::binary) << content_of(entry, dice);
        return;
    }
    auto names = entry.durable_names;
    for (const auto& change : entry.pending_names) {
        if (!dice.survives()) {
            continue;
        }
        if (change.node) {
            names[change.name] = *change.node;
        } else {
            names.erase(change.name);
        }
    }
    fs::create_directories(target);
    for (const auto& [name, child] : names) {
        lay_out_node(child, target / name, dice);
    }
}

}  // namespace oidor
