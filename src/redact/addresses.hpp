// E-mail addresses, written and spoken, and the identifiers that have letters: CURP, RFC.
#pragma once

#include <vector>

#include "domain/transcript.hpp"
#include "redact/numbers.hpp"

namespace oidor::redact {

/// `ana@example.com`, `ana punto paz arroba gmail punto com`.
std::vector<Found> find_emails(const Transcript& transcript, const TokenTable& table);

/// CURP and RFC, in one piece or in groups.
std::vector<Found> find_lettered(const Transcript& transcript, const TokenTable& table);

/// CURP and RFC that are dictated, letter by letter and in the speaker's next segments, behind a
/// word that names them.
std::vector<Found> find_spelled(const Transcript& transcript, const TokenTable& table);

}  // namespace oidor::redact
