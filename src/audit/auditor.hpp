// Judges a transcript by a scorecard: the door of this room.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/answers.hpp"
#include "audit/audit.hpp"
#include "audit/facts.hpp"
#include "audit/scorecard.hpp"
#include "base/result.hpp"
#include "domain/transcript.hpp"

namespace oidor::audit {

/// Raised only when the same input may give another audit.
inline constexpr std::string_view kScoringVersion = "3";

/// Hashes of the input that the caller knows already; the receipt repeats them.
struct SourceHashes {
    std::optional<std::string> audio_sha256 = {};
    /// Of format_transcript's bytes; made here when it is absent.
    std::optional<std::string> transcript_sha256 = {};
};

/// A scorecard made ready to judge: phrases compiled once. `judge` may be called from many threads.
class Auditor {
  public:
    /// Errors: TooLarge when the phrases together are too many bytes to compile.
    static Result<std::unique_ptr<Auditor>> open(Scorecard scorecard);
    ~Auditor();
    Auditor(const Auditor&) = delete;
    Auditor& operator=(const Auditor&) = delete;

    /// Never fails: what cannot be judged is said in the audit. The same input gives the same
    /// audit. Time grows with the text's size; evidence is bounded.
    /// `answers`: what a model said to the scorecard's questions; without one, a question is
    /// `unknown`. A scorecard without questions does not look at them.
    [[nodiscard]] Audit judge(const Transcript& transcript, const Facts& facts,
                              const SourceHashes& hashes = {},
                              const ModelAnswers* answers = nullptr) const;

    [[nodiscard]] const Scorecard& scorecard() const;
    /// Names of the measures that its criteria ask for, `duration` left out; sorted.
    [[nodiscard]] const std::vector<std::string>& measures() const;
    /// Whether a criterion asks a model.
    [[nodiscard]] bool has_questions() const;
    /// Digest of the language data used: folding tables, lexicon, phrase packs.
    [[nodiscard]] const std::string& packs_sha256() const;

  private:
    struct Compiled;
    explicit Auditor(std::unique_ptr<Compiled> compiled);
    std::unique_ptr<Compiled> compiled_;
};

}  // namespace oidor::audit
