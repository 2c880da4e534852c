// A parsed transcript of about 8 KB judged by a scorecard of 200 phrases, beside a scan that only
// folds. The folder bench/README.md says how the figures are taken.
#include <memory>
#include <string>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "audit/auditor.hpp"
#include "audit/folding.hpp"
#include "base/sha256.hpp"

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
BENCHMARK(fold_only);
BENCHMARK(write_json);

}  // namespace
}  // namespace oidor::audit

BENCHMARK_MAIN();
