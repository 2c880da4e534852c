// The routes that people's browsers use: the day's table, one conversation, its audio.
#pragma once

#include <vector>

#include "base/messages.hpp"
#include "server/api_routes.hpp"
#include "server/routes.hpp"

namespace oidor::server {

/// Signing in and out is the front's own business; these need a session already.
std::vector<Route> page_routes(const std::shared_ptr<const ApiParts>& parts, UiLanguage language);

/// An HTML answer with the headers of a page that runs no script and is framed by nobody.
net::Response html_response(int status, std::string html);

}  // namespace oidor::server
