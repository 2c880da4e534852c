// A parsed transcript of about 8 KB judged by a scorecard of 200 phrases, beside a scan that only
// folds, and RE2 looking for the same phrases. The folder bench/README.md says how the figures are
// taken.
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <re2/re2.h>
#include <re2/set.h>

#include "audit/auditor.hpp"
#include "audit/folding.hpp"
#include "base/sha256.hpp"
#include "redact/redact.hpp"

namespace oidor::audit {
namespace {

constexpr const char* kTurns[] = {
    "Buenos días, gracias por comunicarse con nosotros, le atiende Lucía.",
    "Hola, buenas tardes. Mire, le llamo porque la factura de este mes vino con un cargo de más.",
    "Entiendo perfectamente. ¿Me confirma por favor el número de documento del titular de la "
    "cuenta?",
    "Sí, claro. Es el veintitrés millones cuatrocientos cincuenta y seis mil, a nombre de mi "
    "esposa.",
    "Muchas gracias. Permítame un momento mientras reviso el detalle de los consumos en el "
    "sistema.",
    "Dale, espero. La verdad es que el servicio está muy lento y ya reclamé dos veces este año.",
    "Le comento que aparece un ajuste por mora del período anterior, que ya fue acreditado ayer.",
    "Ah, está bien. ¿Y eso cuándo se va a ver reflejado? Porque no quiero que me corten la línea.",
};

Transcript conversation() {
    Transcript transcript;
    transcript.language = "es";
    std::size_t bytes = 0;
    for (std::int64_t i = 0; bytes < 8'000; ++i) {
        Segment segment;
        segment.text = kTurns[i % 8];
        segment.speaker = i % 2 == 0 ? Speaker::Agent : Speaker::Customer;
        segment.start = Milliseconds(i * 5000);
        segment.end = Milliseconds(i * 5000 + 4500);
        segment.confidence = 0.93;
        bytes += segment.text.size();
        transcript.segments.push_back(std::move(segment));
    }
    return transcript;
}

/// general-es, which has more than 200 phrases of its own, sentiment included.
std::unique_ptr<Auditor> auditor(const char* id) {
    return Auditor::open(get_shipped_scorecard(id).value()).value();
}

Facts facts() {
    Facts facts;
    facts.duration = Milliseconds(300'000);
    return facts;
}

void judge(benchmark::State& state, const char* id, const SourceHashes& hashes) {
    const auto judge = auditor(id);
    const auto transcript = conversation();
    const auto known = facts();
    std::size_t phrases = 0;
    for (const auto& criterion : judge->scorecard().criteria) {
        phrases += criterion.phrases.size();
    }
    for (auto _ : state) {
        benchmark::DoNotOptimize(judge->judge(transcript, known, hashes));
    }
    state.SetItemsProcessed(state.iterations());
    state.counters["phrases"] = static_cast<double>(phrases);
}

/// What a reader without the right to the original costs: every identifier found, and the
/// transcript without them.
void judge_and_mask(benchmark::State& state, const char* id, const SourceHashes& hashes) {
    const auto judge = auditor(id);
    const auto transcript = conversation();
    const auto known = facts();
    std::size_t spans = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(judge->judge(transcript, known, hashes));
        const auto found = redact::find(transcript);
        benchmark::DoNotOptimize(redact::masked(transcript, found));
        spans = found.size();
    }
    state.SetItemsProcessed(state.iterations());
    state.counters["spans"] = static_cast<double>(spans);
}

/// The same phrases as one set of RE2, over the text as it stands: no folding, so that "dias" does
/// not find "días"; no windows, speakers, evidence or sentiment.
void re2_set(benchmark::State& state) {
    const auto judge = auditor("general-es");
    const auto transcript = conversation();
    std::string text;
    for (const auto& segment : transcript.segments) {
        text += segment.text + "\n";
    }
    RE2::Options options;
    options.set_case_sensitive(false);
    options.set_max_mem(std::int64_t{256} << 20U);
    RE2::Set set(options, RE2::UNANCHORED);
    for (const auto& criterion : judge->scorecard().criteria) {
        for (const auto& phrase : criterion.phrases) {
            set.Add(fmt::format("(?:^|[^\\pL\\pN]){}(?:$|[^\\pL\\pN])", RE2::QuoteMeta(phrase)),
                    nullptr);
        }
    }
    if (!set.Compile()) {
        std::abort();  // it would measure nothing
    }
    std::vector<int> found;
    for (auto _ : state) {
        found.clear();
        benchmark::DoNotOptimize(set.Match(text, &found));
    }
    state.SetItemsProcessed(state.iterations());
    state.counters["found"] = static_cast<double>(found.size());
}

void fold_only(benchmark::State& state) {
    const auto transcript = conversation();
    std::size_t bytes = 0;
    for (const auto& segment : transcript.segments) {
        bytes += segment.text.size();
    }
    for (auto _ : state) {
        SearchText text(bytes, transcript.segments.size());
        for (const auto& segment : transcript.segments) {
            text.add_folded(segment.text, SearchText::Join::Apart);
        }
        benchmark::DoNotOptimize(text.bytes());
    }
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

void write_json(benchmark::State& state) {
    const auto judge = auditor("general-es");
    const auto transcript = conversation();
    for (auto _ : state) {
        benchmark::DoNotOptimize(format_audit(judge->judge(transcript, facts()), {}));
    }
    state.SetItemsProcessed(state.iterations());
}

const SourceHashes kStored = {.audio_sha256 = {}, .transcript_sha256 = std::string(64, '0')};

BENCHMARK_CAPTURE(judge, general_stored_transcript, "general-es", kStored);
BENCHMARK_CAPTURE(judge, general_hashing_the_transcript, "general-es", SourceHashes{});
BENCHMARK_CAPTURE(judge, classic_stored_transcript, "classic-es", kStored);
BENCHMARK_CAPTURE(judge_and_mask, general_stored_transcript, "general-es", kStored);
BENCHMARK(re2_set);
BENCHMARK(fold_only);
BENCHMARK(write_json);

}  // namespace
}  // namespace oidor::audit

BENCHMARK_MAIN();
