#include "output.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/core.h>
#include <unistd.h>

#include "base/frames.hpp"

namespace oidor::decode {
namespace {

void write_all(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto size = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size <= 0) {
            end_program(1);
        }
        bytes.remove_prefix(static_cast<std::size_t>(size));
    }
}

}  // namespace

void end_program(int status) { ::_exit(status); }

void write_frame(char kind, std::string_view payload) {
    const auto head = frame_head(kind, static_cast<std::uint32_t>(payload.size()));
    write_all({head.data(), head.size()});
    write_all(payload);
}

void refuse(std::string_view code, std::string_view message) {
    write_frame('E', fmt::format(R"({{"code":"{}","message":"{}"}})", code, message));
    end_program(0);
}

bool is_plain_name(std::string_view name) {
    return std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == ',' || c == '-';
    });
}

}  // namespace oidor::decode
