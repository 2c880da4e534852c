"""What a redactor's spans are worth beside those that are known (see redaction_corpus)."""

import collections

import shares


def measured_share(hits, total):
    """{"value", "low", "high"}: a share with its interval of 95 %; None without a single case."""
    if not total:
        return None
    low, high = shares.wilson(hits, total)
    return {"value": hits / total, "low": low, "high": high}


def bare_bytes(text, ranges, covered):
    """(how many bytes of letters and figures within `ranges` no covering range holds, how many there are)"""
    places, at = [], 0
    for letter in text:
        size = len(letter.encode())
        if letter.isalnum() and any(begin <= at < end for begin, end in ranges):
            places += range(at, at + size)
        at += size
    return len([place for place in places if not any(begin <= place < end for begin, end in covered)]), len(places)


def touches(one, other):
    return one["segment"] == other["segment"] and one["begin"] < other["end"] and other["begin"] < one["end"]


def excerpt(item, spans, found):
    """The segments of an identifier or a false alarm, with the one before; what was found between ⟦ ⟧."""
    texts, segments = [], sorted({span["segment"] for span in spans})
    for segment in [segments[0] - 1, *segments] if segments[0] else segments:
        data = item["transcript"]["segments"][segment]["text"].encode()
        for span in sorted((span for span in found if span["segment"] == segment), key=lambda span: -span["begin"]):
            data = (data[:span["begin"]] + "⟦".encode() + data[span["begin"]:span["end"]] + "⟧".encode()
                    + data[span["end"]:])
        texts.append(data.decode("utf-8", "replace"))
    return " / ".join(texts)


class Tally:
    """Counts by kind, form and harmless thing."""

    def __init__(self):
        self.recall = collections.defaultdict(collections.Counter)      # by kind, and by (kind, form)
        self.forms = collections.defaultdict(collections.Counter)
        self.precision = collections.defaultdict(collections.Counter)   # by the kind that was found
        self.negatives = collections.defaultdict(collections.Counter)
        self.misses = collections.defaultdict(list)
        self.alarms = collections.defaultdict(list)

    def identifier(self, item, spans, found):
        """Every part of it must be covered, else it is missed."""
        segments = item["transcript"]["segments"]
        bare = total = 0
        touching = [span for span in found if any(touches(span, part) for part in spans)]
        for part in spans:
            covered = [(span["begin"], span["end"]) for span in found if span["segment"] == part["segment"]]
            left, size = bare_bytes(segments[part["segment"]]["text"], part["carries"], covered)
            bare, total = bare + left, total + size
        kind, form = spans[0]["kind"], spans[0]["form"]
        for counter in (self.recall[kind], self.recall[""], self.forms[form]):
            counter["identifiers"] += 1
            counter["found"] += not bare
            counter["partly"] += 0 < bare < total
            counter["other_kind"] += not bare and any(span["kind"] != kind for span in touching)
        if bare:
            self.misses[kind].append((form, excerpt(item, spans, found)))

    def span(self, item, span, found):
        """What was found: true when it touches an identifier."""
        truth = any(touches(span, part) for part in item["spans"])
        harmless = [negative["what"] for negative in item["negatives"] if touches(span, negative)]
        for counter in (self.precision[span["kind"]], self.precision[""]):
            counter["spans"] += 1
            counter["true"] += truth
        if not truth:
            self.alarms[harmless[0] if harmless else "other talk"].append((span["kind"], excerpt(item, [span], found)))

    def item(self, item, found):
        numbers = collections.defaultdict(list)
        for span in item["spans"]:
            numbers[span["number"]].append(span)
        for spans in numbers.values():
            self.identifier(item, spans, found)
        for span in found:
            self.span(item, span, found)
        for negative in item["negatives"]:
            for counter in (self.negatives[negative["what"]], self.negatives[""]):
                counter["negatives"] += 1
                counter["touched"] += any(touches(span, negative) for span in found)


def group(rows, examples_max):
    """{"count", "examples"}: of (sort, text) the shortest, one of each sort (form or kind) first."""
    ordered = sorted(set(rows), key=lambda row: (len(row[1]), row))
    firsts = list({sort: (sort, text) for sort, text in reversed(ordered)}.values())[::-1]
    chosen = firsts + [row for row in ordered if row not in firsts]
    return {"count": len(rows), "examples": [{"sort": sort, "text": text} for sort, text in chosen[:examples_max]]}


def measure(items, found, examples_max=3):
    """Recall and precision of `found` (for each item its list of {"segment", "begin", "end", "kind"}).

    An identifier is found when every byte of its letters and figures is covered, by spans of whatever kind;
    `other_kind` counts those where a span was of another kind, `partly` those missed in part. A span is a false alarm
    when it touches no identifier. Under "" stands the sum of all."""
    tally = Tally()
    for item, spans in zip(items, found, strict=True):
        tally.item(item, spans)

    def recall(rows):
        return {name: {**{word: row[word] for word in ("identifiers", "found", "partly", "other_kind")},
                       "recall": measured_share(row["found"], row["identifiers"])} for name, row in sorted(rows.items())}

    return {
        "recall": recall(tally.recall),
        "forms": recall(tally.forms),
        "precision": {name: {"spans": row["spans"], "false_alarms": row["spans"] - row["true"],
                             "precision": measured_share(row["true"], row["spans"])}
                      for name, row in sorted(tally.precision.items())},
        "negatives": {name: {**row, "left_alone": measured_share(row["negatives"] - row["touched"], row["negatives"])}
                      for name, row in sorted(tally.negatives.items())},
        "misses": {kind: group(rows, examples_max) for kind, rows in sorted(tally.misses.items())},
        "alarms": {what: group(rows, examples_max) for what, rows in sorted(tally.alarms.items())},
    }
