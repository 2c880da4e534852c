#include "models/openai/wire.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include <fmt/format.h>
#include <boost/json.hpp>

namespace oidor::models::openai {
namespace {

/// Any number: the same request is meant to give the same reply.
constexpr int kSeed = 7;
constexpr std::size_t kErrorTextBytesMax = 2'000;
constexpr std::chrono::hours kRetryAfterMax{24};

std::string lower(std::string_view text) {
    std::string out(text.substr(0, kErrorTextBytesMax));
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

/// A text, or a number as text; empty for anything else.
std::string loose_text(const json::object& object, std::string_view key) {
    const auto* const value = object.if_contains(key);
    if (value == nullptr) {
        return {};
    }
    if (const auto* const text = value->if_string()) {
        return std::string(*text);
    }
    return value->is_number() ? json::serialize(*value) : std::string();
}

bool names(const WireError& error, std::string_view word) {
    return error.param == word || error.message.find(word) != std::string::npos;
}

std::optional<std::int64_t> count_of(const json::object* usage, std::string_view key) {
    const auto count = usage != nullptr ? find_int64(*usage, key) : std::nullopt;
    return count && *count >= 0 ? count : std::nullopt;
}

Usage read_usage(const json::object& reply) {
    const auto* const usage = find_object(reply, "usage");
    const auto* const details =
        usage != nullptr ? find_object(*usage, "prompt_tokens_details") : nullptr;
    return {.prompt_tokens = count_of(usage, "prompt_tokens"),
            .cached_tokens = count_of(details, "cached_tokens"),
            .completion_tokens = count_of(usage, "completion_tokens")};
}

/// The content as one text: a text, or parts of them.
std::optional<std::string> read_content(const json::object& message) {
    if (auto text = find_string(message, "content")) {
        return text;
    }
    const auto* const parts = find_array(message, "content");
    if (parts == nullptr) {
        return std::nullopt;
    }
    std::string text;
    for (const auto& part : *parts) {
        if (const auto* const object = part.if_object()) {
            text += find_string(*object, "text").value_or("");
        }
    }
    return text;
}

ErrorCode code_of_status(int status) {
    switch (status) {
        case 401: return ErrorCode::Unauthenticated;
        case 403: return ErrorCode::Forbidden;
        case 404: return ErrorCode::NotFound;
        case 413: return ErrorCode::TooLarge;
        case 429: return ErrorCode::RateLimited;
        case 408:
        case 504: return ErrorCode::Timeout;
        default:
            return status >= 500 || status == 409 ? ErrorCode::Unavailable : ErrorCode::Invalid;
    }
}

/// A word of an error that may be shown: lower-case letters and underscores alone.
std::string_view shown(const std::string& word) {
    const bool plain = !word.empty() && word.size() <= 40 && std::ranges::all_of(word, [](char c) {
        return (c >= 'a' && c <= 'z') || c == '_';
    });
    return plain ? std::string_view(word) : std::string_view();
}

std::optional<std::chrono::milliseconds> retry_after_ms(const net::Headers& headers) {
    const auto text = headers.find("retry-after-ms");
    if (!text) {
        return std::nullopt;
    }
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc() || number < 0) {
        return std::nullopt;
    }
    return std::min(std::chrono::milliseconds(number),
                    std::chrono::duration_cast<std::chrono::milliseconds>(kRetryAfterMax));
}

json::value response_format(const CompletionRequest& request, Dialect::Form form) {
    if (form == Dialect::Form::Object) {
        return json::object{{"type", "json_object"}};
    }
    return json::object{{"type", "json_schema"},
                        {"json_schema", json::object{{"name", request.schema_name},
                                                     {"strict", true},
                                                     {"schema", request.schema}}}};
}

json::array format_messages(const CompletionRequest& request, Dialect::Form form) {
    json::array messages;
    for (const auto& message : request.messages) {
        auto content = message.content;
        if (messages.empty() && form != Dialect::Form::Schema) {
            content += "\nReply with one JSON object of this JSON Schema and nothing else:\n" +
                       format_json(request.schema);
        }
        messages.push_back(json::object{{"role", message.role}, {"content", std::move(content)}});
    }
    return messages;
}

}  // namespace

std::string completions_url(std::string_view configured) {
    while (configured.ends_with('/')) {
        configured.remove_suffix(1);
    }
    // An address with a path of its own (`…/openai/v1`, `…/v1`) is taken as it is.
    const auto host = configured.find("://");
    const bool has_path =
        host != std::string_view::npos && configured.find('/', host + 3) != std::string_view::npos;
    return fmt::format("{}{}/chat/completions", configured, has_path ? "" : "/v1");
}

std::string format_request(const CompletionRequest& request, std::string_view model,
                           const Dialect& dialect) {
    json::object body = {{"model", model}, {"messages", format_messages(request, dialect.form)}};
    if (dialect.form != Dialect::Form::Text) {
        body["response_format"] = response_format(request, dialect.form);
    }
    body[dialect.new_token_bound ? "max_completion_tokens" : "max_tokens"] = request.tokens_max;
    if (dialect.temperature) {
        body["temperature"] = 0;
    }
    if (dialect.seed) {
        body["seed"] = kSeed;
    }
    if (dialect.store) {
        body["store"] = false;
    }
    return format_json(body);
}

WireError read_error(std::string_view body) {
    WireError error;
    const auto value = parse_json(body);
    const auto* const object = value ? value->if_object() : nullptr;
    if (object == nullptr) {
        error.message = lower(body);
        return error;
    }
    const auto* const inner = find_object(*object, "error");
    const auto& source = inner != nullptr ? *inner : *object;
    error.type = lower(loose_text(source, "type"));
    error.code = lower(loose_text(source, "code"));
    error.param = lower(loose_text(source, "param"));
    for (const std::string_view key : {"message", "error", "detail"}) {
        if (error.message.empty()) {
            error.message = lower(loose_text(source, key));
        }
    }
    if (error.message.empty()) {
        error.message = lower(body);
    }
    return error;
}

std::optional<Dialect> step_down(const Dialect& dialect, const WireError& error) {
    auto next = dialect;
    if (dialect.new_token_bound && names(error, "max_completion_tokens")) {
        next.new_token_bound = false;
    } else if (dialect.temperature && names(error, "temperature")) {
        next.temperature = false;
    } else if (dialect.seed && names(error, "seed")) {
        next.seed = false;
    } else if (dialect.store && error.param == "store") {  // NOLINT(bugprone-branch-clone)
        // Named outright; a bare mention of it counts last of all.
        next.store = false;
    } else if (dialect.form != Dialect::Form::Text &&
               (error.param.starts_with("response_format") || names(error, "response_format") ||
                names(error, "json_schema") || names(error, "json_object") ||
                names(error, "guided"))) {
        next.form =
            dialect.form == Dialect::Form::Schema ? Dialect::Form::Object : Dialect::Form::Text;
    } else if (dialect.store && names(error, "store")) {
        next.store = false;
    } else {
        return std::nullopt;
    }
    return next;
}

Error to_error(const net::ClientResponse& response, Timestamp now) {
    const auto said = read_error(response.body);
    auto error = net::error_of_status("model", response.status, response.headers, now);
    error.code = code_of_status(response.status);
    if (said.code == "context_length_exceeded" || said.message.contains("context length") ||
        said.message.contains("maximum context")) {
        error.code = ErrorCode::TooLarge;
    } else if (said.code == "insufficient_quota" || said.type == "insufficient_quota") {
        // It looks like a rate limit and never passes by itself.
        error.code = ErrorCode::Forbidden;
        error.retry_after.reset();
    } else if (response.status == 429) {
        if (const auto wait = retry_after_ms(response.headers)) {
            error.retry_after = wait;
        }
    }
    error.message = fmt::format("model: status {} from the endpoint", response.status);
    // Its sentence may repeat the request; the code is a word of a list.
    if (const auto word = shown(said.code.empty() ? said.type : said.code); !word.empty()) {
        error.message += fmt::format(" ({})", word);
    }
    return error;
}

Result<Completion> read_completion(std::string_view body) {
    const auto value = parse_json(body);
    const auto* const reply = value ? value->if_object() : nullptr;
    const auto* const choices = reply != nullptr ? find_array(*reply, "choices") : nullptr;
    const auto* const choice =
        choices != nullptr && !choices->empty() ? choices->front().if_object() : nullptr;
    const auto* const message = choice != nullptr ? find_object(*choice, "message") : nullptr;
    if (message == nullptr) {
        return fail(ErrorCode::Corrupt, "model: a reply without choices");
    }
    Completion completion;
    completion.model = find_string(*reply, "model").value_or("");
    completion.usage = read_usage(*reply);
    const auto finish = find_string(*choice, "finish_reason").value_or("stop");
    if (!find_string(*message, "refusal").value_or("").empty()) {
        completion.finish = Finish::Refused;
        return completion;
    }
    if (finish == "content_filter") {
        completion.finish = Finish::Filtered;
        return completion;
    }
    auto content = read_content(*message);
    if (finish == "length") {
        completion.finish = Finish::Cut;
    } else if (finish == "tool_calls" || finish == "function_call") {
        // Nobody offered it a tool.
        return fail(ErrorCode::Corrupt, "model: a call of a tool instead of a reply");
    } else if (!content) {
        return fail(ErrorCode::Corrupt, "model: a reply without content");
    }
    completion.text = std::move(content).value_or("");
    return completion;
}

bool may_repeat(const net::ClientResponse& response, const Error& error) {
    if (const auto advice = response.headers.find("x-should-retry")) {
        if (*advice == "true") {
            return true;
        }
        if (*advice == "false") {
            return false;
        }
    }
    return error.code == ErrorCode::RateLimited || error.code == ErrorCode::Unavailable ||
           error.code == ErrorCode::Timeout;
}

}  // namespace oidor::models::openai
