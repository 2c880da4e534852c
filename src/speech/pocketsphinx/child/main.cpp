// oidor-pocketsphinx: hears English utterances on standard input and answers with words.
//
//   oidor-pocketsphinx MODEL_FOLDER CPU_SECONDS_MAX
//
// Frames in (base/frames.hpp):  U  the samples of one utterance, 16 kHz, 16 bit
// Frames out:  S  {"utterance": number from 0, "words": [[start_ms, end_ms, text, posterior], …]}
//              Z  the good end     E  {"code", "message"}: the bad end
//
// A program of its own because PocketSphinx ends its process on a fatal error. The model is read
// first; then the program gives up files, network and privileges before it reads any audio.
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>
#include <pocketsphinx.h>
#include <sphinxbase/err.h>
#include <unistd.h>

#include "base/confinement.hpp"
#include "base/frames.hpp"

namespace oidor::speech::pocketsphinx {
namespace {

/// A minute: three times what the parent sends at most.
constexpr std::size_t kUtteranceMax = std::size_t{60} * 16'000 * sizeof(std::int16_t);
/// The decoder counts time in frames.
constexpr int kFrameMs = 10;
constexpr std::size_t kModelMemoryMax = std::size_t{1} << 30U;

void write_all(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto size = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size <= 0) {
            ::_exit(1);
        }
        bytes.remove_prefix(static_cast<std::size_t>(size));
    }
}

void write_frame(char kind, std::string_view payload) {
    const auto head = frame_head(kind, static_cast<std::uint32_t>(payload.size()));
    write_all({head.data(), head.size()});
    write_all(payload);
}

[[noreturn]] void refuse(std::string_view code, std::string_view message) {
    write_frame('E', fmt::format(R"({{"code":"{}","message":"{}"}})", code, message));
    ::_exit(0);
}

/// Fills `size` bytes; false when the input ends before the first of them.
bool read_exactly(char* data, std::size_t size) {
    std::size_t filled = 0;
    while (filled < size) {
        const auto count = ::read(STDIN_FILENO, data + filled, size - filled);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            if (filled == 0) {
                return false;
            }
            refuse("Internal", "the input broke off");
        }
        filled += static_cast<std::size_t>(count);
    }
    return true;
}

bool read_utterance(std::vector<std::int16_t>& samples) {
    std::array<char, kFrameHeadSizeBytes> head = {};
    if (!read_exactly(head.data(), head.size())) {
        return false;
    }
    const std::size_t size = frame_size({head.data(), head.size()});
    if (head.front() != 'U' || size > kUtteranceMax || size % sizeof(std::int16_t) != 0) {
        refuse("Internal", "unreadable frame");
    }
    samples.resize(size / sizeof(std::int16_t));
    if (size > 0 && !read_exactly(reinterpret_cast<char*>(samples.data()), size)) {
        refuse("Internal", "the input broke off");
    }
    return true;
}

/// The word without its number of pronunciation, ready for JSON; empty for silence and noises.
std::string plain_word(std::string_view word) {
    if (word.starts_with('<') || word.starts_with('[') || word.starts_with('+')) {
        return {};
    }
    std::string plain;
    for (const char c : word.substr(0, word.find('('))) {
        if (c >= ' ' && c <= '~' && c != '"' && c != '\\') {
            plain.push_back(c);
        }
    }
    return plain;
}

void hear(ps_decoder_t* decoder, int number, const std::vector<std::int16_t>& samples) {
    std::string words;
    if (ps_start_utt(decoder) < 0 ||
        ps_process_raw(decoder, samples.data(), samples.size(), FALSE, TRUE) < 0 ||
        ps_end_utt(decoder) < 0) {
        refuse("Internal", "the decoder failed");
    }
    for (ps_seg_t* part = ps_seg_iter(decoder); part != nullptr; part = ps_seg_next(part)) {
        const std::string word = plain_word(ps_seg_word(part));
        if (word.empty()) {
            continue;
        }
        int first = 0;
        int last = 0;
        ps_seg_frames(part, &first, &last);
        const double posterior =
            logmath_exp(ps_get_logmath(decoder), ps_seg_prob(part, nullptr, nullptr, nullptr));
        words += fmt::format(R"({}[{},{},"{}",{:.3f}])", words.empty() ? "" : ",", first * kFrameMs,
                             (last + 1) * kFrameMs, word, posterior);
    }
    write_frame('S', fmt::format(R"({{"utterance":{},"words":[{}]}})", number, words));
}

/// Lets fatal messages through to standard error; the rest is chatter.
void on_message(void*, err_lvl_t level, const char* text, ...) {
    if (level == ERR_FATAL) {
        static constexpr std::string_view kSays = "pocketsphinx: fatal: ";
        [[maybe_unused]] auto size = ::write(STDERR_FILENO, kSays.data(), kSays.size());
        size = ::write(STDERR_FILENO, text, std::strlen(text));
    }
}

ps_decoder_t* open_decoder(const std::string& models) {
    err_set_callback(on_message, nullptr);
    const std::string acoustic = models + "/en-us";
    const std::string language = models + "/en-us.lm.bin";
    const std::string dictionary = models + "/cmudict-en-us.dict";
    // The last three bound the search: a third less time, the same words on clear speech.
    cmd_ln_t* settings = cmd_ln_init(nullptr, ps_args(), TRUE, "-hmm", acoustic.c_str(), "-lm",
                                     language.c_str(), "-dict", dictionary.c_str(), "-maxhmmpf",
                                     "3000", "-maxwpf", "10", "-pl_window", "5", nullptr);
    ps_decoder_t* decoder = settings != nullptr ? ps_init(settings) : nullptr;
    if (decoder == nullptr) {
        refuse("Unsupported", "the English model cannot be read: install pocketsphinx-en-us");
    }
    return decoder;
}

int run(int count, char** arguments) {
    if (count != 3) {
        return 2;
    }
    unsigned cpu_seconds_max = 0;
    const std::string_view text = arguments[2];
    if (std::from_chars(text.data(), text.data() + text.size(), cpu_seconds_max).ec !=
        std::errc()) {
        return 2;
    }
    ps_decoder_t* decoder = open_decoder(arguments[1]);
    confine({.address_space_bytes_max = kModelMemoryMax, .cpu_seconds_max = cpu_seconds_max});
    std::vector<std::int16_t> samples;
    for (int number = 0; read_utterance(samples); ++number) {
        hear(decoder, number, samples);
    }
    write_frame('Z', "");
    return 0;
}

}  // namespace
}  // namespace oidor::speech::pocketsphinx

int main(int argc, char** argv) { ::_exit(oidor::speech::pocketsphinx::run(argc, argv)); }
