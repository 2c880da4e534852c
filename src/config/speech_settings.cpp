#include "config/speech_settings.hpp"

namespace oidor::config {
namespace {

void declare_language_and_cut(Spec<Installation>& spec) {
    spec.field(&Installation::speech_languages,
               {.key = "speech.languages",
                .text = "The languages that a recording may be spoken in: the engine finds out "
                        "which. Where a campaign says its language, that one counts.",
                .default_words = "language alone",
                .example = "es, pt",
                .format = Format::Language,
                .effect = Effect::Live})
        .field(&Installation::speech_detect_language,
               {.key = "speech.detect_language",
                .text = "Without speech.languages: the engine finds out the language, whichever "
                        "it is.",
                .example = "true",
                .effect = Effect::Live})
        .field(&Installation::speech_phrases,
               {.key = "speech.phrases",
                .text = "Words to expect in recordings, such as names of products: engines that "
                        "take hints get them.",
                .example = "Plan Familia, Cablevisión",
                .effect = Effect::Live})
        .field(&Installation::speech_condense,
               {.key = "speech.condense",
                .text = "Take silence out before a recording is sent; what is heard keeps its "
                        "times.",
                .example = "false"});
}

void declare_azure(Spec<Installation>& spec) {
    spec.field(&Installation::speech_azure_key, {.key = "speech.azure.key",
                                                 .text = "The key of an Azure Speech resource.",
                                                 .older_names = {{.name = "AZURE_SPEECH_KEY"}}})
        .field(&Installation::speech_azure_region,
               {.key = "speech.azure.region",
                .text = "The region of the Azure Speech resource.",
                .example = "brazilsouth",
                .format = Format::Name,
                .older_names = {{.name = "AZURE_SPEECH_REGION"}}})
        .field(&Installation::speech_azure_url,
               {.key = "speech.azure.url",
                .text = "The resource's own address, instead of the region's.",
                .default_words = "https://REGION.api.cognitive.microsoft.com",
                .example = "https://calls.cognitiveservices.azure.com",
                .format = Format::Url})
        .field(&Installation::speech_azure_locales,
               {.key = "speech.azure.locales",
                .text = "Which locale is asked for where a language is meant: the first one of "
                        "that language.",
                .default_words = "es-MX, en-US, pt-BR, fr-FR, it-IT, de-DE",
                .example = "es-AR, pt-BR"});
}

void declare_openai(Spec<Installation>& spec) {
    spec.field(&Installation::speech_openai_url,
               {.key = "speech.openai.url",
                .text = "A server that speaks OpenAI's audio transcription, in the house or "
                        "outside: it gets the recordings.",
                .example = "https://api.openai.com/v1",
                .format = Format::Url})
        .field(&Installation::speech_openai_model,
               {.key = "speech.openai.model",
                .text = "Which model; whisper-1 and its relatives tell times, which most criteria "
                        "need.",
                .example = "whisper-1"})
        .field(
            &Installation::speech_openai_api_key,
            {.key = "speech.openai.api_key",
             .text = "The server's key; none for a server that asks for none. Of another address "
                     "than OpenAI's own, openai.api_key is never sent.",
             .default_words = "openai.api_key, where speech.openai.url is "
                              "https://api.openai.com"})
        .field(&Installation::speech_openai_file_bytes_max,
               {.key = "speech.openai.file_bytes_max",
                .text = "The largest file that the server takes. Longer recordings are cut at "
                        "silences and joined again.",
                .example = "24 MiB",
                .min = "1 MiB",
                .max = "1 GiB",
                .format = Format::Size});
}

void declare_whisper_server(Spec<Installation>& spec) {
    spec.field(&Installation::speech_whisper_server_program,
               {.key = "speech.whisper_server.program",
                .text = "The program whisper-server of whisper.cpp: a path, or a name that PATH "
                        "finds. It is started when the first recording needs it, and ends with us.",
                .example = "/usr/local/bin/whisper-server"})
        .field(&Installation::speech_whisper_server_model,
               {.key = "speech.whisper_server.model",
                .text = "The file of its model, in ggml's form.",
                .example = "/var/lib/whisper/ggml-large-v3-turbo.bin",
                .format = Format::Path})
        .field(&Installation::speech_whisper_server_vad_model,
               {.key = "speech.whisper_server.vad_model",
                .text = "The file of a model of voice activity, with which it skips what is no "
                        "speech.",
                .default_words = "none: it hears everything",
                .example = "/var/lib/whisper/ggml-silero-v5.1.2.bin",
                .format = Format::Path})
        .field(&Installation::speech_whisper_server_threads,
               {.key = "speech.whisper_server.threads",
                .text = "How many threads it uses; 0: as it likes.",
                .example = "4",
                .min = "0",
                .max = "256"})
        .field(&Installation::speech_whisper_server_start_max,
               {.key = "speech.whisper_server.start_max",
                .text = "How long it may take to read its model.",
                .example = "2m",
                .min = "1s",
                .max = "1h"});
}

}  // namespace

void declare_speech(Spec<Installation>& spec) {
    declare_language_and_cut(spec);
    declare_azure(spec);
    declare_openai(spec);
    declare_whisper_server(spec);
}

}  // namespace oidor::config
