// Holds what the layers give against the declarations: which setting is meant, whether it is right,
// and which layer wins.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/load.hpp"
#include "config/read/raw.hpp"

namespace oidor::config {

/// Used once by `load`: take the layers, then finish. One caller at a time.
class Reader {
  public:
    explicit Reader(const LoadInputs& inputs);

    void take_flags();
    /// Names of the environment; `given` may be the process's or a `.env`.
    void take_environment(const Given& given);
    /// The file's values; relative paths count from `folder`.
    void take(const Given& given, const std::string& folder);

    /// Everything that was right, as settings. Call last.
    Settings finish();

    void fault(std::string text) { faults_.push_back(std::move(text)); }
    [[nodiscard]] const std::vector<std::string>& faults() const { return faults_; }
    [[nodiscard]] bool secret_in_file() const { return secret_in_file_; }
    /// Where a setting was given; `default` when it was not.
    [[nodiscard]] std::string origin_of(std::string_view path) const;

  private:
    /// One setting that may be given: of the installation, of an account or of a sink that was
    /// named.
    struct Target {
        const Key* key = nullptr;
        const AccountSpec* source = nullptr;  ///< Null: the installation's; `&sinks_`: a sink's.
        std::string account = {};
        std::string path = {};
        bool from_file = false;  ///< `K_file`: the value is in the file that is named.
    };
    struct Winner {
        Layer layer = Layer::WeakestDotenv;
        Entry entry = {};
    };

    [[nodiscard]] const AccountSpec* find_source(std::string_view name) const;
    [[nodiscard]] std::vector<const Key*> keys_of(const AccountSpec* source) const;
    bool find_key(std::string_view name, const AccountSpec* source, Target& target) const;
    /// By its path in the file; a fault when there is none.
    bool find_path(const Raw& raw, Target& target);
    bool find_account_path(const Raw& raw, Target& target);
    bool find_sink_path(const Raw& raw, Target& target);
    /// By its name in the environment; a fault when it is one of ours and unknown.
    bool find_variable(const Raw& raw, Target& target);
    bool find_account_variable(const Raw& raw, std::string_view rest, Target& target);
    bool find_sink_variable(const Raw& raw, Target& target);
    /// A key of an account or sink by its name in the environment.
    bool find_named_variable(const Raw& raw, const AccountSpec& source, Target& target);
    bool find_older_name(const Raw& raw, Target& target, const OlderName*& older) const;
    void unknown(const Raw& raw, std::string_view name, const std::vector<std::string>& known);
    [[nodiscard]] std::vector<std::string> known_paths(const AccountSpec* source,
                                                       std::string_view account) const;

    void put(const Target& target, const Raw& raw, const std::string& folder);
    Result<Value> to_value(const Target& target, const Raw& raw, const std::string& folder);
    /// Whether this build has what the value names: an engine, a kind of store.
    [[nodiscard]] Result<void> check_build(const Key& key, std::string_view text) const;
    Result<Value> read_secret_file(const Raw& raw, const Key& key, const std::string& folder) const;
    Account make_account(const AccountSpec& source, const std::string& name);
    Entry stated(const AccountSpec& source, const Key& key) const;
    SinkSettings make_sink(const std::string& name);
    /// `accounts.anura.default.country`, `sinks.lake.folder`.
    [[nodiscard]] std::string path_of(const AccountSpec* source, std::string_view name,
                                      std::string_view key) const;

    const LoadInputs& inputs_;
    /// Sinks as if they were one source: the keys of all their kinds.
    AccountSpec sinks_ = {};
    std::map<std::string, Winner, std::less<>> winners_ = {};
    std::set<std::pair<std::string, std::string>> configured_ =
        {};  ///< (source, account), (`sinks`, sink)
    std::vector<std::string> faults_ = {};
    std::vector<std::string> warnings_ = {};
    bool secret_in_file_ = false;
};

/// The value of a declaration, checked: kind, format, bounds, choices. A text of the environment or
/// of a flag may stand for any kind. Errors: Invalid, never repeating the value.
Result<Value> parse_value(const Key& key, const Raw& raw);

/// Where a relative path in a value of this format counts from, applied.
std::string anchor(std::string_view text, Format format, const std::string& folder);

}  // namespace oidor::config
