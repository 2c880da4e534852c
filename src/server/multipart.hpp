// `multipart/form-data`, read while it arrives: in pieces of any size, with bounded memory.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace oidor::server {

/// What a part's head says.
struct PartHead {
    std::string name = {};
    std::optional<std::string> file_name = {};  ///< As the client calls it; text from outside.
};

/// Takes the parts of a form, in order. A part without a name is left out.
class PartSink {
  public:
    virtual void on_part(const PartHead& head) = 0;
    virtual void on_part_bytes(std::string_view bytes) = 0;
    virtual void on_part_end() = 0;

  protected:
    ~PartSink() = default;
};

/// One caller at a time. After a failure nothing more is read.
class MultipartReader {
  public:
    static constexpr std::size_t kPartsMax = 100;
    static constexpr std::size_t kHeadBytesMax = std::size_t{16} << 10U;

    /// `content_type` with its boundary; Invalid without one. `sink` outlives the reader.
    static Result<MultipartReader> open(std::string_view content_type, PartSink& sink);

    /// Errors: TooLarge (more than kPartsMax parts, a head over kHeadBytesMax).
    Result<void> feed(std::string_view bytes);
    /// That was all. Invalid when the last part is cut off, or there is none.
    Result<void> finish();

  private:
    enum class State { Preamble, Delimited, Head, Body, Done };

    MultipartReader(std::string_view boundary, PartSink& sink)
        : delimiter_(std::string("\r\n--").append(boundary)), sink_(&sink) {}

    Result<bool> step();
    bool read_preamble();
    Result<bool> read_delimited();
    Result<bool> read_head();
    bool read_body();

    std::string delimiter_;
    PartSink* sink_;
    State state_ = State::Preamble;
    std::string waiting_ = "\r\n";  ///< So that a delimiter at the very start is one like others.
    std::size_t parts_ = 0;
    bool named_ = false;    ///< The part on its way has a name: the sink hears of it.
    std::size_t skip_ = 0;  ///< Bytes of the head that are still before the value.
};

/// `name` of `form-data; name="file"; filename="a.wav"`; quotes inside are escaped by `\`.
std::optional<std::string> find_attribute(std::string_view value, std::string_view name);

}  // namespace oidor::server
