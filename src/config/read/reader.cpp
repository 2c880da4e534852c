#include "config/read/reader.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/assert.hpp"

namespace oidor::config {
namespace {

constexpr std::string_view kPrefix = "OIDOR_";
constexpr std::string_view kAccountsPrefix = "OIDOR_ACCOUNTS_";
constexpr std::string_view kSinksPrefix = "OIDOR_SINKS_";
constexpr std::string_view kFileSuffix = "_file";

std::string in_capitals(std::string_view text) {
    return environment_name(text).substr(kPrefix.size());
}

std::string in_small_letters(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

/// `{SOURCE}_DEFAULT_CAMPAIGN_ID` → `ANURA_DEFAULT_CAMPAIGN_ID`.
std::string older_name_of(const OlderName& older, const AccountSpec* source) {
    constexpr std::string_view kPlace = "{SOURCE}";
    if (source == nullptr || !older.name.starts_with(kPlace)) {
        return std::string(older.name);
    }
    return in_capitals(source->source) + std::string(older.name.substr(kPlace.size()));
}

}  // namespace

Reader::Reader(const LoadInputs& inputs) : inputs_(inputs), sinks_{.source = "sinks"} {
    for (const auto& kind : inputs.sinks) {
        sinks_.keys.insert(sinks_.keys.end(), kind.keys.begin(), kind.keys.end());
    }
    std::set<std::string> names;
    for (const auto& source : inputs.accounts) {
        for (const auto& path : known_paths(&source, "a")) {
            ASSERT(names.insert(environment_name(path)).second,
                   "a source and each of its keys is declared once");
        }
    }
}

const AccountSpec* Reader::find_source(std::string_view name) const {
    const auto found = std::ranges::find(inputs_.accounts, name, &AccountSpec::source);
    return found == inputs_.accounts.end() ? nullptr : &*found;
}

std::vector<const Key*> Reader::keys_of(const AccountSpec* source) const {
    std::vector<const Key*> keys;
    const auto common = source == nullptr   ? installation_spec().keys()
                        : source == &sinks_ ? sink_common_spec().keys()
                                            : account_common_spec().keys();
    for (const auto& key : common) {
        keys.push_back(&key);
    }
    if (source != nullptr) {
        for (const auto& key : source->keys) {
            keys.push_back(&key);
        }
    }
    return keys;
}

std::string Reader::path_of(const AccountSpec* source, std::string_view name,
                            std::string_view key) const {
    if (source == nullptr) {
        return std::string(key);
    }
    return source == &sinks_ ? fmt::format("sinks.{}.{}", name, key)
                             : fmt::format("accounts.{}.{}.{}", source->source, name, key);
}

bool Reader::find_key(std::string_view name, const AccountSpec* source, Target& target) const {
    for (const auto* key : keys_of(source)) {
        const auto own = key->options.key;
        const bool from_file = key->kind == Kind::Secret && name.ends_with(kFileSuffix) &&
                               name.substr(0, name.size() - kFileSuffix.size()) == own;
        if (own == name || from_file) {
            target.key = key;
            target.source = source;
            target.from_file = from_file;
            target.path = path_of(source, target.account, own);
            return true;
        }
    }
    return false;
}

std::vector<std::string> Reader::known_paths(const AccountSpec* source,
                                             std::string_view account) const {
    std::vector<std::string> known;
    for (const auto* key : keys_of(source)) {
        const auto path = path_of(source, account, key->options.key);
        known.push_back(path);
        if (key->kind == Kind::Secret) {
            known.push_back(path + std::string(kFileSuffix));
        }
    }
    return known;
}

void Reader::unknown(const Raw& raw, std::string_view name, const std::vector<std::string>& known) {
    const auto meant = suggest(name, known);
    auto text = raw.layer == Layer::File || raw.layer == Layer::Flag
                    ? fmt::format("{}: {}: unknown key", raw.origin, printable(name))
                    : fmt::format("{}: unknown name", raw.origin);
    if (meant) {
        text += fmt::format("; did you mean {}?", *meant);
    }
    fault(std::move(text));
}

bool Reader::find_path(const Raw& raw, Target& target) {
    if (raw.path.starts_with("accounts.")) {
        return find_account_path(raw, target);
    }
    if (raw.path.starts_with("sinks.") && !inputs_.sinks.empty()) {
        return find_sink_path(raw, target);
    }
    if (find_key(raw.path, nullptr, target)) {
        return true;
    }
    unknown(raw, raw.path, known_paths(nullptr, ""));
    return false;
}

bool Reader::find_account_path(const Raw& raw, Target& target) {
    const std::string_view path = raw.path;
    const auto source_end = path.find('.', 9);
    const auto name_end = source_end == path.npos ? path.npos : path.find('.', source_end + 1);
    if (name_end == path.npos) {
        fault(fmt::format("{}: {}: is written accounts.<source>.<name>.<key>", raw.origin,
                          printable(path)));
        return false;
    }
    const auto* source = find_source(path.substr(9, source_end - 9));
    if (source == nullptr) {
        std::vector<std::string> known;
        for (const auto& account : inputs_.accounts) {
            known.push_back("accounts." + account.source);
        }
        unknown(raw, path.substr(0, source_end), known);
        return false;
    }
    target.account = path.substr(source_end + 1, name_end - source_end - 1);
    if (!is_account_name(target.account)) {
        fault(
            fmt::format("{}: {}: an account's name is a-z and 0-9, at most 32, not health or test",
                        raw.origin, printable(path)));
        return false;
    }
    if (find_key(path.substr(name_end + 1), source, target)) {
        return true;
    }
    unknown(raw, path, known_paths(source, target.account));
    return false;
}

bool Reader::find_sink_path(const Raw& raw, Target& target) {
    const std::string_view path = raw.path;
    const auto name_end = path.find('.', 6);
    if (name_end == path.npos) {
        fault(fmt::format("{}: {}: is written sinks.<name>.<key>", raw.origin, printable(path)));
        return false;
    }
    target.account = path.substr(6, name_end - 6);
    if (!is_account_name(target.account)) {
        fault(fmt::format("{}: {}: a sink's name is a-z and 0-9, at most 32, not health or test",
                          raw.origin, printable(path)));
        return false;
    }
    if (find_key(path.substr(name_end + 1), &sinks_, target)) {
        return true;
    }
    unknown(raw, path, known_paths(&sinks_, target.account));
    return false;
}

bool Reader::find_older_name(const Raw& raw, Target& target, const OlderName*& older) const {
    std::vector<const AccountSpec*> owners = {nullptr};
    for (const auto& source : inputs_.accounts) {
        owners.push_back(&source);
    }
    for (const auto* source : owners) {
        for (const auto* key : keys_of(source)) {
            for (const auto& name : key->options.older_names) {
                if (older_name_of(name, source) == raw.path) {
                    older = &name;
                    target.account = "default";
                    return find_key(key->options.key, source, target);
                }
            }
        }
    }
    return false;
}

bool Reader::find_variable(const Raw& raw, Target& target) {
    if (raw.path.starts_with(kAccountsPrefix)) {
        return find_account_variable(raw, std::string_view(raw.path).substr(kAccountsPrefix.size()),
                                     target);
    }
    if (raw.path.starts_with(kSinksPrefix) && !inputs_.sinks.empty()) {
        return find_sink_variable(raw, target);
    }
    std::vector<std::string> names;
    for (const auto& path : known_paths(nullptr, "")) {
        if (environment_name(path) == raw.path) {
            return find_key(path, nullptr, target);
        }
        names.push_back(environment_name(path));
    }
    unknown(raw, raw.path, names);
    return false;
}

bool Reader::find_account_variable(const Raw& raw, std::string_view rest, Target& target) {
    for (const auto& source : inputs_.accounts) {
        const auto prefix = in_capitals(source.source) + "_";
        if (!rest.starts_with(prefix)) {
            continue;
        }
        rest.remove_prefix(prefix.size());
        const auto name = rest.substr(0, rest.find('_'));
        target.account = in_small_letters(name);
        if (name != in_capitals(target.account) || !is_account_name(target.account)) {
            fault(
                fmt::format("{}: an account's name is A-Z and 0-9, at most 32, not HEALTH or TEST",
                            raw.origin));
            return false;
        }
        return find_named_variable(raw, source, target);
    }
    std::vector<std::string> names;
    for (const auto& source : inputs_.accounts) {
        names.push_back(environment_name("accounts." + source.source));
    }
    fault(fmt::format("{}: unknown name; accounts are {}_<NAME>_<KEY>", raw.origin,
                      fmt::join(names, "_<NAME>_<KEY>, ")));
    return false;
}

bool Reader::find_sink_variable(const Raw& raw, Target& target) {
    const auto rest = std::string_view(raw.path).substr(kSinksPrefix.size());
    const auto name = rest.substr(0, rest.find('_'));
    target.account = in_small_letters(name);
    if (name != in_capitals(target.account) || !is_account_name(target.account)) {
        fault(fmt::format("{}: a sink's name is A-Z and 0-9, at most 32, not HEALTH or TEST",
                          raw.origin));
        return false;
    }
    return find_named_variable(raw, sinks_, target);
}

bool Reader::find_named_variable(const Raw& raw, const AccountSpec& source, Target& target) {
    const auto start = path_of(&source, target.account, "").size();
    std::vector<std::string> names;
    for (const auto& path : known_paths(&source, target.account)) {
        if (environment_name(path) == raw.path) {
            return find_key(std::string_view(path).substr(start), &source, target);
        }
        names.push_back(environment_name(path));
    }
    unknown(raw, raw.path, names);
    return false;
}

void Reader::take_flags() {
    std::vector<std::string> known;
    for (const auto& key : installation_spec().keys()) {
        if (!key.options.flag.empty()) {
            known.push_back(fmt::format("--{}", key.options.flag));
        }
    }
    for (const auto& [name, value] : inputs_.flags) {
        Raw raw = {.path = "--" + name, .data = value, .origin = "flag", .layer = Layer::Flag};
        const auto keys = installation_spec().keys();
        const std::string_view flag = name;
        const auto found = std::ranges::find_if(keys, [flag](const Key& key) {
            return !key.options.flag.empty() && key.options.flag == flag;
        });
        if (found == keys.end()) {
            unknown(raw, raw.path, known);
            continue;
        }
        Target target;
        find_key(found->options.key, nullptr, target);
        raw.origin = raw.path;
        put(target, raw, inputs_.working_dir);
    }
}

void Reader::take_environment(const Given& given) {
    std::ranges::copy(given.faults, std::back_inserter(faults_));
    for (auto raw : given.values) {
        const bool dotenv = raw.layer == Layer::Dotenv;
        const auto name = raw.path;
        if (dotenv) {
            raw.origin = fmt::format("{} ({})", raw.origin, printable(name));
        }
        Target target;
        const OlderName* older = nullptr;
        if (name.starts_with(kPrefix)) {
            const bool no_setting = name.starts_with("OIDOR_DEV_") ||
                                    name.starts_with("OIDOR_TEST_") ||
                                    (name == "OIDOR_FAILPOINTS" && !dotenv);
            if (!no_setting && find_variable(raw, target)) {
                put(target, raw, inputs_.working_dir);
            }
        } else if (find_older_name(raw, target, older)) {
            // An older name that is set to nothing is how many deployments leave one out.
            if (std::get<std::string>(raw.data).empty()) {
                continue;
            }
            if (older->weakest) {
                raw.layer = dotenv ? Layer::WeakestDotenv : Layer::WeakestEnvironment;
            } else {
                raw.layer = dotenv ? Layer::OlderDotenv : Layer::OlderEnvironment;
            }
            raw.data = std::string(older->prefix) + std::get<std::string>(raw.data);
            put(target, raw, inputs_.working_dir);
        }
    }
}

void Reader::take(const Given& given, const std::string& folder) {
    std::ranges::copy(given.faults, std::back_inserter(faults_));
    for (const auto& raw : given.values) {
        Target target;
        if (find_path(raw, target)) {
            secret_in_file_ |= target.key->kind == Kind::Secret && !target.from_file;
            put(target, raw, folder);
        }
    }
    for (const auto& table : given.tables) {
        if (table.starts_with("sinks.") && is_account_name(table.substr(6))) {
            configured_.emplace(sinks_.source, table.substr(6));
        }
    }
    // `[accounts.anura.ventas]` with nothing below is an account all the same.
    for (const auto& source : inputs_.accounts) {
        const auto prefix = "accounts." + source.source + ".";
        for (const auto& table : given.tables) {
            if (table.starts_with(prefix) && is_account_name(table.substr(prefix.size()))) {
                configured_.emplace(source.source, table.substr(prefix.size()));
            }
        }
    }
}

Result<void> Reader::check_build(const Key& key, std::string_view text) const {
    const auto check = [](const std::vector<std::string>& known,
                          std::string_view word) -> Result<void> {
        if (known.empty() || std::ranges::find(known, word) != known.end()) {
            return {};
        }
        return fail(ErrorCode::Invalid, "this version has only {}", fmt::join(known, ", "));
    };
    if (key.options.key == "speech.engine") {
        return check(inputs_.speech_engines, text);
    }
    if (key.options.format == Format::StoreUrl || key.options.format == Format::BlobsUrl) {
        return check(inputs_.url_schemes, text.substr(0, text.find(':')));
    }
    return {};
}

Result<Value> Reader::read_secret_file(const Raw& raw, const Key& key,
                                       const std::string& folder) const {
    constexpr std::size_t kSecretBytesMax = std::size_t{64} << 10U;
    const auto* path = std::get_if<std::string>(&raw.data);
    if (path == nullptr || path->empty()) {
        return fail(ErrorCode::Invalid, "must be a path");
    }
    TRY_ASSIGN(auto text, read_small_file(anchor(*path, Format::Path, folder), kSecretBytesMax));
    while (text.ends_with('\n') || text.ends_with('\r')) {
        text.pop_back();
    }
    return parse_value(key, {.path = raw.path, .data = std::move(text), .layer = raw.layer});
}

Result<Value> Reader::to_value(const Target& target, const Raw& raw, const std::string& folder) {
    const auto& key = *target.key;
    if (target.from_file) {
        return read_secret_file(raw, key, folder);
    }
    TRY_ASSIGN(auto value, parse_value(key, raw));
    const auto format = key.options.format;
    if (auto* text = std::get_if<std::string>(&value)) {
        *text = anchor(*text, format, folder);
        TRY(check_build(key, *text));
    } else if (auto* secret = std::get_if<Secret>(&value)) {
        *secret = Secret(anchor(secret->reveal(), format, folder));
        TRY(check_build(key, secret->reveal()));
    }
    return value;
}

void Reader::put(const Target& target, const Raw& raw, const std::string& folder) {
    if (target.source != nullptr) {
        configured_.emplace(target.source->source, target.account);
    }
    const auto shown = target.path + std::string(target.from_file ? kFileSuffix : "");
    auto value = to_value(target, raw, folder);
    if (!value) {
        fault(fmt::format("{}: {}: {}", raw.origin, shown, value.error().message));
        return;
    }
    const auto before = winners_.find(target.path);
    if (before != winners_.end() && before->second.layer == raw.layer) {
        fault(fmt::format("{}: {}: is given already ({})", raw.origin, shown,
                          before->second.entry.origin));
        return;
    }
    if (before != winners_.end() && before->second.layer < raw.layer) {
        return;
    }
    const auto& options = target.key->options;
    if (options.use == Use::Reserved) {
        warnings_.push_back(fmt::format("{}: {}: is read, and this version makes no use of it yet",
                                        raw.origin, shown));
    }
    winners_.insert_or_assign(target.path,
                              Winner{.layer = raw.layer,
                                     .entry = {.value = std::move(*value),
                                               .origin = raw.origin,
                                               .kind = target.key->kind,
                                               .format = options.format,
                                               .live = options.effect == Effect::Live}});
}

std::string Reader::origin_of(std::string_view path) const {
    const auto found = winners_.find(path);
    return found == winners_.end() ? "default" : found->second.entry.origin;
}

}  // namespace oidor::config
