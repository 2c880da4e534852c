"""What the provider's own client makes of a transcription endpoint: one JSON object. Run by the interpreter that has it."""

import json
import sys

import openai


def failure(call):
    try:
        call()
    except Exception as error:
        return type(error).__name__
    return None


def main(url, key, audio):
    client = openai.OpenAI(base_url=url + "/v1", api_key=key, max_retries=2)
    once = client.with_options(max_retries=0)

    def hear(using=client, model="whisper-1", **more):
        with open(audio, "rb") as file:
            return using.audio.transcriptions.create(file=file, model=model, **more)

    whole = hear(response_format="verbose_json", timestamp_granularities=["segment", "word"], language="es", temperature=0,
                 prompt="Plan Familia")
    found = {"version": openai.__version__, "models": [each.id for each in client.models.list()],
             "text": whole.text, "duration": float(whole.duration), "language": whole.language,
             "segments": [[each.start, each.end, each.no_speech_prob] for each in whole.segments],
             "words": len(whole.words), "plain": hear(model="gpt-4o-transcribe", response_format="json").text,
             # The client reads this form as plain data.
             "diarized": [each["speaker"] if isinstance(each, dict) else each.speaker
                          for each in hear(model="gpt-4o-transcribe-diarize", response_format="diarized_json",
                                           extra_body={"chunking_strategy": "auto"}).segments],
             "wrong_form": failure(lambda: hear(once, model="gpt-4o-transcribe", response_format="verbose_json")),
             "no_chunks": failure(lambda: hear(once, model="gpt-4o-transcribe-diarize", response_format="diarized_json")),
             "unknown_model": failure(lambda: hear(once, model="nobody")),
             "wrong_key": failure(lambda: hear(openai.OpenAI(base_url=url + "/v1", api_key="wrong", max_retries=0)))}
    # The faults that the test has put, in its order; the first two are repeated by the client itself.
    found["after_429_and_500"] = hear().text
    found["once_429"] = failure(lambda: hear(once))
    found["once_413"] = failure(lambda: hear(once))
    found["cut"] = failure(lambda: hear(once))
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
