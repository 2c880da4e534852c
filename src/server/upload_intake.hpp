// An uploaded file on its way into the blob store, taken as it arrives: what is in memory is one
// piece, whatever the file's size.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "blobs/blob_store.hpp"
#include "server/form.hpp"
#include "server/multipart.hpp"
#include "server/routes.hpp"

namespace oidor::server {

/// The predecessor's limit for a file.
inline constexpr std::int64_t kUploadBytesMax = std::int64_t{50} << 20U;
/// What may surround the file: other fields, delimiters.
inline constexpr std::size_t kAroundUploadBytesMax = std::size_t{1} << 20U;
/// The longest text that a field or a file's name may be.
inline constexpr std::size_t kUploadTextSizeMax = 255;

/// The last part of a name, without what could lead elsewhere.
std::string base_name(std::string_view name);
/// Whether it ends like the audio files that the predecessor took: `.mp3`, `.WAV` …
bool has_audio_extension(std::string_view name);
inline constexpr std::string_view kExtensionsText =
    "expected one of .mp3 .wav .ogg .m4a .flac .aac";

/// Takes either a multipart form, whose part `file` is the audio, or a body that is the audio. What
/// is wrong with it is remembered: whoever sent it is told at the end, in the form of the path.
class UploadIntake final : public BodyIntake, private PartSink {
  public:
    /// Null for a content type that is neither; Invalid for a form without a boundary. `blobs`
    /// outlives the intake.
    static Result<std::shared_ptr<UploadIntake>> open(blobs::BlobStore& blobs,
                                                      std::int64_t size_bytes_max,
                                                      const net::Request& head);

    void take(std::string_view bytes) override;
    void abandon(const Error& error) override;

    /// A file that is refused, with the predecessor's status.
    struct Refused {
        int status = 0;
        std::string detail = {};
    };
    /// Called after the last piece, once. Nothing: the file is whole and may be committed. Errors:
    /// Invalid and TooLarge (the form), the blob store's.
    Result<std::optional<Refused>> finish();

    [[nodiscard]] const Form& form() const { return form_; }
    [[nodiscard]] const std::optional<std::string>& file_name() const { return file_name_; }
    /// The first bytes: enough to say what it is.
    [[nodiscard]] std::string_view first_bytes() const { return first_; }
    [[nodiscard]] blobs::BlobWriter& writer() { return *writer_; }

  private:
    UploadIntake(blobs::BlobStore& blobs, std::int64_t size_bytes_max)
        : blobs_(blobs), size_bytes_max_(size_bytes_max) {}

    void on_part(const PartHead& head) override;
    void on_part_bytes(std::string_view bytes) override;
    void on_part_end() override;

    void begin_file(std::optional<std::string> name);
    void take_file(std::string_view bytes);
    void refuse(int status, std::string detail);
    void fail_with(const Error& error);
    [[nodiscard]] bool is_lost() const { return refused_ || failure_; }

    enum class Part { Other, Field, File };

    blobs::BlobStore& blobs_;
    const std::int64_t size_bytes_max_;
    std::optional<MultipartReader> reader_ = {};
    Form form_ = {};
    Part part_ = Part::Other;
    std::string field_name_ = {};
    std::string field_ = {};
    std::size_t fields_bytes_ = 0;
    bool seen_ = false;  ///< There was a file.
    std::optional<std::string> file_name_ = {};
    std::string first_ = {};
    std::int64_t size_bytes_ = 0;
    std::unique_ptr<blobs::BlobWriter> writer_ = {};
    std::optional<Refused> refused_ = {};
    std::optional<Error> failure_ = {};
};

}  // namespace oidor::server
