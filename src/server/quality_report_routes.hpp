// `/api/v1/reports/…`: quality reports as JSON, CSV, HTML or text.
#pragma once

#include <memory>
#include <vector>

#include "server/api_routes.hpp"
#include "server/routes.hpp"

namespace oidor::server {

/// With null parts they can be documented, not called.
std::vector<Route> quality_report_routes(const std::shared_ptr<const ApiParts>& parts);

/// `/quality/{kind}`: the same for people with a session, as a page where nothing else is asked
/// for.
Route quality_report_page(const std::shared_ptr<const ApiParts>& parts, UiLanguage language);

}  // namespace oidor::server
