"""What `./dev bench` promises: each figure with its floor and its reach, and the table made of them."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Figure:
    """`floor` must be met, `reach` is what we are after; None: told for comparison. `worse` says which way is bad."""
    name: str
    text: str
    unit: str
    floor: float | None = None
    reach: float | None = None
    worse: str = "lower"

    def verdict(self, value):
        if self.floor is None:
            return ""
        meets = (lambda bound: value >= bound) if self.worse == "lower" else (lambda bound: value <= bound)
        if not meets(self.floor):
            return "**below the floor**"
        return "reach" if self.reach is not None and meets(self.reach) else "floor"

    def result(self, value, runs):
        return {**dataclasses.asdict(self), "value": round(value, 4), "runs": [round(run, 4) for run in runs],
                "verdict": self.verdict(value).strip("*")}


FIGURES = (
    Figure("webhook_per_s", "durable webhooks, 64 connections, `--role api`", "/s", 10_000, 20_000),
    Figure("webhook_p50_ms", "… half of them within", "ms", worse="higher"),
    Figure("webhook_p99_ms", "… 99 % within", "ms", 20, 10, "higher"),
    Figure("webhook_over_flask", "… beside Flask + SQLite", "×", 10),
    Figure("webhook_over_bare", "… beside the bare group commit", "×", 0.5),
    Figure("webhook_cpu_us", "… processor time of the server, each", "µs", worse="higher"),
    Figure("webhook_not_200", "… answers that were no success", "", 0, worse="higher"),
    Figure("webhook_memory_mb", "… resident memory at the end", "MiB", worse="higher"),
    Figure("webhook_all_per_s", "the same with `--role all` (jobs run meanwhile)", "/s"),
    Figure("webhook_all_p99_ms", "… 99 % within", "ms", worse="higher"),
    Figure("postgres_webhook_per_s", "durable webhooks on PostgreSQL, 64 connections, `--role api`", "/s", 6_000, 12_000),
    Figure("postgres_webhook_p50_ms", "… half of them within", "ms", worse="higher"),
    Figure("postgres_webhook_p99_ms", "… 99 % within", "ms", 40, 20, "higher"),
    Figure("postgres_webhook_cpu_us", "… processor time of our server, each", "µs", worse="higher"),
    Figure("postgres_webhook_database_cpu_us", "… processor time of PostgreSQL, each", "µs", worse="higher"),
    Figure("postgres_webhook_not_200", "… answers that were no success", "", 0, worse="higher"),
    Figure("postgres_webhook_memory_mb", "… resident memory of our server at the end", "MiB", worse="higher"),
    Figure("flask_per_s", "Flask + SQLite, a commit each", "/s"),
    Figure("flask_p99_ms", "… 99 % within", "ms", worse="higher"),
    Figure("bare_group_commit_64", "bare group commit, 64 rows of 1 KB each", "/s"),
    Figure("keep_1kb_waiting_64", "the store alone, 64 deliveries under way", "/s"),
    Figure("jobs_through_pool", "jobs through queue and workers", "/s", 15_000, 25_000),
    Figure("jobs_enqueue_claim_finish_100", "jobs through the queue in batches of 100", "/s"),
    Figure("idle_add_to_start_mean", "idle: from add to start, mean", "ms", 5, 2, "higher"),
    Figure("idle_add_to_start_p99", "idle: from add to start, 99 %", "ms", 20, None, "higher"),
    Figure("postgres_keep_1kb_waiting_64", "PostgreSQL alone, 64 deliveries under way", "/s"),
    Figure("postgres_jobs_through_pool", "jobs through queue and workers on PostgreSQL", "/s"),
    Figure("postgres_jobs_enqueue_claim_finish_100", "jobs through PostgreSQL's queue in batches of 100", "/s", 8_000, 20_000),
    Figure("postgres_idle_add_to_start_mean", "idle on PostgreSQL: from add to start, mean", "ms", 5, 2, "higher"),
    Figure("postgres_idle_add_to_start_p99", "idle on PostgreSQL: from add to start, 99 %", "ms", 20, None, "higher"),
    Figure("audit_per_s", "8 KB transcript → audit, general-es, one core", "/s", 3_000, 10_000),
    Figure("audit_masked_per_s", "… and its transcript masked: redaction on", "/s", 3_000, 10_000),
    Figure("audit_over_python", "… beside a Python `re` loop", "×", 50),
    Figure("audit_python_per_s", "the Python `re` loop", "/s"),
    Figure("audit_re2_per_s", "RE2, one set of the same phrases, unfolded", "/s"),
    Figure("audit_fold_only_per_s", "a scan that only folds", "/s"),
    Figure("audio_mp3_8k_mono", "audio analysis, MP3 8 kHz mono, one core", "× real time", 300, 600),
    Figure("audio_mp3_8k_stereo", "audio analysis, MP3 8 kHz stereo, one core", "× real time", 300, 600),
    Figure("audio_pcm_8k_stereo", "audio analysis, PCM 8 kHz stereo, one core", "× real time", 2_000, 4_000),
    Figure("ffmpeg_mp3_8k_mono", "ffmpeg decoding the MP3 mono to nothing", "× real time"),
    Figure("hearing_cpu_s_per_audio_s", "offline recognition: processor time a second of audio", "s", worse="higher"),
    Figure("start_cold_ms", "start to first 200, caches dropped", "ms", 500, 200, "higher"),
    Figure("start_warm_ms", "start to first 200, warm", "ms", 100, 50, "higher"),
    Figure("idle_mb", "idle memory after 5 s", "MiB", 60, 30, "higher"),
    Figure("size_mb", "program with its two children", "MiB", 40, 20, "higher"),
)


def format_number(value):
    if value is None:
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}"


def format_table(results):
    """The Markdown between the marks of bench/README.md."""
    quiet = ("The machine was quiet." if results["quiet"] else
             "**The machine was busy with other work: these are no measurements of the program.**")
    loads = ", ".join(map(str, results["load_before_each_run"]))
    lines = [
        "", f"{results['date']} · {results['machine']} · `{results['command'].strip()}` · median of {results['runs']} "
        f"(least – most) · Flask by {results['flask_server']} · load before each run: {loads}. {quiet}", "",
        "| figure | median | runs | floor | reach | meets |", "|---|--:|--:|--:|--:|---|"]
    for figure in results["figures"]:
        unit = f" {figure['unit']}" if figure["unit"] else ""
        bound = "≥ " if figure["worse"] == "lower" else "≤ "
        floor, reach = ("–" if figure[name] is None else bound + format_number(figure[name])
                        for name in ("floor", "reach"))
        verdict = "**below the floor**" if figure["verdict"] == "below the floor" else figure["verdict"]
        spread = f"{format_number(min(figure['runs']))} – {format_number(max(figure['runs']))}"
        lines.append(f"| {figure['text']} | {format_number(figure['value'])}{unit} | {spread} | {floor} | {reach} | "
                     f"{verdict} |")
    taken = {figure["name"] for figure in results["figures"]}
    missing = [figure.text for figure in FIGURES if figure.floor is not None and figure.name not in taken]
    if missing:
        lines += ["", "Not measured: " + "; ".join(missing) + "."]
    lines += [f"\nFailed: {failure}" for failure in results["failures"]]
    return "\n".join(lines) + "\n\n"
