// The door of the connectors: what every source of conversations offers, and the plain shapes that
// pass through it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "config/spec.hpp"
#include "domain/conversation.hpp"
#include "net/http.hpp"

namespace oidor::connectors {

/// What a source can do, as data: the server, the documents and `doctor` read it.
struct Capabilities {
    std::string_view source = {};   ///< The folder's name: `anura`.
    std::string_view title = {};    ///< As people call it: `Anura`.
    bool webhook = false;           ///< Takes events by HTTP (intake).
    bool pull = false;              ///< Can list past conversations.
    bool recordings = false;        ///< Its conversations have audio that is fetched.
    bool signs = false;             ///< The webhook carries a signature instead of one of our keys.
    std::string_view country = {};  ///< What its accounts default to: `AR`; empty: none.
    std::string_view time_zone = {};  ///< An IANA name; empty: UTC with a warning.
    std::vector<std::string> recording_hosts =
        {};  ///< Default hosts; `.example.com` means every host below.
    /// What its drafts may be looked up by in the explicit table (DESIGN §4.7).
    std::vector<std::string_view> campaign_lookups = {};
    std::vector<std::string_view> agent_lookups = {};
    /// Its predecessor's answers also name the call log and the event's type.
    bool answers_call_log = false;
};

/// What opens a source's recordings where a plain GET does not. Sent to the account's recording
/// hosts alone, and never along a redirect to another one.
struct RecordingAccess {
    /// Header fields with credentials, tried in this order after a 401 or 403.
    std::vector<std::pair<std::string, Secret>> credentials = {};
    /// A link with this in it answers `{"url": …}` instead of audio, and wants the first
    /// credential at once; empty: there are none such.
    std::string link_marker = {};
};

/// What a connector may know of the account that an event came for. Values are resolved by the
/// configuration.
struct AccountContext {
    std::string name = "default";
    std::string country = {};
    std::string time_zone = {};
    /// The offset of local time from UTC at a local moment in the account's zone; set by whoever
    /// knows the zones.
    std::chrono::minutes (*utc_offset)(std::string_view time_zone,
                                       std::chrono::local_seconds local) = nullptr;
    /// What is set for the account under the source's own keys; null: nothing.
    std::shared_ptr<const config::Values> own = {};
};

/// A webhook's request as received. `body` holds the raw bytes.
struct WebhookRequest {
    std::string_view method = {};
    std::string_view path = {};          ///< Behind `/webhook/<source>[/<account>]`: ``, `/test`.
    std::string_view content_type = {};  ///< With parameters, as sent.
    std::string_view body = {};
    Timestamp received_at = {};
    const net::Headers* headers = nullptr;  ///< Null: there are none.
};

/// One item of a delivery, ready for the inbox (identity: DESIGN §4.6).
struct IncomingEvent {
    std::string external_id = {};
    std::string kind =
        {};  ///< As the source names it, upper or lower case as it normalises it: `END`.
    ConversationKey conversation = {};
    std::string normalised =
        {};  ///< RFC 8785 JSON of the item as parsed; empty when it could not be parsed.
    std::string raw = {};  ///< The bytes of the item.
    std::vector<std::string> warnings =
        {};  ///< Values that could not be read; names only, no customer text.
    bool operator==(const IncomingEvent&) const = default;
};

/// An event as the inbox gives it back.
struct KeptEvent {
    std::string kind = {};
    std::string normalised = {};
    Timestamp received_at = {};
};

/// What a source's events say about one agent's part.
struct ParticipationDraft {
    std::string leg = {};  ///< Identity; empty when no agent is named yet.
    std::optional<std::string> wanted =
        {};  ///< The id that the predecessor's rule reads from the event.
    std::vector<std::pair<std::string, std::string>> lookups =
        {};  ///< (kind, value) for the explicit table, in order.
    std::optional<std::string> name = {};
    std::optional<Timestamp> from = {};
    std::optional<Timestamp> to = {};
    bool operator==(const ParticipationDraft&) const = default;
};

/// One recording that a source announces, and where its audio may be fetched.
struct RecordingDraft {
    std::string external_id = "main";
    std::vector<std::string> candidate_urls = {};  ///< In the order in which they are tried.
    bool operator==(const RecordingDraft&) const = default;
};

/// All events of one conversation, merged by field, whatever their order (DESIGN §4.6).
struct ConversationDraft {
    ConversationKind kind = ConversationKind::Call;
    Direction direction = Direction::Unknown;
    CallOutcome outcome = CallOutcome::Unknown;
    bool ended = false;
    std::optional<bool> recorded = {};  ///< What the source says; null: it did not say.
    std::optional<Timestamp> started_at = {};
    std::optional<Timestamp> ended_at = {};
    std::optional<std::int64_t> duration_s =
        {};  ///< Talk time where it is told apart from ringing.
    std::optional<std::string> address_from = {};
    std::optional<std::string> address_to = {};
    std::optional<std::string> campaign_wanted = {};
    std::vector<std::pair<std::string, std::string>> campaign_lookups =
        {};  ///< As in ParticipationDraft.
    std::vector<ParticipationDraft> participations = {};
    std::vector<RecordingDraft> recordings = {};
    std::optional<std::string> details_json =
        {};  ///< Custom fields, queue, price, warnings: canonical JSON.
    bool operator==(const ConversationDraft&) const = default;
};

/// One source. Every method is pure: no I/O, no clock, no logging; safe to call from many threads.
class Connector {
  public:
    virtual ~Connector() = default;

    [[nodiscard]] virtual const Capabilities& capabilities() const = 0;

    /// The settings that an account of this source has beside those of every account.
    [[nodiscard]] virtual std::span<const config::Key> account_keys() const { return {}; }
    /// What `values`, the account's own settings, say of the way to its recordings.
    [[nodiscard]] virtual RecordingAccess recording_access(const config::Values& /*values*/) const {
        return {};
    }

    /// Whether a delivery was signed by who shares the account's secret, lately: of sources that
    /// sign. Takes the same time whatever is wrong. Errors: Forbidden.
    [[nodiscard]] virtual Result<void> check_signature(const WebhookRequest& /*request*/,
                                                       const AccountContext& /*account*/) const {
        return fail(ErrorCode::Forbidden, "this source signs nothing");
    }
    /// The setting that an account needs before any delivery of a signing source can be taken;
    /// empty: it is set, or none is needed.
    [[nodiscard]] virtual std::string_view find_missing_secret(
        const AccountContext& /*account*/) const {
        return {};
    }

    /// Why a delivery is not taken.
    struct Rejected {
        Error error = {};
        bool unusable = false;  ///< 422 instead of the code's own status.
    };
    /// Either events, all kept before the answer, or why not.
    struct Delivery {
        std::vector<IncomingEvent> events = {};
        std::optional<Rejected> rejected = {};
    };
    /// The events of a delivery. A rejection is the answer: Invalid (400), Unsupported (415),
    /// TooLarge (413); an item that was read but cannot be used (no identity) is Invalid and
    /// `unusable` (422).
    [[nodiscard]] virtual Delivery parse_delivery(const WebhookRequest& request,
                                                  const AccountContext& account) const = 0;

    /// What a delivery would be understood as: the answer of the open `/test` page.
    struct Explanation {
        int http_status = 200;
        std::string body_json = {};
    };
    /// Nothing when the source has no such page. Creates nothing, fetches nothing, and repeats no
    /// number, name or link of the body.
    [[nodiscard]] virtual std::optional<Explanation> explain_delivery(
        const WebhookRequest& /*request*/, const AccountContext& /*account*/) const {
        return std::nullopt;
    }

    /// The body to paste into the provider's panel, with its placeholders; empty where there is no
    /// such panel.
    [[nodiscard]] virtual std::string body_template() const { return {}; }

    /// The conversation that `events` tell of, in inbox order. Errors: Invalid when none of them
    /// can be read.
    [[nodiscard]] virtual Result<ConversationDraft> merge(std::span<const KeptEvent> events,
                                                          const AccountContext& account) const = 0;
};

/// All connectors of this build, by their folder's name.
const std::vector<std::unique_ptr<Connector>>& all_connectors();
/// The connector of a source; null for an unknown one.
const Connector* find_connector(std::string_view source);

}  // namespace oidor::connectors
