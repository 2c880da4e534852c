#include "speech/labels.hpp"

#include <fstream>
#include <map>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "base/json.hpp"

namespace oidor::speech {
namespace {

Segment said(int channel, std::int64_t start_ms, std::string text) {
    return {.start = Milliseconds(start_ms),
            .end = Milliseconds(start_ms + 3000),
            .channel = channel,
            .text = std::move(text)};
}

Transcript call_of(std::vector<Segment> segments) {
    Transcript transcript;
    transcript.language = "es";
    transcript.segments = std::move(segments);
    return transcript;
}

std::vector<std::string> labels_of(Transcript transcript, const AudioAnalysis& analysis = {}) {
    mark_labels(find_labels(transcript, analysis), {}, transcript);
    std::vector<std::string> labels;
    for (const auto& segment : transcript.segments) {
        labels.push_back(segment.label);
    }
    return labels;
}

TEST(Labels, are_the_words_of_the_transcripts_closed_list) {
    EXPECT_EQ(format(MachineKind::Hold), "hold");
    EXPECT_EQ(format(MachineKind::Ivr), "ivr");
    EXPECT_EQ(format(MachineKind::Voicemail), "voicemail");
}

TEST(Labels, a_menu_before_the_agent_and_a_survey_after) {
    EXPECT_EQ(
        labels_of(call_of({said(0, 0, "Para ventas marque uno. Para soporte marque dos."),
                           said(0, 9000, "Buenas tardes, le habla Paula."),
                           said(1, 12'000, "Hola, no tengo internet."),
                           said(0, 60'000, "Si quedó conforme marque uno, si no marque dos.")})),
        (std::vector<std::string>{"ivr", "", "", "ivr"}));
}

TEST(Labels, a_person_who_explains_a_menu_is_no_machine) {
    EXPECT_EQ(
        labels_of(call_of({said(0, 0, "Buenas tardes, le habla Paula."),
                           said(0, 4000,
                                "Usted llama, y ahí para ventas marque uno y para soporte marque "
                                "dos, y le van a pedir el número de cliente."),
                           said(0, 9000,
                                "Después espere que lo atiendan y les explica lo que me dijo a "
                                "mí, que el técnico no fue, y ellos le dan otra fecha.")})),
        std::vector<std::string>(3));
}

TEST(Labels, words_of_a_person_in_the_same_segment_are_not_lost) {
    EXPECT_EQ(labels_of(call_of({said(0, 0,
                                      "Su llamada es importante, será atendido en breve. "
                                      "Buenas tardes, le habla Paula, ¿en qué lo ayudo?"),
                                 said(1, 9000, "Hola.")})),
              std::vector<std::string>(2));
}

TEST(Labels, an_agent_who_says_what_is_played_is_no_machine) {
    const std::vector<std::string> nobody(4);
    const auto talk = said(0, 0, "Buenas tardes, le habla Paula.");
    const auto answer = said(1, 4000,
                             "Hola, la factura me llegó por el doble este mes y no sé por "
                             "qué será.");
    // After a person's words.
    for (const auto& text :
         {"Aguarde en línea, en breve será atendido.", "Visite nuestra página. No corte.",
          "Permanezca en la línea, uno de nuestros asesores lo atenderá."}) {
        EXPECT_EQ(labels_of(call_of({talk, answer, said(0, 9000, text), said(1, 13'000, "Dale.")})),
                  nobody)
            << text;
    }
    // After an answer, whatever was said before.
    const auto greeting = said(0, 0, "Telecom Sur, buenas tardes.");
    const auto transfer = said(0, 9000, "Aguarde en línea, en breve será atendido.");
    EXPECT_EQ(labels_of(call_of({greeting, answer, transfer, said(1, 13'000, "Dale.")})), nobody);
    // At the start, but with words of an agent's own.
    EXPECT_EQ(labels_of(call_of({said(0, 0,
                                      "Lo voy a transferir, su llamada es importante, en breve "
                                      "será atendido."),
                                 answer, said(0, 9000, "Ya está."), said(1, 13'000, "Dale.")})),
              nobody);
    auto english =
        call_of({said(0, 0, "Hi, this is Brian, how may I help?"), answer,
                 said(0, 9000, "Stay on the line, the next available agent will help you."),
                 said(1, 13'000, "Okay.")});
    english.language = "en";
    EXPECT_EQ(labels_of(english), nobody);
}

TEST(Labels, what_is_played_within_a_call_is_told_by_the_music_around_it) {
    const auto call = call_of({said(0, 0, "Buenas tardes, le habla Paula."),
                               said(1, 4000, "Hola, llamo por una factura."),
                               said(0, 20'000, "Aguarde en línea, en breve será atendido."),
                               said(0, 40'000, "Gracias por esperar, le cuento.")});
    EXPECT_EQ(labels_of(call), std::vector<std::string>(4));
    AudioAnalysis analysis;
    analysis.channels.resize(2);
    analysis.channels[0].music = {{.start = Milliseconds(9000), .end = Milliseconds(18'000)}};
    EXPECT_EQ(labels_of(call, analysis), (std::vector<std::string>{"", "", "hold", ""}));
    std::swap(analysis.channels[0], analysis.channels[1]);
    EXPECT_EQ(labels_of(call, analysis), std::vector<std::string>(4)) << "on the other channel";
}

TEST(Labels, what_is_played_again_and_again_is_played) {
    const auto text = "Gracias por su paciencia, visite nuestra página para más información";
    EXPECT_EQ(labels_of(call_of({said(0, 0, text), said(0, 30'000, text), said(0, 60'000, text),
                                 said(1, 70'000, "Hola.")})),
              (std::vector<std::string>{"hold", "hold", "hold", ""}));
    EXPECT_EQ(labels_of(call_of({said(0, 0, text), said(0, 3100, text), said(0, 6200, text)})),
              std::vector<std::string>(3))
        << "without pauses it is an engine's loop";
}

TEST(Labels, an_announcement_over_music) {
    AudioAnalysis analysis;
    analysis.channels.resize(2);
    analysis.channels[0].music = {{.start = Milliseconds(0), .end = Milliseconds(20'000)}};
    const auto call = call_of({said(0, 5000, "Visite nuestra página."), said(1, 22'000, "Hola.")});
    EXPECT_EQ(labels_of(call, analysis), (std::vector<std::string>{"hold", ""}));
    EXPECT_EQ(labels_of(call), std::vector<std::string>(2));
}

TEST(Labels, a_call_is_voicemail_alone_when_nobody_else_speaks) {
    auto alone = call_of({said(0, 0, "En este momento no puedo atenderte."),
                          said(0, 3500, "Dejame tu mensaje después de la señal."),
                          said(1, 9000, "Hola, hola.")});
    mark_labels(find_labels(alone, {}), {}, alone);
    EXPECT_TRUE(alone.has_finding(kVoicemail));
    EXPECT_EQ(alone.segments[0].label, "voicemail");
    EXPECT_EQ(alone.segments[0].speaker, Speaker::Ivr);
    EXPECT_EQ(alone.segments[2].label, "");
    auto message = alone;
    message.findings.clear();
    message.segments.push_back(said(
        1, 12'000, "Buenas tardes, le dejo este mensaje para el señor Vera, por favor llame."));
    mark_labels(find_labels(message, {}), {}, message);
    EXPECT_FALSE(message.has_finding(kVoicemail)) << "the agent left a message: it can be judged";
}

TEST(Labels, a_language_without_a_list_has_none) {
    auto call = call_of({said(0, 0, "Deje su mensaje después del tono.")});
    call.language = "de";
    EXPECT_EQ(labels_of(call), std::vector<std::string>(1));
    call.language.reset();
    EXPECT_EQ(labels_of(call), std::vector<std::string>(1));
}

TEST(Labels, of_written_calls_of_many_countries) {
    std::ifstream lines(std::string(OIDOR_SOURCE_DIR) + "/tests/labelled/hearing/machines.jsonl");
    std::map<std::string, int> calls;
    std::map<std::string, int> found;
    for (std::string line; std::getline(lines, line);) {
        const auto value = parse_json(line);
        ASSERT_TRUE(value) << line;
        const auto& row = value->as_object();
        Transcript transcript;
        transcript.language = std::string(row.at("language").as_string());
        std::int64_t now = 0;
        for (const auto& item : row.at("segments").as_array()) {
            transcript.segments.push_back(said(static_cast<int>(item.as_array()[0].as_int64()), now,
                                               std::string(item.as_array()[1].as_string())));
            now += 3500;
        }
        const std::string kind(row.at("kind").as_string());
        ++calls[kind];
        for (const auto& label : find_labels(transcript, {})) {
            EXPECT_NE(kind, "none") << line;
            if (format(label.kind) == kind) {
                ++found[kind];
                break;
            }
        }
    }
    EXPECT_EQ(calls.at("none"), 29);
    for (const auto& [kind, count] : calls) {
        if (kind != "none") {
            EXPECT_GE(found[kind] * 10, count * 8)
                << kind << ": " << found[kind] << " of " << count;
        }
    }
}

}  // namespace
}  // namespace oidor::speech
