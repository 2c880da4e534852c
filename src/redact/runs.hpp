// Numbers as people say and write them, piece after piece: `cuatro ocho, doble cinco`, `4509 9535`,
// `treinta millones …`, also when they go on in the speaker's next segment.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "domain/transcript.hpp"
#include "redact/tokens.hpp"

namespace oidor::redact {

/// One number said or written in one go, as the digits that it stands for; `K` ends a RUT.
struct Atom {
    std::uint32_t first = 0;  ///< Tokens, both included.
    std::uint32_t last = 0;
    std::string digits = {};
    bool written = false;
    /// Something between it and the one before tells them apart: a comma, `eh`, another segment.
    bool apart = false;
    std::uint16_t gap = kTight;  ///< Before it, Gap.
    std::size_t open_zeros = 0;  ///< At its end, that what is said next may fill.
};

/// Atoms that may be one number.
struct Run {
    std::vector<Atom> atoms = {};
};

/// A transcript's tokens, and where each segment's begin (one more than there are segments).
struct TokenTable {
    std::vector<Token> tokens = {};
    std::vector<std::uint32_t> begins = {};
};

TokenTable tokenize(const Transcript& transcript, std::string_view language);

/// All runs, in the order in which they begin.
std::vector<Run> find_runs(const Transcript& transcript, const TokenTable& table);

}  // namespace oidor::redact
