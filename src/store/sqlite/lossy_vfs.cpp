// A VFS over SQLite's own for this system: each change is told to the disk of the test first, then
// carried out. Syncs of folders are seen where SQLite opens the folder for them.
#include <cstring>
#include <new>
#include <string>

#include <sqlite3.h>

#include "base/assert.hpp"
#include "store/lossy_sqlite.hpp"

namespace oidor::store {
namespace {

namespace fs = std::filesystem;

using OpenDirectory = int (*)(const char*, int*);

/// What SQLite's callbacks, which have no context, work on.
struct Ground {
    LossyDisk* disk = nullptr;
    LossySqliteOptions options = {};
    sqlite3_vfs* real = nullptr;
    OpenDirectory open_directory = nullptr;
};
Ground ground;

/// SQLite takes a folder that cannot be opened for synced; whoever called it must know better.
thread_local bool folder_was_lost = false;

struct LossyFile {
    sqlite3_file base;
    LossyDisk::Node node;
    bool followed;  ///< Temporary files have no name to follow.
    // The real file lies behind it.
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
static_assert(alignof(LossyFile) <= 8 && sizeof(LossyFile) % 8 == 0);

LossyFile& lossy(sqlite3_file* file) { return *reinterpret_cast<LossyFile*>(file); }
sqlite3_file* real(sqlite3_file* file) { return lossy(file).real(); }

int open_directory(const char* file, int* descriptor) {
    if (!ground.options.forget_syncs && !ground.disk->sync_folder(fs::path(file).parent_path())) {
        folder_was_lost = true;
    }
    return ground.open_directory(file, descriptor);
}

int close_file(sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); }

int read_file(sqlite3_file* file, void* bytes, int count, sqlite3_int64 offset) {
    return real(file)->pMethods->xRead(real(file), bytes, count, offset);
}

int write_file(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
    if (lossy(file).followed &&
        !ground.disk->write(
            lossy(file).node, offset,
            std::string_view(static_cast<const char*>(bytes), static_cast<std::size_t>(count)))) {
        return SQLITE_IOERR_WRITE;
    }
    return real(file)->pMethods->xWrite(real(file), bytes, count, offset);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    if (lossy(file).followed && !ground.disk->truncate(lossy(file).node, size)) {
        return SQLITE_IOERR_TRUNCATE;
    }
    return real(file)->pMethods->xTruncate(real(file), size);
}

int sync_file(sqlite3_file* file, int flags) {
    if (!lossy(file).followed || ground.options.forget_syncs) {
        return SQLITE_OK;
    }
    const auto begun = ground.disk->begin_sync(lossy(file).node);
    if (!begun) {
        return SQLITE_IOERR_FSYNC;
    }
    folder_was_lost = false;
    const int result = real(file)->pMethods->xSync(real(file), flags);
    if (!ground.disk->end_sync(*begun)) {
        return SQLITE_IOERR_FSYNC;
    }
    return result == SQLITE_OK && folder_was_lost ? SQLITE_IOERR_DIR_FSYNC : result;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return real(file)->pMethods->xFileSize(real(file), size);
}
int lock(sqlite3_file* file, int level) { return real(file)->pMethods->xLock(real(file), level); }
int unlock(sqlite3_file* file, int level) {
    return real(file)->pMethods->xUnlock(real(file), level);
}
int check_reserved_lock(sqlite3_file* file, int* result) {
    return real(file)->pMethods->xCheckReservedLock(real(file), result);
}
int file_control(sqlite3_file* file, int operation, void* argument) {
    // It would make the file longer behind our back.
    return operation == SQLITE_FCNTL_SIZE_HINT
               ? SQLITE_OK
               : real(file)->pMethods->xFileControl(real(file), operation, argument);
}
int sector_size(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
int device_characteristics(sqlite3_file* file) {
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}
int map_shared(sqlite3_file* file, int region, int size, int extend, void volatile** memory) {
    return real(file)->pMethods->xShmMap(real(file), region, size, extend, memory);
}
int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void shared_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
int unmap_shared(sqlite3_file* file, int remove) {
    return real(file)->pMethods->xShmUnmap(real(file), remove);
}

// Without mapped files (version 3), so that every read and write is seen.
constexpr sqlite3_io_methods kMethods = {.iVersion = 2,
                                         .xClose = close_file,
                                         .xRead = read_file,
                                         .xWrite = write_file,
                                         .xTruncate = truncate_file,
                                         .xSync = sync_file,
                                         .xFileSize = file_size,
                                         .xLock = lock,
                                         .xUnlock = unlock,
                                         .xCheckReservedLock = check_reserved_lock,
                                         .xFileControl = file_control,
                                         .xSectorSize = sector_size,
                                         .xDeviceCharacteristics = device_characteristics,
                                         .xShmMap = map_shared,
                                         .xShmLock = lock_shared,
                                         .xShmBarrier = shared_barrier,
                                         .xShmUnmap = unmap_shared,
                                         .xFetch = nullptr,
                                         .xUnfetch = nullptr};

int open_file(sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* file, int flags,
              int* flags_out) {
    auto& opened = lossy(file);
    opened = LossyFile{.base = {.pMethods = nullptr}, .node = 0, .followed = name != nullptr};
    if (name != nullptr) {
        auto node = ground.disk->find(name);
        if (!node && (flags & SQLITE_OPEN_CREATE) != 0) {
            node = ground.disk->create(name);
        }
        if (!node) {
            return SQLITE_CANTOPEN;
        }
        opened.node = *node;
    }
    const int result = ground.real->xOpen(ground.real, name, opened.real(), flags, flags_out);
    if (opened.real()->pMethods != nullptr) {
        opened.base.pMethods = &kMethods;
    }
    return result;
}

int delete_file(sqlite3_vfs* /*vfs*/, const char* name, int sync_folder) {
    if (!ground.disk->remove(name)) {
        return SQLITE_IOERR_DELETE;
    }
    folder_was_lost = false;
    const int result = ground.real->xDelete(ground.real, name, sync_folder);
    return result == SQLITE_OK && folder_was_lost ? SQLITE_IOERR_DIR_FSYNC : result;
}

int access_file(sqlite3_vfs* /*vfs*/, const char* name, int flags, int* result) {
    return ground.real->xAccess(ground.real, name, flags, result);
}

int full_path(sqlite3_vfs* /*vfs*/, const char* name, int size, char* out) {
    return ground.real->xFullPathname(ground.real, name, size, out);
}

}  // namespace

class LossySqlite::Impl {
  public:
    Impl(LossyDisk& disk, LossySqliteOptions options) {
        ASSERT(ground.disk == nullptr, "one lossy SQLite at a time");
        auto* const real = sqlite3_vfs_find(nullptr);
        ground = {.disk = &disk,
                  .options = options,
                  .real = real,
                  .open_directory =
                      reinterpret_cast<OpenDirectory>(real->xGetSystemCall(real, kOpenDirectory))};
        real->xSetSystemCall(real, kOpenDirectory,
                             reinterpret_cast<sqlite3_syscall_ptr>(open_directory));
        vfs_ = *real;
        vfs_.szOsFile = static_cast<int>(sizeof(LossyFile)) + real->szOsFile;
        vfs_.pNext = nullptr;
        vfs_.zName = "lossy";
        vfs_.xOpen = open_file;
        vfs_.xDelete = delete_file;
        vfs_.xAccess = access_file;
        vfs_.xFullPathname = full_path;
        sqlite3_vfs_register(&vfs_, 1);
    }
    ~Impl() {
        sqlite3_vfs_unregister(&vfs_);
        sqlite3_vfs_register(ground.real, 1);
        ground.real->xSetSystemCall(ground.real, kOpenDirectory, nullptr);
        ground = {};
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

  private:
    static constexpr const char* kOpenDirectory = "openDirectory";
    sqlite3_vfs vfs_ = {};
};

LossySqlite::LossySqlite(LossyDisk& disk, LossySqliteOptions options)
    : impl_(std::make_unique<Impl>(disk, options)) {}
LossySqlite::~LossySqlite() = default;

}  // namespace oidor::store
