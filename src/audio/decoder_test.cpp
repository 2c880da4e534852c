#include "audio/decoder.hpp"
#include <gtest/gtest.h>
using namespace oidor;
TEST(Tmp, x) {
    for (std::string f :
         {"call-auto-8k-mono-u8.wav", "speech-16k-stereo.wav", "speech-en-16k-mulaw.wav",
          "speech-short.mp3", "broken-no-header.wav", "README.md"}) {
        auto r = audio::Decoder().analyse("/work/shared/samples/" + f, {});
        puts(r ? format_audio_analysis(*r).c_str() : r.error().message.c_str());
    }
    puts(audio::Decoder().find_confinement({})->c_str());
}
