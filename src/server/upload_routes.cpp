#include "server/upload_routes.hpp"

#include <algorithm>
#include <array>
#include <future>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "base/sha256.hpp"
#include "net/client.hpp"
#include "pipeline/fetch_step.hpp"
#include "pipeline/upload.hpp"
#include "server/form.hpp"
#include "server/webhook.hpp"

namespace oidor::server {
namespace {

constexpr int kUnprocessable = 422;
constexpr std::size_t kNameSizeMax = 255;

/// An answer that refuses; nothing: go on.
using Refusal = std::optional<net::Response>;

/// The account that the caller may hand files in for.
Result<std::string> account_of(const Call& call) {
    auto account = call.query("account").value_or(
        call.principal.only_account(pipeline::kFileSource).value_or("default"));
    if (!call.principal.allows(fmt::format("webhook:{}/{}", pipeline::kFileSource, account))) {
        return fail(ErrorCode::Forbidden,
                    "The key lacks the scope webhook:{}/ACCOUNT of the account that was named",
                    pipeline::kFileSource);
    }
    return account;
}

/// `.WAV` and the like, whatever comes before it.
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

constexpr std::string_view kExtensionsText = "expected one of .mp3 .wav .ogg .m4a .flac .aac";

/// What all three paths take beside the audio. The predecessor's options of its engine are taken
/// and have no effect: ours are settings.
Result<Refusal> read_common(const ApiParts& parts, const Call& call, const Form& form,
                            pipeline::Upload& upload) {
    upload.campaign_id = form.find("campaign_id");
    upload.agent_id = form.find("operator_id");
    upload.uploaded_by = form.find("username");
    for (const auto& text : {upload.campaign_id, upload.agent_id, upload.uploaded_by}) {
        if (text && text->size() > kNameSizeMax) {
            return Refusal(detail_response(kUnprocessable, "a field is over 255 bytes"));
        }
    }
    if (upload.campaign_id) {
        TRY_ASSIGN(const auto campaign, parts.store.directory().find_campaign(*upload.campaign_id));
        // One that the key may not see is like one that is not there.
        if (!campaign || !call.principal.allows_campaign(upload.campaign_id)) {
            return Refusal(detail_response(404, "Campaign not found"));
        }
    } else if (!call.principal.campaigns.empty()) {
        return Refusal(
            detail_response(kUnprocessable, "campaign_id: this key needs one of its own"));
    }
    return Refusal();
}

/// Makes the bytes a blob.
Result<pipeline::UploadedAudio> store_audio(const ApiParts& parts, std::string_view bytes) {
    TRY_ASSIGN(const auto writer, parts.blobs.open_writer());
    TRY(writer->write(bytes));
    TRY_ASSIGN(const auto blob, writer->commit());
    return pipeline::UploadedAudio{.sha256_hex = blob.sha256_hex,
                                   .media_type = pipeline::sniff_media_type(bytes.substr(0, 64)),
                                   .size_bytes = blob.size_bytes};
}

/// Keeps the upload as an event, and answers once it is durable.
Result<net::Response> keep_upload(const ApiParts& parts, const std::string& account,
                                  const std::string& external_id, const pipeline::Upload& upload) {
    auto body = pipeline::format_upload(upload);
    // Filled in place: GCC 12 takes a temporary of this kind for uninitialised.
    std::vector<store::NewEvent> events(1);
    auto& event = events.front();
    event.conversation.source = std::string(pipeline::kFileSource);
    event.conversation.account = account;
    event.conversation.external_id = external_id;
    event.external_id = external_id;
    event.kind = std::string(pipeline::kUploadKind);
    event.body_sha256 = sha256(body);
    event.normalised = body;
    event.raw = std::move(body);
    event.content_type = "application/json";
    event.received_at = parts.clock.now();
    std::promise<Result<std::vector<store::EventReceipt>>> kept;
    auto receipts = kept.get_future();
    parts.store.inbox().keep(std::move(events),
                             [&kept](auto outcome) { kept.set_value(std::move(outcome)); });
    TRY_ASSIGN(const auto done, receipts.get());
    const auto& receipt = done.front();
    const auto task = receipt.conversation.text();
    if (receipt.repeated) {
        return net::make_response(
            409, "application/json",
            format_json(
                json::object{{"detail", "This file was uploaded already"}, {"task_id", task}}));
    }
    json::object answer = {{"task_id", task},
                           {"status", "queued"},
                           {"message", "The file is kept and will be processed"}};
    if (upload.file_name) {
        answer["file_name"] = *upload.file_name;
    }
    return net::make_response(200, "application/json", format_json(answer));
}

/// The last part of a name, without what could lead elsewhere.
std::string base_name(std::string_view name) {
    const auto slash = name.find_last_of("/\\");
    name = slash == std::string_view::npos ? name : name.substr(slash + 1);
    std::string clean;
    for (const char c : name.substr(0, kNameSizeMax)) {
        if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) {
            clean.push_back(c);
        }
    }
    return clean;
}

Result<net::Response> keep_bytes(const ApiParts& parts, const Call& call, const Form& form,
                                 const std::optional<std::string>& file_name,
                                 std::string_view bytes) {
    TRY_ASSIGN(const auto account, account_of(call));
    pipeline::Upload upload;
    upload.file_name = file_name;
    TRY_ASSIGN(auto refusal, read_common(parts, call, form, upload));
    if (refusal) {
        return *std::move(refusal);
    }
    TRY_ASSIGN(upload.audio, store_audio(parts, bytes));
    const auto external_id = upload.audio->sha256_hex;
    return keep_upload(parts, account, external_id, upload);
}

Result<net::Response> upload_file(const ApiParts& parts, const Call& call) {
    TRY(account_of(call));
    TRY_ASSIGN(const auto form, read_form(call.request));
    const auto file = form.files.find("file");
    if (file == form.files.end()) {
        return detail_response(kUnprocessable, "file: missing");
    }
    const auto name = base_name(file->second.name);
    if (!has_audio_extension(name)) {
        return detail_response(400, kExtensionsText);
    }
    const auto bytes = file->second.bytes;
    if (bytes.empty()) {
        return detail_response(400, "The file is empty");
    }
    if (pipeline::sniff_media_type(bytes.substr(0, 64)).empty()) {
        return detail_response(400, "The file is no audio");
    }
    return keep_bytes(parts, call, form, name, bytes);
}

Result<net::Response> upload_base64(const ApiParts& parts, const Call& call) {
    TRY(account_of(call));
    TRY_ASSIGN(const auto form, read_form(call.request));
    const auto text = form.find("base64");
    const auto bytes = text ? decode_base64(*text) : std::nullopt;
    if (!bytes) {
        return detail_response(kUnprocessable, text ? "base64: not base64" : "base64: missing");
    }
    const auto given = form.find("file_name") ? form.find("file_name") : form.find("filename");
    const auto name = given ? std::optional(base_name(*given)) : std::nullopt;
    if (name && !has_audio_extension(*name)) {
        return detail_response(kUnprocessable, kExtensionsText);
    }
    if (bytes->empty()) {
        return detail_response(400, "The file is empty");
    }
    if (pipeline::sniff_media_type(std::string_view(*bytes).substr(0, 64)).empty()) {
        return detail_response(kUnprocessable, "base64: no audio");
    }
    return keep_bytes(parts, call, form, name, *bytes);
}

Result<net::Response> upload_url(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto account, account_of(call));
    TRY_ASSIGN(const auto form, read_form(call.request));
    const auto url = form.find("url");
    if (!url) {
        return detail_response(kUnprocessable, "url: missing");
    }
    const auto options = parts.accounts(pipeline::kFileSource, account);
    net::FetchPolicy policy;
    policy.allowed_hosts = options.recording_hosts;
    policy.private_hosts = options.private_hosts;
    // The worker's fetch judges every hop again; what is wrong at first sight is said at once.
    if (const auto judged = net::judge_url(*url, policy); !judged) {
        return detail_response(kUnprocessable, judged.error().message);
    }
    pipeline::Upload upload;
    upload.url = url;
    TRY_ASSIGN(auto refusal, read_common(parts, call, form, upload));
    if (refusal) {
        return *std::move(refusal);
    }
    return keep_upload(parts, account, sha256_hex("url:" + *url), upload);
}

}  // namespace

std::vector<Route> upload_routes(const std::shared_ptr<const ApiParts>& parts) {
    const auto with = [parts](auto function) {
        return [parts, function](const Call& call) { return function(*parts, call); };
    };
    constexpr Parameter kAccount{"account", "An account of `file`; the key's when not given."};
    return {{.method = "POST",
             .pattern = "/upload",
             .name = "upload_file",
             .summary = "Takes audio as the part `file` of a multipart form.",
             .gate = Gate::Webhook,
             .parameters = {kAccount},
             .failures = Failures::Detail,
             .handler = with(upload_file)},
            {.method = "POST",
             .pattern = "/upload/from-url",
             .name = "upload_from_url",
             .summary = "Takes audio from an address on the account's allowed hosts.",
             .gate = Gate::Webhook,
             .parameters = {kAccount},
             .failures = Failures::Detail,
             .handler = with(upload_url)},
            {.method = "POST",
             .pattern = "/upload/from-base64",
             .name = "upload_from_base64",
             .summary = "Takes audio as base64.",
             .gate = Gate::Webhook,
             .parameters = {kAccount},
             .failures = Failures::Detail,
             .handler = with(upload_base64)}};
}

}  // namespace oidor::server
