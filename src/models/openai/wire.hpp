// OpenAI's chat completions on the wire: requests, replies, errors, and what a server does not
// take.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/time.hpp"
#include "models/chat_model.hpp"
#include "net/client.hpp"

namespace oidor::models::openai {

/// What one server takes. Begins with everything; each refusal takes something away, for good.
struct Dialect {
    enum class Form { Schema, Object, Text };
    Form form = Form::Schema;     ///< How the reply's form is asked for.
    bool new_token_bound = true;  ///< `max_completion_tokens`, else `max_tokens`.
    bool temperature = true;
    bool seed = true;
    bool store = true;
    bool operator==(const Dialect&) const = default;
};

/// `https://host/v1/chat/completions` of a configured address with or without `/v1`.
std::string completions_url(std::string_view configured);

/// The body of a request. Below Form::Schema the schema stands in the first message.
std::string format_request(const CompletionRequest& request, std::string_view model,
                           const Dialect& dialect);

/// What an error's body says, in whichever of the forms that compatible servers have.
struct WireError {
    std::string message = {};  ///< For our own judgement: it may repeat the request, so it is
                               ///< never shown.
    std::string type = {};
    std::string code = {};
    std::string param = {};
};
WireError read_error(std::string_view body);

/// The dialect without what a refused request (400, 422) was refused for; nothing when it is not
/// that.
std::optional<Dialect> step_down(const Dialect& dialect, const WireError& error);

/// The failure of a status of 300 or above, by class.
Error to_error(const net::ClientResponse& response, Timestamp now);

/// A reply. Errors: Corrupt when it has another form.
Result<Completion> read_completion(std::string_view body);

/// True when the same request may do better at once or soon: what SDKs repeat, and what
/// `x-should-retry` says.
bool may_repeat(const net::ClientResponse& response, const Error& error);

}  // namespace oidor::models::openai
