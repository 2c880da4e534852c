#include "config/load.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include <fmt/format.h>

#include "config/read/raw.hpp"
#include "config/read/reader.hpp"

namespace oidor::config {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{1} << 20U;
constexpr std::size_t kFaultsMax = 100;

struct Files {
    std::string config = {};  ///< Empty: there is none.
    std::string config_name = {};
    std::string folder = {};  ///< Of the config file, else the working one.
};

Files find_files(const LoadInputs& inputs) {
    Files files = {.folder = inputs.working_dir};
    const auto wanted =
        anchor(inputs.config_path.value_or("oidor.toml"), Format::Path, inputs.working_dir);
    std::error_code ignored;
    if (inputs.config_path || std::filesystem::exists(wanted, ignored)) {
        files.config = wanted;
        files.config_name = printable(inputs.config_path.value_or("oidor.toml"));
        const auto parent = std::filesystem::path(wanted).parent_path().string();
        files.folder = parent.empty() ? "." : parent;
    }
    return files;
}

void read_config_file(const Files& files, Reader& reader) {
    if (files.config.empty()) {
        return;
    }
    const auto text = read_small_file(files.config, kFileBytesMax);
    if (!text) {
        reader.fault(fmt::format("{}: {}", files.config_name, text.error().message));
        return;
    }
    reader.take(read_toml(*text, files.config_name), files.folder);
}

void read_dotenv_file(const Files& files, Reader& reader) {
    const auto path = anchor(".env", Format::Path, files.folder);
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0) {
        return;
    }
    if ((status.st_mode & 077U) != 0) {
        reader.fault(fmt::format(
            "{0}: others may read it (mode {1:04o}), and it holds secrets: chmod 600 {0}",
            printable(path), status.st_mode & 07777U));
        return;
    }
    const auto text = read_small_file(path, kFileBytesMax);
    if (!text) {
        reader.fault(fmt::format("{}: {}", printable(path), text.error().message));
        return;
    }
    reader.take_environment(read_dotenv(*text, ".env"));
}

/// The zones that calls come from: of the accounts that are set up; of the sources where none is.
std::set<std::string> account_zones(const Settings& settings) {
    std::set<std::string> configured;
    std::set<std::string> known;
    for (const auto& account : settings.accounts) {
        const auto& zone = account.common.time_zone;
        if (account.configured) {
            configured.insert(zone.empty() ? "UTC" : zone);
        }
        if (!zone.empty()) {
            known.insert(zone);
        }
    }
    return configured.empty() ? known : configured;
}

/// What only shows when all values are known.
void check_together(Settings& settings, Reader& reader) {
    const auto& house = settings.installation;
    if (house.server_tls_certificate_file.empty() != house.server_tls_key_file.empty()) {
        reader.fault(fmt::format(
            "{}: server.tls: certificate_file and key_file go together",
            reader.origin_of(house.server_tls_key_file.empty() ? "server.tls.certificate_file"
                                                               : "server.tls.key_file")));
    }
    if (house.blobs_s3_access_key.empty() != house.blobs_s3_secret_key.empty()) {
        reader.fault(fmt::format(
            "{}: blobs.s3: access_key and secret_key go together",
            reader.origin_of(house.blobs_s3_secret_key.empty() ? "blobs.s3.access_key"
                                                               : "blobs.s3.secret_key")));
    }
    const auto zones = account_zones(settings);
    if (!house.speech_budget_per_day.empty() && house.speech_budget_time_zone.empty() &&
        zones.size() > 1) {
        reader.fault(
            fmt::format("{}: speech.budget_per_day: accounts lie in several zones ({}): say in "
                        "speech.budget_time_zone whose days it counts",
                        reader.origin_of("speech.budget_per_day"), fmt::join(zones, ", ")));
    }
}

bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

void warn_together(Settings& settings, const Reader& reader, const Files& files) {
    const auto& house = settings.installation;
    const auto listen = parse_host_port(house.listen);
    if (listen && !is_loopback(listen->host) && house.server_tls_certificate_file.empty() &&
        house.server_trusted_proxies.empty()) {
        settings.warnings.emplace_back(
            "listen: the server is open to the network without TLS: set server.tls, or "
            "server.trusted_proxies when a proxy speaks TLS");
    }
    if (house.public_url.starts_with("http://") &&
        !is_loopback(house.public_url.substr(7, house.public_url.find_first_of(":/", 7) - 7))) {
        settings.warnings.emplace_back("public_url: is plain http");
    }
    for (const auto& account : settings.accounts) {
        if (account.configured && account.common.time_zone.empty()) {
            settings.warnings.push_back(
                fmt::format("accounts.{}.{}: no time_zone is known: UTC is used", account.source,
                            account.name));
        }
    }
    struct stat status = {};
    if (reader.secret_in_file() && ::stat(files.config.c_str(), &status) == 0 &&
        (status.st_mode & 077U) != 0) {
        settings.warnings.push_back(
            fmt::format("{}: holds a secret and others may read it: chmod 600, or give the secret "
                        "by its _file",
                        files.config_name));
    }
}

/// Defaults that hang on other settings.
void work_out_defaults(Settings& settings) {
    auto& house = settings.installation;
    const auto put = [&settings](const std::string& path, Value value, Format format, bool live) {
        settings.values[path] = {.value = std::move(value),
                                 .origin = "default",
                                 .kind = format == Format::StoreUrl ? Kind::Secret : Kind::Text,
                                 .format = format,
                                 .live = live};
    };
    const auto data = std::filesystem::path(house.data_dir);
    if (house.store_url.empty()) {
        house.store_url = Secret("sqlite:" + (data / "oidor.db").string());
        put("store.url", house.store_url, Format::StoreUrl, false);
    }
    if (house.blobs_url.empty()) {
        house.blobs_url = "file:" + (data / "blobs").string();
        put("blobs.url", house.blobs_url, Format::BlobsUrl, false);
    }
    if (house.seal_key_file.empty()) {
        auto folder = data.string();
        while (folder.size() > 1 && folder.ends_with('/')) {
            folder.pop_back();
        }
        house.seal_key_file = folder + ".seal-key";
        put("seal_key_file", house.seal_key_file, Format::Path, false);
    }
    while (house.public_url.ends_with('/')) {
        house.public_url.pop_back();
    }
    if (!house.speech_budget_per_day.empty() && house.speech_budget_time_zone.empty()) {
        const auto zones = account_zones(settings);
        house.speech_budget_time_zone = zones.size() == 1 ? *zones.begin() : "UTC";
        put("speech.budget_time_zone", house.speech_budget_time_zone, Format::TimeZone, false);
    }
}

}  // namespace

Pairs process_environment() {
    Pairs pairs;
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
        const std::string_view text = *variable;
        const auto equals = text.find('=');
        if (equals != text.npos) {
            pairs.emplace_back(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return pairs;
}

Result<Settings> load(const LoadInputs& inputs) {
    Reader reader(inputs);
    const auto files = find_files(inputs);
    reader.take_flags();
    Given environment;
    for (const auto& [name, value] : inputs.environment) {
        environment.values.push_back(
            {.path = name, .data = value, .origin = name, .layer = Layer::Environment});
    }
    reader.take_environment(environment);
    read_dotenv_file(files, reader);
    read_config_file(files, reader);

    auto settings = reader.finish();
    settings.config_path = files.config;
    check_together(settings, reader);
    const auto& faults = reader.faults();
    if (!faults.empty()) {
        const auto shown = std::min(faults.size(), kFaultsMax);
        auto message = fmt::format(
            "{}",
            fmt::join(faults.begin(), faults.begin() + static_cast<std::ptrdiff_t>(shown), "\n"));
        if (faults.size() > shown) {
            message += fmt::format("\nand {} more", faults.size() - shown);
        }
        return fail(Error{.code = ErrorCode::Invalid, .message = std::move(message)});
    }
    work_out_defaults(settings);
    warn_together(settings, reader, files);
    return settings;
}

}  // namespace oidor::config
