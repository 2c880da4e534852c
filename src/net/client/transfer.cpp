#include "net/client/transfer.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <optional>

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/assert.hpp"

namespace oidor::net::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kHeaderBytesMax = 64 * 1024;
constexpr milliseconds kPollMax = 500ms;
constexpr milliseconds kProgressEvery = 1s;

struct EasyDeleter {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct MultiDeleter {
    void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
struct ListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListDeleter>;
struct FormDeleter {
    void operator()(curl_mime* form) const { curl_mime_free(form); }
};
using Form = std::unique_ptr<curl_mime, FormDeleter>;

void append(List& list, const std::string& line) {
    auto* const longer = curl_slist_append(list.get(), line.c_str());
    ASSERT(longer != nullptr, "memory for a header line is there");
    (void)list.release();
    list.reset(longer);
}

/// What the callbacks of one transfer share. They run on the caller's thread.
struct Context {
    const TransferRequest& request;
    const BodySink& sink;
    CURL* handle = nullptr;
    TransferResult result = {};
    std::size_t header_bytes = 0;
    bool header_too_large = false;
    bool header_ended = false;
    bool body_begun = false;
    bool body_unwanted = false;
    bool too_large = false;
    std::optional<Error> sink_error = {};
    unsigned refused_addresses = 0;
    unsigned tried_addresses = 0;
};

std::optional<IpAddress> address_of(const curl_sockaddr& address) {
    if (address.family == AF_INET && address.addrlen >= sizeof(sockaddr_in)) {
        sockaddr_in v4 = {};
        std::memcpy(&v4, &address.addr, sizeof(v4));
        std::array<std::uint8_t, 4> bytes = {};
        std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
        return IpAddress::from_v4(bytes);
    }
    if (address.family == AF_INET6 && address.addrlen >= sizeof(sockaddr_in6)) {
        sockaddr_in6 v6 = {};
        // The library's structure has room behind `addr` for the longer kinds.
        std::memcpy(&v6, static_cast<const void*>(&address.addr), sizeof(v6));
        std::array<std::uint8_t, 16> bytes = {};
        std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
        return IpAddress::from_v6(bytes);
    }
    return std::nullopt;
}

/// The guard's last word: the address judged here is the one that is connected to.
curl_socket_t open_socket(void* user, curlsocktype /*purpose*/, curl_sockaddr* address) {
    auto& context = *static_cast<Context*>(user);
    const auto target = address_of(*address);
    const bool guarded = context.request.addresses == TransferRequest::Addresses::Public;
    if (!target || (guarded && is_private(*target))) {
        ++context.refused_addresses;
        return CURL_SOCKET_BAD;
    }
    ++context.tried_addresses;
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    return first == std::string_view::npos
               ? std::string_view()
               : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* user) {
    auto& context = *static_cast<Context*>(user);
    const std::string_view line(bytes, size * count);
    context.header_bytes += line.size();
    if (context.header_bytes > kHeaderBytesMax) {
        context.header_too_large = true;
        return 0;
    }
    context.header_ended = line == "\r\n" || line == "\n";
    if (line.starts_with("HTTP/")) {
        context.result.headers = {};  // An interim answer came before.
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
        context.result.headers.add(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
    }
    return line.size();
}

int status_of(CURL* handle) {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    return static_cast<int>(status);
}

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* user) {
    auto& context = *static_cast<Context*>(user);
    const std::string_view piece(bytes, size * count);
    const std::uint64_t size_bytes_max = context.request.size_bytes_max;
    if (!context.body_begun) {
        context.body_begun = true;
        const int status = status_of(context.handle);
        context.body_unwanted = context.request.bodies == TransferRequest::Bodies::Success &&
                                (status < 200 || status > 299);
        curl_off_t announced = -1;
        curl_easy_getinfo(context.handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
        context.too_large = announced > 0 && static_cast<std::uint64_t>(announced) > size_bytes_max;
    }
    if (context.body_unwanted) {
        return 0;
    }
    context.too_large =
        context.too_large || piece.size() > size_bytes_max - context.result.size_bytes;
    if (context.too_large) {
        return 0;
    }
    if (auto taken = context.sink(piece); !taken) {
        context.sink_error = std::move(taken).error();
        return 0;
    }
    context.result.size_bytes += piece.size();
    return piece.size();
}

void set_limits(CURL* handle, const TransferRequest& request) {
    const auto left = std::max<std::int64_t>(request.deadline.remaining().count(), 1);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(left));
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(std::max<std::int64_t>(request.connect_timeout.count(), 1)));
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT,
                     static_cast<long>(request.bytes_per_second_min));
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.slow_max.count()));
}

void set_boundaries(CURL* handle, const TransferRequest& request) {
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, request.plain_http ? "http,https" : "https");
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(handle, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!request.ca_file.empty()) {
        curl_easy_setopt(handle, CURLOPT_CAINFO, request.ca_file.c_str());
        curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
    }
}

void set_message(CURL* handle, const TransferRequest& request) {
    curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
    if (request.method == "HEAD") {
        curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
    } else if (request.body != nullptr) {
        curl_easy_setopt(handle, CURLOPT_POST, 1L);
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(request.body->size()));
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body->c_str());
    }
    if (request.method != "HEAD") {
        curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
}

/// The parts as the library sends them: a file is opened when its turn comes, and read in pieces.
Result<Form> make_form(CURL* handle, const TransferRequest& request) {
    Form form(curl_mime_init(handle));
    ASSERT(form, "memory for a form is there");
    for (const auto& part : *request.form) {
        auto* const made = curl_mime_addpart(form.get());
        ASSERT(made != nullptr, "memory for a part is there");
        auto code = curl_mime_name(made, part.name.c_str());
        if (code == CURLE_OK && !part.file_path.empty()) {
            code = curl_mime_filedata(made, part.file_path.c_str());
            if (code == CURLE_READ_ERROR) {
                return fail(ErrorCode::NotFound, "{}: the file to send cannot be read",
                            request.what);
            }
        } else if (code == CURLE_OK) {
            code = curl_mime_data(made, part.value.data(), part.value.size());
        }
        if (code == CURLE_OK && !part.file_path.empty()) {
            // Without this it would tell the name of the file on our disk.
            code =
                curl_mime_filename(made, part.file_name.empty() ? "file" : part.file_name.c_str());
        }
        if (code == CURLE_OK && !part.content_type.empty()) {
            code = curl_mime_type(made, part.content_type.c_str());
        }
        ASSERT(code == CURLE_OK, "memory for a part is there");
    }
    return form;
}

/// What a finished transfer's code means.
Result<TransferResult> judge(CURLcode code, Context& context) {
    const auto& what = context.request.what;
    if (context.sink_error) {
        return fail(std::move(*context.sink_error));
    }
    if (context.header_too_large) {
        return fail(ErrorCode::TooLarge, "{}: the answer's header is over {} bytes", what,
                    kHeaderBytesMax);
    }
    context.result.status = status_of(context.handle);
    if (context.body_unwanted) {
        return std::move(context.result);
    }
    if (context.too_large) {
        return fail(ErrorCode::TooLarge, "{}: the body is over {} bytes", what,
                    context.request.size_bytes_max);
    }
    switch (code) {
        case CURLE_OK:
            // The library takes a header that was cut off for a whole one.
            if (!context.header_ended) {
                return fail(ErrorCode::Unavailable, "{}: the answer was cut off", what);
            }
            return std::move(context.result);
        case CURLE_OPERATION_TIMEDOUT:
            return fail(ErrorCode::Timeout, "{}: no or too slow an answer", what);
        case CURLE_UNSUPPORTED_PROTOCOL:  // The URL's scheme was judged before.
            return fail(ErrorCode::Unavailable, "{}: the answer is no HTTP", what);
        case CURLE_URL_MALFORMAT: return fail(ErrorCode::Invalid, "{}: no usable URL", what);
        case CURLE_PARTIAL_FILE:
            return fail(ErrorCode::Unavailable, "{}: the body was cut off", what);
        case CURLE_PEER_FAILED_VERIFICATION:
            // Not the end of it: the other side can renew its certificate.
            return fail(ErrorCode::Unavailable, "{}: its certificate is not to be trusted", what);
        case CURLE_SSL_CACERT_BADFILE:
            return fail(ErrorCode::Invalid, "{}: the file of trusted certificates cannot be read",
                        what);
        case CURLE_COULDNT_RESOLVE_HOST:
            return fail(ErrorCode::Unavailable, "{}: the name is not known", what);
        default: break;
    }
    if (context.refused_addresses > 0 && context.tried_addresses == 0) {
        return fail(ErrorCode::Forbidden,
                    "{}: it leads to a private address, and the host is not in private_hosts",
                    what);
    }
    return fail(ErrorCode::Unavailable, "{}: {}", what, curl_easy_strerror(code));
}

bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

Result<std::string> make_header_line(std::string_view name, std::string_view value) {
    if (!is_token(name)) {
        return fail(ErrorCode::Invalid, "a header's name is no token");
    }
    const bool clean = std::ranges::all_of(
        value, [](char c) { return c == '\t' || c < 0 || (c >= ' ' && c != '\x7f'); });
    if (!clean) {
        return fail(ErrorCode::Invalid, "header {}: control bytes in its value", name);
    }
    // The library takes `Name:` as an order to leave the header out, `Name;` as an empty one.
    return value.empty() ? fmt::format("{};", name) : fmt::format("{}: {}", name, value);
}

}  // namespace

class SharedCaches::Impl {
  public:
    Impl() : share_(curl_share_init()) {
        ASSERT(share_ != nullptr, "memory for a share handle is there");
        curl_share_setopt(share_, CURLSHOPT_USERDATA, this);
        curl_share_setopt(share_, CURLSHOPT_LOCKFUNC, &Impl::lock);
        curl_share_setopt(share_, CURLSHOPT_UNLOCKFUNC, &Impl::unlock);
        curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
        curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() { curl_share_cleanup(share_); }
    [[nodiscard]] CURLSH* share() const { return share_; }

  private:
    static void lock(CURL* /*handle*/, curl_lock_data data, curl_lock_access /*access*/,
                     void* user) {
        static_cast<Impl*>(user)->mutexes_.at(static_cast<std::size_t>(data)).lock();
    }
    static void unlock(CURL* /*handle*/, curl_lock_data data, void* user) {
        static_cast<Impl*>(user)->mutexes_.at(static_cast<std::size_t>(data)).unlock();
    }

    std::array<std::mutex, CURL_LOCK_DATA_LAST> mutexes_ = {};
    CURLSH* share_;
};

SharedCaches::SharedCaches() {
    curl_global_init(CURL_GLOBAL_DEFAULT);  // Counted and thread safe in this library's version.
    impl_ = std::make_unique<Impl>();
}
SharedCaches::~SharedCaches() {
    impl_.reset();
    curl_global_cleanup();
}

class Transferrer::Impl {
  public:
    Impl(const ClientOptions& options, const SharedCaches& caches)
        : options_(options), caches_(caches), easy_(curl_easy_init()), multi_(curl_multi_init()) {
        ASSERT(easy_ && multi_, "memory for a transfer handle is there");
    }

    Result<TransferResult> run(const TransferRequest& request, const BodySink& sink,
                               const std::stop_token& stop, const Progress& progress) {
        if (stop.stop_requested()) {
            return fail(ErrorCode::Cancelled, "{}: stopped", request.what);
        }
        if (request.deadline.expired()) {
            return fail(ErrorCode::Timeout, "{}: no time left", request.what);
        }
        Context context{.request = request, .sink = sink, .handle = easy_.get()};
        List headers;
        for (const auto& line : request.header_lines) {
            append(headers, line);
        }
        if (request.form == nullptr) {
            // A form with a file asks first (by the library's own bound of 1 MB): whoever refuses
            // a key or a size does so before it was all sent.
            append(headers, "Expect:");
        }
        List addresses;
        for (const auto& line : options_.fixed_addresses) {
            append(addresses, line);
        }
        CURL* const handle = easy_.get();
        curl_easy_reset(handle);
        set_limits(handle, request);
        set_boundaries(handle, request);
        set_message(handle, request);
        Form form;
        if (request.form != nullptr) {
            TRY_ASSIGN(form, make_form(handle, request));
            curl_easy_setopt(handle, CURLOPT_MIMEPOST, form.get());
            curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
        }
        curl_easy_setopt(handle, CURLOPT_SHARE, caches_.impl().share());
        curl_easy_setopt(handle, CURLOPT_USERAGENT, options_.user_agent.c_str());
        curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
        curl_easy_setopt(handle, CURLOPT_RESOLVE, addresses.get());
        curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
        curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, &context);
        curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &take_header);
        curl_easy_setopt(handle, CURLOPT_HEADERDATA, &context);
        curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &take_body);
        curl_easy_setopt(handle, CURLOPT_WRITEDATA, &context);
        const auto code = perform(context, stop, progress);
        // The lists and the form die before the handle does.
        curl_easy_setopt(handle, CURLOPT_MIMEPOST, nullptr);
        curl_easy_setopt(handle, CURLOPT_HTTPHEADER, nullptr);
        curl_easy_setopt(handle, CURLOPT_RESOLVE, nullptr);
        if (!code) {
            return fail(code.error());
        }
        return judge(code.value(), context);
    }

  private:
    /// Drives the transfer to its end, or stops it.
    Result<CURLcode> perform(const Context& context, const std::stop_token& stop,
                             const Progress& progress) {
        CURLM* const multi = multi_.get();
        curl_multi_add_handle(multi, context.handle);
        struct Remover {
            CURLM* multi;
            CURL* handle;
            ~Remover() { curl_multi_remove_handle(multi, handle); }
        };
        const Remover remover{multi, context.handle};
        const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
        auto told_at = steady_clock::now();
        int running = 1;
        for (;;) {
            curl_multi_perform(multi, &running);
            int left = 0;
            if (const auto* const message = curl_multi_info_read(multi, &left);
                message != nullptr && message->msg == CURLMSG_DONE) {
                return message->data.result;
            }
            if (running == 0) {
                return fail(ErrorCode::Internal, "{}: ended without a result",
                            context.request.what);
            }
            if (stop.stop_requested()) {
                return fail(ErrorCode::Cancelled, "{}: stopped", context.request.what);
            }
            const auto remaining = context.request.deadline.remaining();
            if (remaining.count() == 0) {
                return fail(ErrorCode::Timeout, "{}: no or too slow an answer",
                            context.request.what);
            }
            if (progress && steady_clock::now() - told_at >= kProgressEvery - kPollMax) {
                told_at = steady_clock::now();
                progress(context.result.size_bytes);
            }
            curl_multi_poll(multi, nullptr, 0,
                            static_cast<int>(std::min(remaining, kPollMax).count()), nullptr);
        }
    }

    const ClientOptions& options_;
    const SharedCaches& caches_;
    std::unique_ptr<CURL, EasyDeleter> easy_;
    std::unique_ptr<CURLM, MultiDeleter> multi_;
};

Transferrer::Transferrer(const ClientOptions& options, const SharedCaches& caches)
    : impl_(std::make_unique<Impl>(options, caches)) {}
Transferrer::~Transferrer() = default;

Result<TransferResult> Transferrer::run(const TransferRequest& request, const BodySink& sink,
                                        const std::stop_token& stop, const Progress& progress) {
    return impl_->run(request, sink, stop, progress);
}

Result<std::vector<std::string>> make_header_lines(
    const std::vector<std::pair<std::string, std::string>>& headers,
    const std::vector<std::pair<std::string, Secret>>& secret_headers) {
    std::vector<std::string> lines;
    for (const auto& [name, value] : headers) {
        TRY_ASSIGN(auto line, make_header_line(name, value));
        lines.push_back(std::move(line));
    }
    for (const auto& [name, value] : secret_headers) {
        TRY_ASSIGN(auto line, make_header_line(name, value.reveal()));
        lines.push_back(std::move(line));
    }
    return lines;
}

}  // namespace oidor::net::client
