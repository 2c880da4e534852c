"""What Azure's own client makes of a fast-transcription endpoint: one JSON object. Run by the interpreter that has it."""

import json
import pathlib
import sys

from azure.ai.transcription import VERSION, TranscriptionClient
from azure.ai.transcription.models import (PhraseListProperties, TranscriptionContent, TranscriptionDiarizationOptions,
                                           TranscriptionOptions)
from azure.core.credentials import AzureKeyCredential


def failure(call):
    try:
        call()
    except Exception as error:
        return type(error).__name__
    return None


def main(url, key, audio, api_version):
    def open_client(key, **more):
        return TranscriptionClient(endpoint=url, credential=AzureKeyCredential(key), api_version=api_version, **more)

    client, once = open_client(key, retry_backoff_factor=0.05), open_client(key, retry_total=0)
    data = pathlib.Path(audio).read_bytes()  # An open file it would send empty the second time.

    def hear(using=client, **more):
        options = TranscriptionOptions(locales=["es-AR"], profanity_filter_mode="None", **more)
        return using.transcribe(TranscriptionContent(definition=options, audio=("call.wav", data, "audio/wav")))

    def rows(result):
        return [[each.channel, each.speaker, each.locale, each.offset_milliseconds, each.duration_milliseconds, each.text,
                 each.confidence, len(each.words)] for each in result.phrases]

    whole = hear(active_channels=[0, 1])
    print(json.dumps({
        "version": VERSION, "duration_ms": whole.duration_milliseconds, "phrases": rows(whole),
        "combined": [[each.channel, each.text] for each in whole.combined_phrases],
        "diarized": rows(hear(diarization_options=TranscriptionDiarizationOptions(enabled=True, max_speakers=2))),
        "phrase_list": rows(hear(active_channels=[0, 1], phrase_list=PhraseListProperties(phrases=["Plan Familia"]))),
        # The faults that the test has put, in its order; the client itself repeats the first two.
        "after_429_and_500": rows(hear(active_channels=[0, 1])),
        "once_429": failure(lambda: hear(once, active_channels=[0, 1])),
        "wrong_key": failure(lambda: hear(open_client("wrong", retry_total=0))),
        "unknown_locale": failure(lambda: once.transcribe(TranscriptionContent(
            definition=TranscriptionOptions(locales=["xx-XX"]), audio=("call.wav", b"RIFF", "audio/wav"))))}))


if __name__ == "__main__":
    main(*sys.argv[1:])
