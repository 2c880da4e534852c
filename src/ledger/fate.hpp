// What became of one call: how far it came, and if it did not come to its end, the one reason.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/coverage.hpp"

namespace oidor::ledger {

/// Why a call has not come to its end: a closed list. A call has one at most.
enum class Gap {
    NotReceived,           ///< The source's list names it, and nothing arrived.
    MapPending,            ///< Arrived, not read yet.
    NotEnded,              ///< Its end was not announced yet.
    NoRecordingAnnounced,  ///< The source announced no recording.
    NotRecorded,           ///< The source says that it was not recorded.
    FetchPending,          ///< Its recording is being asked for.
    RecordingMissing,      ///< The source does not have its recording.
    RecordingFailed,       ///< Its recording could not be fetched.
    TranscribePending,     ///< It waits to be heard.
    TranscribeFailed,      ///< It could not be heard.
    NoSpeech,              ///< Nobody speaks in its recording.
    AuditPending,          ///< It waits to be judged.
    AuditFailed,           ///< It could not be judged.
    DeliveryPending,       ///< Its result is on its way to a sink.
    DeliveryFailed,        ///< A sink refused its result, or a person has to look.
    DeadLetter,            ///< Another of its jobs was given up.
    Inconsistent,          ///< Nothing moves it, or what is stored of it contradicts itself.
};
inline constexpr Gap kLastGap = Gap::Inconsistent;
/// `not_received`
std::string_view format(Gap gap);
std::optional<Gap> parse_gap(std::string_view text);
/// True for what goes on by itself, given time.
bool is_pending(Gap gap);

/// What became of a call. The stages are facts of their own: a call whose transcript was handed in
/// is transcribed without having been fetched.
struct Fate {
    bool announced = false;    ///< The source's own list names it.
    bool received = false;     ///< Something of it arrived.
    bool recorded = false;     ///< A recording was announced or stored.
    bool fetched = false;      ///< All its recordings are stored.
    bool transcribed = false;  ///< It has a transcript.
    bool audited = false;      ///< Judged, with a result.
    bool not_auditable =
        false;  ///< Looked at, and nothing to judge (DESIGN §4.2) but for no_speech.
    std::optional<bool> delivered = {};  ///< By every sink; null: there is none.
    bool campaign_unmapped = false;
    std::optional<Gap> gap = {};
    std::string detail = {};  ///< Of the gap: a word of a closed list, `absent`; may be empty.
};

/// The jobs of the story, as the queue names them.
inline constexpr std::array<std::string_view, 5> kJobKinds = {"map", "fetch", "transcribe", "ask",
                                                              "audit"};

/// Pure.
Fate fate_of(const store::CallFacts& call);

}  // namespace oidor::ledger
