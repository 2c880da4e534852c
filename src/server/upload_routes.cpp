#include "server/upload_routes.hpp"

#include <future>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/failpoint.hpp"
#include "base/id.hpp"
#include "base/json.hpp"
#include "base/sha256.hpp"
#include "net/client.hpp"
#include "pipeline/erasure.hpp"
#include "pipeline/fetch_step.hpp"
#include "pipeline/upload.hpp"
#include "server/form.hpp"
#include "server/upload_intake.hpp"
#include "server/webhook.hpp"

namespace oidor::server {
namespace {

constexpr int kUnprocessable = 422;

/// An answer that refuses; nothing: go on.
using Refusal = std::optional<net::Response>;

/// The account that the caller may hand files in for.
Result<std::string> account_of(const Call& call) {
    auto account = call.query("account").value_or(
        call.principal.only_account(pipeline::kFileSource).value_or("default"));
    if (!call.principal.allows(fmt::format("webhook:{}/{}", pipeline::kFileSource, account))) {
        return fail(ErrorCode::Forbidden, "The key lacks the scope webhook:{}/{}",
                    pipeline::kFileSource, account);
    }
    return account;
}

/// What all three paths take beside the audio. The predecessor's options of its engine are taken
/// and have no effect: ours are settings.
Result<Refusal> read_common(const ApiParts& parts, const Call& call, const Form& form,
                            pipeline::Upload& upload) {
    upload.campaign_id = form.find("campaign_id");
    upload.agent_id = form.find("operator_id");
    upload.uploaded_by = form.find("username");
    for (const auto& text : {upload.campaign_id, upload.agent_id, upload.uploaded_by}) {
        if (text && text->size() > kUploadTextSizeMax) {
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

/// Makes what was written a blob.
Result<pipeline::UploadedAudio> commit_audio(const ApiParts& parts, blobs::BlobWriter& writer,
                                             std::string_view first_bytes, const Uuid& owner) {
    TRY_ASSIGN(const auto blob, pipeline::commit_blob(parts.store, writer, owner));
    TRY(fail_at<Failpoint::upload_blob_after>());
    return pipeline::UploadedAudio{.sha256_hex = blob.sha256_hex,
                                   .media_type = pipeline::sniff_media_type(first_bytes),
                                   .size_bytes = blob.size_bytes};
}

/// Keeps the upload as an event, and answers once it is durable.
Result<net::Response> keep_upload(const ApiParts& parts, const std::string& account,
                                  const std::string& external_id, const pipeline::Upload& upload,
                                  const Uuid& owner) {
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
    if (upload.audio) {
        event.blob = parse_sha256(upload.audio->sha256_hex);
        event.blob_owner = owner;
    }
    const auto blob = event.blob;
    std::promise<Result<std::vector<store::EventReceipt>>> kept;
    auto receipts = kept.get_future();
    parts.store.inbox().keep(std::move(events),
                             [&kept](auto outcome) { kept.set_value(std::move(outcome)); });
    TRY_ASSIGN(const auto done, receipts.get());
    const auto& receipt = done.front();
    if (blob && (receipt.repeated || receipt.erased)) {
        // Its bytes lie there for nothing, unless something else refers to them.
        TRY(parts.store.erasure().release_blob(*blob, owner));
    }
    if (receipt.erased) {
        return detail_response(409, "This file was erased; nothing is kept of it");
    }
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

/// Commits what `writer` was given, and keeps it as an upload.
Result<net::Response> keep_audio(const ApiParts& parts, const Call& call, const Form& form,
                                 const std::optional<std::string>& file_name,
                                 blobs::BlobWriter& writer, std::string_view first_bytes) {
    TRY_ASSIGN(const auto account, account_of(call));
    pipeline::Upload upload;
    upload.file_name = file_name;
    TRY_ASSIGN(auto refusal, read_common(parts, call, form, upload));
    if (refusal) {
        return *std::move(refusal);
    }
    const auto owner = make_uuid7();
    TRY_ASSIGN(upload.audio, commit_audio(parts, writer, first_bytes, owner));
    const auto external_id = upload.audio->sha256_hex;
    return keep_upload(parts, account, external_id, upload, owner);
}

Result<std::shared_ptr<BodyIntake>> open_file(const ApiParts& parts, const Call& call) {
    TRY(account_of(call));
    TRY_ASSIGN(auto intake, UploadIntake::open(parts.blobs, parts.upload_bytes_max, call.request));
    return std::shared_ptr<BodyIntake>(std::move(intake));
}

Result<net::Response> upload_file(const ApiParts& parts, const Call& call) {
    if (!call.intake) {
        // Of another content type, or without a body.
        TRY(account_of(call));
        TRY(read_form(call.request));
        return detail_response(kUnprocessable, "file: missing");
    }
    auto& intake = static_cast<UploadIntake&>(*call.intake);
    TRY_ASSIGN(const auto refused, intake.finish());
    if (refused) {
        return detail_response(refused->status, refused->detail);
    }
    return keep_audio(parts, call, intake.form(), intake.file_name(), intake.writer(),
                      intake.first_bytes());
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
    TRY_ASSIGN(const auto writer, parts.blobs.open_writer());
    TRY(writer->write(*bytes));
    return keep_audio(parts, call, form, name, *writer, std::string_view(*bytes).substr(0, 64));
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
    return keep_upload(parts, account, sha256_hex("url:" + *url), upload, {});
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
             .summary = "Takes audio: as the part `file` of a multipart form, or as the body "
                        "itself (audio/*, application/octet-stream) with its fields in the query.",
             .gate = Gate::Webhook,
             .parameters = {kAccount,
                            {"file_name", "Of a body that is the audio itself."},
                            {"campaign_id", "Likewise."},
                            {"operator_id", "Likewise."},
                            {"username", "Likewise."}},
             .failures = Failures::Detail,
             .handler = with(upload_file),
             .open_intake = with(open_file),
             .intake_bytes_max =
                 static_cast<std::size_t>(parts ? parts->upload_bytes_max : kUploadBytesMax) +
                 kAroundUploadBytesMax},
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
