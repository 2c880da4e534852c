#include "cli/audit_inputs.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "base/sha256.hpp"
#include "pipeline/fetch_step.hpp"
#include "speech/transcript_forms.hpp"

namespace oidor::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTranscriptBytesMax = std::size_t{16} << 20U;
constexpr std::size_t kSniffed = 64;
/// Six hours of audio are heard in less; a hung child is killed then.
constexpr std::chrono::hours kHearingMax{6};

bool has_audio_extension(const fs::path& path) {
    static constexpr std::array<std::string_view, 14> kExtensions = {
        ".wav", ".mp3", ".ogg",  ".oga", ".opus", ".flac", ".m4a",
        ".aac", ".mp4", ".webm", ".wma", ".amr",  ".gsm",  ".au"};
    auto extension = path.extension().string();
    std::ranges::transform(extension, extension.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
    return std::ranges::find(kExtensions, std::string_view(extension)) != kExtensions.end();
}

bool has_text_extension(const fs::path& path) {
    return path.extension() == ".json" || path.extension() == ".txt";
}

/// Bytes that no text holds: what cannot be told by name or magic is audio in a form that FFmpeg
/// may know.
bool looks_binary(std::string_view bytes) {
    return std::ranges::any_of(bytes, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 && c != '\t' && c != '\n' && c != '\r';
    });
}

Result<std::string> read_all(std::istream& stream, std::string_view name) {
    std::string bytes;
    std::array<char, 65536> chunk{};
    while (stream.read(chunk.data(), chunk.size()) || stream.gcount() > 0) {
        bytes.append(chunk.data(), static_cast<std::size_t>(stream.gcount()));
        if (bytes.size() > kTranscriptBytesMax) {
            return fail(ErrorCode::TooLarge, "{}: a transcript has at most {} bytes", name,
                        kTranscriptBytesMax);
        }
    }
    return bytes;
}

Result<std::string> hash_file(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    Sha256Stream hash;
    std::array<char, 65536> chunk{};
    while (stream.read(chunk.data(), chunk.size()) || stream.gcount() > 0) {
        hash.update(std::string_view(chunk.data(), static_cast<std::size_t>(stream.gcount())));
    }
    if (stream.bad()) {
        return fail(ErrorCode::Unavailable, "{}: cannot be read to its end", path);
    }
    return to_hex(hash.finish());
}

Result<AuditInput> read_audio(const std::string& path, const ReadOptions& options,
                              pipeline::Hearing& hearing) {
    const Watch watch{.deadline = Deadline::after(kHearingMax), .stop = {}, .heartbeat = {}};
    AuditInput input;
    TRY_ASSIGN(input.audio_sha256, hash_file(path));
    TRY_ASSIGN(auto analysis, hearing.analyse(path, watch));
    TRY_ASSIGN(auto heard, hearing.hear(path, std::move(analysis),
                                        {.language = options.language,
                                         .engine = options.engine,
                                         .agent_channel = options.agent_channel,
                                         .language_candidates = options.language_candidates,
                                         .phrases = options.phrases,
                                         .watch = watch}));
    input.transcript = std::move(heard.transcript);
    input.analysis = std::move(heard.analysis);
    input.engine = std::move(heard.engine);
    input.quality_note = std::move(heard.quality_note);
    return input;
}

/// Whether a transcript of our form says that it was written.
bool is_chat(const std::string& bytes) {
    if (!bytes.contains("\"chat\"")) {
        return false;
    }
    const auto value = parse_json(bytes);
    const auto* object = value ? value->if_object() : nullptr;
    return object != nullptr && find_string(*object, "channel") == "chat";
}

Result<AuditInput> read_transcript(const std::string& bytes, const std::string& name,
                                   const ReadOptions& options) {
    AuditInput input;
    TRY_ASSIGN(input.transcript,
               speech::read_transcript_form(bytes, name, {.agent_channel = options.agent_channel}));
    input.chat = is_chat(bytes);
    return input;
}

/// The files below a folder. What cannot be looked into stands in the list itself, so that reading
/// it says why.
void list_files(const fs::path& folder, std::vector<std::string>& files) {
    std::error_code error;
    auto entry = fs::directory_iterator(folder, error);
    while (!error && entry != fs::directory_iterator()) {
        const auto& path = entry->path();
        std::error_code unknown;
        if (path.filename().string().starts_with('.')) {
            // Hidden: nobody's recording.
        } else if (entry->symlink_status(unknown).type() == fs::file_type::directory) {
            list_files(path, files);
        } else if (const auto type = entry->status(unknown).type();
                   type == fs::file_type::regular || type == fs::file_type::not_found ||
                   type == fs::file_type::none || type == fs::file_type::directory) {
            files.push_back(path.string());
        }
        entry.increment(error);
    }
    if (error) {
        files.push_back(folder.string());
    }
}

}  // namespace

std::vector<std::string> expand_inputs(const std::vector<std::string>& arguments) {
    std::vector<std::string> inputs;
    for (const auto& argument : arguments) {
        std::error_code error;
        if (argument == "-" || !fs::is_directory(argument, error)) {
            inputs.push_back(argument);
            continue;
        }
        std::vector<std::string> files;
        list_files(argument, files);
        std::ranges::sort(files);
        std::ranges::move(files, std::back_inserter(inputs));
    }
    return inputs;
}

Result<AuditInput> read_input(const std::string& path, const ReadOptions& options,
                              pipeline::Hearing& hearing) {
    if (path == "-") {
        TRY_ASSIGN(const auto bytes, read_all(std::cin, "standard input"));
        return read_transcript(bytes, "-", options);
    }
    std::error_code error;
    if (fs::is_directory(path, error) && fs::is_symlink(path, error)) {
        return fail(ErrorCode::Invalid,
                    "{}: a link to a folder is not followed: name the folder itself", path);
    }
    if (fs::is_directory(path, error)) {
        return fail(ErrorCode::Forbidden, "{}: the folder cannot be read: check its permissions",
                    path);
    }
    if (!fs::exists(path, error)) {
        return fs::is_symlink(path, error)
                   ? fail(ErrorCode::NotFound, "{}: a link that leads nowhere", path)
                   : fail(ErrorCode::NotFound, "{}: no such file", path);
    }
    if (!fs::is_regular_file(path, error)) {
        return fail(ErrorCode::Invalid, "{}: not a file", path);
    }
    std::ifstream stream(path, std::ios::binary);
    if (!stream) {
        return fail(ErrorCode::Forbidden, "{}: cannot be opened: check its permissions", path);
    }
    std::string first(kSniffed, '\0');
    stream.read(first.data(), static_cast<std::streamsize>(first.size()));
    first.resize(static_cast<std::size_t>(stream.gcount()));
    const fs::path name(path);
    const bool audio = !has_text_extension(name) &&
                       (has_audio_extension(name) || !pipeline::sniff_media_type(first).empty() ||
                        looks_binary(first));
    if (audio) {
        return read_audio(path, options, hearing);
    }
    stream.clear();
    stream.seekg(0);
    TRY_ASSIGN(const auto bytes, read_all(stream, path));
    return read_transcript(bytes, path, options);
}

void print_input_failure(const Invocation& invocation, const std::string& path,
                         const Error& error) {
    const auto& faces = faces_of(error.code);
    if (invocation.json) {
        fmt::print("{}\n", format_json(json::object{
                               {"input", path},
                               {"error", {{"code", faces.name}, {"message", error.message}}}}));
        std::fflush(stdout);
    }
    fmt::print(stderr, "oidor: {}: {}: {}\n", path, faces.name, error.message);
}

}  // namespace oidor::cli
