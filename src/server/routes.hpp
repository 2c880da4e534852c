// The route table: one line per route, from which come matching, access checks and the OpenAPI
// page.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/access_control.hpp"
#include "base/result.hpp"
#include "net/http.hpp"

namespace oidor::server {

/// Takes the body of a request that was let in by its header, piece by piece. One caller at a
/// time, never on an I/O thread: it may wait for a disk.
class BodyIntake {
  public:
    virtual ~BodyIntake() = default;
    virtual void take(std::string_view bytes) = 0;
    /// The pieces cannot all be given: whoever finishes the intake hears of this error.
    virtual void abandon(const Error& error) = 0;
};

/// A request that found its route and passed its access check.
struct Call {
    const net::Request& request;
    access::Principal principal = {};  ///< Of an open route: nobody.
    std::map<std::string, std::string, std::less<>> path_values = {};  ///< `{id}` → its text.
    /// What took the whole body, where the route opens one for it; else null, and
    /// `request` has the body.
    std::shared_ptr<BodyIntake> intake = {};

    [[nodiscard]] std::optional<std::string> query(std::string_view name) const {
        return request.find_query(name);
    }
};

/// What a route asks of the caller.
enum class Gate {
    Open,         ///< Nobody is asked.
    Scope,        ///< A key (or page session) with the route's scope.
    Signature,    ///< Nobody's key: the body is signed with the account's secret.
    Webhook,      ///< A key with `webhook:<source>/<account>`; the route itself checks which.
    Reader,       ///< A key with `audits:read`, or a webhook's for its account; the route checks.
    OffLoopback,  ///< The route's scope, unless the peer is on loopback.
    Page,         ///< A page session with the route's scope; without one, the sign-in form.
};

/// What a query parameter may be.
enum class ParameterType { Text, PageSize, Day, Time, ConversationState, JobState, Channel, By };

/// How a route says what went wrong.
enum class Failures {
    Problem,  ///< RFC 9457.
    Detail,   ///< `{"detail": …}` and the codes of the paths that predecessors published.
};

/// One query parameter, for the OpenAPI page.
struct Parameter {
    std::string_view name = {};
    std::string_view text = {};
    ParameterType type = ParameterType::Text;
    bool required = false;
};

/// One row of the table. A row without a handler is documented and served elsewhere.
struct Route {
    std::string_view method = {};
    std::string_view pattern = {};  ///< `/api/v1/conversations/{id}`
    std::string_view name = {};     ///< As in the access log and the OpenAPI operation id.
    std::string_view summary = {};
    Gate gate = Gate::Scope;
    std::string_view scope = {};
    std::string_view answer = "application/json";
    std::string_view schema = {};  ///< Of its answer: a name of `component_schemas`.
    std::string_view body = {};    ///< Of what it takes, likewise; empty: nothing.
    bool creates = false;          ///< 201 for what is new, 200 for what was there.
    std::vector<Parameter> parameters = {};
    bool logged = true;  ///< One line in the access log for each call.
    Failures failures = Failures::Problem;
    std::function<Result<net::Response>(const Call&)> handler = {};
    /// For bodies that are taken as they arrive: called once the header was read and the caller
    /// let in, on an I/O thread. Null of the result: this body goes into memory after all.
    std::function<Result<std::shared_ptr<BodyIntake>>(const Call&)> open_intake = {};
    std::size_t intake_bytes_max = 0;  ///< The largest body that is taken so.
};

/// The accounts whose conversations a caller may see: all with `audits:read`, else those of its
/// webhook scopes.
struct Reach {
    bool all = false;
    std::vector<std::pair<std::string, std::string>> accounts = {};  ///< (source, account)

    [[nodiscard]] bool covers(std::string_view source, std::string_view account) const;
};
/// Forbidden for a caller without either.
Result<Reach> reach_of(const access::Principal& principal);

/// A path as routes are found by it: slashes doubled or at the end do not matter.
std::string normal_path(std::string_view path);

/// A route and the values of its path.
struct Match {
    const Route* route = nullptr;
    std::map<std::string, std::string, std::less<>> path_values = {};
};

/// The route of a method and path. NotFound when no pattern fits; `Unsupported` when the path
/// exists with other methods.
Result<Match> find_route(const std::vector<Route>& routes, std::string_view method,
                         std::string_view path);

/// The methods that a path takes, for the `Allow` header: `GET, PUT`; empty when there is no such
/// path.
std::string format_allowed_methods(const std::vector<Route>& routes, std::string_view path);

/// OpenAPI 3.1 of the table, pages left out.
std::string format_openapi(const std::vector<Route>& routes, std::string_view version);

}  // namespace oidor::server
