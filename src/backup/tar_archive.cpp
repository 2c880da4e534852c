// One backup in one tar file (POSIX.1-1988 ustar, which every tar reads; sizes beyond 8 GiB in the
// base-256 form of GNU tar).
#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "backup/archive.hpp"

namespace oidor::backup {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kBlock = 512;
constexpr std::size_t kNameAt = 0;
constexpr std::size_t kSizeAt = 124;
constexpr std::size_t kSumAt = 148;
constexpr std::int64_t kOctalMax = (std::int64_t{1} << 33U) - 1;

using Header = std::array<char, kBlock>;

std::int64_t padded(std::int64_t size) { return (size + kBlock - 1) / kBlock * kBlock; }

void put_text(Header& header, std::size_t at, std::string_view text) {
    std::ranges::copy(text, header.begin() + static_cast<std::ptrdiff_t>(at));
}

std::uint32_t sum_of(const Header& header) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < header.size(); ++i) {
        const bool in_sum = i >= kSumAt && i < kSumAt + 8;
        sum += static_cast<unsigned char>(in_sum ? ' ' : header[i]);
    }
    return sum;
}

Header make_header(const std::string& name, std::int64_t size, Timestamp now) {
    Header header = {};
    put_text(header, kNameAt, name);
    put_text(header, 100, "0000600");
    put_text(header, 108, "0000000");
    put_text(header, 116, "0000000");
    if (size <= kOctalMax) {
        put_text(header, kSizeAt, fmt::format("{:011o}", size));
    } else {
        header[kSizeAt] = static_cast<char>(0x80);
        for (std::size_t i = 0; i < 8; ++i) {
            header[kSizeAt + 11 - i] =
                static_cast<char>(static_cast<unsigned char>(size >> (8 * i)));
        }
    }
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    put_text(header, 136, fmt::format("{:011o}", std::max<std::int64_t>(seconds, 0)));
    header[156] = '0';
    put_text(header, 257,
             std::string_view("ustar\0"
                              "00",
                              8));
    put_text(header, kSumAt, fmt::format("{:06o}", sum_of(header)));
    header[kSumAt + 7] = ' ';
    return header;
}

std::optional<std::int64_t> parse_octal(std::string_view text) {
    std::int64_t value = 0;
    for (const char c : text) {
        if (c == '\0' || c == ' ') {
            break;
        }
        if (c < '0' || c > '7') {
            return std::nullopt;
        }
        value = value * 8 + (c - '0');
    }
    return value;
}

std::optional<std::int64_t> size_in(const Header& header) {
    const std::string_view field(header.data() + kSizeAt, 12);
    if ((static_cast<unsigned char>(field.front()) & 0x80U) == 0) {
        return parse_octal(field.substr(0, 11));
    }
    std::int64_t value = 0;
    for (const char c : field.substr(4)) {
        value = value << 8U | static_cast<unsigned char>(c);
    }
    return value < 0 ? std::nullopt : std::optional(value);
}

std::string blob_name(const std::string& hex) {
    return "blobs/" + hex.substr(0, 2) + "/" + hex.substr(2, 2) + "/" + hex;
}

class TarWriter final : public ArchiveWriter {
  public:
    TarWriter(fs::path path, Timestamp now)
        : path_(std::move(path)), staging_(path_.string() + ".unfinished"), now_(now) {}
    ~TarWriter() override {
        if (!committed_) {
            std::error_code ignored;
            fs::remove(staging_, ignored);
        }
    }

    Result<void> open() {
        // What an interrupted run left is written over; what another one writes is locked.
        file_ = File(::open(staging_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        if (file_.get() < 0) {
            return disk_failure(errno, fmt::format("write {}", staging_.string()));
        }
        if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
            committed_ = true;
            return fail(ErrorCode::Conflict,
                        "{}: another backup goes there now; wait until it has ended",
                        path_.string());
        }
        if (::ftruncate(file_.get(), 0) != 0) {
            return disk_failure(errno, "write the backup");
        }
        return {};
    }

    Result<void> put(const std::string& name, std::string_view bytes) override {
        TRY(begin(name, static_cast<std::int64_t>(bytes.size())));
        TRY(file_.write(bytes));
        return end(static_cast<std::int64_t>(bytes.size()));
    }

    Result<bool> has_blob(const blobs::BlobInfo& /*blob*/) override { return false; }

    Result<void> put_blob(const blobs::BlobInfo& blob, const blobs::BlobStore& from) override {
        const auto start = at_;
        TRY(begin(blob_name(blob.sha256_hex), blob.size_bytes));
        const auto copied =
            copy_blob(blob, from, [&](std::string_view piece) { return file_.write(piece); });
        if (!copied) {
            // As if it had never begun.
            if (::ftruncate(file_.get(), start) != 0 ||
                ::lseek(file_.get(), start, SEEK_SET) != start) {
                return disk_failure(errno, "write the backup");
            }
            at_ = start;
            return copied;
        }
        return end(blob.size_bytes);
    }

    Result<void> commit() override {
        TRY(file_.write(std::string(2 * kBlock, '\0')));
        TRY(file_.finish());
        TRY(rename_into_place(staging_, path_));
        committed_ = true;
        return {};
    }

    [[nodiscard]] fs::path path() const override { return path_; }
    [[nodiscard]] std::string snapshot() const override { return snapshot_name(now_); }

  private:
    Result<void> begin(const std::string& name, std::int64_t size) {
        const auto header = make_header(name, size, now_);
        TRY(file_.write({header.data(), header.size()}));
        at_ += kBlock;
        return {};
    }
    Result<void> end(std::int64_t size) {
        TRY(file_.write(std::string(static_cast<std::size_t>(padded(size) - size), '\0')));
        at_ += padded(size);
        return {};
    }

    fs::path path_;
    fs::path staging_;
    Timestamp now_;
    File file_ = {};
    std::int64_t at_ = 0;
    bool committed_ = false;  ///< Nothing of ours is left to remove.
};

class TarReader final : public ArchiveReader {
  public:
    TarReader(fs::path path, File file) : path_(std::move(path)), file_(std::move(file)) {}

    Result<void> open() {
        TRY_ASSIGN(const auto size, file_.size());
        for (std::int64_t at = 0; at + kBlock <= size;) {
            TRY_ASSIGN(const auto bytes, file_.read_at(at, kBlock));
            Header header = {};
            std::ranges::copy(bytes, header.begin());
            if (std::ranges::all_of(header, [](char c) { return c == '\0'; })) {
                break;
            }
            const auto length = size_in(header);
            const auto sum = parse_octal({header.data() + kSumAt, 8});
            if (!length || sum != std::int64_t{sum_of(header)} || *length > size - at - kBlock) {
                return fail(ErrorCode::Corrupt,
                            "{} is damaged or no backup at byte {}: take another copy",
                            path_.string(), at);
            }
            const std::string_view name(header.data(), 100);
            members_[std::string(name.substr(0, name.find('\0')))] = {at + kBlock, *length};
            at += kBlock + padded(*length);
        }
        if (!members_.contains(kManifestName)) {
            return fail(ErrorCode::Corrupt,
                        "{} has no {}: it is no backup, or its end is missing; take another copy",
                        path_.string(), kManifestName);
        }
        return {};
    }

    [[nodiscard]] Result<std::string> read(const std::string& name,
                                           std::int64_t size_max) const override {
        TRY_ASSIGN(const auto place, find(name));
        if (place.second > size_max) {
            return fail(ErrorCode::TooLarge, "{} has {} bytes, {} were expected", name,
                        place.second, size_max);
        }
        return file_.read_at(place.first, place.second);
    }

    [[nodiscard]] Result<void> read_blob(const std::string& sha256_hex,
                                         const PieceReader& read) const override {
        TRY_ASSIGN(const auto place, find(blob_name(sha256_hex)));
        return each_piece(file_, place.first, place.second, read);
    }

    [[nodiscard]] std::string snapshot() const override { return path_.filename().string(); }

  private:
    using Place = std::pair<std::int64_t, std::int64_t>;
    [[nodiscard]] Result<Place> find(const std::string& name) const {
        const auto found = members_.find(name);
        if (found == members_.end()) {
            return fail(ErrorCode::NotFound, "{} has no {}", path_.string(), name);
        }
        return found->second;
    }

    fs::path path_;
    File file_;
    std::map<std::string, Place> members_ = {};
};

}  // namespace

Result<std::unique_ptr<ArchiveWriter>> open_tar_writer(const fs::path& file, Timestamp now) {
    std::error_code error;
    if (fs::is_directory(file, error)) {
        return fail(ErrorCode::Invalid, "{} is a folder: a name that ends in .tar means one file",
                    file.string());
    }
    TRY(make_folder(file.parent_path()));
    auto writer = std::make_unique<TarWriter>(file, now);
    TRY(writer->open());
    return std::unique_ptr<ArchiveWriter>(std::move(writer));
}

Result<std::unique_ptr<ArchiveReader>> open_tar_reader(const fs::path& file) {
    TRY_ASSIGN(auto opened, File::open(file));
    auto reader = std::make_unique<TarReader>(file, std::move(opened));
    TRY(reader->open());
    return std::unique_ptr<ArchiveReader>(std::move(reader));
}

}  // namespace oidor::backup
