#include "server/upload_intake.hpp"

#include <filesystem>

#include <gtest/gtest.h>

#include "base/sha256.hpp"

namespace oidor::server {
namespace {

/// Remembers what was written and whether it was committed; fails when it is told to.
struct Disk {
    std::string written = {};
    bool committed = false;
    bool dropped = false;
    bool full = false;
};

class DiskWriter final : public blobs::BlobWriter {
  public:
    explicit DiskWriter(Disk& disk) : disk_(disk) {}
    ~DiskWriter() override { disk_.dropped = !disk_.committed; }
    Result<void> write(std::string_view bytes) override {
        if (disk_.full) {
            return fail(ErrorCode::Unavailable, "the disk is full");
        }
        disk_.written.append(bytes);
        return {};
    }
    Result<blobs::BlobInfo> commit() override {
        disk_.committed = true;
        return blobs::BlobInfo{.sha256_hex = sha256_hex(disk_.written),
                               .size_bytes = static_cast<std::int64_t>(disk_.written.size())};
    }

  private:
    Disk& disk_;
};

class DiskBlobs final : public blobs::BlobStore {
  public:
    Result<std::unique_ptr<blobs::BlobWriter>> open_writer() override {
        return std::unique_ptr<blobs::BlobWriter>(std::make_unique<DiskWriter>(disk));
    }
    [[nodiscard]] Result<std::optional<blobs::BlobInfo>> find_blob(
        const std::string&) const override {
        return std::optional<blobs::BlobInfo>();
    }
    [[nodiscard]] Result<std::string> read(const std::string&, std::int64_t,
                                           std::int64_t) const override {
        return std::string();
    }
    [[nodiscard]] Result<std::shared_ptr<const std::filesystem::path>> open_local(
        const std::string&) const override {
        return fail(ErrorCode::NotFound, "none");
    }
    Result<void> remove(const std::string&) override { return {}; }
    [[nodiscard]] Result<void> verify(const std::string&) const override { return {}; }
    [[nodiscard]] bool is_local() const override { return true; }
    [[nodiscard]] Result<Secret> sign_url(const std::string&, std::chrono::seconds) const override {
        return fail(ErrorCode::Unsupported, "none");
    }
    Result<std::string> probe() override { return std::string(); }

    Disk disk = {};
};

net::Request head(std::string_view type, std::string query = {}) {
    net::Request made;
    made.method = "POST";
    made.path = "/upload";
    made.query = std::move(query);
    made.headers.set("Content-Type", type);
    return made;
}

constexpr std::string_view kForm = "multipart/form-data; boundary=b";

std::string wav(std::size_t size) { return "RIFF____WAVE" + std::string(size - 12, 'x'); }

std::string form(const std::string& file_name, const std::string& bytes,
                 const std::string& fields = {}) {
    return fields + "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" +
           file_name + "\"\r\n\r\n" + bytes + "\r\n--b--\r\n";
}

std::string field(const std::string& name, const std::string& value) {
    return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
}

/// Gives the body in pieces.
std::shared_ptr<UploadIntake> take(DiskBlobs& blobs, const net::Request& request,
                                   std::string_view body, std::size_t piece = 7,
                                   std::int64_t size_bytes_max = 1000) {
    auto opened = UploadIntake::open(blobs, size_bytes_max, request);
    EXPECT_TRUE(opened);
    auto intake = *std::move(opened);
    for (std::size_t at = 0; at < body.size(); at += piece) {
        intake->take(body.substr(at, piece));
    }
    return intake;
}

int refused(UploadIntake& intake) {
    const auto finished = intake.finish();
    EXPECT_TRUE(finished) << finished.error().message;
    return finished && *finished ? (*finished)->status : 200;
}

TEST(UploadIntake, a_form_s_file_is_written_as_it_arrives_and_its_fields_are_read) {
    DiskBlobs blobs;
    const auto audio = wav(500);
    const auto intake =
        take(blobs, head(kForm),
             form("C:\\calls\\a.WAV", audio,
                  field("campaign_id", "7") + field("campaign_id", "8") + field("empty", "")));
    EXPECT_EQ(refused(*intake), 200);
    EXPECT_EQ(blobs.disk.written, audio);
    EXPECT_EQ(intake->file_name(), "a.WAV");
    EXPECT_EQ(intake->form().find("campaign_id"), "7");
    EXPECT_FALSE(intake->form().find("empty"));
    EXPECT_EQ(intake->first_bytes(), audio.substr(0, 64));
    EXPECT_FALSE(blobs.disk.committed);
    EXPECT_TRUE(intake->writer().commit());
}

TEST(UploadIntake, fields_behind_the_file_count_too) {
    DiskBlobs blobs;
    const auto body = "--b\r\nContent-Disposition: form-data; name=file; filename=a.wav\r\n\r\n" +
                      wav(100) + "\r\n" + field("username", "ana") + "--b--";
    const auto intake = take(blobs, head(kForm), body);
    EXPECT_EQ(refused(*intake), 200);
    EXPECT_EQ(intake->form().find("username"), "ana");
}

TEST(UploadIntake, a_body_may_be_the_audio_itself) {
    for (const std::string_view type :
         {"audio/wav", "audio/mpeg; x=1", "application/octet-stream"}) {
        DiskBlobs blobs;
        const auto intake =
            take(blobs, head(type, "campaign_id=7&username=&file_name=..%2F..%2Fb.wav"), wav(100));
        EXPECT_EQ(refused(*intake), 200);
        EXPECT_EQ(blobs.disk.written, wav(100));
        EXPECT_EQ(intake->form().find("campaign_id"), "7");
        EXPECT_FALSE(intake->form().find("username"));
        EXPECT_EQ(intake->file_name(), "b.wav");
    }
}

TEST(UploadIntake, other_bodies_are_not_taken) {
    DiskBlobs blobs;
    for (const std::string_view type :
         {"", "text/plain", "application/json", "application/x-www-form-urlencoded"}) {
        EXPECT_EQ(UploadIntake::open(blobs, 10, head(type)).value(), nullptr) << type;
    }
    EXPECT_EQ(UploadIntake::open(blobs, 10, head("multipart/form-data")).error().code,
              ErrorCode::Invalid);
}

TEST(UploadIntake, what_is_wrong_gets_the_predecessor_s_code_and_leaves_nothing) {
    struct Case {
        std::string body;
        int status;
    };
    for (const auto& [body, status] : std::initializer_list<Case>{
             {form("a.exe", wav(100)), 400},
             {form("a", wav(100)), 400},
             {form("a.wav", ""), 400},
             {form("a.wav", "RIFF"), 400},
             {form("a.wav", "<html><body>no</body></html>"), 400},
             {form("a.wav", wav(1001)), 413},
             {form("a.wav", wav(1000)), 200},
             {field("campaign_id", "7") + "--b--", 422},
             {"--b\r\nContent-Disposition: form-data; name=other; filename=a.wav\r\n\r\nRIFF\r\n"
              "--b--",
              422}}) {
        DiskBlobs blobs;
        auto intake = take(blobs, head(kForm), body);
        EXPECT_EQ(refused(*intake), status) << body.substr(0, 100);
        intake.reset();
        EXPECT_FALSE(blobs.disk.committed);
    }
}

TEST(UploadIntake, a_second_file_is_left_out) {
    DiskBlobs blobs;
    const auto one = form("a.wav", wav(50));
    const auto intake =
        take(blobs, head(kForm), one.substr(0, one.size() - 9) + "\r\n" + form("b.wav", wav(60)));
    EXPECT_EQ(refused(*intake), 200);
    EXPECT_EQ(blobs.disk.written, wav(50));
    EXPECT_EQ(intake->file_name(), "a.wav");
}

TEST(UploadIntake, a_file_that_is_cut_off_is_invalid_and_goes) {
    DiskBlobs blobs;
    const auto body = form("a.wav", wav(100));
    auto intake = take(blobs, head(kForm), std::string_view(body).substr(0, body.size() - 10));
    EXPECT_EQ(intake->finish().error().code, ErrorCode::Invalid);
    EXPECT_TRUE(blobs.disk.dropped);
}

TEST(UploadIntake, a_full_disk_is_the_error_whatever_comes_after) {
    DiskBlobs blobs;
    blobs.disk.full = true;
    const auto intake = take(blobs, head(kForm), form("a.wav", wav(100)));
    EXPECT_EQ(intake->finish().error().code, ErrorCode::Unavailable);
    DiskBlobs others;
    const auto abandoned = take(others, head("audio/wav"), wav(100));
    abandoned->abandon({.code = ErrorCode::Unavailable, .message = "x", .retry_after = {}});
    EXPECT_EQ(abandoned->finish().error().code, ErrorCode::Unavailable);
    EXPECT_TRUE(others.disk.dropped);
}

TEST(UploadIntake, fields_cannot_fill_memory) {
    DiskBlobs blobs;
    const auto intake = take(
        blobs, head(kForm),
        field("username", std::string(kAroundUploadBytesMax + 1, 'x')) + form("a.wav", wav(100)),
        100'000);
    EXPECT_EQ(intake->finish().error().code, ErrorCode::TooLarge);
}

}  // namespace
}  // namespace oidor::server
