#include "base/result.hpp"

#include <string>

#include <gtest/gtest.h>

namespace oidor {
namespace {

Result<int> halve(int value) {
    if (value % 2 != 0) {
        return fail(ErrorCode::Invalid, "{} is odd", value);
    }
    return value / 2;
}

Result<std::string> quarter(int value) {
    TRY_ASSIGN(const int half, halve(value));
    TRY(halve(half));
    return std::to_string(half / 2);
}

TEST(Result, passes_values_and_errors_up) {
    EXPECT_EQ(quarter(12).value(), "3");
    EXPECT_EQ(quarter(6).error().message, "3 is odd");
    EXPECT_EQ(quarter(6).error().code, ErrorCode::Invalid);
}

TEST(Error, each_code_has_its_own_row_and_name) {
    for (const auto& row : error_table()) {
        EXPECT_EQ(&faces_of(row.code), &row);
        EXPECT_EQ(find_error_code(row.name), row.code);
    }
    EXPECT_FALSE(find_error_code("Whatever"));
}

TEST(Error, context_is_added_before_the_message) {
    const Error error{.code = ErrorCode::Timeout, .message = "no answer", .retry_after = {}};
    EXPECT_EQ(error.within("fetch").message, "fetch: no answer");
    EXPECT_EQ(error.within("fetch").code, ErrorCode::Timeout);
}

}  // namespace
}  // namespace oidor
