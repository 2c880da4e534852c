#include "speech/doubts.hpp"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>

#include "speech/loops.hpp"
#include "speech/plain_words.hpp"

namespace oidor::speech {
namespace {

Segment said(std::int64_t start_ms, std::int64_t end_ms, std::string text,
             std::optional<int> channel = 0) {
    return {.start = Milliseconds(start_ms),
            .end = Milliseconds(end_ms),
            .channel = channel,
            .text = std::move(text)};
}

/// A recording whose channels speak in these stretches.
AudioAnalysis sound_of(std::int64_t duration_ms, std::vector<Intervals> channels) {
    AudioAnalysis analysis;
    analysis.duration = Milliseconds(duration_ms);
    for (auto& speech : channels) {
        ChannelAnalysis channel;
        channel.speech = std::move(speech);
        analysis.channels.push_back(std::move(channel));
    }
    return analysis;
}

SpeechInterval segment_of(std::int64_t start_ms, std::int64_t end_ms) {
    return {.start = Milliseconds(start_ms), .end = Milliseconds(end_ms)};
}

EngineReply reply_of(std::vector<Segment> segments) {
    EngineReply reply;
    reply.transcript.language = "es";
    reply.transcript.segments = std::move(segments);
    return reply;
}

/// The doubts of one segment that is said with all the time it needs.
std::vector<Doubt> doubts_of(const std::string& text) {
    auto reply = reply_of({said(0, 60'000, text)});
    const auto found = find_doubts(reply, sound_of(60'000, {{segment_of(0, 60'000)}}));
    return found.segments.empty() ? std::vector<Doubt>() : found.segments[0].doubts;
}

bool is_doubted(const std::string& text, Doubt doubt) {
    const auto found = doubts_of(text);
    return std::ranges::find(found, doubt) != found.end();
}

std::string repeated(const std::string& phrase, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) {
        text += (i > 0 ? " " : "") + phrase;
    }
    return text;
}

TEST(Doubts, are_the_words_of_the_transcripts_closed_list) {
    EXPECT_EQ(format(Doubt::Compression), "compression");
    EXPECT_EQ(format(Doubt::Cut), "cut");
    EXPECT_EQ(format(Doubt::Invention), "invention");
    EXPECT_EQ(format(Doubt::NoSpeech), "no_speech");
    EXPECT_EQ(format(Doubt::Repetition), "repetition");
    EXPECT_EQ(format(Doubt::SpeechOverSilence), "speech_over_silence");
}

TEST(Doubts, a_phrase_that_follows_itself_is_a_loop) {
    for (const auto& phrase : {"gracias", "no sé", "si no, si", "y entonces le digo que no",
                               "Bueno, entonces le voy a explicar cómo funciona el servicio hoy"}) {
        EXPECT_TRUE(is_doubted(repeated(phrase, 12), Doubt::Repetition)) << phrase;
        EXPECT_TRUE(
            is_doubted("Buenas tardes. " + repeated(phrase, 12) + " Adiós.", Doubt::Repetition))
            << phrase;
    }
}

TEST(Doubts, people_do_repeat_themselves) {
    for (const auto& text :
         {"Sí, sí, sí, sí, sí, claro.", "No, no, no, no, no, no, espere.", "Aló, aló, aló, aló?",
          "Ja, ja, ja, ja, ja, ja.", "Bueno bueno bueno, vamos a ver, a ver, a ver.",
          "Cero cero cero cero cero cero cero uno, dos dos dos dos.",
          "Uno uno cinco cinco, uno uno cinco cinco, uno uno cinco cinco, uno uno cinco cinco.",
          "E de España, e de España, ene, ene, ene, ene de Navarra.",
          "A a a a a a a a, punto com punto com.", "Doce mil, doce mil, doce mil, doce mil pesos.",
          "Le digo que no, que no, que no, que no me funciona.",
          "¿Me escucha? ¿Me escucha? ¿Me escucha? ¿Me escucha?",
          "Já, já, já, já liguei, já liguei, já paguei.", "Okay okay okay okay, got it, got it.",
          "Tres tres tres, cuatro cuatro cuatro, tres tres tres, cuatro cuatro cuatro."}) {
        EXPECT_EQ(doubts_of(text), std::vector<Doubt>()) << text;
    }
}

TEST(Doubts, loops_run_over_segments_of_one_voice) {
    std::vector<Segment> segments;
    for (int i = 0; i < 4; ++i) {
        segments.push_back(said(i * 3000, i * 3000 + 2900, "Y le damos las gracias por esperar."));
        segments.push_back(said(i * 3000, i * 3000 + 2900, "Sí.", 1));
    }
    const auto analysis = sound_of(20'000, {{segment_of(0, 12'000)}, {segment_of(0, 12'000)}});
    const auto found = find_doubts(reply_of(segments), analysis);
    ASSERT_EQ(found.segments.size(), 4U);
    for (const auto& one : found.segments) {
        EXPECT_EQ(segments[one.segment].channel, 0);
        EXPECT_EQ(one.doubts, std::vector<Doubt>{Doubt::Repetition});
    }
    // Half a minute apart it is what is played to who waits.
    for (std::size_t i = 0; i < segments.size(); ++i) {
        segments[i].start = Milliseconds(static_cast<std::int64_t>(i) * 30'000);
        segments[i].end = *segments[i].start + Milliseconds(2900);
    }
    const auto whole = sound_of(300'000, {{segment_of(0, 300'000)}, {segment_of(0, 300'000)}});
    EXPECT_TRUE(find_doubts(reply_of(segments), whole).segments.empty());
}

TEST(Doubts, text_that_shrinks_too_much_was_not_said) {
    const auto loop = repeated("y le decía que mañana a la tarde", 8) +
                      repeated(" y le decía que pasado a la tarde", 8);
    EXPECT_GT(compression_ratio(loop), 2.4);
    EXPECT_TRUE(is_doubted(loop, Doubt::Compression));
    const std::string speech =
        "Buenas tardes, le habla Paula, ¿en qué lo puedo ayudar? Mire, le cuento, ayer a la tarde "
        "vino el técnico, estuvo una hora, me dijo que estaba todo bien y hoy a la mañana otra vez "
        "lo mismo, no anda, no anda, y no puedo trabajar, porque trabajo desde casa y necesito "
        "que ande, entonces quería saber si pueden mandar a alguien hoy mismo o cómo hacemos.";
    EXPECT_LT(compression_ratio(speech), 1.8);
    EXPECT_EQ(compression_ratio(""), 1);
    EXPECT_EQ(doubts_of(speech), std::vector<Doubt>());
    // An engine's own figure counts whatever the length.
    auto reply = reply_of({said(0, 5000, "Hola, buenas tardes.")});
    reply.signs = {{.compression_ratio = 2.5}};
    const auto analysis = sound_of(5000, {{segment_of(0, 5000)}});
    EXPECT_EQ(find_doubts(reply, analysis).segments.size(), 1U);
    reply.signs = {{.compression_ratio = 2.3}};
    EXPECT_TRUE(find_doubts(reply, analysis).empty());
}

TEST(Doubts, an_engine_that_heard_no_speech_and_is_unsure_is_not_believed) {
    const auto analysis = sound_of(5000, {{segment_of(0, 5000)}});
    const auto doubted = [&](double no_speech, double log_probability) {
        auto reply = reply_of({said(0, 5000, "Hola, buenas tardes.")});
        reply.signs = {
            {.no_speech_probability = no_speech, .average_log_probability = log_probability}};
        return !find_doubts(reply, analysis).empty();
    };
    EXPECT_TRUE(doubted(0.7, -1.2));
    EXPECT_FALSE(doubted(0.7, -0.4)) << "sure of its words";
    EXPECT_FALSE(doubted(0.5, -1.2)) << "it heard speech";
    auto reply = reply_of({said(0, 5000, "Hola.")});
    reply.signs = {{.no_speech_probability = 0.9}};
    EXPECT_TRUE(find_doubts(reply, analysis).empty()) << "one sign of two";
}

TEST(Doubts, what_engines_learnt_from_videos_is_an_invention) {
    for (const auto& text :
         {"Subtítulos realizados por la comunidad de Amara.org", "¡Gracias por ver el video!",
          "Suscríbete al canal.", "Legendas pela comunidade Amara.org", "Obrigado por assistir.",
          "Thanks for watching!", "Thank you for watching. Please subscribe to my channel.",
          "Subtitles by the Amara.org community", "SUBTÍTULOS POR LA COMUNIDAD DE AMARA.ORG"}) {
        EXPECT_TRUE(is_doubted(text, Doubt::Invention)) << text;
    }
    for (const auto& text :
         {"Gracias por ver el video que le mandé, ¿le sirvió?", "Gracias por llamar.",
          "Le pido que se suscriba al canal de noticias de la empresa.", "Obrigado por ligar.",
          "Thanks for watching that for me.", "Muchas gracias.", "Hasta luego, gracias."}) {
        EXPECT_FALSE(is_doubted(text, Doubt::Invention)) << text;
    }
}

TEST(Doubts, more_words_than_there_is_speech_for) {
    const auto analysis =
        sound_of(60'000, {{segment_of(1000, 4000)}, {segment_of(20'000, 22'000)}});
    const auto doubted = [&](const Segment& segment) {
        return !find_doubts(reply_of({segment}), analysis).segments.empty();
    };
    EXPECT_FALSE(doubted(said(1000, 4000, "Buenas tardes, le habla Paula de Telecom.")));
    // Times of engines are no better than this.
    EXPECT_FALSE(doubted(said(3800, 6000, "Buenas tardes, le habla Paula.")))
        << "five words in half a second: no more than 12 a second";
    EXPECT_TRUE(doubted(said(30'000, 34'000, "Buenas tardes, le habla Paula.")));
    EXPECT_TRUE(doubted(said(20'000, 22'000, "Buenas tardes, le habla Paula."))) << "other channel";
    EXPECT_FALSE(doubted(said(20'000, 22'000, "Buenas tardes, le habla Paula.", 1)));
    EXPECT_FALSE(doubted(said(20'000, 22'000, "Buenas tardes, le habla Paula.", std::nullopt)));
    // A soft word is often missed, but not far from all speech.
    EXPECT_FALSE(doubted(said(4500, 4800, "Sí.")));
    EXPECT_TRUE(doubted(said(40'000, 40'300, "Sí.")));
    auto untimed = said(0, 0, "Buenas tardes, le habla Paula.");
    untimed.start.reset();
    untimed.end.reset();
    EXPECT_FALSE(doubted(untimed));
    EXPECT_TRUE(
        find_doubts(reply_of({said(30'000, 34'000, "Buenas tardes, le habla.")}), {}).empty())
        << "nothing was measured";
}

TEST(Doubts, words_that_end_long_before_the_speech) {
    const auto analysis = sound_of(60'000, {{segment_of(0, 10'000), segment_of(30'000, 45'000)},
                                            {segment_of(12'000, 20'000)}});
    const auto agent = said(0, 10'000, "Buenas tardes, le habla Paula.");
    const auto customer = said(12'000, 20'000, "Hola, no tengo internet.", 1);
    const auto cut = find_doubts(reply_of({agent, customer}), analysis);
    EXPECT_TRUE(cut.segments.empty());
    ASSERT_EQ(cut.cuts.size(), 1U);
    EXPECT_EQ(cut.cuts[0].channel, 0);
    EXPECT_EQ(cut.cuts[0].from, Milliseconds(10'000));
    EXPECT_EQ(cut.cuts[0].speech, Milliseconds(15'000));
    auto farewell = said(44'000, 45'000, "Hasta luego.");
    EXPECT_TRUE(find_doubts(reply_of({agent, customer, farewell}), analysis).empty());
    // A channel of which nothing was heard.
    const auto lost = find_doubts(reply_of({agent, farewell}), analysis);
    ASSERT_EQ(lost.cuts.size(), 1U);
    EXPECT_EQ(lost.cuts[0].channel, 1);
    // What an engine itself says of it.
    auto told = reply_of({agent, customer, farewell});
    told.unheard = {{.channel = 1, .from = Milliseconds(20'000), .speech = Milliseconds(9000)}};
    ASSERT_EQ(find_doubts(told, analysis).cuts.size(), 1U);
    told.unheard[0].speech = Milliseconds(3000);
    EXPECT_TRUE(find_doubts(told, analysis).empty());
}

TEST(Doubts, are_written_into_the_transcript_and_take_its_confidence) {
    const auto analysis = sound_of(60'000, {{segment_of(0, 10'000), segment_of(30'000, 45'000)}});
    auto reply =
        reply_of({said(0, 9'000, repeated("gracias por ver", 14)), said(9'100, 9'900, "Chau.", 0)});
    for (auto& segment : reply.transcript.segments) {
        segment.confidence = 0.9;
    }
    const auto doubts = find_doubts(reply, analysis);
    EXPECT_FALSE(doubts.empty());
    EXPECT_EQ(doubts.extent(reply.transcript), Milliseconds(9'000 + 1 + 15'000));
    mark_doubts(doubts, analysis, reply.transcript);
    const auto& segments = reply.transcript.segments;
    ASSERT_EQ(segments.size(), 3U);
    EXPECT_EQ(segments[0].doubts,
              (std::vector<std::string>{"compression", "invention", "repetition"}));
    EXPECT_EQ(segments[0].confidence, 0);
    EXPECT_FALSE(segments[0].text.empty()) << "the words stay";
    EXPECT_TRUE(segments[1].doubts.empty());
    EXPECT_EQ(segments[1].confidence, 0.9);
    EXPECT_EQ(segments[2].doubts, std::vector<std::string>{"cut"});
    EXPECT_EQ(segments[2].text, "");
    EXPECT_EQ(segments[2].start, Milliseconds(9'900));
    EXPECT_EQ(segments[2].end, Milliseconds(45'000));
}

TEST(Loops, their_place_is_exact) {
    const auto words = plain_words("hola a b a b a b a b a b a b a b chau");
    const LoopRules rules = {.repeats = {10, 7, 5, 4, 3}, .repeats_of_numbers = 7};
    const auto loops = find_loops(words, rules);
    ASSERT_EQ(loops.size(), 1U);
    EXPECT_EQ(loops[0], (Loop{.first = 1, .beyond = 15, .phrase_words = 2}));
    EXPECT_TRUE(find_loops({}, rules).empty());
    const std::vector<std::string> one = {"a"};
    EXPECT_TRUE(find_loops(one, rules).empty());
}

}  // namespace
}  // namespace oidor::speech
