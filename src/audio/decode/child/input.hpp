// What oidor-decode reads: the audio on standard input, through FFmpeg, without opening anything.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace oidor::decode {

/// One audio stream of the file on standard input, decoded frame by frame. One per program: it is
/// never closed, as the program ends with it.
class Input {
  public:
    /// Opens standard input. Bad input ends the program with an E frame.
    Input();

    /// The next frame; null at the end. Packets that do not decode are counted and left out.
    const AVFrame* next_frame();

    [[nodiscard]] std::string container() const;
    [[nodiscard]] std::string codec() const;
    [[nodiscard]] int rate_hz() const { return rate_hz_; }
    [[nodiscard]] int channels() const { return channels_; }
    /// The duration that the file states; -1 where it states none or it is a guess.
    [[nodiscard]] std::int64_t stated_ms() const;
    [[nodiscard]] int decode_errors() const { return decode_errors_; }
    /// The last packet did not decode, or the file broke off while it was read.
    [[nodiscard]] bool cut() const { return cut_; }
    [[nodiscard]] bool format_changed() const { return format_changed_; }
    /// The file says how many bytes it has, and has them. Of MP3 alone.
    [[nodiscard]] bool has_all_bytes() const;

  private:
    void open_container();
    void open_codec();
    bool feed_packet();

    AVFormatContext* format_ = nullptr;
    AVStream* stream_ = nullptr;
    AVCodecContext* decoder_ = nullptr;
    AVPacket* packet_ = nullptr;
    AVFrame* frame_ = nullptr;
    int rate_hz_ = 0;
    int channels_ = 0;
    int decode_errors_ = 0;
    bool cut_ = false;
    bool flushed_ = false;
    bool format_changed_ = false;
};

/// One channel of a frame as numbers from -1 to 1; false for a sample format that we do not know.
bool read_channel(const AVFrame& frame, int channel, int channels, std::vector<float>& samples);

}  // namespace oidor::decode
