#include "server/responses.hpp"

namespace oidor::server {

net::Response private_json(const json::value& value, int status) {
    auto response = net::make_response(status, "application/json", format_json(value) + "\n");
    response.headers.set("Cache-Control", "private, no-store");
    return response;
}

}  // namespace oidor::server
