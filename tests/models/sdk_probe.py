"""What the provider's own client makes of an endpoint: one JSON object. Run by the interpreter that has the client."""

import json
import sys

import openai


def failure(call):
    try:
        call()
    except Exception as error:
        return type(error).__name__
    return None


def main(url, key, model):
    client = openai.OpenAI(base_url=url, api_key=key, max_retries=2)
    once = client.with_options(max_retries=0)
    messages = [{"role": "system", "content": "Reply as JSON."}, {"role": "user", "content": "[0] agent: Buenos días"}]
    schema = {"type": "object", "additionalProperties": False, "required": ["answers"],
              "properties": {"answers": {"type": "object", "additionalProperties": False, "required": [], "properties": {}}}}

    def ask(using=client, **more):
        return using.chat.completions.create(**{"model": model, "messages": messages, "temperature": 0, **more})

    def form(wanted, name="form"):
        return {"type": "json_schema", "json_schema": {"name": name, "strict": True, "schema": wanted}}

    reply = ask(response_format=form(schema), max_completion_tokens=100, seed=7, store=False)
    found = {"version": openai.__version__, "models": [each.id for each in client.models.list()],
             "id": reply.id, "content": reply.choices[0].message.content, "finish": reply.choices[0].finish_reason,
             "tokens": reply.usage.total_tokens, "cached": reply.usage.prompt_tokens_details.cached_tokens,
             "open_schema": failure(lambda: ask(once, response_format=form({"type": "object", "properties": {"a": {}}}))),
             "bad_name": failure(lambda: ask(once, response_format=form(schema, "no spaces allowed"))),
             "no_messages": failure(lambda: ask(once, messages=[])),
             "unknown_model": failure(lambda: ask(once, model="nobody")),
             "wrong_key": failure(lambda: ask(openai.OpenAI(base_url=url, api_key="wrong", max_retries=0)))}
    # The faults that the test has put, in its order; the first two are repeated by the client itself.
    found["after_429_and_500"] = ask().choices[0].finish_reason
    found["once_429"] = failure(lambda: ask(once))
    found["once_500"] = failure(lambda: ask(once))
    found["quota"] = failure(lambda: ask(once))
    found["refusal"] = ask(once).choices[0].message.refusal
    found["length"] = ask(once).choices[0].finish_reason
    found["filtered"] = ask(once).choices[0].finish_reason
    found["tool"] = ask(once).choices[0].message.tool_calls[0].function.name
    found["no_usage"] = ask(once).usage
    found["timeout"] = failure(lambda: ask(client.with_options(max_retries=0, timeout=0.3)))
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
