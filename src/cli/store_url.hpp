// Which store a word of the command line means.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "config/settings.hpp"

namespace oidor::cli {

/// `config` (the configured store), `sqlite:PATH`, `postgres://…` without a password, or `@FILE`
/// with any of them. Invalid for another word and for a password that every user of the computer
/// would see; Forbidden when others can read the file; NotFound.
Result<Secret> read_store_url(const std::string& word, const config::Settings& settings);

/// A word that looks like one of them.
bool is_store_url(std::string_view word);

}  // namespace oidor::cli
