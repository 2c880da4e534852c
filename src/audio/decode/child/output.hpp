// How oidor-decode answers: frames on standard output (base/frames.hpp).
//
//   H  {"container", "codec", "rate_hz", "channels"}: before anything else
//   L  for every 20 ms, and in it for every channel, what is kept of it (audio/signal/packing.hpp)
//   X  for every 20 ms, and in it for every pair of channels, how alike they are
//   P  samples: signed 16 bit, the machine's byte order; of several channels interleaved
//   Z  {"samples", "stated_ms", "cut", "decode_errors", "format_changed", "all_bytes"}: the good
//   end E  {"code", "message"}: the bad end; a code of base/error.hpp C  what `confine` returned,
//   or `leaks …`: the answer to `check`
#pragma once

#include <string_view>

namespace oidor::decode {

/// Writes one frame. Ends the program when nobody reads any more.
void write_frame(char kind, std::string_view payload);

/// Writes an E frame and ends the program with status 0: bad input is an answer.
[[noreturn]] void refuse(std::string_view code, std::string_view message);

/// Ends the program without running destructors: nothing of ours needs them, and the libraries'
/// may want system calls that are gone.
[[noreturn]] void end_program(int status);

/// The parts of `name` that stand safely in a JSON string of ours.
bool is_plain_name(std::string_view name);

}  // namespace oidor::decode
