// Fills a data folder with conversations as the program stores them, for bench/backtest.py:
// `backtest_bench FOLDER COUNT`. Each has one agent and a transcript of about 8 KB of text with
// words of its own, written straight into the tables in big transactions: what is measured is
// reading.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <sqlite3.h>

#include <fmt/format.h>

#include "base/id.hpp"
#include "base/sha256.hpp"
#include "domain/transcript.hpp"
#include "store/sql/compression.hpp"
#include "store/store.hpp"

namespace oidor {
namespace {

constexpr std::size_t kTextBytes = 8'000;
constexpr int kPerTransaction = 5'000;
/// One conversation a minute, from 2024 on.
constexpr std::int64_t kFirst = 1'704'067'200'000'000;
constexpr std::int64_t kStep = 60'000'000;

constexpr std::array kOpenings = {
    "Buenos días, gracias por comunicarse con nosotros, le atiende",
    "Hola, buenas tardes, mi nombre es",
    "Sí, dígame, habla",
    "Muy buenas, ¿en qué puedo ayudarle? Soy",
};
constexpr std::array kClosings = {
    "Gracias por llamar, que tenga un buen día.",
    "Hasta luego.",
    "Listo, chau.",
    "Eso no puedo hacerlo yo, adiós.",
};
constexpr std::array kWords = {
    "factura",     "cargo",       "mes",       "servicio",    "línea",       "cuenta",
    "titular",     "documento",   "dirección", "pago",        "vencimiento", "tarjeta",
    "débito",      "saldo",       "reclamo",   "número",      "sistema",     "consumo",
    "detalle",     "período",     "ajuste",    "plan",        "técnico",     "visita",
    "instalación", "equipo",      "señal",     "velocidad",   "contrato",    "oferta",
    "descuento",   "promoción",   "cuota",     "recargo",     "banco",       "transferencia",
    "comprobante", "correo",      "mensaje",   "llamada",     "espera",      "turno",
    "mañana",      "tarde",       "lunes",     "viernes",     "semana",      "año",
    "hora",        "minuto",      "favor",     "claro",       "perfecto",    "entiendo",
    "gracias",     "disculpe",    "momento",   "ahora",       "todavía",     "siempre",
    "nunca",       "también",     "además",    "porque",      "cuando",      "donde",
    "entonces",    "para",        "con",       "sobre",       "desde",       "hasta",
    "según",       "puede",       "quiere",    "necesita",    "tiene",       "había",
    "estaba",      "vino",        "llegó",     "cobraron",    "cortaron",    "mandaron",
    "cambiaron",   "prometieron", "dijeron",   "confirmaron", "revisaron",   "cargaron",
    "esposa",      "hijo",        "vecino",    "edificio",    "piso",        "barrio",
    "ciudad",      "provincia",
};

class Numbers {
  public:
    explicit Numbers(std::uint64_t seed) : state_(seed) {}
    std::size_t below(std::size_t bound) {
        state_ = state_ * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
        return static_cast<std::size_t>(state_ >> 33U) % bound;
    }

  private:
    std::uint64_t state_;
};

Transcript conversation(Numbers& numbers) {
    Transcript transcript;
    transcript.language = "es";
    std::size_t bytes = 0;
    for (std::int64_t i = 0; bytes < kTextBytes; ++i) {
        Segment segment;
        segment.speaker = i % 2 == 0 ? Speaker::Agent : Speaker::Customer;
        segment.start = Milliseconds(i * 5'000);
        segment.end = Milliseconds(i * 5'000 + 4'500);
        segment.confidence = 0.93;
        segment.text = i == 0 ? kOpenings[numbers.below(kOpenings.size())] : "";
        for (std::size_t word = 0; word < 12; ++word) {
            segment.text += segment.text.empty() ? "" : " ";
            segment.text += kWords[numbers.below(kWords.size())];
        }
        segment.text += '.';
        bytes += segment.text.size();
        transcript.segments.push_back(std::move(segment));
    }
    transcript.segments.push_back({.start = transcript.segments.back().end,
                                   .end = *transcript.segments.back().end + Milliseconds(2'000),
                                   .speaker = Speaker::Agent,
                                   .text = kClosings[numbers.below(kClosings.size())],
                                   .confidence = 0.95});
    transcript.duration = *transcript.segments.back().end;
    return transcript;
}

[[noreturn]] void stop(std::string_view what) {
    fmt::print(stderr, "backtest_bench: {}\n", what);
    std::exit(1);
}

/// One statement, prepared once.
class Insert {
  public:
    Insert(sqlite3* database, const char* sql) {
        if (sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr) != SQLITE_OK) {
            stop(sqlite3_errmsg(database));
        }
    }
    ~Insert() { sqlite3_finalize(statement_); }
    Insert(const Insert&) = delete;
    Insert& operator=(const Insert&) = delete;

    Insert& put(std::string_view text) {
        sqlite3_bind_text(statement_, ++at_, text.data(), static_cast<int>(text.size()),
                          SQLITE_TRANSIENT);
        return *this;
    }
    Insert& put_blob(std::string_view bytes) {
        sqlite3_bind_blob(statement_, ++at_, bytes.data(), static_cast<int>(bytes.size()),
                          SQLITE_TRANSIENT);
        return *this;
    }
    Insert& put(std::int64_t value) {
        sqlite3_bind_int64(statement_, ++at_, value);
        return *this;
    }
    void run() {
        if (sqlite3_step(statement_) != SQLITE_DONE) {
            stop(sqlite3_errmsg(sqlite3_db_handle(statement_)));
        }
        sqlite3_reset(statement_);
        at_ = 0;
    }

  private:
    sqlite3_stmt* statement_ = nullptr;
    int at_ = 0;
};

struct Inserts {
    explicit Inserts(sqlite3* database)
        : conversation(
              database,
              "INSERT INTO conversations (id, source, account, channel, external_id, kind, "
              "direction, outcome, state, started_at, listed_at, duration_s, campaign_id, "
              "campaign_state, created_at, updated_at) VALUES (?, 'anura', 'default', "
              "'voice', ?, 'call', 'inbound', 'answered', 'audited', ?4, ?4, ?3, ?5, "
              "'mapped', ?4, ?4)"),
          participation(database,
                        "INSERT INTO participations (id, conversation_id, leg, position, agent_id, "
                        "agent_state, agent_name) VALUES (?, ?, 'a', 0, ?3, 'mapped', ?3)"),
          transcript(database,
                     "INSERT OR IGNORE INTO transcripts (sha256, body, size_bytes) "
                     "VALUES (?, ?, ?)"),
          current(database,
                  "INSERT INTO conversation_transcripts (conversation_id, sha256, origin, "
                  "is_current, created_at) VALUES (?, ?, 'provided', 1, ?)") {}
    Insert conversation;
    Insert participation;
    Insert transcript;
    Insert current;
};

void insert(Inserts& inserts, std::int64_t number, Numbers& numbers) {
    const auto spoken = conversation(numbers);
    const auto json = format_transcript(spoken);
    const auto hash = sha256(json);
    const auto body = store::sql::compress(json);
    if (!body) {
        stop(body.error().message);
    }
    const auto id = ConversationId::make();
    const auto part = ParticipationId::make();
    const auto at = kFirst + number * kStep;
    const std::string_view hash_bytes(reinterpret_cast<const char*>(hash.data()), hash.size());
    inserts.conversation.put_blob(id.bytes())
        .put(fmt::format("bench-{}", number))
        .put(spoken.duration->count() / 1000)
        .put(at)
        .put(std::to_string(number % 7))
        .run();
    inserts.participation.put_blob(part.bytes())
        .put_blob(id.bytes())
        .put(std::to_string(number % 200))
        .run();
    inserts.transcript.put_blob(hash_bytes)
        .put_blob(*body)
        .put(static_cast<std::int64_t>(json.size()))
        .run();
    inserts.current.put_blob(id.bytes()).put_blob(hash_bytes).put(at).run();
}

void run(sqlite3* database, const char* sql) {
    if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
        stop(sqlite3_errmsg(database));
    }
}

int fill(const std::filesystem::path& folder, std::int64_t count) {
    const SystemClock clock;
    const auto path = folder / "oidor.db";
    // The tables as the program makes them.
    if (const auto store = store::open_sqlite_store({.path = path}, clock); !store) {
        stop(store.error().message);
    }
    sqlite3* opened = nullptr;
    if (sqlite3_open(path.c_str(), &opened) != SQLITE_OK) {
        stop("the database cannot be opened");
    }
    const std::unique_ptr<sqlite3, int (*)(sqlite3*)> database(opened, sqlite3_close);
    run(opened, "PRAGMA synchronous = OFF; PRAGMA cache_size = -262144;");
    Inserts inserts(opened);
    Numbers numbers(1);
    for (std::int64_t number = 0; number < count; ++number) {
        if (number % kPerTransaction == 0) {
            run(opened, number == 0 ? "BEGIN" : "COMMIT; BEGIN");
        }
        insert(inserts, number, numbers);
    }
    run(opened, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE);");
    return 0;
}

}  // namespace
}  // namespace oidor

int main(int argc, char** argv) {
    const auto count = argc == 3 ? std::strtoll(argv[2], nullptr, 10) : 0;
    if (count < 1) {
        fmt::print(stderr, "backtest_bench FOLDER COUNT\n");
        return 2;
    }
    return oidor::fill(argv[1], count);
}
