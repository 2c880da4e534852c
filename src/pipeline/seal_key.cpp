#include "pipeline/seal_key.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.hpp"

namespace oidor::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeyBytes = 32;
/// Shorter is no key: 128 bits in base64.
constexpr std::size_t kTextMin = 22;
constexpr std::size_t kTextMax = 4096;

Failure key_failure(int error, const fs::path& path) {
    return fail(error == EACCES || error == EPERM || error == EROFS ? ErrorCode::Forbidden
                                                                    : ErrorCode::Unavailable,
                "seal key {}: {}; seal_key_file names another place, outside data_dir",
                path.string(), std::generic_category().message(error));
}

/// Closes what it holds.
struct Descriptor {
    explicit Descriptor(int opened) : value(opened) {}
    ~Descriptor() {
        if (value >= 0) {
            ::close(value);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int value;
};

Result<std::optional<Secret>> find_key(const fs::path& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.value < 0 && errno == ENOENT) {
        return std::optional<Secret>();
    }
    if (file.value < 0) {
        return key_failure(errno, path);
    }
    struct stat status = {};
    if (::fstat(file.value, &status) == 0 && (status.st_mode & 077U) != 0) {
        return fail(ErrorCode::Forbidden, "seal key {}: others may read it: chmod 600",
                    path.string());
    }
    std::array<char, kTextMax> bytes = {};
    const auto size = ::read(file.value, bytes.data(), bytes.size());
    if (size < 0) {
        return key_failure(errno, path);
    }
    std::string text(bytes.data(), static_cast<std::size_t>(size));
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
        text.pop_back();
    }
    if (text.size() < kTextMin) {
        return fail(ErrorCode::Invalid, "seal key {}: {} bytes are no key; it takes {} at least",
                    path.string(), text.size(), kTextMin);
    }
    return std::optional(Secret(std::move(text)));
}

Result<void> write_key(int descriptor, const std::string& text, const fs::path& path) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written != static_cast<ssize_t>(text.size()) || ::fsync(descriptor) != 0) {
        return key_failure(written < 0 ? errno : ENOSPC, path);
    }
    return {};
}

/// Written aside and linked: nobody ever reads half a key, and of two who make one, both use the
/// first.
Result<Secret> make_key(const fs::path& path) {
    const auto text = to_base64url(random_bytes(kKeyBytes)) + "\n";
    auto aside = path;
    aside += "." + format_uuid(make_uuid7());
    {
        const Descriptor file(::open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (file.value < 0) {
            return key_failure(errno, path);
        }
        const auto written = write_key(file.value, text, path);
        const bool linked =
            written && (::link(aside.c_str(), path.c_str()) == 0 || errno == EEXIST);
        const int error = errno;
        ::unlink(aside.c_str());
        TRY(written);
        if (!linked) {
            return key_failure(error, path);
        }
    }
    const auto parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
    const Descriptor folder(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.value < 0 || ::fsync(folder.value) != 0) {
        return key_failure(errno, path);
    }
    TRY_ASSIGN(const auto key, find_key(path));
    if (!key) {
        return fail(ErrorCode::Unavailable, "seal key {}: it was taken away again", path.string());
    }
    return *key;
}

}  // namespace

store::SealKeySource seal_key_in(const fs::path& path) {
    return {.find = [path]() -> Result<std::optional<Secret>> { return find_key(path); },
            .make = [path]() -> Result<Secret> {
                TRY_ASSIGN(const auto key, find_key(path));
                return key ? Result<Secret>(*key) : make_key(path);
            }};
}

}  // namespace oidor::pipeline
