#include "speech/labels.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "speech/lexicon.hpp"
#include "speech/plain_words.hpp"

namespace oidor::speech {
namespace {

constexpr std::array<std::pair<MachineKind, Cue>, 3> kKinds = {{
    {MachineKind::Voicemail, Cue::Voicemail},
    {MachineKind::Ivr, Cue::Ivr},
    {MachineKind::Hold, Cue::Hold},
}};

/// Everything that one voice says, with where each word comes from.
struct Row {
    std::vector<std::size_t> segments = {};  ///< In order.
    std::vector<std::string> words = {};
    std::vector<std::size_t> origins = {};  ///< A word's segment.
};

/// Words [first, beyond) in which one kind's phrases lie together.
struct Cluster {
    std::size_t first = 0;
    std::size_t beyond = 0;
    std::vector<std::size_t> phrases = {};
    int weight = 0;
    int strong = 0;  ///< Without the phrases that are also people's.
    int heaviest = 0;
};

using VoiceKey = std::pair<std::optional<int>, std::optional<int>>;

std::map<VoiceKey, Row> rows_of(const Transcript& transcript) {
    std::map<VoiceKey, Row> rows;
    for (std::size_t i = 0; i < transcript.segments.size(); ++i) {
        const auto& segment = transcript.segments[i];
        auto words = plain_words(segment.text);
        if (words.empty()) {
            continue;
        }
        auto& row = rows[{segment.channel, segment.voice}];
        row.segments.push_back(i);
        row.origins.insert(row.origins.end(), words.size(), i);
        std::ranges::move(words, std::back_inserter(row.words));
    }
    return rows;
}

class LabelFinder {
  public:
    LabelFinder(const Transcript& transcript, const AudioAnalysis& analysis, const Lexicon& lexicon,
                const LabelRules& rules)
        : segments_(transcript.segments), analysis_(analysis), lexicon_(lexicon), rules_(rules) {
        for (const auto& segment : segments_) {
            words_before_.push_back(words_);
            words_ += plain_words(segment.text).size();
        }
    }

    void look_at(const Row& row) {
        persons_ = find(Cue::Person, row);
        find_own_words(row);
        for (const auto& [kind, cue] : kKinds) {
            const auto hits = find(cue, row);
            for (const auto& cluster : clusters_of(hits, row)) {
                if (is_heavy(cluster) && fits(kind, cluster, row)) {
                    label(kind, cluster, row);
                }
            }
        }
        look_for_repeats(row);
        look_over_music(row);
    }

    std::vector<Label> take() {
        std::vector<Label> labels;
        for (const auto& [segment, kind] : labels_) {
            labels.push_back({.segment = segment, .kind = kind});
        }
        return labels;
    }

  private:
    [[nodiscard]] std::vector<CueHit> find(Cue cue, const Row& row) const {
        const std::array<Cue, 1> one = {cue};
        return lexicon_.find_cues(one, row.words);
    }

    /// Phrases of an agent or a customer that no machine's phrase shares a word with: "aguarde en
    /// línea" is anybody's.
    void find_own_words(const Row& row) {
        std::vector<CueHit> machines;
        for (const auto cue : {Cue::Voicemail, Cue::Ivr, Cue::Hold}) {
            std::ranges::move(find(cue, row), std::back_inserter(machines));
        }
        own_.clear();
        for (const auto cue : {Cue::Agent, Cue::Customer}) {
            for (const auto& hit : find(cue, row)) {
                const bool shared = std::ranges::any_of(machines, [&hit](const CueHit& machine) {
                    return machine.first < hit.beyond && hit.first < machine.beyond;
                });
                if (!shared) {
                    own_.push_back(row.origins[hit.first]);
                }
            }
        }
    }

    /// A person's words, of whichever side, are in the segment.
    [[nodiscard]] bool is_own(std::size_t segment) const {
        return std::ranges::find(own_, segment) != own_.end();
    }

    /// Nothing of another row's words, and no long pause, lies between two words of a row.
    [[nodiscard]] bool is_together(const Row& row, std::size_t from, std::size_t to) const {
        if (to - from > rules_.together_words) {
            return false;
        }
        const auto& earlier = segments_[row.origins[from]];
        const auto& later = segments_[row.origins[to]];
        return !earlier.end || !later.start || *later.start - *earlier.end <= rules_.together_pause;
    }

    [[nodiscard]] std::vector<Cluster> clusters_of(const std::vector<CueHit>& hits,
                                                   const Row& row) const {
        std::vector<Cluster> clusters;
        for (const auto& hit : hits) {
            if (clusters.empty() || !is_together(row, clusters.back().beyond - 1, hit.first)) {
                clusters.push_back({.first = hit.first, .beyond = hit.beyond, .phrases = {}});
            }
            auto& cluster = clusters.back();
            cluster.beyond = hit.beyond;
            // A menu says the same of each of its options; else what comes again is no more.
            const bool again = std::ranges::count(cluster.phrases, hit.phrase) > 0;
            if (again && hit.cue != Cue::Ivr) {
                continue;
            }
            cluster.phrases.push_back(hit.phrase);
            cluster.weight += hit.weight;
            cluster.strong += hit.weight >= rules_.one_weight_min ? hit.weight : 0;
            cluster.heaviest = std::max(cluster.heaviest, hit.weight);
        }
        return clusters;
    }

    [[nodiscard]] bool person_before(std::size_t word) const {
        return std::ranges::any_of(persons_,
                                   [word](const CueHit& hit) { return hit.first < word; });
    }

    [[nodiscard]] bool is_heavy(const Cluster& cluster) const {
        return cluster.weight >= rules_.weight_min && cluster.heaviest >= rules_.one_weight_min;
    }

    [[nodiscard]] bool fits(MachineKind kind, const Cluster& cluster, const Row& row) const {
        const auto after = row.words.size() - cluster.beyond;
        switch (kind) {
            case MachineKind::Voicemail:
                // Who goes on to speak is no voicemail, and somebody may only tell of one.
                return cluster.first <= rules_.greeting_words_max &&
                       after <= rules_.after_greeting_words_max &&
                       (cluster.heaviest >= rules_.weight_min ||
                        words_ - row.words.size() <= rules_.others_words_max);
            case MachineKind::Ivr:
                // A person who explains a menu has said something before, and goes on.
                return cluster.strong >= rules_.weight_min &&
                       (!person_before(cluster.first) || after <= rules_.after_survey_words_max);
            case MachineKind::Hold:
                // Who transfers somebody says what is played then, and a farewell may name the
                // page: within a conversation the words alone tell nothing.
                return !is_within_conversation(cluster.first, row) ||
                       is_near_music(row.origins[cluster.first]);
        }
        return true;
    }

    /// This voice has spoken as a person does, or has spoken and been answered.
    [[nodiscard]] bool is_within_conversation(std::size_t word, const Row& row) const {
        const auto segment = row.origins[word];
        const auto own = static_cast<std::size_t>(std::ranges::lower_bound(row.origins, segment) -
                                                  row.origins.begin());
        return person_before(word) ||
               (own > 0 && words_before_[segment] - own > rules_.others_words_max);
    }

    [[nodiscard]] const ChannelAnalysis* channel_of(const Segment& said) const {
        return said.start && said.end && said.channel && *said.channel >= 0 &&
                       *said.channel < static_cast<int>(analysis_.channels.size())
                   ? &analysis_.channels[static_cast<std::size_t>(*said.channel)]
                   : nullptr;
    }

    /// Music plays on the channel shortly before, over or after it.
    [[nodiscard]] bool is_near_music(std::size_t segment) const {
        const auto& said = segments_[segment];
        const auto* channel = channel_of(said);
        return channel != nullptr &&
               std::ranges::any_of(channel->music, [&](const SpeechInterval& music) {
                   return music.start <= *said.end + rules_.music_near &&
                          *said.start <= music.end + rules_.music_near;
               });
    }

    [[nodiscard]] bool has_person(std::size_t segment, const Row& row) const {
        return std::ranges::any_of(
            persons_, [&](const CueHit& hit) { return row.origins[hit.first] == segment; });
    }

    void label(MachineKind kind, const Cluster& cluster, const Row& row) {
        for (auto word = cluster.first; word < cluster.beyond; ++word) {
            const auto segment = row.origins[word];
            // A greeting on a voicemail is a person's voice; a menu's and a queue's are not.
            const bool person =
                has_person(segment, row) || (kind == MachineKind::Hold && is_own(segment));
            if (kind == MachineKind::Voicemail || !person) {
                labels_.emplace(segment, kind);
            }
        }
        if (kind == MachineKind::Voicemail) {
            // What comes before the phrases is the greeting's beginning: who it belongs to.
            for (const auto segment : row.segments) {
                if (segment < row.origins[cluster.first]) {
                    labels_.emplace(segment, kind);
                }
            }
        }
    }

    void look_for_repeats(const Row& row) {
        std::map<std::vector<std::string>, std::vector<std::size_t>> same;
        for (const auto segment : row.segments) {
            auto words = plain_words(segments_[segment].text);
            if (words.size() >= rules_.repeated_words_min && segments_[segment].start) {
                same[std::move(words)].push_back(segment);
            }
        }
        for (const auto& [words, places] : same) {
            if (!are_played(places) || !has_machine_cue(words)) {
                continue;
            }
            for (const auto segment : places) {
                if (!has_person(segment, row)) {
                    labels_.emplace(segment, MachineKind::Hold);
                }
            }
        }
    }

    /// Again and again with pauses between, as no loop of an engine has them.
    [[nodiscard]] bool are_played(const std::vector<std::size_t>& places) const {
        for (std::size_t i = 1; i < places.size(); ++i) {
            const auto& before = segments_[places[i - 1]];
            if (!before.end || *segments_[places[i]].start - *before.end < rules_.repeated_pause) {
                return false;
            }
        }
        return places.size() > 1;
    }

    [[nodiscard]] bool has_machine_cue(std::span<const std::string> words) const {
        static constexpr std::array<Cue, 2> kPlayed = {Cue::Ivr, Cue::Hold};
        return std::ranges::any_of(lexicon_.find_cues(kPlayed, words), [this](const CueHit& hit) {
            return hit.weight >= rules_.one_weight_min;
        });
    }

    void look_over_music(const Row& row) {
        for (const auto segment : row.segments) {
            const auto& said = segments_[segment];
            const auto* channel = channel_of(said);
            const bool over_music =
                channel != nullptr &&
                std::ranges::any_of(channel->music, [&said](const SpeechInterval& music) {
                    return music.start <= *said.start && *said.end <= music.end;
                });
            if (over_music && !has_person(segment, row) && !is_own(segment) &&
                has_machine_cue(plain_words(said.text))) {
                labels_.emplace(segment, MachineKind::Hold);
            }
        }
    }

    const std::vector<Segment>& segments_;
    const AudioAnalysis& analysis_;
    const Lexicon& lexicon_;
    const LabelRules& rules_;
    std::size_t words_ = 0;                       ///< Of all rows.
    std::vector<std::size_t> words_before_ = {};  ///< A segment, in all rows.
    std::vector<CueHit> persons_ = {};            ///< In the row that is looked at.
    std::vector<std::size_t> own_ = {};           ///< Segments in it with words of a person's.
    std::map<std::size_t, MachineKind> labels_ = {};
};

}  // namespace

std::string_view format(MachineKind kind) {
    return segment_labels()[static_cast<std::size_t>(kind)];
}

std::vector<Label> find_labels(const Transcript& transcript, const AudioAnalysis& analysis,
                               const LabelRules& rules) {
    const auto* lexicon = transcript.language ? Lexicon::find(*transcript.language) : nullptr;
    if (lexicon == nullptr) {
        return {};
    }
    const auto rows = rows_of(transcript);
    LabelFinder finder(transcript, analysis, *lexicon, rules);
    for (const auto& [voice, row] : rows) {
        finder.look_at(row);
    }
    return finder.take();
}

void mark_labels(const std::vector<Label>& labels, const LabelRules& rules,
                 Transcript& transcript) {
    bool voicemail = false;
    for (const auto& label : labels) {
        auto& segment = transcript.segments[label.segment];
        segment.label = format(label.kind);
        segment.speaker = Speaker::Ivr;
        voicemail = voicemail || label.kind == MachineKind::Voicemail;
    }
    std::size_t aside = 0;
    for (const auto& segment : transcript.segments) {
        aside += segment.label.empty() ? plain_words(segment.text).size() : 0;
    }
    if (voicemail && aside <= rules.aside_words_max) {
        transcript.add_finding(kVoicemail);
    }
}

}  // namespace oidor::speech
