#include "cli/store_url.hpp"

#include <fstream>
#include <sstream>

#include <sys/stat.h>

namespace oidor::cli {
namespace {

/// A URL that stands in a file, because a password is in it.
Result<std::string> read_url_file(const std::string& path) {
    struct stat status = {};
    std::ifstream file(path);
    if (!file || ::stat(path.c_str(), &status) != 0) {
        return fail(ErrorCode::NotFound, "@{}: it cannot be read", path);
    }
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return fail(ErrorCode::Forbidden, "@{}: others can read it; chmod 600 it", path);
    }
    std::stringstream text;
    text << file.rdbuf();
    auto url = text.str();
    url.erase(url.find_last_not_of(" \t\r\n") + 1);
    return url;
}

bool has_password(std::string_view url) {
    const auto start = url.find("://");
    const auto authority = url.substr(start + 3, url.find('/', start + 3) - start - 3);
    const auto at = authority.rfind('@');
    const bool before_host =
        at != std::string_view::npos && authority.substr(0, at).find(':') != std::string_view::npos;
    return before_host || url.find("password=") != std::string_view::npos;
}

}  // namespace

bool is_store_url(std::string_view word) {
    return word == "config" || word.starts_with('@') || word.starts_with("sqlite:") ||
           word.starts_with("postgres://") || word.starts_with("postgresql://");
}

Result<Secret> read_store_url(const std::string& word, const config::Settings& settings) {
    if (word == "config") {
        return settings.installation.store_url;
    }
    const bool from_file = word.starts_with('@');
    auto url = word;
    if (from_file) {
        TRY_ASSIGN(url, read_url_file(word.substr(1)));
    }
    const bool postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
    if (!postgres && (!url.starts_with("sqlite:") || url.size() <= 7)) {
        return fail(ErrorCode::Invalid,
                    "{}: expected sqlite:PATH, postgres://USER@HOST/DATABASE, @FILE with one of "
                    "them, or config for the configured store",
                    from_file ? word : "the store");
    }
    if (postgres && !from_file && has_password(url)) {
        return fail(ErrorCode::Invalid,
                    "a password on the command line is seen by every user of this computer: put "
                    "the URL into a file (chmod 600) and write @FILE, or use PGPASSWORD or "
                    "~/.pgpass");
    }
    return Secret(url);
}

}  // namespace oidor::cli
