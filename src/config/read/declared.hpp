// A declaration in the words and literals that pages use.
#pragma once

#include <string>
#include <string_view>

#include "config/spec.hpp"

namespace oidor::config {

/// `text`, `secret`, `list of hosts`, `size` …
std::string kind_words(const Key& key);
/// The default as people read it; empty when there is none.
std::string default_words(const Key& key);
/// A value as TOML writes it.
std::string toml_literal(const Key& key, const Value& value);
/// The declaration's example as TOML writes it.
std::string example_literal(const Key& key);
/// An entry as TOML would write it, secrets masked.
std::string shown_literal(const Entry& entry);

}  // namespace oidor::config
