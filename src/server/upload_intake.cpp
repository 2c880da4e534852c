#include "server/upload_intake.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "pipeline/fetch_step.hpp"

namespace oidor::server {
namespace {

/// Enough for every format that is known.
constexpr std::size_t kSniffed = 64;
/// With fewer nothing can be told.
constexpr std::size_t kSniffedMin = 12;

}  // namespace

std::string base_name(std::string_view name) {
    const auto slash = name.find_last_of("/\\");
    name = slash == std::string_view::npos ? name : name.substr(slash + 1);
    std::string clean;
    for (const char c : name.substr(0, kUploadTextSizeMax)) {
        if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) {
            clean.push_back(c);
        }
    }
    return clean;
}

bool has_audio_extension(std::string_view name) {
    static constexpr std::array<std::string_view, 6> kExtensions = {".mp3", ".wav",  ".ogg",
                                                                    ".m4a", ".flac", ".aac"};
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos) {
        return false;
    }
    std::string extension(name.substr(dot));
    std::ranges::transform(extension, extension.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
    return std::ranges::find(kExtensions, std::string_view(extension)) != kExtensions.end();
}

Result<std::shared_ptr<UploadIntake>> UploadIntake::open(blobs::BlobStore& blobs,
                                                         std::int64_t size_bytes_max,
                                                         const net::Request& head) {
    const auto type = head.content_type();
    std::shared_ptr<UploadIntake> intake(new UploadIntake(blobs, size_bytes_max));
    if (type == "multipart/form-data") {
        TRY_ASSIGN(auto reader,
                   MultipartReader::open(head.headers.find("Content-Type").value_or(""), *intake));
        intake->reader_ = std::move(reader);
        return intake;
    }
    if (type.starts_with("audio/") || type == "application/octet-stream") {
        for (const std::string_view field : {"campaign_id", "operator_id", "username"}) {
            if (auto value = head.find_query(field); value && !value->empty()) {
                intake->form_.fields.emplace(field, *std::move(value));
            }
        }
        intake->begin_file(head.find_query("file_name"));
        return intake;
    }
    return std::shared_ptr<UploadIntake>();
}

void UploadIntake::take(std::string_view bytes) {
    if (is_lost()) {
        return;  // The rest is read and thrown away, so that the client hears why.
    }
    if (!reader_) {
        take_file(bytes);
        return;
    }
    if (const auto fed = reader_->feed(bytes); !fed) {
        fail_with(fed.error());
    }
}

void UploadIntake::abandon(const Error& error) { fail_with(error); }

Result<std::optional<UploadIntake::Refused>> UploadIntake::finish() {
    if (!is_lost() && reader_) {
        if (const auto finished = reader_->finish(); !finished) {
            fail_with(finished.error());
        }
    }
    if (!is_lost() && !seen_) {
        refuse(422, "file: missing");
    } else if (!is_lost() && size_bytes_ == 0) {
        refuse(400, "The file is empty");
    } else if (!is_lost() && pipeline::sniff_media_type(first_).empty()) {
        refuse(400, "The file is no audio");
    }
    if (failure_) {
        return fail(*failure_);
    }
    return refused_;
}

void UploadIntake::on_part(const PartHead& head) {
    part_ = Part::Other;
    if (!head.file_name) {
        part_ = Part::Field;
        field_name_ = head.name;
        field_.clear();
    } else if (head.name == "file" && !seen_) {
        part_ = Part::File;
        begin_file(head.file_name);
    }
}

void UploadIntake::on_part_bytes(std::string_view bytes) {
    if (part_ == Part::File) {
        take_file(bytes);
    } else if (part_ == Part::Field) {
        fields_bytes_ += bytes.size();
        if (fields_bytes_ > kAroundUploadBytesMax) {
            fail_with({.code = ErrorCode::TooLarge,
                       .message = "the form's fields are too large",
                       .retry_after = {}});
            return;
        }
        field_.append(bytes);
    }
}

void UploadIntake::on_part_end() {
    if (part_ == Part::Field && !field_.empty()) {
        form_.fields.try_emplace(field_name_, std::move(field_));
    }
    part_ = Part::Other;
}

void UploadIntake::begin_file(std::optional<std::string> name) {
    seen_ = true;
    if (name) {
        file_name_ = base_name(*name);
        if (!has_audio_extension(*file_name_)) {
            refuse(400, std::string(kExtensionsText));
            return;
        }
    }
    auto writer = blobs_.open_writer();
    if (!writer) {
        fail_with(writer.error());
        return;
    }
    writer_ = *std::move(writer);
}

void UploadIntake::take_file(std::string_view bytes) {
    if (is_lost()) {
        return;
    }
    size_bytes_ += static_cast<std::int64_t>(bytes.size());
    if (size_bytes_ > size_bytes_max_) {
        refuse(413, fmt::format("The file is over its limit of {} bytes", size_bytes_max_));
        return;
    }
    if (first_.size() < kSniffed) {
        first_.append(bytes.substr(0, kSniffed - first_.size()));
        if (first_.size() >= kSniffedMin && pipeline::sniff_media_type(first_).empty()) {
            refuse(400, "The file is no audio");
            return;
        }
    }
    if (const auto written = writer_->write(bytes); !written) {
        fail_with(written.error());
    }
}

void UploadIntake::refuse(int status, std::string detail) {
    refused_ = Refused{.status = status, .detail = std::move(detail)};
    writer_.reset();  // What was written so far goes.
}

void UploadIntake::fail_with(const Error& error) {
    failure_ = error;
    writer_.reset();
}

}  // namespace oidor::server
