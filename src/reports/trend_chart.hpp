// The trend as a drawing: inline SVG, without script or library. Pure.
#pragma once

#include <string>

#include "base/messages.hpp"
#include "reports/document.hpp"

namespace oidor::reports {

/// One line of means over the days from 0 to 100, its intervals as a band behind it, with a title
/// and a description for those who do not see it. A day without a mean interrupts the line.
std::string format_trend_chart(const Series& series, int number, UiLanguage language);

}  // namespace oidor::reports
